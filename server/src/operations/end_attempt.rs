//! The customer gives up on the page: the attempt ends and its challenge leaves the app.

use warifu_shared::clock::Timestamp;

use super::{Caller, Refusal, dismiss};
use crate::app::App;
use crate::audit::{self, Event};
use crate::store::attempts::Attempt;
use crate::store::{attempts, challenges};

/// Cancels an attempt. Nothing happens when it has ended already.
///
/// # Errors
/// On a failure of the database only.
pub async fn run(app: &App, caller: &Caller, attempt: &Attempt) -> Result<(), Refusal> {
    let now: Timestamp = app.now();
    let (caller, attempt) = (caller.clone(), attempt.clone());
    let challenge = attempt.challenge.clone();
    app.store
        .write_again(move |c| {
            Box::pin(async move {
                if !attempts::end(c, &attempt.id, "ended:cancelled", now).await? {
                    return Ok(());
                }
                if let Some(id) = &attempt.challenge {
                    challenges::cancel(c, id, "page", now).await?;
                }
                let event = Event {
                    action: "login.cancelled",
                    actor: "customer",
                    subject: attempt.account.as_str(),
                    outcome: "ok",
                    object: attempt.id.as_str(),
                    request: &caller.request,
                    details: caller.details(),
                };
                audit::write(c, &event, now).await
            })
        })
        .await?;
    if let Some(id) = challenge {
        app.live.changed(id.as_str());
        dismiss::others(app, &id, None);
    }
    Ok(())
}
