//! What was answered on this device.

use tauri::State;
use warifu_device_core::AnswersView;

use super::{Answer, HANDLE, at_most};
use crate::desk::{Desk, refusal};

/// The last answers at one service, newest first.
#[tauri::command]
pub async fn answers(desk: State<'_, Desk>, service: String) -> Answer<AnswersView> {
    at_most(&service, HANDLE)?;
    let core = desk.core().await?;
    core.answers(&service).map_err(refusal(core))
}
