//! A customer ends own sessions: one, or all others, after one factor (SESS-06).

use warifu_shared::error::ErrorCode;
use warifu_shared::ids::SessionId;

use super::confirm_again::{self, Asker};
use super::{Refusal, login_password};
use crate::app::App;
use crate::audit::{self, Event};
use crate::store::session_list;

/// What ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// This one.
    One(SessionId),
    /// Every one but the one that asks.
    Others,
}

/// Ends them. The factor is a proof of the last five minutes or the login password.
///
/// # Errors
/// `LoginPasswordWrong`, `AccountLocked`, `LoginBusy`; `NotFound` for a session that is not one of this account's open ones.
pub async fn run(app: &App, asker: &Asker, which: Which, password: &str) -> Result<u64, Refusal> {
    if !confirm_again::proven_lately(app, &asker.session) {
        login_password::check(
            app,
            &asker.caller,
            &asker.account,
            password,
            "session.end_refused",
        )
        .await?;
    }
    let (now, asker) = (app.now(), asker.clone());
    app.store
        .write_again(move |c| {
            Box::pin(async move {
                let account = &asker.account.id;
                let (ended, object) = match &which {
                    Which::One(id) => (
                        u64::from(session_list::end_one(c, account, id, now).await?),
                        id.as_str(),
                    ),
                    Which::Others => (
                        session_list::end_others(c, account, &asker.session.id, now).await?,
                        "others",
                    ),
                };
                if ended == 0 && matches!(which, Which::One(_)) {
                    return Ok(Err(ErrorCode::NotFound.into()));
                }
                let event = Event {
                    action: "session.ended",
                    actor: "customer",
                    subject: account.as_str(),
                    outcome: "ok",
                    object,
                    request: &asker.caller.request,
                    details: asker.caller.details(),
                };
                audit::write(c, &event, now).await?;
                Ok(Ok(ended))
            })
        })
        .await?
}
