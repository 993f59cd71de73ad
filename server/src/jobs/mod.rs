//! Clean-up that runs by itself; each step can be called alone. `docs/operations.md` lists them with their retention.

use std::time::Duration;

use crate::app::App;
use crate::domain::signal::WINDOW_SECS;
use crate::operations::{device_work, end_pending, erase_details, keep_form, login_notices, notices};
use crate::relay::Relay;
use crate::store::{
    StoreError, activity, cases, kept_forms, limits, login_notices as logins, mails, notices as told,
    recoveries,
};
use crate::watch;

/// Runs the steps once a minute.
pub async fn run(app: App, relay: Option<Relay>) {
    let mut tick = tokio::time::interval(EVERY);
    loop {
        tick.tick().await;
        if let Err(error) = step(&app, relay.as_ref()).await {
            tracing::warn!(event = "jobs.failed", %error, "clean-up failed");
        }
    }
}

/// Deletes what no longer counts: limits, nonces, finished mails, expired relay messages, old details beside the log, forms
/// that nobody came back for, recoveries that are over. Ends devices that were not
/// confirmed in time.
///
/// # Errors
/// On a database failure.
pub async fn step(app: &App, relay: Option<&Relay>) -> Result<(), StoreError> {
    let now = app.now();
    app.store
        .write(move |c| {
            Box::pin(async move {
                limits::sweep(c, now).await?;
                end_pending::all(c, now).await?;
                recoveries::prune(c, now.plus_secs(-RECOVERY_DAYS * 86_400)).await?;
                kept_forms::prune(c, keep_form::oldest(now)).await?;
                told::prune(c, now.plus_secs(-notices::KEPT_DAYS * 86_400)).await?;
                logins::forget_regions(c, now.plus_secs(-login_notices::KNOWN_DAYS * 86_400)).await?;
                cases::forget_marks(c, now.plus_secs(-WINDOW_SECS)).await?;
                activity::prune(c, now.plus_secs(-watch::KEPT_DAYS * 86_400)).await?;
                mails::prune(c, now.plus_secs(-MAIL_DAYS * 86_400)).await
            })
        })
        .await?;
    device_work::step(app).await?;
    let kept = now.plus_secs(-app.config.audit.details_days * 86_400);
    erase_details::older_than(app, kept, "server").await?;
    if let Some(relay) = relay {
        relay.sweep().await?;
    }
    Ok(())
}

const EVERY: Duration = Duration::from_mins(1);
/// How long a recovery stays after its end.
const RECOVERY_DAYS: i64 = 30;
/// How long the row of a sent mail (without its contents) stays.
const MAIL_DAYS: i64 = 30;
