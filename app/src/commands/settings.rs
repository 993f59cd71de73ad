//! Language, device name, a new login password, and leaving a service.

use tauri::State;
use warifu_device_core::{Language, PasswordResetView, RemovedView};

use super::challenge::Pin;
use super::{Answer, HANDLE, at_most};
use crate::desk::{Desk, refusal};

/// Chooses the language of the app.
#[tauri::command]
pub async fn set_language(desk: State<'_, Desk>, language: Language) -> Answer<()> {
    desk.core().await?.set_language(language);
    Ok(())
}

/// Renames this device at one service.
#[tauri::command]
pub async fn rename(desk: State<'_, Desk>, service: String, name: String) -> Answer<()> {
    at_most(&service, HANDLE)?;
    at_most(&name, 4 * HANDLE)?;
    let core = desk.core().await?;
    core.rename(&service, &name).await.map_err(refusal(core))
}

/// Asks the server to revoke this device and destroys its keys.
#[tauri::command]
pub async fn remove_service(desk: State<'_, Desk>, service: String) -> Answer<RemovedView> {
    at_most(&service, HANDLE)?;
    let core = desk.core().await?;
    core.remove_service(&service).await.map_err(refusal(core))
}

/// Asks for a code that replaces a forgotten login password (CHAL-13).
#[tauri::command]
pub async fn reset_password(desk: State<'_, Desk>, service: String, pin: Pin) -> Answer<PasswordResetView> {
    at_most(&service, HANDLE)?;
    let core = desk.core().await?;
    core.reset_password(&service, &pin.0).await.map_err(refusal(core))
}
