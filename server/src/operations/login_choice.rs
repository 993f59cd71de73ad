//! The customer's choice of which logins are told: every one, or those from new browsers and regions (RISK-06).

use warifu_shared::error::ErrorCode;

use super::{Caller, Refusal, notify, recovery_codes};
use crate::app::App;
use crate::audit::{self, Event};
use crate::domain::session::Session;
use crate::mail::Mail;
use crate::store::login_notices;

/// Changes it, tells it to every address and logs it. Nothing happens when it is that already.
///
/// # Errors
/// `AssuranceTooLow` when less is asked for without a second factor of the last five minutes, the strongest that the account has
/// (SESS-07): a thief in a session must not silence the mail about the next login.
pub async fn set(app: &App, caller: &Caller, session: &Session, only_new: bool) -> Result<(), Refusal> {
    if only_new && !recovery_codes::allowed(app, session).await? {
        return Err(ErrorCode::AssuranceTooLow.into());
    }
    let (now, app_in, caller, account) = (app.now(), app.clone(), caller.clone(), session.account.clone());
    app.store
        .write_again(move |c| {
            Box::pin(async move {
                if !login_notices::choose(c, &account, only_new, now).await? {
                    return Ok(());
                }
                let scene = notify::scene(&caller.source, now);
                let mail = Mail::LoginNoticesChanged { only_new, scene };
                notify::all_addresses(c, &app_in, &account, mail, now).await?;
                let event = Event {
                    action: "login_notices.changed",
                    actor: "customer",
                    subject: account.as_str(),
                    outcome: if only_new { "only_new" } else { "every" },
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
