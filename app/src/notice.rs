//! The notification of the operating system. It says that something waits, never what (CHAL-14).

use tauri::AppHandle;
use tauri_plugin_notification::NotificationExt;
use warifu_device_core::AppView;

/// Tells that a challenge arrived. A machine that shows no notifications loses nothing: the app shows it too.
pub fn challenge_arrived(app: &AppHandle, view: &AppView) {
    let body = if view.language == "en" {
        "An approval is requested"
    } else {
        "承認の依頼があります"
    };
    if let Err(error) = app.notification().builder().title("Warifu").body(body).show() {
        tracing::info!(%error, "no notification was shown");
    }
}
