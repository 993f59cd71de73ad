//! A staff login: password, then the member's own device, always; no mailed code anywhere (STAFF-01).

use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::{AccountId, AttemptId, ChallengeId, SessionId};
use warifu_shared::jws::challenge::Action;

use super::actor;
use crate::app::App;
use crate::audit::{self, Event};
use crate::crypto::mac::{new_token, token_hash};
use crate::crypto::password::Check;
use crate::domain::staff::login_id;
use crate::operations::create_challenge::{self, Asked, With};
use crate::operations::{Caller, Refusal, admit};
use crate::store::accounts::{self, Lane};
use crate::store::staff::members::{self, Member};
use crate::store::staff::sessions::{self, StaffAttempt, StaffSession};
use crate::store::{Conn, StoreError, challenges};

/// Checks login id and password. Unknown, wrong, locked, disabled: one refusal, after the same work.
///
/// # Errors
/// `StaffLoginRefused`, `LoginBusy`.
pub async fn check(app: &App, caller: &Caller, typed: &str, password: &str) -> Result<Member, Refusal> {
    let _place = admit::staff(app, caller, typed).await?;
    let now = app.now();
    let mut c = app.store.read().await?;
    let found = match login_id(typed) {
        Some(id) => members::by_login(&mut c, &id).await?,
        None => None,
    };
    let account = found
        .as_ref()
        .map_or_else(AccountId::random, |m| m.account.clone());
    let locked = accounts::counter(&mut c, &account, Lane::PasswordUnknown)
        .await?
        .locked_at(now);
    drop(c);
    let stored = found.as_ref().and_then(|m| m.password_hash.as_deref());
    let clipped: String = password.chars().take(MAX_CHARS).collect();
    let checked = app.known_passwords.check(&clipped, stored).await?;
    let right = checked != Check::Wrong && stored.is_some() && password.chars().count() <= MAX_CHARS;
    let (rule, caller, member) = (app.password_lock(), caller.clone(), found.clone());
    let passed = app
        .store
        .write(move |c| {
            Box::pin(async move {
                // Parallel guesses may have locked it while this one was hashed.
                let locked = locked
                    || accounts::counter(c, &account, Lane::PasswordUnknown)
                        .await?
                        .locked_at(now);
                let passed = right && !locked;
                if passed {
                    accounts::reset_counter(c, &account, Lane::PasswordUnknown).await?;
                } else if !locked {
                    accounts::count_mistake(c, &account, Lane::PasswordUnknown, &rule, now).await?;
                }
                let outcome = match (&member, passed, locked) {
                    (None, ..) => "unknown_staff",
                    (_, true, _) => "ok",
                    (_, _, true) => "locked",
                    _ => "wrong_password",
                };
                write(c, &caller, member.as_ref(), ("staff.password", outcome), "-", now).await?;
                Ok(passed)
            })
        })
        .await?;
    found
        .filter(|_| passed)
        .ok_or_else(|| ErrorCode::StaffLoginRefused.into())
}

/// Asks the member's device. The browser behind `browser_hash` waits.
///
/// # Errors
/// `StaffStopped`, `AccountLocked`, `ApproverDisabled`, `DeviceNotActive`, `TooManyOpenLogins`.
pub async fn start(
    app: &App,
    caller: &Caller,
    member: &Member,
    browser_hash: &str,
) -> Result<AttemptId, Refusal> {
    let now = app.now();
    let mut c = app.store.read().await?;
    let counter = accounts::counter(&mut c, &member.account, Lane::Factor).await?;
    let account = accounts::by_id(&mut c, &member.account)
        .await?
        .ok_or(ErrorCode::StaffLoginRefused)?;
    drop(c);
    if account.blocks(false, now) {
        return Err(ErrorCode::StaffStopped.into());
    }
    if counter.stopped(&app.factor_lock()) {
        return Err(ErrorCode::ApproverDisabled.into());
    }
    if counter.locked_at(now) {
        return Err(Refusal::new(ErrorCode::AccountLocked).at(counter.locked_until));
    }
    let attempt = StaffAttempt {
        id: AttemptId::random(),
        staff: member.id.clone(),
        browser_hash: browser_hash.to_owned(),
        // Takes the place of the real one until that is drawn.
        challenge: ChallengeId::random(),
        state: "open".to_owned(),
        created_at: now,
        expires_at: now.plus_secs(app.config.login.attempt_lifetime),
    };
    let asked = Asked {
        account: member.account.clone(),
        action: Action::StaffLogin,
        browser_hash: browser_hash.to_owned(),
        known_browser: false,
        txn: None,
        but: None,
    };
    let id = attempt.id.clone();
    create_challenge::run(app, caller, asked, With::Staff(Box::new(attempt))).await?;
    Ok(id)
}

/// Uses the approval and opens the session; gives its token. Only an approval of a staff login, of this member, counts.
///
/// # Errors
/// `ChallengeClosed` when it is not approved or was used; `NotFound` when the attempt is over; `StaffLoginRefused` when the
/// member was disabled meanwhile.
pub async fn finish(app: &App, caller: &Caller, attempt: &StaffAttempt) -> Result<String, Refusal> {
    let now = app.now();
    if attempt.state != "open" || now >= attempt.expires_at {
        return Err(ErrorCode::NotFound.into());
    }
    let token = new_token();
    let hash = token_hash(&token);
    let (caller, attempt) = (caller.clone(), attempt.clone());
    let done: Result<(), Refusal> = app
        .store
        .write_again(move |c| {
            Box::pin(async move {
                let challenge = challenges::by_id(c, &attempt.challenge).await?;
                let member = members::by_id(c, &attempt.staff).await?;
                let (Some(challenge), Some(member)) = (challenge, member) else {
                    return Ok(Err(ErrorCode::NotFound.into()));
                };
                if challenge.action != Action::StaffLogin || challenge.account != member.account {
                    return Ok(Err(ErrorCode::NotFound.into()));
                }
                if !challenges::consume(c, &attempt.challenge, &attempt.browser_hash, now).await? {
                    return Ok(Err(ErrorCode::ChallengeClosed.into()));
                }
                if !sessions::end_attempt(c, &attempt.id, "done", now).await? {
                    return Ok(Err(ErrorCode::NotFound.into()));
                }
                let id = SessionId::random();
                if !sessions::insert(c, &id, &hash, &member.id, &caller.source, now).await? {
                    return Ok(Err(ErrorCode::StaffLoginRefused.into()));
                }
                let what = ("staff.login", "ok");
                write(c, &caller, Some(&member), what, id.as_str(), now).await?;
                Ok(Ok(()))
            })
        })
        .await?;
    done.map(|()| token)
}

/// Gives an attempt up.
///
/// # Errors
/// On a failure of the database only.
pub async fn cancel(app: &App, attempt: &StaffAttempt) -> Result<(), Refusal> {
    let (now, id, challenge) = (app.now(), attempt.id.clone(), attempt.challenge.clone());
    app.store
        .write(move |c| {
            Box::pin(async move {
                sessions::end_attempt(c, &id, "cancelled", now).await?;
                challenges::cancel(c, &challenge, "page", now).await
            })
        })
        .await?;
    app.live.changed(attempt.challenge.as_str());
    Ok(())
}

/// Ends the member's own session.
///
/// # Errors
/// On a failure of the database only.
pub async fn log_out(app: &App, caller: &Caller, session: &StaffSession) -> Result<(), Refusal> {
    let (now, caller, session) = (app.now(), caller.clone(), session.clone());
    app.store
        .write(move |c| {
            Box::pin(async move {
                if sessions::end(c, &session.id, "staff", now).await? {
                    let what = ("staff.logout", "ok");
                    write(c, &caller, Some(&session.member), what, session.id.as_str(), now).await?;
                }
                Ok(())
            })
        })
        .await?;
    Ok(())
}

async fn write(
    c: &mut Conn,
    caller: &Caller,
    member: Option<&Member>,
    (action, outcome): (&str, &str),
    object: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let actor = member.map_or_else(|| "staff".to_owned(), actor);
    let event = Event {
        action,
        actor: &actor,
        subject: member.map_or("-", |it| it.id.as_str()),
        outcome,
        object,
        request: &caller.request,
        details: caller.details(),
    };
    audit::write(c, &event, now).await
}

/// Longest password, in code points (PASS-01).
const MAX_CHARS: usize = 128;
