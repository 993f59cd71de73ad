//! A challenge has ended: the other devices that show it are hinted at it once more, so that they put it away (CHAL-09).
//!
//! Only a hint. A device that misses it puts the request away with its next look at the list, and can decide nothing with it.

use warifu_shared::ids::{ChallengeId, DeviceId};
use warifu_shared::push_payload::Hinted;

use crate::app::App;
use crate::push::PushJob;
use crate::store::devices;

/// Hints at the end of a challenge, to all its devices but the one that decided. Returns at once; an account with one device
/// costs no look into the database.
pub fn others(app: &App, id: &ChallengeId, but: Option<&DeviceId>) {
    let others = app.recent_challenges.others(id, but);
    if others.is_empty() {
        return;
    }
    let (app, id) = (app.clone(), id.clone());
    tokio::spawn(async move {
        for device in others {
            hint(&app, &id, device).await;
        }
    });
}

async fn hint(app: &App, id: &ChallengeId, device: DeviceId) {
    let Ok(mut c) = app.store.read().await else { return };
    let Ok(Some(subscription)) = devices::subscription(&mut c, &device).await else {
        return;
    };
    drop(c);
    let mut topic = app
        .secrets
        .csrf_key
        .mac("push-topic", &[id.as_str().as_bytes(), b"ended"]);
    topic.truncate(32);
    app.pushes.send(PushJob {
        device,
        hinted: Hinted::Challenge(id.clone()),
        topic,
        expires_at: app.now().plus_secs(HINT_SECS),
        subscription: Some(subscription),
        urgent: false,
    });
}

/// A request is gone from the list of a device that comes back later than this.
const HINT_SECS: i64 = 120;
