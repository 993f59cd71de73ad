//! The state of the app.

use tauri::State;

use super::Answer;
use crate::desk::{Desk, Snapshot, refusal};

/// Waits for a change beyond version `since`, or for 25 seconds, and answers the whole state.
#[tauri::command]
pub async fn wait_for_view(desk: State<'_, Desk>, since: u64) -> Answer<Snapshot> {
    desk.snapshot(since).await
}

/// Asks every service what waits for this device.
#[tauri::command]
pub async fn refresh(desk: State<'_, Desk>) -> Answer<()> {
    let core = desk.core().await?;
    core.refresh().await.map_err(refusal(core))
}
