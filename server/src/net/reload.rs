//! A new certificate without a restart: looked for each minute and on `SIGHUP`, told in log and audit.

use std::time::Duration;

use super::certificates::{Certificates, Look};
use crate::app::App;
use crate::startup::note;

/// Looks each minute.
pub(crate) async fn run(app: App, certificates: Certificates) {
    let mut tick = tokio::time::interval(EVERY);
    loop {
        tick.tick().await;
        look(&app, &certificates).await;
    }
}

/// Looks once. A pair that was taken leaves an audit leaf; a bad one an error in the log.
pub async fn look(app: &App, certificates: &Certificates) -> Look {
    let look = certificates.look().await;
    match &look {
        Look::Same => {}
        Look::Replaced => {
            tracing::info!(event = "tls.replaced", "new connections get the new certificate");
            if let Err(error) = note(app, "tls.replaced").await {
                tracing::warn!(event = "tls.audit", %error, "the new certificate could not be written down");
            }
        }
        Look::Refused(error) => {
            tracing::error!(event = "tls.refused", %error, "the new certificate is not used, the old one stays");
        }
    }
    look
}

const EVERY: Duration = Duration::from_mins(1);
