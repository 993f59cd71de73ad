//! The icon in the tray: open the window, quit. Left out where the desktop has no tray.

use tauri::menu::{Menu, MenuItem};
use tauri::tray::TrayIconBuilder;
use tauri::{AppHandle, Manager};

use crate::window;

/// Marks that a tray icon is shown, so that closing the window may hide it.
struct Shown;

/// Whether a tray icon is shown.
pub fn exists(app: &AppHandle) -> bool {
    app.try_state::<Shown>().is_some()
}

/// Shows the icon when there is somewhere to show it.
pub fn offer(app: &AppHandle) {
    if !has_host() {
        tracing::info!("no tray on this desktop: closing the window quits");
        return;
    }
    match build(app) {
        Ok(()) => {
            app.manage(Shown);
        }
        Err(error) => tracing::warn!(%error, "the tray icon cannot be shown"),
    }
}

fn build(app: &AppHandle) -> tauri::Result<()> {
    let open = MenuItem::with_id(app, OPEN, "Warifu を開く / Open", true, None::<&str>)?;
    let quit = MenuItem::with_id(app, QUIT, "終了 / Quit", true, None::<&str>)?;
    let menu = Menu::with_items(app, &[&open, &quit])?;
    TrayIconBuilder::with_id("warifu")
        .icon(tauri::include_image!("icons/tray.png"))
        .icon_as_template(true)
        .tooltip("Warifu")
        .menu(&menu)
        .on_menu_event(|app, event| match event.id().as_ref() {
            OPEN => window::show(app),
            QUIT => app.exit(0),
            _ => {}
        })
        .build(app)?;
    Ok(())
}

/// On Linux a tray is a service of the desktop that may be missing; a hidden window could then never come back.
#[cfg(target_os = "linux")]
fn has_host() -> bool {
    let asked = zbus::blocking::Connection::session()
        .and_then(|bus| zbus::blocking::fdo::DBusProxy::new(&bus))
        .and_then(|bus| Ok(bus.name_has_owner(WATCHER.try_into()?)?));
    asked.unwrap_or(false)
}

#[cfg(not(target_os = "linux"))]
const fn has_host() -> bool {
    true
}

const OPEN: &str = "open";
const QUIT: &str = "quit";
#[cfg(target_os = "linux")]
const WATCHER: &str = "org.kde.StatusNotifierWatcher";
