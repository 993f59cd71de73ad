//! `warifu://` links from the operating system: at a cold start and while the app runs (APP-13).

use tauri::{AppHandle, Manager, Url};
use tauri_plugin_deep_link::DeepLinkExt;

use crate::desk::{Desk, refusal};
use crate::window;

/// Takes the link that started the app, if one did, and every later one.
pub fn listen(app: &AppHandle) {
    register_when_asked(app);
    // At a cold start the link is only told here; later ones only come as events.
    match app.deep_link().get_current() {
        Ok(Some(urls)) => open(app, urls),
        Ok(None) => {}
        Err(error) => tracing::warn!(%error, "the link of the start cannot be read"),
    }
    let handle = app.clone();
    app.deep_link()
        .on_open_url(move |event| open(&handle, event.urls()));
}

/// The core reads the link and the window shows where it leads. Opening a link never registers or approves.
fn open(app: &AppHandle, urls: Vec<Url>) {
    let Some(url) = urls.into_iter().next_back() else {
        return;
    };
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let desk = app.state::<Desk>();
        let opened = match desk.core().await {
            Ok(core) => core.open_link(url.as_str()).await.map_err(refusal(core)),
            Err(problem) => Err(problem),
        };
        desk.put_opened(opened);
        window::show(&app);
    });
}

/// An installed package brings its own entry for the scheme. Started from a build folder, the app writes one for this
/// user when `WARIFU_APP_REGISTER_LINKS=1` says so, as `make demo` does.
fn register_when_asked(app: &AppHandle) {
    if std::env::var_os("WARIFU_APP_REGISTER_LINKS").is_none_or(|value| value != "1") {
        return;
    }
    #[cfg(any(target_os = "linux", all(debug_assertions, windows)))]
    {
        let app = app.clone();
        tauri::async_runtime::spawn_blocking(move || {
            if let Err(error) = app.deep_link().register_all() {
                tracing::warn!(%error, "links to the app could not be registered");
            }
        });
    }
    #[cfg(not(any(target_os = "linux", all(debug_assertions, windows))))]
    let _ = app;
}
