//! A typed mailed code: right, wrong, expired, superseded, dead; each with its own words (CODE-02..04).

use warifu_shared::api::DeviceState;
use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use zeroize::Zeroizing;

use super::finish_login::{self, BrowserTokens, LoggedIn, Proof};
use super::{Caller, Refusal, notify, send_code};
use crate::app::App;
use crate::audit::{self, Event};
use crate::domain::code;
use crate::domain::session::Assurance;
use crate::mail::{Mail, void_code};
use crate::store::accounts::{self, Lane};
use crate::store::attempts::Attempt;
use crate::store::codes::StoredCode;
use crate::store::{Conn, StoreError, codes, devices};

/// Tries a code; the right one ends in a session.
///
/// # Errors
/// `CodeWrong` (with the tries left), `CodeExpired`, `CodeSuperseded`, `CodeTriesUsed`, `AccountLocked`.
pub async fn run(
    app: &App,
    caller: &Caller,
    attempt: &Attempt,
    typed: &str,
    browser: BrowserTokens,
) -> Result<LoggedIn, Refusal> {
    let now = app.now();
    let typed = Typed {
        digits: code::from_typed(typed),
        browser,
    };
    let (app_in, caller, attempt) = (app.clone(), caller.clone(), attempt.clone());
    let outcome = app
        .store
        .write(move |c| {
            Box::pin(async move {
                let judged = judge(c, &app_in, &caller, &attempt, typed, now).await?;
                let outcome = if judged.is_ok() { "ok" } else { "refused" };
                let event = Event {
                    action: "login.code",
                    actor: "customer",
                    subject: attempt.account.as_str(),
                    outcome,
                    object: attempt.id.as_str(),
                    request: &caller.request,
                    details: caller.details(),
                };
                audit::write(c, &event, now).await?;
                Ok(judged)
            })
        })
        .await?;
    app.mail_wake.notify_one();
    outcome
}

/// What the customer typed, and in which browser.
struct Typed {
    digits: Option<Zeroizing<String>>,
    browser: BrowserTokens,
}

async fn judge(
    c: &mut Conn,
    app: &App,
    caller: &Caller,
    attempt: &Attempt,
    typed: Typed,
    now: Timestamp,
) -> Result<Result<LoggedIn, Refusal>, StoreError> {
    let counter = accounts::counter(c, &attempt.account, Lane::Factor).await?;
    if counter.stopped(&app.factor_lock()) {
        return Ok(Err(ErrorCode::ApproverDisabled.into()));
    }
    if counter.locked_at(now) {
        return Ok(Err(
            Refusal::new(ErrorCode::AccountLocked).at(counter.locked_until)
        ));
    }
    if has_device(c, attempt).await? {
        return Ok(Err(ErrorCode::NotFound.into()));
    }
    if typed.digits.is_none() {
        // Not eight digits: a slip, not a guess.
        return Ok(Err(ErrorCode::CodeWrong.into()));
    }
    let stored = codes::of_attempt(c, &attempt.id).await?;
    let matching = typed.digits.as_ref().and_then(|digits| {
        let binding = send_code::binding(attempt);
        stored
            .iter()
            .find(|s| binding.matches(&app.secrets.code_pepper, &s.salt, digits, &s.mac))
    });
    if let Some(found) = matching {
        if codes::consume(c, &found.id, now).await? {
            void_code(c, &found.id).await?;
            accounts::reset_counter(c, &attempt.account, Lane::Factor).await?;
            let proof = Proof {
                browser: typed.browser,
                device: None,
            };
            return finish_login::open(c, app, caller, attempt, Assurance::Code, proof, now).await;
        }
        return Ok(Err(why_not(found, now).into()));
    }
    count_wrong(c, app, caller, attempt, stored.first(), now)
        .await
        .map(Err)
}

/// A mailed code never helps an account that has a device, also when the device came after the mail (CODE-10).
async fn has_device(c: &mut Conn, attempt: &Attempt) -> Result<bool, StoreError> {
    let devices = devices::of_account(c, &attempt.account).await?;
    Ok(devices.iter().any(|d| d.state != DeviceState::Pending))
}

fn why_not(found: &StoredCode, now: Timestamp) -> ErrorCode {
    match found.state.as_str() {
        "superseded" => ErrorCode::CodeSuperseded,
        "dead" => ErrorCode::CodeTriesUsed,
        "live" if now >= found.expires_at => ErrorCode::CodeExpired,
        _ => ErrorCode::CodeWrong,
    }
}

async fn count_wrong(
    c: &mut Conn,
    app: &App,
    caller: &Caller,
    attempt: &Attempt,
    newest: Option<&StoredCode>,
    now: Timestamp,
) -> Result<Refusal, StoreError> {
    let most = app.config.code.tries;
    let used = match newest {
        Some(code) => codes::count_wrong(c, &code.id, most, now).await?,
        None => None,
    };
    let counter = accounts::count_mistake(c, &attempt.account, Lane::Factor, &app.factor_lock(), now).await?;
    if counter.locked_at(now) {
        let mail = Mail::AccountLocked {
            scene: notify::scene(&caller.source, now),
            until: (!counter.stopped(&app.factor_lock())).then_some(counter.locked_until),
        };
        notify::all_addresses(c, app, &attempt.account, mail, now).await?;
        return Ok(Refusal::new(ErrorCode::AccountLocked).at(counter.locked_until));
    }
    Ok(match (used, newest) {
        (Some(used), _) if used >= most => ErrorCode::CodeTriesUsed.into(),
        (Some(used), _) => Refusal::new(ErrorCode::CodeWrong)
            .tries((most - used).min(counter.tries_left(&app.factor_lock()))),
        (None, Some(code)) if code.state == "dead" => ErrorCode::CodeTriesUsed.into(),
        (None, _) => ErrorCode::CodeExpired.into(),
    })
}
