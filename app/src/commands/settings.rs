//! Language, device name, and leaving a service.

use tauri::State;
use warifu_device_core::{Language, RemovedView};

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
