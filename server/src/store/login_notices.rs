//! What waits to be told about logins, the windows that gather it, and the customer's choice (RISK-06).

use warifu_shared::clock::Timestamp;
use warifu_shared::ids::AccountId;

use super::attempts::Attempt;
use super::{Conn, StoreError, row};
use crate::mail::{LoginLine, LoginWhat, Scene};

/// What is gathered together: completed logins never wait behind begun ones, which anybody with the password can make many of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Completed.
    Done,
    /// The password was right, and nothing came after it.
    Begun,
    /// Wrong passwords locked the login.
    Lock,
    /// The password was wrong.
    Wrong,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Begun => "begun",
            Self::Lock => "lock",
            Self::Wrong => "wrong",
        }
    }

    fn read(name: &str) -> Option<Self> {
        [Self::Done, Self::Begun, Self::Lock, Self::Wrong]
            .into_iter()
            .find(|kind| kind.as_str() == name)
    }

    const fn of(what: LoginWhat) -> Self {
        match what {
            LoginWhat::App | LoginWhat::Code => Self::Done,
            LoginWhat::Unfinished => Self::Begun,
            LoginWhat::Wrong => Self::Wrong,
            LoginWhat::Locked => Self::Lock,
        }
    }
}

/// A login that waits to be told.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// What the mail says of it.
    pub line: LoginLine,
    /// Whether the browser was known when the password was right.
    pub known_browser: bool,
    /// The country, or the network where the country is not known.
    pub region: String,
    /// The end of a lock; zero for everything else.
    pub until: Timestamp,
}

/// Puts a login down to be told, in the transaction of the login itself. Once for an attempt.
///
/// # Errors
/// On a database failure.
pub async fn put(c: &mut Conn, attempt: &Attempt, what: LoginWhat, at: Timestamp) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO login_lines (account_id, kind, id, at, what, place, browser, known_browser, region) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (account_id, kind, id) DO NOTHING",
    )
    .bind(attempt.account.as_str())
    .bind(Kind::of(what).as_str())
    .bind(attempt.id.as_str())
    .bind(at.0)
    .bind(what.as_str())
    .bind(&attempt.place)
    .bind(&attempt.browser)
    .bind(i64::from(attempt.known_browser))
    .bind(region(attempt))
    .execute(c)
    .await?;
    Ok(())
}

/// Where a login comes from, as coarse as it is known: country, named network, network prefix.
fn region(attempt: &Attempt) -> &str {
    if attempt.place != UNKNOWN_PLACE {
        &attempt.place
    } else if attempt.network.is_empty() {
        &attempt.source_prefix
    } else {
        &attempt.network
    }
}

/// Accounts with something to tell whose window is closed, at most `most`; a lock before the wrong passwords that led to it. Wrong
/// passwords are told when the oldest is as old as `wrong_from`, so that one mail tells of several.
///
/// # Errors
/// On a database failure.
pub async fn due(
    c: &mut Conn,
    now: Timestamp,
    wrong_from: Timestamp,
    most: i64,
) -> Result<Vec<(AccountId, Kind)>, StoreError> {
    let rows = sqlx::query(
        "SELECT DISTINCT l.account_id, l.kind FROM login_lines l LEFT JOIN login_windows w \
         ON w.account_id = l.account_id AND w.kind = l.kind WHERE (w.until IS NULL OR w.until <= $1) AND (l.kind <> 'wrong' OR l.at <= $2) \
         ORDER BY l.account_id, l.kind LIMIT $3",
    )
    .bind(now.0)
    .bind(wrong_from.0)
    .bind(most)
    .fetch_all(c)
    .await?;
    let read = |r: &sqlx::any::AnyRow| {
        Ok((
            row::parsed(r, "login_lines", "account_id")?,
            row::read(r, "login_lines", "kind", Kind::read)?,
        ))
    };
    rows.iter().map(read).collect()
}

/// The last window of an account: until when, and its length in seconds.
///
/// # Errors
/// On a database failure.
pub async fn window(
    c: &mut Conn,
    account: &AccountId,
    kind: Kind,
) -> Result<Option<(Timestamp, i64)>, StoreError> {
    let found = sqlx::query("SELECT until, secs FROM login_windows WHERE account_id = $1 AND kind = $2")
        .bind(account.as_str())
        .bind(kind.as_str())
        .fetch_optional(c)
        .await?;
    let Some(r) = found else { return Ok(None) };
    Ok(Some((row::time(&r, "until")?, row::int(&r, "secs")?)))
}

/// Opens a window of `secs` seconds; false when another process has one open. Whoever opens it tells what waits.
///
/// # Errors
/// On a database failure.
pub async fn open_window(
    c: &mut Conn,
    account: &AccountId,
    kind: Kind,
    now: Timestamp,
    secs: i64,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "INSERT INTO login_windows (account_id, kind, until, secs) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (account_id, kind) DO UPDATE SET until = excluded.until, secs = excluded.secs \
         WHERE login_windows.until <= $5",
    )
    .bind(account.as_str())
    .bind(kind.as_str())
    .bind(now.plus_secs(secs).0)
    .bind(secs)
    .bind(now.0)
    .execute(c)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Puts a window back to what it was: there was nothing to tell.
///
/// # Errors
/// On a database failure.
pub async fn put_back(
    c: &mut Conn,
    account: &AccountId,
    kind: Kind,
    before: Option<(Timestamp, i64)>,
) -> Result<(), StoreError> {
    let (until, secs) = before.unwrap_or((Timestamp(0), 0));
    sqlx::query("UPDATE login_windows SET until = $3, secs = $4 WHERE account_id = $1 AND kind = $2")
        .bind(account.as_str())
        .bind(kind.as_str())
        .bind(until.0)
        .bind(secs)
        .execute(c)
        .await?;
    Ok(())
}

/// Takes everything of an account that waits, oldest first. One statement: what comes meanwhile stays for the next mail.
///
/// # Errors
/// On a database failure.
pub async fn take(c: &mut Conn, account: &AccountId, kind: Kind) -> Result<Vec<Waiting>, StoreError> {
    let rows = sqlx::query(
        "DELETE FROM login_lines WHERE account_id = $1 AND kind = $2 \
         RETURNING at, what, place, browser, known_browser, region, until",
    )
    .bind(account.as_str())
    .bind(kind.as_str())
    .fetch_all(c)
    .await?;
    let read = |r: &sqlx::any::AnyRow| {
        Ok(Waiting {
            line: LoginLine {
                what: row::read(r, "login_lines", "what", LoginWhat::read)?,
                scene: Scene {
                    at: row::time(r, "at")?,
                    place: row::text(r, "place")?,
                    browser: row::text(r, "browser")?,
                },
            },
            known_browser: row::flag(r, "known_browser")?,
            region: row::text(r, "region")?,
            until: row::time(r, "until")?,
        })
    };
    let mut all = rows.iter().map(read).collect::<Result<Vec<_>, StoreError>>()?;
    all.sort_by_key(|it| it.line.scene.at);
    Ok(all)
}

/// Remembers the region of a completed login; true when it is new for the account.
///
/// # Errors
/// On a database failure.
pub async fn is_new_region(
    c: &mut Conn,
    account: &AccountId,
    region: &str,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let known = sqlx::query("UPDATE login_regions SET last_at = $3 WHERE account_id = $1 AND region = $2")
        .bind(account.as_str())
        .bind(region)
        .bind(at.0)
        .execute(&mut *c)
        .await?;
    if known.rows_affected() == 1 {
        return Ok(false);
    }
    let new = sqlx::query(
        "INSERT INTO login_regions (account_id, region, first_at, last_at) VALUES ($1, $2, $3, $3) \
         ON CONFLICT (account_id, region) DO NOTHING",
    )
    .bind(account.as_str())
    .bind(region)
    .bind(at.0)
    .execute(c)
    .await?;
    Ok(new.rows_affected() == 1)
}

/// Forgets regions that were not used since `before`.
///
/// # Errors
/// On a database failure.
pub async fn forget_regions(c: &mut Conn, before: Timestamp) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM login_regions WHERE last_at < $1")
        .bind(before.0)
        .execute(c)
        .await?;
    Ok(())
}

/// Up to which attempt they were judged; empty before the first time.
///
/// # Errors
/// On a database failure.
pub async fn judged(c: &mut Conn) -> Result<String, StoreError> {
    let found = sqlx::query("SELECT judged FROM login_watch WHERE only_one = 1")
        .fetch_one(c)
        .await?;
    row::text(&found, "judged")
}

/// Moves that on; false when another process was faster.
///
/// # Errors
/// On a database failure.
pub async fn judge(c: &mut Conn, from: &str, to: &str) -> Result<bool, StoreError> {
    let done = sqlx::query("UPDATE login_watch SET judged = $2 WHERE only_one = 1 AND judged = $1")
        .bind(from)
        .bind(to)
        .execute(c)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Attempts after `from` and before `to` that led to no login, oldest first, at most `most`. Left out: those whose browser began again and
/// got in, and those that the owner answered on a device (CHAL-13).
///
/// # Errors
/// On a database failure.
pub async fn unfinished(c: &mut Conn, from: &str, to: &str, most: i64) -> Result<Vec<Attempt>, StoreError> {
    // The logins since `from` are looked at once, not once for each attempt.
    let rows = sqlx::query(
        "SELECT a.* FROM login_attempts a LEFT JOIN (SELECT account_id, browser_hash, MAX(id) AS last FROM login_attempts \
         WHERE id > $1 AND state = 'done' GROUP BY account_id, browser_hash) d \
         ON d.account_id = a.account_id AND d.browser_hash = a.browser_hash \
         LEFT JOIN challenges h ON h.id = a.challenge_id \
         WHERE a.id > $1 AND a.id < $2 AND a.state <> 'done' AND (d.last IS NULL OR d.last < a.id) \
         AND (h.state IS NULL OR h.state <> 'denied') ORDER BY a.id LIMIT $3",
    )
    .bind(from)
    .bind(to)
    .bind(most)
    .fetch_all(c)
    .await?;
    rows.iter().map(super::attempts::attempt).collect()
}

/// Whether the customer wants to be told of logins from new browsers and regions only.
///
/// # Errors
/// On a database failure.
pub async fn only_new(c: &mut Conn, account: &AccountId) -> Result<bool, StoreError> {
    let found = sqlx::query("SELECT only_new FROM login_choices WHERE account_id = $1")
        .bind(account.as_str())
        .fetch_optional(c)
        .await?;
    found.map_or(Ok(false), |r| row::flag(&r, "only_new"))
}

/// Sets the choice; false when it was that already.
///
/// # Errors
/// On a database failure.
pub async fn choose(
    c: &mut Conn,
    account: &AccountId,
    only_new: bool,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "INSERT INTO login_choices (account_id, only_new, changed_at) SELECT $1, CAST($2 AS BIGINT), CAST($3 AS BIGINT) \
         WHERE $2 = 1 OR EXISTS (SELECT 1 FROM login_choices WHERE account_id = $1) \
         ON CONFLICT (account_id) DO UPDATE SET only_new = excluded.only_new, changed_at = excluded.changed_at \
         WHERE login_choices.only_new <> excluded.only_new",
    )
    .bind(account.as_str())
    .bind(i64::from(only_new))
    .bind(now.0)
    .execute(c)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// What the place of an attempt says where it is not known.
const UNKNOWN_PLACE: &str = "ZZ";
