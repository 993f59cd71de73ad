//! A typed mailed code: right, wrong, expired, superseded, dead; each with its own words (CODE-02..04).

use warifu_shared::api::DeviceState;
use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::AccountId;
use zeroize::Zeroizing;

use super::change_address::by_staff;
use super::finish_login::{self, BrowserTokens, LoggedIn, Proof};
use super::send_code::{Purpose, What};
use super::{Caller, Refusal, notify};
use crate::app::App;
use crate::audit::{self, Event};
use crate::domain::code;
use crate::domain::session::Assurance;
use crate::mail::{Mail, void_code};
use crate::store::accounts::{self, Lane};
use crate::store::attempts::Attempt;
use crate::store::codes::StoredCode;
use crate::store::{Conn, StoreError, codes, devices};

/// The outcome in the log: wrong codes are counted (S4), what was refused for another reason is not.
pub(crate) fn said(refusal: Option<&Refusal>, otherwise: &'static str) -> &'static str {
    match refusal.map(|it| it.code) {
        None => "ok",
        Some(ErrorCode::CodeWrong | ErrorCode::CodeTriesUsed) => "wrong_code",
        Some(_) => otherwise,
    }
}

/// Tries the code of a login; the right one ends in a session.
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
    let typed = Typed::read(typed);
    let (app_in, caller, attempt) = (app.clone(), caller.clone(), attempt.clone());
    let outcome = app
        .store
        .write_again(move |c| {
            Box::pin(async move {
                let judged = log_in(c, &app_in, &caller, &attempt, &typed, browser, now).await?;
                let outcome = said(judged.as_ref().err(), "refused");
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

async fn log_in(
    c: &mut Conn,
    app: &App,
    caller: &Caller,
    attempt: &Attempt,
    typed: &Typed,
    browser: BrowserTokens,
    now: Timestamp,
) -> Result<Result<LoggedIn, Refusal>, StoreError> {
    if let Err(refusal) = check(c, app, caller, &attempt.into(), typed, now).await? {
        return Ok(Err(refusal));
    }
    by_staff::proven_by_login(c, app, caller, &attempt.account, now).await?;
    let proof = Proof {
        browser,
        device: None,
    };
    finish_login::open(c, app, caller, attempt, Assurance::Code, proof, now).await
}

/// What the customer typed.
#[derive(Clone)]
pub struct Typed(Option<Zeroizing<String>>);

impl Typed {
    /// Reads it; what is not eight digits is kept as such.
    #[must_use]
    pub fn read(text: &str) -> Self {
        Self(code::from_typed(text))
    }
}

/// Tries a code for a login, a withdrawal or an address, and uses it up when it is right, inside the transaction of what it
/// confirms. Codes for addresses count in a lane of their own: they open no login, and must not win tries for one.
///
/// # Errors
/// On a database failure.
pub async fn check(
    c: &mut Conn,
    app: &App,
    caller: &Caller,
    purpose: &Purpose,
    typed: &Typed,
    now: Timestamp,
) -> Result<Result<(), Refusal>, StoreError> {
    let lane = lane(purpose);
    let counter = accounts::counter(c, &purpose.account, lane).await?;
    if lane != Lane::Factor && counter.locked_at(now) {
        return Ok(Err(
            Refusal::new(ErrorCode::TooManyRequests).at(counter.locked_until)
        ));
    }
    if lane == Lane::Factor && counter.stopped(&app.factor_lock()) {
        return Ok(Err(ErrorCode::ApproverDisabled.into()));
    }
    if counter.locked_at(now) {
        return Ok(Err(
            Refusal::new(ErrorCode::AccountLocked).at(counter.locked_until)
        ));
    }
    if lane == Lane::Factor && has_device(c, &purpose.account).await? {
        return Ok(Err(ErrorCode::NotFound.into()));
    }
    let Some(digits) = &typed.0 else {
        // Not eight digits: a slip, not a guess.
        return Ok(Err(ErrorCode::CodeWrong.into()));
    };
    let stored = codes::made_for(c, &purpose.id).await?;
    let binding = purpose.binding();
    let matching = stored
        .iter()
        .find(|s| binding.matches(&app.secrets.code_pepper, &s.salt, digits, &s.mac));
    if let Some(found) = matching {
        if codes::consume(c, &found.id, now).await? {
            void_code(c, &found.id).await?;
            accounts::reset_counter(c, &purpose.account, lane).await?;
            return Ok(Ok(()));
        }
        return Ok(Err(why_not(found, now).into()));
    }
    count_wrong(c, app, caller, purpose, stored.first(), now)
        .await
        .map(Err)
}

/// A mailed code never helps an account that has a device, also when the device came after the mail (CODE-10).
async fn has_device(c: &mut Conn, account: &AccountId) -> Result<bool, StoreError> {
    let devices = devices::of_account(c, account).await?;
    Ok(devices.iter().any(|d| d.state != DeviceState::Pending))
}

/// Codes that prove an address or belong to a recovery count in lanes of their own: mistakes there never lock a login.
const fn lane(purpose: &Purpose) -> Lane {
    if matches!(purpose.what, What::Address(_)) {
        Lane::Address
    } else if matches!(purpose.what, What::Recovery(_)) {
        Lane::RecoveryMail
    } else {
        Lane::Factor
    }
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
    purpose: &Purpose,
    newest: Option<&StoredCode>,
    now: Timestamp,
) -> Result<Refusal, StoreError> {
    let most = app.config.code.tries;
    let used = match newest {
        Some(code) => codes::count_wrong(c, &code.id, most, now).await?,
        None => None,
    };
    let (account, lane) = (&purpose.account, lane(purpose));
    let counter = accounts::count_mistake(c, account, lane, &app.factor_lock(), now).await?;
    if counter.locked_at(now) && lane != Lane::Factor {
        return Ok(Refusal::new(ErrorCode::TooManyRequests).at(counter.locked_until));
    }
    if counter.locked_at(now) {
        let mail = Mail::AccountLocked {
            scene: notify::scene(&caller.source, now),
            until: (!counter.stopped(&app.factor_lock())).then_some(counter.locked_until),
        };
        notify::all_addresses(c, app, account, mail, now).await?;
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
