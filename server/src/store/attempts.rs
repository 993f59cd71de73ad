//! Attempts to log in: from the right password to the session, bound to one browser.

use warifu_shared::clock::Timestamp;
use warifu_shared::ids::{AccountId, AttemptId, ChallengeId};

use super::{Conn, StoreError, row};
use crate::config::Site;
use crate::domain::context::Source;

/// An attempt whose password was right.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// Its id, part of its pages' paths.
    pub id: AttemptId,
    /// Whose login it is.
    pub account: AccountId,
    /// Hash of the browser's pre-login secret (CHAL-08).
    pub browser_hash: String,
    /// The site, from the origin.
    pub site: Site,
    /// `app` or `code`.
    pub factor: AttemptFactor,
    /// `open`, `done` or `ended:<why>`.
    pub state: String,
    /// The challenge, when the factor is the app.
    pub challenge: Option<ChallengeId>,
    /// Whether the browser was known.
    pub known_browser: bool,
    /// Place, for notices and the session list.
    pub place: String,
    /// Network name.
    pub network: String,
    /// Browser name.
    pub browser: String,
    /// Network prefix.
    pub source_prefix: String,
    /// When the password was right.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// What the attempt waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptFactor {
    /// An approval on a device.
    App,
    /// A mailed code.
    Code,
    /// Nothing: it ended at once, its page says why.
    Nothing,
}

impl AttemptFactor {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Code => "code",
            Self::Nothing => "nothing",
        }
    }

    fn read(name: &str) -> Option<Self> {
        [Self::App, Self::Code, Self::Nothing]
            .into_iter()
            .find(|f| f.as_str() == name)
    }
}

impl Attempt {
    /// An attempt that begins now, before anything is known of its factor and its browser's surroundings.
    #[must_use]
    pub fn begin(
        account: &AccountId,
        browser_hash: &str,
        site: Site,
        known_browser: bool,
        now: Timestamp,
        lifetime: i64,
    ) -> Self {
        Self {
            id: AttemptId::at(now),
            account: account.clone(),
            browser_hash: browser_hash.to_owned(),
            site,
            factor: AttemptFactor::Nothing,
            state: "open".to_owned(),
            challenge: None,
            known_browser,
            place: String::new(),
            network: String::new(),
            browser: String::new(),
            source_prefix: String::new(),
            created_at: now,
            expires_at: now.plus_secs(lifetime),
        }
    }

    /// Copies what the server saw of the browser.
    #[must_use]
    pub fn seen(mut self, source: &Source) -> Self {
        self.place.clone_from(&source.place);
        self.network.clone_from(&source.network);
        self.browser.clone_from(&source.browser);
        self.source_prefix.clone_from(&source.prefix);
        self
    }
}

/// Inserts an attempt.
///
/// # Errors
/// On a database failure.
pub async fn insert(c: &mut Conn, a: &Attempt) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO login_attempts (id, account_id, browser_hash, site, factor, state, challenge_id, known_browser, \
         place, network, browser, source_prefix, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(a.id.as_str())
    .bind(a.account.as_str())
    .bind(&a.browser_hash)
    .bind(a.site.as_str())
    .bind(a.factor.as_str())
    .bind(&a.state)
    .bind(a.challenge.as_ref().map(ChallengeId::as_str))
    .bind(i64::from(a.known_browser))
    .bind(&a.place)
    .bind(&a.network)
    .bind(&a.browser)
    .bind(&a.source_prefix)
    .bind(a.created_at.0)
    .bind(a.expires_at.0)
    .execute(c)
    .await?;
    Ok(())
}

/// Reads a row of `login_attempts`.
pub(super) fn attempt(r: &sqlx::any::AnyRow) -> Result<Attempt, StoreError> {
    let id: AttemptId = row::parsed(r, "login_attempts", "id")?;
    let challenge = row::optional_text(r, "challenge_id")?;
    let challenge = challenge.map(|text| text.parse()).transpose();
    Ok(Attempt {
        account: row::parsed(r, "login_attempts", "account_id")?,
        browser_hash: row::text(r, "browser_hash")?,
        site: row::read(r, "login_attempts", "site", read_site)?,
        factor: row::read(r, "login_attempts", "factor", AttemptFactor::read)?,
        state: row::text(r, "state")?,
        challenge: challenge.map_err(|e| StoreError::inconsistent("login_attempts", id.as_str(), e))?,
        known_browser: row::flag(r, "known_browser")?,
        place: row::text(r, "place")?,
        network: row::text(r, "network")?,
        browser: row::text(r, "browser")?,
        source_prefix: row::text(r, "source_prefix")?,
        created_at: row::time(r, "created_at")?,
        expires_at: row::time(r, "expires_at")?,
        id,
    })
}

/// Place and browser of the attempt that a challenge belongs to.
///
/// # Errors
/// On a database failure.
pub async fn scene_of(c: &mut Conn, challenge: &ChallengeId) -> Result<Option<(String, String)>, StoreError> {
    let found = sqlx::query("SELECT place, browser FROM login_attempts WHERE challenge_id = $1")
        .bind(challenge.as_str())
        .fetch_optional(c)
        .await?;
    let Some(r) = found else { return Ok(None) };
    Ok(Some((row::text(&r, "place")?, row::text(&r, "browser")?)))
}

/// Moves an open attempt to its end, once.
///
/// # Errors
/// On a database failure.
pub async fn end(c: &mut Conn, id: &AttemptId, state: &str, now: Timestamp) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE login_attempts SET state = $2 WHERE id = $1 AND state = 'open' AND expires_at > $3",
    )
    .bind(id.as_str())
    .bind(state)
    .bind(now.0)
    .execute(c)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends every open attempt of an account, for example when its owner says it was not them.
///
/// # Errors
/// On a database failure.
pub async fn end_of_account(c: &mut Conn, account: &AccountId, state: &str) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE login_attempts SET state = $2 WHERE account_id = $1 AND state = 'open' AND known_browser = 0",
    )
    .bind(account.as_str())
    .bind(state)
    .execute(c)
    .await?;
    Ok(())
}

/// Ends every open attempt of an account: its password was replaced.
///
/// # Errors
/// On a database failure.
pub async fn end_all(c: &mut Conn, account: &AccountId, state: &str) -> Result<(), StoreError> {
    sqlx::query("UPDATE login_attempts SET state = $2 WHERE account_id = $1 AND state = 'open'")
        .bind(account.as_str())
        .bind(state)
        .execute(c)
        .await?;
    Ok(())
}

/// Reads a site's name.
pub(super) fn read_site(name: &str) -> Option<Site> {
    [Site::Browser, Site::Smartphone]
        .into_iter()
        .find(|site| site.as_str() == name)
}
