//! The end of a session by its customer (SESS-05).

use super::{Caller, Refusal};
use crate::app::App;
use crate::audit::{self, Event};
use crate::domain::session::Session;
use crate::store::sessions;

/// Ends the session behind a token's hash.
///
/// # Errors
/// On a failure of the database only.
pub async fn run(app: &App, caller: &Caller, session: &Session, token_hash: &str) -> Result<(), Refusal> {
    let now = app.now();
    let (caller, session, hash) = (caller.clone(), session.clone(), token_hash.to_owned());
    app.store
        .write(move |c| {
            Box::pin(async move {
                if sessions::end(c, &hash, "customer", now).await? {
                    let event = Event {
                        action: "session.ended",
                        actor: "customer",
                        subject: session.account.as_str(),
                        outcome: "ok",
                        object: session.id.as_str(),
                        request: &caller.request,
                        details: caller.details(),
                    };
                    audit::write(c, &event, now).await?;
                }
                Ok(())
            })
        })
        .await?;
    Ok(())
}
