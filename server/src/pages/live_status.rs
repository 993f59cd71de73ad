//! The live status of a page that waits: server-sent events, and the same as JSON for polling.
//!
//! A wake-up is only a hint; every message is read from the database, and read again every second or so, so that a change
//! made by another process shows as well.

use std::convert::Infallible;
use std::time::Duration;

use axum::Json;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::Stream;
use serde::Serialize;
use warifu_shared::clock::Timestamp;

use crate::app::App;

/// What a waiting page learns. Never the number, never who decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Status {
    /// The state: `pending`, `approved`, `denied`, `expired`, `cancelled`, `tries_used`, `claimed`.
    pub state: &'static str,
    /// When it ends.
    pub expires_at: Timestamp,
    /// The server's time.
    pub now: Timestamp,
}

impl Status {
    /// One JSON answer.
    #[must_use]
    pub fn json(self) -> Response {
        Json(self).into_response()
    }
}

/// Streams the status until it is no longer `pending`. `topic` is what [`crate::live::Live`] wakes; `read` asks the
/// database and gives `None` when there is nothing (any more).
pub fn stream<F, Fut>(app: &App, topic: String, read: F) -> Response
where
    F: Fn() -> Fut + Send + 'static,
    Fut: Future<Output = Option<Status>> + Send + 'static,
{
    let keep_alive = KeepAlive::new().interval(Duration::from_secs(15));
    Sse::new(events(app, topic, read))
        .keep_alive(keep_alive)
        .into_response()
}

fn events<F, Fut>(
    app: &App,
    topic: String,
    read: F,
) -> impl Stream<Item = Result<Event, Infallible>> + use<F, Fut>
where
    F: Fn() -> Fut + Send + 'static,
    Fut: Future<Output = Option<Status>> + Send + 'static,
{
    struct Following<F> {
        waiter: crate::live::Waiter,
        topic: String,
        read: F,
        last: Option<&'static str>,
        done: bool,
    }
    // Listening starts before the first read, so that no change falls between the two.
    let start = Following {
        waiter: app.live.wait(),
        topic,
        read,
        last: None,
        done: false,
    };
    futures_util::stream::unfold(start, |mut following| async move {
        if following.done {
            return None;
        }
        loop {
            let status = (following.read)().await?;
            if following.last != Some(status.state) {
                following.last = Some(status.state);
                following.done = status.state != "pending";
                let event = Event::default()
                    .event("state")
                    .json_data(status)
                    .unwrap_or_default();
                return Some((Ok(event), following));
            }
            let changed = following.waiter.until_changed(&following.topic);
            // The time limit is the net under the wake-ups.
            drop(tokio::time::timeout(NET, changed).await);
        }
    })
}

/// How often a waiting page reads without a wake-up.
const NET: Duration = Duration::from_millis(1_000);
