//! The D-Bus side of [`crate::notifications`], in a private module: the macro adds items without documentation.

use std::collections::HashMap;

use zbus::interface;
use zbus::object_server::SignalEmitter;
use zbus::zvariant::OwnedValue;

use crate::notifications::{Notification, Shown};

/// Keeps what it is asked to show.
pub struct Service(pub(crate) Shown);

#[interface(name = "org.freedesktop.Notifications")]
impl Service {
    #[expect(clippy::too_many_arguments, reason = "the specification's signature")]
    fn notify(
        &self,
        app_name: String,
        replaces_id: u32,
        _app_icon: String,
        summary: String,
        body: String,
        actions: Vec<String>,
        _hints: HashMap<String, OwnedValue>,
        _expire_timeout: i32,
    ) -> u32 {
        let mut given = replaces_id;
        self.0.send_modify(|shown| {
            if given == 0 {
                given = u32::try_from(shown.len()).unwrap_or(u32::MAX) + 1;
            }
            shown.push(Notification {
                id: given,
                app: app_name,
                summary,
                body,
                actions,
            });
        });
        given
    }

    fn close_notification(&self, _id: u32) {}

    fn get_capabilities(&self) -> Vec<String> {
        ["body", "actions", "persistence"].map(str::to_owned).to_vec()
    }

    fn get_server_information(&self) -> (String, String, String, String) {
        ("recorder".into(), "Warifu tests".into(), "1".into(), "1.2".into())
    }

    /// The person clicked the notification `id`.
    #[zbus(signal)]
    pub async fn action_invoked(emitter: &SignalEmitter<'_>, id: u32, action_key: &str) -> zbus::Result<()>;
}
