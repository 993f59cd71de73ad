//! A desktop's notification service (`org.freedesktop.Notifications`) that keeps what it was asked to show.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use zbus::{Connection, connection};

use crate::notification_service::Service;

/// What an application asked to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// Number that the application got for it.
    pub id: u32,
    /// The application's name.
    pub app: String,
    /// First line.
    pub summary: String,
    /// The text.
    pub body: String,
    /// Keys and labels of its buttons, alternating.
    pub actions: Vec<String>,
}

/// The service on one session bus, for as long as this lives.
pub struct Notifications {
    shown: Shown,
    connection: Connection,
}

pub(crate) type Shown = Arc<watch::Sender<Vec<Notification>>>;

impl Notifications {
    /// Takes the service's name on the bus at `address`.
    ///
    /// # Panics
    /// When the bus does not answer or has the service already.
    pub async fn start(address: &str) -> Self {
        let shown = Shown::default();
        let connection = connection::Builder::address(address)
            .and_then(|bus| bus.serve_at(PATH, Service(shown.clone())))
            .and_then(|bus| bus.name(NAME))
            .expect("the names are well formed")
            .build()
            .await
            .expect("the session bus answers");
        Self { shown, connection }
    }

    /// Everything shown so far, oldest first.
    #[must_use]
    pub fn all(&self) -> Vec<Notification> {
        self.shown.borrow().clone()
    }

    /// Waits for the notification number `count` (from 1) and returns it.
    ///
    /// # Panics
    /// When there are fewer after `limit`.
    pub async fn wait_for(&self, count: usize, limit: Duration) -> Notification {
        let mut changes = self.shown.subscribe();
        let enough = changes.wait_for(|shown| shown.len() >= count);
        let shown = tokio::time::timeout(limit, enough).await;
        let shown = shown.unwrap_or_else(|_| panic!("no notification number {count} within {limit:?}"));
        shown.expect("the service runs")[count - 1].clone()
    }

    /// Clicks the notification `id`: its action `key`, which is `default` for the notification itself.
    ///
    /// # Panics
    /// When the bus has gone.
    pub async fn click(&self, id: u32, key: &str) {
        let server = self.connection.object_server();
        let service = server
            .interface::<_, Service>(PATH)
            .await
            .expect("the service runs");
        Service::action_invoked(service.signal_emitter(), id, key)
            .await
            .expect("the signal is sent");
    }
}

const NAME: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";
