//! The one window: bundled pages only, nothing navigates away, nothing opens beside it (APP-01).

use tauri::webview::NewWindowResponse;
use tauri::{App, AppHandle, Manager, Url, WebviewWindowBuilder};

/// The window's label, as the capability names it.
pub const MAIN: &str = "main";

/// Opens the window that `tauri.conf.json` describes.
///
/// # Errors
/// When the system has no display or no web view.
pub fn open(app: &App) -> tauri::Result<()> {
    let config = &app.config().app.windows;
    let Some(config) = config.iter().find(|window| window.label == MAIN) else {
        return Err(tauri::Error::WindowNotFound);
    };
    WebviewWindowBuilder::from_config(app, config)?
        .on_navigation(is_own)
        .on_new_window(|_url, _features| NewWindowResponse::Deny)
        // Screen capture is blocked where the system can (APP-08); debug builds leave it to the tests' pictures.
        .content_protected(!cfg!(debug_assertions))
        .build()?;
    Ok(())
}

/// Brings the window to the front.
pub fn show(app: &AppHandle) {
    let Some(window) = app.get_webview_window(MAIN) else {
        return;
    };
    for step in [window.unminimize(), window.show(), window.set_focus()] {
        if let Err(error) = step {
            tracing::debug!(%error, "the window could not be brought to the front");
        }
    }
}

/// Whether an address is a page of this app: its assets, or the isolation frame that guards the bridge to Rust.
fn is_own(url: &Url) -> bool {
    match url.scheme() {
        "tauri" | "isolation" => url.host_str() == Some("localhost") || url.scheme() == "isolation",
        // Windows and Android serve the same assets under these names.
        "http" | "https" => {
            matches!(url.host_str(), Some("tauri.localhost" | "isolation.localhost")) && url.port().is_none()
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn app_01_only_own_pages_are_navigated_to() {
        let own = |text: &str| Url::parse(text).is_ok_and(|url| is_own(&url));
        for good in [
            "tauri://localhost/",
            "tauri://localhost/index.html",
            "http://tauri.localhost/",
            "isolation://localhost/",
        ] {
            assert!(own(good), "{good}");
        }
        for bad in [
            "https://example.com/",
            "http://127.0.0.1:8480/",
            "http://tauri.localhost:8080/",
            "https://tauri.localhost.example.com/",
            "tauri://example.com/",
            "file:///etc/passwd",
            "about:blank",
            "data:text/html,x",
            "javascript:alert(1)",
            "warifu://enrol?o=x",
        ] {
            assert!(!own(bad), "{bad}");
        }
    }
}
