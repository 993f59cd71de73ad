//! The end of a login: the approval or code is used once, and a session begins (CHAL-08, CHAL-09, SESS-03).

use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::SessionId;

use super::admit::BROWSER_TOKEN;
use super::{Caller, Refusal, notify};
use crate::app::App;
use crate::audit::{self, Event};
use crate::crypto::mac::{new_token, new_token_of, token_hash};
use crate::domain::session::{Assurance, Session, new_limits};
use crate::mail::{LoginWhat, Mail, Scene};
use crate::store::attempts::Attempt;
use crate::store::{Conn, StoreError, accounts, attempts, challenges, login_notices, session_list, sessions};

/// A completed login: what goes into the two cookies.
#[derive(Clone)]
pub struct LoggedIn {
    /// The session's token.
    pub session_token: String,
    /// The browser's own token, by which it is known the next time.
    pub browser_token: String,
}

fn scene_of(attempt: &Attempt, now: Timestamp) -> Scene {
    Scene {
        at: now,
        place: attempt.place.clone(),
        browser: attempt.browser.clone(),
    }
}

const fn told_as(assurance: Assurance) -> LoginWhat {
    match assurance {
        Assurance::App => LoginWhat::App,
        Assurance::Code | Assurance::Password => LoginWhat::Code,
    }
}

/// Uses the approval of an attempt and opens the session.
///
/// # Errors
/// `ChallengeClosed` when it is not approved or was used before; `NotFound` when the attempt is over.
pub async fn by_approval(
    app: &App,
    caller: &Caller,
    attempt: &Attempt,
    browser: BrowserTokens,
) -> Result<LoggedIn, Refusal> {
    let now = app.now();
    let challenge = attempt.challenge.clone().ok_or(ErrorCode::NotFound)?;
    // The customer gave up, or it is over: the approval is not used up for nothing.
    if attempt.state != "open" || now >= attempt.expires_at {
        return Err(ErrorCode::NotFound.into());
    }
    let (app_in, caller, attempt) = (app.clone(), caller.clone(), attempt.clone());
    app.store
        .write_again(move |c| {
            Box::pin(async move {
                if !challenges::consume(c, &challenge, &attempt.browser_hash, now).await? {
                    return Ok(Err(ErrorCode::ChallengeClosed.into()));
                }
                let decided_by = challenges::by_id(c, &challenge)
                    .await?
                    .and_then(|found| found.decided_by);
                let proof = Proof {
                    browser,
                    device: decided_by,
                };
                open(c, &app_in, &caller, &attempt, Assurance::App, proof, now).await
            })
        })
        .await?
}

/// What a browser brings to the end of a login.
#[derive(Debug, Clone, Default)]
pub struct BrowserTokens {
    /// The token by which it says it is known.
    pub known_as: Option<String>,
    /// The token of a session it still has: that one ends (SESS-03).
    pub session: Option<String>,
}

/// Who stands behind a session.
#[derive(Debug, Default)]
pub struct Proof {
    /// What the browser brought.
    pub browser: BrowserTokens,
    /// The device that approved.
    pub device: Option<String>,
}

/// Opens the session of an attempt, inside the transaction that used its factor.
///
/// # Errors
/// On a database failure.
pub async fn open(
    c: &mut Conn,
    app: &App,
    caller: &Caller,
    attempt: &Attempt,
    assurance: Assurance,
    proof: Proof,
    now: Timestamp,
) -> Result<Result<LoggedIn, Refusal>, StoreError> {
    if !attempts::end(c, &attempt.id, "done", now).await? {
        return Ok(Err(ErrorCode::NotFound.into()));
    }
    let (expires_at, absolute_expires_at) = new_limits(app.config.session_rules(attempt.site), now);
    let session = Session {
        id: SessionId::random(),
        account: attempt.account.clone(),
        assurance,
        created_at: now,
        approved_at: now,
        last_access_at: now,
        expires_at,
        absolute_expires_at,
    };
    // A token that this account does not know may belong to whoever used the browser before: it gets a new one.
    let browser_token = match proof.browser.known_as {
        Some(token) if accounts::knows_browser(c, &attempt.account, &token_hash(&token)).await? => token,
        _ => new_token_of(&app.secrets.csrf_key, BROWSER_TOKEN),
    };
    if let Some(old) = proof.browser.session {
        sessions::end(c, &token_hash(&old), "new_login", now).await?;
    }
    let logged_in = LoggedIn {
        session_token: new_token(),
        browser_token,
    };
    let hash = token_hash(&logged_in.session_token);
    begin(c, app, &session, &hash, attempt, proof.device.as_deref()).await?;
    accounts::remember_browser(c, &attempt.account, &token_hash(&logged_in.browser_token), now).await?;
    let event = Event {
        action: "login.completed",
        actor: "customer",
        subject: attempt.account.as_str(),
        outcome: assurance.as_str(),
        object: session.id.as_str(),
        request: &caller.request,
        details: caller.details(),
    };
    audit::write(c, &event, now).await?;
    Ok(Ok(logged_in))
}

/// The session itself, its place among the others of the account, and what is told of it.
async fn begin(
    c: &mut Conn,
    app: &App,
    session: &Session,
    hash: &str,
    attempt: &Attempt,
    device: Option<&str>,
) -> Result<(), StoreError> {
    let (account, now) = (&attempt.account, session.created_at);
    // Two logins at once would each count without the other.
    accounts::take_turn_to_count(c, app.store.dialect(), account).await?;
    sessions::insert(c, session, hash, attempt, device).await?;
    login_notices::put(c, attempt, told_as(session.assurance), now).await?;
    if session_list::end_surplus(c, account, now).await? > 0 {
        let mail = Mail::SessionsEnded {
            scene: scene_of(attempt, now),
        };
        notify::all_addresses(c, app, account, mail, now).await?;
    }
    Ok(())
}
