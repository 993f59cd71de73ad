//! The Tauri shell: one window, thin commands over the device core, notification, tray, links. No logic of its own.

mod background;
mod commands;
mod desk;
mod links;
mod notice;
mod place;
#[cfg(desktop)]
mod tray;
mod window;

use tauri::{Manager, RunEvent};

/// Starts the app and returns when it was quit.
#[cfg_attr(mobile, tauri::mobile_entry_point)]
pub fn run() {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    let mut builder = tauri::Builder::default();
    #[cfg(desktop)]
    {
        // First of all plugins: a second start hands its link over and ends before anything else begins (APP-13).
        builder = builder.plugin(tauri_plugin_single_instance::init(|app, _arguments, _folder| {
            window::show(app);
        }));
    }
    let app = builder
        .plugin(tauri_plugin_deep_link::init())
        .plugin(tauri_plugin_notification::init())
        .plugin(tauri_plugin_dialog::init())
        .invoke_handler(commands::handler())
        .setup(|app| {
            let handle = app.handle();
            app.manage(desk::Desk::new(handle.clone(), place::options(handle)?));
            window::open(app)?;
            links::listen(handle);
            #[cfg(desktop)]
            tray::offer(handle);
            Ok(())
        })
        .on_window_event(background::on_window_event)
        .build(tauri::generate_context!());
    match app {
        Ok(app) => app.run(|_app, event| {
            if let RunEvent::Exit = event {
                tracing::info!("the app ends");
            }
        }),
        Err(error) => {
            tracing::error!(%error, "the app cannot start");
            std::process::exit(1);
        }
    }
}
