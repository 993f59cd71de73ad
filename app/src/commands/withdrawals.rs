//! The account's withdrawals: how they stand, taking one back, saving a receipt.

use std::path::PathBuf;

use tauri::{State, WebviewWindow};
use tauri_plugin_dialog::DialogExt;
use tokio::sync::oneshot;
use warifu_device_core::{ReceiptView, WithdrawalView, WithdrawalsView};

use super::{Answer, HANDLE, at_most};
use crate::desk::{Desk, refusal};
use crate::place;

/// The newest withdrawals of a service's account.
#[tauri::command]
pub async fn withdrawals(desk: State<'_, Desk>, service: String) -> Answer<WithdrawalsView> {
    at_most(&service, HANDLE)?;
    let core = desk.core().await?;
    core.withdrawals(&service).await.map_err(refusal(core))
}

/// The same with the next older ones.
#[tauri::command]
pub async fn older_withdrawals(desk: State<'_, Desk>, service: String) -> Answer<WithdrawalsView> {
    at_most(&service, HANDLE)?;
    let core = desk.core().await?;
    core.older_withdrawals(&service).await.map_err(refusal(core))
}

/// One withdrawal of the list.
#[tauri::command]
pub async fn withdrawal(
    desk: State<'_, Desk>,
    service: String,
    withdrawal: String,
) -> Answer<WithdrawalView> {
    at_most(&service, HANDLE)?;
    at_most(&withdrawal, HANDLE)?;
    let core = desk.core().await?;
    core.withdrawal(&service, &withdrawal).map_err(refusal(core))
}

/// Takes a withdrawal back, without a PIN.
#[tauri::command]
pub async fn recall(desk: State<'_, Desk>, service: String, withdrawal: String) -> Answer<WithdrawalView> {
    at_most(&service, HANDLE)?;
    at_most(&withdrawal, HANDLE)?;
    let core = desk.core().await?;
    core.recall(&service, &withdrawal).await.map_err(refusal(core))
}

/// Fetches and verifies a receipt, then asks where to save it. Answers nothing when the person chose no place.
#[tauri::command]
pub async fn save_receipt(
    window: WebviewWindow,
    desk: State<'_, Desk>,
    service: String,
    withdrawal: String,
) -> Answer<Option<ReceiptView>> {
    at_most(&service, HANDLE)?;
    at_most(&withdrawal, HANDLE)?;
    let core = desk.core().await?;
    let receipt = core.receipt(&service, &withdrawal).await.map_err(refusal(core))?;
    let Some(file) = ask_where(&window, &receipt.file_name).await else {
        return Ok(None);
    };
    let saved = core.save_receipt(receipt, &file).await;
    saved.map(Some).map_err(refusal(core))
}

/// The file that the person chooses in the system's own dialog, which replaces no file without asking.
async fn ask_where(window: &WebviewWindow, name: &str) -> Option<PathBuf> {
    if let Some(folder) = place::save_dir() {
        return Some(folder.join(name));
    }
    let (tell, told) = oneshot::channel();
    let dialog = window.dialog().file().set_parent(window).set_file_name(name);
    dialog.add_filter("JSON", &["json"]).save_file(move |file| {
        // The window may be gone by now.
        let _ = tell.send(file);
    });
    told.await.ok()??.into_path().ok()
}
