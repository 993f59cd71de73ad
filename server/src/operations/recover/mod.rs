//! The way back of a customer who forgot the password or lost the devices: a recovery code and a mailed code (ENROL-11).
//!
//! Until everything on the first page is right, every account number looks alike (CHAL-11). The recovery code is used up
//! with the last step only.

pub mod finish;
mod steps;

use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::{AccountId, RecoveryId};
use zeroize::Zeroizing;

use super::{Caller, Refusal, admit, notify, recovery_codes as sheet, send_code};
use crate::app::App;
use crate::audit::{self, Event};
use crate::crypto::password::Check;
use crate::domain::account::{Account, AccountNumber};
use crate::domain::counter::Counter;
use crate::domain::paper_code::PaperCode;
use crate::domain::recovery::{LIFETIME_SECS, Lost};
use crate::mail::Mail;
use crate::store::accounts::{self, Lane};
use crate::store::recoveries::{self, Recovery};
use crate::store::recovery_codes::{self, Usable};
use crate::store::{Conn, StoreError};

pub use steps::{Next, cancel, enter_code, resend};

/// What the first page sends.
#[derive(Debug)]
pub struct Form<'a> {
    /// The account number as it was typed.
    pub number: &'a str,
    /// The recovery code as it was typed.
    pub code: &'a str,
    /// The login password; not asked for when that was lost.
    pub password: &'a Zeroizing<String>,
    /// Hash of the browser's secret, which the steps are bound to.
    pub browser_hash: &'a str,
}

/// The first step. Gives the way that goes on in this browser; its mailed code is on the way.
///
/// Unknown number, closed account, wrong or used code, wrong password, too many mistakes: the same refusal after the same
/// work.
///
/// # Errors
/// `RecoveryCodeMistyped` when it cannot be a code at all; `RecoveryRefused`; `TooManyRequests`; `LoginBusy`. Only when all is
/// right: `NoProvenAddress`, `BrowserBlocked`.
pub async fn begin(app: &App, caller: &Caller, lost: Lost, form: Form<'_>) -> Result<RecoveryId, Refusal> {
    admit::recovery(app, caller, form.number).await?;
    let code = PaperCode::from_typed(form.code).ok_or(ErrorCode::RecoveryCodeMistyped)?;
    let (account, id, usable, proven) = look(app, form.number, code.reveal()).await?;
    // A code from the app stands in for a password only; a device that can ask for one is not lost.
    let usable = usable.filter(|found| lost == Lost::Password || !found.from_device);
    let from_device = usable.as_ref().is_some_and(|found| found.from_device);
    let known = account.as_ref().filter(|found| !found.disabled);
    let password = lost == Lost::Password || password_right(app, known, form.password).await?;
    let outcome = match (&account, known, &usable) {
        (None, _, _) => "unknown_account",
        (_, None, _) => "closed_account",
        (_, _, None) => "wrong_code",
        _ if !password => "wrong_password",
        _ => "ok",
    };
    let now = app.now();
    let begun = Recovery {
        id: RecoveryId::at(now),
        account: id,
        lost,
        step: if from_device {
            recoveries::PASSWORD
        } else {
            recoveries::CODE
        }
        .to_owned(),
        code: usable.map(|found| found.id).unwrap_or_default(),
        browser_hash: form.browser_hash.to_owned(),
        place: caller.source.place.clone(),
        browser: caller.source.browser.clone(),
        created_at: now,
        expires_at: now.plus_secs(LIFETIME_SECS),
    };
    let blocked = lost == Lost::Device && known.is_some_and(|found| found.blocks(false, now));
    let stop = (blocked.then_some(ErrorCode::BrowserBlocked))
        .or_else(|| (!proven && !from_device).then_some(ErrorCode::NoProvenAddress));
    let try_ = Try {
        known: account.is_some(),
        outcome,
        stop,
        from_device,
    };
    record(app, caller, try_, begun.clone()).await?;
    if from_device {
        return Ok(begun.id);
    }
    match send_code::run(app, caller, &(&begun).into()).await {
        Ok(()) => Ok(begun.id),
        // Over a limit: the page looks the same, there is just no further mail (CODE-05).
        Err(refusal) if refusal.code == ErrorCode::TooManyRequests => Ok(begun.id),
        Err(refusal) => Err(refusal),
    }
}

/// The account, an id in every case, the usable code behind what was typed, and whether there is a proven address.
async fn look(
    app: &App,
    number: &str,
    code: &str,
) -> Result<(Option<Account>, AccountId, Option<Usable>, bool), Refusal> {
    let mut c = app.store.read().await?;
    let account = match AccountNumber::from_typed(number) {
        Some(number) => accounts::by_number(&mut c, &number).await?,
        None => None,
    };
    let id = account
        .as_ref()
        .map_or_else(AccountId::random, |found| found.id.clone());
    let usable = recovery_codes::usable(&mut c, &id, &sheet::mac(app, &id, code), app.now()).await?;
    let proven = accounts::addresses(&mut c, &id)
        .await?
        .iter()
        .any(|a| a.authentication && a.proven);
    drop(c);
    Ok((account, id, usable, proven))
}

/// Checks the password, or does the same work for nobody.
async fn password_right(app: &App, account: Option<&Account>, typed: &str) -> Result<bool, Refusal> {
    let _place = app.hash_queue.try_acquire().map_err(|_| ErrorCode::LoginBusy)?;
    let clipped: Zeroizing<String> = Zeroizing::new(typed.chars().take(MAX_CHARS + 1).collect());
    let stored = account.map(|found| found.password_hash.as_str());
    let checked = app.passwords.check(&clipped, stored).await?;
    Ok(checked != Check::Wrong && clipped.chars().count() <= MAX_CHARS)
}

/// How a first step went, before the counters were asked.
#[derive(Clone)]
struct Try {
    known: bool,
    outcome: &'static str,
    stop: Option<ErrorCode>,
    /// The code came from a device: guesses at the sheet by strangers do not stop it (CHAL-13).
    from_device: bool,
}

/// Writes the try down; a right one begins.
async fn record(app: &App, caller: &Caller, tried: Try, begun: Recovery) -> Result<(), Refusal> {
    let (now, app_in, caller) = (app.now(), app.clone(), caller.clone());
    app.store
        .write_again(move |c| {
            Box::pin(async move {
                accounts::take_turn(c, &begun.account).await?;
                // Parallel guesses may have locked it since it was read.
                let counter = accounts::counter(c, &begun.account, Lane::Recovery).await?;
                let closed = closed(&app_in, &counter, now) && !tried.from_device;
                let outcome = match (closed, tried.stop) {
                    (true, _) => "locked",
                    (false, Some(why)) if tried.outcome == "ok" => why.name(),
                    (false, _) => tried.outcome,
                };
                let refusal = follow(c, &app_in, &caller, &begun, (outcome, tried.stop), now).await?;
                let event = Event {
                    action: if tried.from_device {
                        "recovery.app_begun"
                    } else {
                        "recovery.begun"
                    },
                    actor: "customer",
                    subject: if tried.known { begun.account.as_str() } else { "-" },
                    outcome,
                    object: if refusal.is_none() { begun.id.as_str() } else { "-" },
                    request: &caller.request,
                    details: caller.details(),
                };
                audit::write(c, &event, now).await?;
                Ok(refusal.map_or(Ok(()), |code| Err(Refusal::new(code))))
            })
        })
        .await?
}

/// Begins, counts a mistake, or neither. Without anybody to count for it is the same work.
async fn follow(
    c: &mut Conn,
    app: &App,
    caller: &Caller,
    begun: &Recovery,
    (outcome, stop): (&str, Option<ErrorCode>),
    now: Timestamp,
) -> Result<Option<ErrorCode>, StoreError> {
    if outcome == "ok" {
        recoveries::begin(c, begun).await?;
        return Ok(None);
    }
    if let Some(why) = stop.filter(|why| why.name() == outcome) {
        return Ok(Some(why));
    }
    let nobody = AccountId::random();
    let counted = if outcome == "locked" {
        &nobody
    } else {
        &begun.account
    };
    let counter = accounts::count_mistake(c, counted, Lane::Recovery, &app.factor_lock(), now).await?;
    // Only the guess that closes it: while it is closed nothing is counted.
    if counted == &begun.account && closed(app, &counter, now) {
        let mail = Mail::RecoveryClosed {
            scene: notify::scene(&caller.source, now),
            until: (!counter.stopped(&app.factor_lock())).then_some(counter.locked_until),
        };
        notify::all_addresses(c, app, &begun.account, mail, now).await?;
    }
    Ok(Some(ErrorCode::RecoveryRefused))
}

/// Whether guesses have closed the recovery: for a while, or until a new sheet is made. The login stays open.
fn closed(app: &App, counter: &Counter, now: Timestamp) -> bool {
    counter.locked_at(now) || counter.stopped(&app.factor_lock())
}

/// Longest password, in code points (PASS-01).
const MAX_CHARS: usize = 128;
