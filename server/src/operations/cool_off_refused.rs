//! What the cool-off refused is told to the owner, once a day for each kind (ENROL-09).

use warifu_shared::clock::Timestamp;

use super::{Caller, Refusal, notify};
use crate::app::App;
use crate::audit::{self, Event};
use crate::domain::account::Account;
use crate::mail::{CoolOff, Mail};
use crate::store::accounts;

/// Tells the owner that `what` was refused, and until when that is so.
///
/// # Errors
/// On a failure of the database only.
pub async fn run(
    app: &App,
    (caller, account): (&Caller, &Account),
    what: CoolOff,
    until: Timestamp,
) -> Result<(), Refusal> {
    let (now, app_in) = (app.now(), app.clone());
    let (caller, account) = (caller.clone(), account.id.clone());
    app.store
        .write_again(move |c| {
            Box::pin(async move {
                // Two refusals at once are one mail.
                accounts::take_turn(c, &account).await?;
                let mail = Mail::CoolOffRefused {
                    what,
                    until,
                    scene: notify::scene(&caller.source, now),
                };
                notify::once_a_day(c, &app_in, &account, mail, now).await?;
                let event = Event {
                    action: "cool_off.refused",
                    actor: "customer",
                    subject: account.as_str(),
                    outcome: match what {
                        CoolOff::Withdrawal => "withdrawal",
                        CoolOff::PayoutAccount => "payout_account",
                        CoolOff::MailAddress => "mail_address",
                    },
                    object: "-",
                    request: &caller.request,
                    details: caller.details(),
                };
                audit::write(c, &event, now).await
            })
        })
        .await?;
    app.mail_wake.notify_one();
    Ok(())
}
