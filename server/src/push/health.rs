//! How hints fare, gathered and written together: one write every few seconds, however many hints were sent (PUSH-04).

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use warifu_shared::clock::Timestamp;
use warifu_shared::ids::DeviceId;

use crate::app::App;
use crate::store::StoreError;
use crate::store::push_health::{self, Fared};

/// The last word about each device since the last write.
#[derive(Default)]
pub struct PushHealth(Mutex<HashMap<DeviceId, (Fared, i64, Timestamp)>>);

impl PushHealth {
    /// Notes how a hint fared. Failures since the last write add up; a hint that was taken ends them.
    pub fn note(&self, device: &DeviceId, fared: Fared, at: Timestamp) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() >= MOST && !waiting.contains_key(device) {
            return;
        }
        let before = match waiting.get(device) {
            Some((Fared::Failed { .. }, times, _)) => *times,
            _ => 0,
        };
        let times = match fared {
            Fared::Failed { .. } => before + 1,
            Fared::Taken { .. } => 0,
        };
        waiting.insert(device.clone(), (fared, times, at));
    }

    fn take(&self) -> Vec<(DeviceId, (Fared, i64, Timestamp))> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut taken: Vec<_> = waiting.drain().collect();
        // In one order, so that two processes never wait for each other in a circle.
        taken.sort_by(|a, b| a.0.cmp(&b.0));
        taken
    }
}

/// Writes what was gathered: what tests step.
///
/// # Errors
/// On a database failure; what was gathered is lost then, the next hint says it again.
pub async fn step(app: &App) -> Result<(), StoreError> {
    for some in app.push_health.take().chunks(AT_ONCE) {
        let some = some.to_vec();
        app.store
            .write_again(move |c| {
                let some = some.clone();
                Box::pin(async move {
                    for (device, (fared, times, at)) in &some {
                        push_health::note(c, device, fared, *times, *at).await?;
                    }
                    Ok(())
                })
            })
            .await?;
    }
    Ok(())
}

/// Writes for ever.
pub async fn run(app: App) {
    loop {
        tokio::time::sleep(EVERY).await;
        if let Err(error) = step(&app).await {
            tracing::warn!(event = "push.health", %error, "how hints fare was not written");
        }
    }
}

const EVERY: Duration = Duration::from_secs(5);
const AT_ONCE: usize = 100;
/// Devices that are remembered between two writes.
const MOST: usize = 20_000;
