//! In the background: the core is told, which locks after a minute (APP-10); refresh on return, and what closing the window means.

use tauri::{AppHandle, Manager, Window, WindowEvent};

use crate::desk::Desk;

/// The window's events that matter here.
pub fn on_window_event(window: &Window, event: &WindowEvent) {
    let app = window.app_handle();
    match event {
        WindowEvent::Focused(focused) => {
            if let Some(core) = app.state::<Desk>().open_core() {
                core.window_is_away(!focused);
            }
            if *focused {
                refresh(app.clone());
            }
        }
        #[cfg(desktop)]
        WindowEvent::CloseRequested { api, .. } if crate::tray::exists(app) => {
            // Requests keep arriving; the tray brings the window back.
            api.prevent_close();
            if let Err(error) = window.hide() {
                tracing::warn!(%error, "the window could not be hidden");
            }
        }
        _ => {}
    }
}

/// Whoever comes back to the app sees what waits now, even if no push arrived (CHAL-10).
fn refresh(app: AppHandle) {
    tauri::async_runtime::spawn(async move {
        let desk = app.state::<Desk>();
        let Some(core) = desk.open_core() else { return };
        if let Err(error) = core.refresh().await {
            tracing::debug!(code = error.code, "refresh on focus failed");
        }
    });
}
