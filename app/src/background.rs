//! In the background: lock after a minute (APP-10), refresh on return, and what closing the window means.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tauri::{AppHandle, Manager, Window, WindowEvent};

use crate::desk::Desk;

/// Counts every change of focus; a timer that finds another count than its own was overtaken.
#[derive(Default)]
pub struct AutoLock(AtomicU64);

/// The window's events that matter here.
pub fn on_window_event(window: &Window, event: &WindowEvent) {
    let app = window.app_handle();
    match event {
        WindowEvent::Focused(focused) => {
            let turn = app.state::<AutoLock>().0.fetch_add(1, Ordering::SeqCst) + 1;
            if *focused {
                refresh(app.clone());
            } else {
                lock_later(app.clone(), turn);
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

/// The core forgets the keys that lie open in memory because there is no keystore (KEY-02); others stay at work.
fn lock_later(app: AppHandle, turn: u64) {
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(LOCK_AFTER).await;
        if app.state::<AutoLock>().0.load(Ordering::SeqCst) != turn {
            return;
        }
        let desk = app.state::<Desk>();
        if let Some(core) = desk.open_core() {
            core.lock();
        }
    });
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

const LOCK_AFTER: Duration = Duration::from_secs(60);
