//! What happened to the account, as the service told this device.

use tauri::State;
use warifu_device_core::{NoticeView, NoticesView};

use super::{Answer, HANDLE, at_most};
use crate::desk::{Desk, refusal};

/// The notices of a service, newest first.
#[tauri::command]
pub async fn notices(desk: State<'_, Desk>, service: String) -> Answer<NoticesView> {
    at_most(&service, HANDLE)?;
    let core = desk.core().await?;
    core.notices(&service).map_err(refusal(core))
}

/// One notice in full. It counts as read from then on.
#[tauri::command]
pub async fn notice(desk: State<'_, Desk>, service: String, notice: String) -> Answer<NoticeView> {
    at_most(&service, HANDLE)?;
    at_most(&notice, HANDLE)?;
    let core = desk.core().await?;
    core.notice(&service, &notice).await.map_err(refusal(core))
}

/// Objects to what a notice tells, without a PIN: stops a new device, or keeps one that is to leave.
#[tauri::command]
pub async fn veto(desk: State<'_, Desk>, service: String, notice: String) -> Answer<NoticeView> {
    at_most(&service, HANDLE)?;
    at_most(&notice, HANDLE)?;
    let core = desk.core().await?;
    core.veto(&service, &notice).await.map_err(refusal(core))
}
