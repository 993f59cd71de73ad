//! The notifications of the operating system. They say that something waits, never what (CHAL-14).

use tauri::AppHandle;
use tauri_plugin_notification::NotificationExt;
use warifu_device_core::AppView;

/// Tells that a challenge arrived. A machine that shows no notifications loses nothing: the app shows it too.
pub fn challenge_arrived(app: &AppHandle, view: &AppView) {
    show(app, view, "承認の依頼があります", "An approval is requested");
}

/// Tells that there is news about the account.
pub fn notice_arrived(app: &AppHandle, view: &AppView) {
    show(app, view, "お知らせがあります", "There is a notice for you");
}

fn show(app: &AppHandle, view: &AppView, ja: &str, en: &str) {
    let body = if view.language == "en" { en } else { ja };
    if let Err(error) = app.notification().builder().title("Warifu").body(body).show() {
        tracing::info!(%error, "no notification was shown");
    }
}
