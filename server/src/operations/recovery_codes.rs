//! A sheet of recovery codes: drawn, shown once, kept as keyed hashes (ENROL-11).

use warifu_shared::api::DeviceState;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::AccountId;
use zeroize::Zeroizing;

use super::{Caller, Refusal, issue_enrolment, notify};
use crate::app::App;
use crate::audit::{self, Event};
use crate::domain::paper_code::PaperCode;
use crate::domain::session::Session;
use crate::mail::Mail;
use crate::store::accounts::{self, Lane};
use crate::store::staff::proposals;
use crate::store::{devices, recovery_codes};

/// Codes on a sheet.
const ON_A_SHEET: usize = 10;

/// Makes a new sheet and voids the one before. The codes are given back once, grouped, and are nowhere else.
///
/// # Errors
/// `AssuranceTooLow` when the session has no second factor of the last five minutes, the strongest that the account has
/// (SESS-07).
pub async fn make(app: &App, caller: &Caller, session: &Session) -> Result<Vec<Zeroizing<String>>, Refusal> {
    if !allowed(app, session).await? {
        return Err(ErrorCode::AssuranceTooLow.into());
    }
    let codes: Vec<PaperCode> = (0..ON_A_SHEET).map(|_| PaperCode::draw()).collect();
    let macs: Vec<String> = codes
        .iter()
        .map(|code| mac(app, &session.account, code.reveal()))
        .collect();
    let (now, app_in, caller, account) = (app.now(), app.clone(), caller.clone(), session.account.clone());
    app.store
        .write_again(move |c| {
            Box::pin(async move {
                recovery_codes::insert(c, &account, &macs, now).await?;
                // Whoever has a sheet needs no letter: one on paper is void now, and none is printed any more (decision 41).
                proposals::stop_letters(c, account.as_str()).await?;
                // Guesses were at the sheet before: a stop of the recovery ends with it.
                accounts::reset_counter(c, &account, Lane::Recovery).await?;
                let scene = notify::scene(&caller.source, now);
                notify::all_addresses(c, &app_in, &account, Mail::RecoveryCodesMade { scene }, now).await?;
                let event = Event {
                    action: "recovery_codes.made",
                    actor: "customer",
                    subject: account.as_str(),
                    outcome: "ok",
                    object: "-",
                    request: &caller.request,
                    details: caller.details(),
                };
                audit::write(c, &event, now).await
            })
        })
        .await?;
    app.mail_wake.notify_one();
    Ok(codes.iter().map(PaperCode::grouped).collect())
}

/// Whether this session may make a sheet now.
///
/// # Errors
/// On a database failure.
pub async fn allowed(app: &App, session: &Session) -> Result<bool, Refusal> {
    let mut c = app.store.read().await?;
    let devices = devices::of_account(&mut c, &session.account).await?;
    let registered = devices.iter().any(|d| d.state != DeviceState::Pending);
    Ok(issue_enrolment::fresh_enough(app, session, registered))
}

/// The keyed hash of a code, as the table has it: of this account only.
#[must_use]
pub fn mac(app: &App, account: &AccountId, code: &str) -> String {
    app.secrets
        .code_pepper
        .mac("recovery-code", &[account.as_str().as_bytes(), code.as_bytes()])
}
