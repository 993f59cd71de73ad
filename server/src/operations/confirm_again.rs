//! Confirming again: a fresh proof in a running session, before a change that needs one. The session gets a new token
//! (SESS-03, SESS-07). Its assurance stays what the login made it (CODE-12).

use warifu_shared::api::DeviceState;
use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::ChallengeId;
use warifu_shared::jws::challenge::Action;

use super::create_challenge::{self, Asked, With};
use super::send_code::{Purpose, What};
use super::try_code::{self, Typed};
use super::{Caller, Refusal};
use crate::app::App;
use crate::audit::{self, Event};
use crate::crypto::mac::{new_token, token_hash};
use crate::domain::account::Account;
use crate::domain::session::{Assurance, Session};
use crate::store::{Conn, StoreError, accounts, challenges, devices, sessions};

/// Whether a device approved in this session within the last five minutes (SESS-07).
#[must_use]
pub fn fresh(app: &App, session: &Session) -> bool {
    session.assurance == Assurance::App && recent(app, session)
}

/// The same with the highest factor that the account has: with a device an approval, without one a mailed code, either of
/// the last five minutes.
#[must_use]
pub fn fresh_enough(app: &App, session: &Session, has_device: bool) -> bool {
    recent(app, session)
        && (session.assurance == Assurance::App || !has_device && session.assurance == Assurance::Code)
}

/// Whether confirming again may open what was refused: the proof is old, not too weak.
#[must_use]
pub fn may_help(app: &App, session: &Session) -> bool {
    session.assurance != Assurance::Password && !recent(app, session)
}

fn recent(app: &App, session: &Session) -> bool {
    proven_lately(app, session)
}

/// Whether any proof was given within the last five minutes: one factor, for what needs no more (SESS-06).
#[must_use]
pub fn proven_lately(app: &App, session: &Session) -> bool {
    (0..=FRESH_SECS).contains(&app.now().secs_since(session.approved_at))
}

/// Who confirms.
#[derive(Debug, Clone)]
pub struct Asker {
    /// The request.
    pub caller: Caller,
    /// The account.
    pub account: Account,
    /// The session.
    pub session: Session,
    /// What the session's challenges and codes are bound to.
    pub bound: String,
    /// Hash of the token that the request came with.
    pub token_hash: String,
}

/// How a session can be confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// By an approval on a device.
    App,
    /// By a mailed code: the account has no device.
    Code,
    /// Not in this session.
    Closed(ErrorCode),
}

/// The one way for this session: the highest factor that the account has.
///
/// # Errors
/// On a failure of the database.
pub async fn way(app: &App, asker: &Asker) -> Result<Way, Refusal> {
    let mut c = app.store.read().await?;
    Ok(way_in(&mut c, asker, app.now()).await?)
}

async fn way_in(c: &mut Conn, asker: &Asker, now: Timestamp) -> Result<Way, StoreError> {
    let devices = devices::of_account(c, &asker.account.id).await?;
    let registered = devices.iter().any(|d| d.state != DeviceState::Pending);
    let active = devices.iter().any(|d| d.state == DeviceState::Active);
    let opens = accounts::by_id(c, &asker.account.id)
        .await?
        .map(|it| it.fallback_opens_at);
    Ok(match asker.session.assurance {
        Assurance::App if active => Way::App,
        Assurance::App if registered => Way::Closed(ErrorCode::DeviceSuspended),
        // A device that came after the login, or went: only a new login tells.
        Assurance::Code if !registered && opens.is_some_and(|opens| opens <= now) => Way::Code,
        Assurance::Code if !registered => Way::Closed(ErrorCode::FallbackClosed),
        Assurance::App | Assurance::Code | Assurance::Password => Way::Closed(ErrorCode::AssuranceTooLow),
    })
}

/// Asks a device.
///
/// # Errors
/// The reason of [`Way::Closed`]; `TooManyOpenLogins` while another one waits.
pub async fn ask(app: &App, asker: &Asker) -> Result<ChallengeId, Refusal> {
    if let Way::Closed(why) = way(app, asker).await? {
        return Err(why.into());
    }
    let asked = Asked {
        account: asker.account.id.clone(),
        action: Action::Confirm,
        browser_hash: asker.bound.clone(),
        known_browser: true,
        txn: None,
        but: None,
    };
    Ok(create_challenge::run(app, &asker.caller, asked, With::Nothing)
        .await?
        .id)
}

/// What a code of this session confirms.
#[must_use]
pub fn purpose(asker: &Asker) -> Purpose {
    Purpose {
        id: format!("confirm:{}", asker.session.id),
        account: asker.account.id.clone(),
        browser_hash: asker.bound.clone(),
        place: asker.caller.source.place.clone(),
        browser: asker.caller.source.browser.clone(),
        what: What::Confirm,
    }
}

/// Uses an approval; gives the session's new token.
///
/// # Errors
/// `ChallengeClosed` when it is not approved, was used, or asked for something else; `SessionEnded`.
pub async fn by_approval(app: &App, asker: &Asker, challenge: &ChallengeId) -> Result<String, Refusal> {
    let (now, asker, challenge) = (app.now(), asker.clone(), challenge.clone());
    app.store
        .write_again(move |c| {
            Box::pin(async move {
                let found = challenges::by_id(c, &challenge).await?;
                let asked_for = found
                    .as_ref()
                    .is_some_and(|it| it.action == Action::Confirm && it.account == asker.account.id);
                if !asked_for || !challenges::consume(c, &challenge, &asker.bound, now).await? {
                    return Ok(Err(ErrorCode::ChallengeClosed.into()));
                }
                let device = challenges::by_id(c, &challenge)
                    .await?
                    .and_then(|it| it.decided_by);
                renew(c, &asker, "app", device.as_deref(), now).await
            })
        })
        .await?
}

/// Tries a mailed code; the right one gives the session's new token.
///
/// # Errors
/// Those of [`try_code::check`]; `NotFound` when a device came meanwhile (CODE-10); `SessionEnded`.
pub async fn by_code(app: &App, asker: &Asker, typed: &str) -> Result<String, Refusal> {
    let (now, asker, app_in, typed) = (app.now(), asker.clone(), app.clone(), Typed::read(typed));
    let outcome = app
        .store
        .write_again(move |c| {
            Box::pin(async move {
                if way_in(c, &asker, now).await? != Way::Code {
                    return Ok(Err(ErrorCode::NotFound.into()));
                }
                let purpose = purpose(&asker);
                let tried = try_code::check(c, &app_in, &asker.caller, &purpose, &typed, now).await?;
                if let Err(refusal) = tried {
                    let outcome = try_code::said(Some(&refusal), "refused");
                    write_event(c, &asker, "session.confirm", outcome, now).await?;
                    return Ok(Err(refusal));
                }
                renew(c, &asker, "code", None, now).await
            })
        })
        .await?;
    app.mail_wake.notify_one();
    outcome
}

async fn renew(
    c: &mut Conn,
    asker: &Asker,
    how: &str,
    device: Option<&str>,
    now: Timestamp,
) -> Result<Result<String, Refusal>, StoreError> {
    let token = new_token();
    let hash = token_hash(&token);
    if !sessions::confirm(c, &asker.session.id, &asker.token_hash, &hash, device, now).await? {
        return Ok(Err(ErrorCode::SessionEnded.into()));
    }
    write_event(c, asker, "session.confirmed", how, now).await?;
    Ok(Ok(token))
}

async fn write_event(
    c: &mut Conn,
    asker: &Asker,
    action: &str,
    outcome: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let event = Event {
        action,
        actor: "customer",
        subject: asker.account.id.as_str(),
        outcome,
        object: asker.session.id.as_str(),
        request: &asker.caller.request,
        details: asker.caller.details(),
    };
    audit::write(c, &event, now).await
}

/// How long a proof counts as fresh (SESS-07).
const FRESH_SECS: i64 = 300;
