//! Registering this device at a service.

use tauri::State;
use warifu_device_core::{EnrolInput, EnrolPreview, FingerprintView, LinkTarget};

use super::challenge::Pin;
use super::{Answer, at_most};
use crate::desk::{Desk, refusal};

/// Reads a pasted link: an enrolment, or one challenge with its number. Nothing is registered or approved by it.
#[tauri::command]
pub async fn open_link(desk: State<'_, Desk>, text: String) -> Answer<LinkTarget> {
    at_most(&text, LINK)?;
    let core = desk.core().await?;
    core.open_link(&text).await.map_err(refusal(core))
}

/// Starts with a typed code (ENROL-01).
#[tauri::command]
pub async fn begin_enrolment(
    desk: State<'_, Desk>,
    server: String,
    account_number: String,
    code: String,
) -> Answer<EnrolPreview> {
    for text in [&server, &account_number, &code] {
        at_most(text, LINK)?;
    }
    let core = desk.core().await?;
    core.begin_enrolment(EnrolInput::Typed {
        server,
        account_number,
        code,
    })
    .await
    .map_err(refusal(core))
}

/// Makes the keys under the PIN and registers them; the fingerprint is to be compared next (ENROL-06).
#[tauri::command]
pub async fn finish_enrolment(
    desk: State<'_, Desk>,
    pin: Pin,
    pin_again: Pin,
    device_name: String,
) -> Answer<FingerprintView> {
    at_most(&device_name, LINK)?;
    let core = desk.core().await?;
    core.finish_enrolment(&pin.0, &pin_again.0, &device_name)
        .await
        .map_err(refusal(core))
}

/// Stops an enrolment at any step.
#[tauri::command]
pub async fn cancel_enrolment(desk: State<'_, Desk>) -> Answer<()> {
    desk.core().await?.cancel_enrolment();
    Ok(())
}

/// The longest link or field, well above what the core accepts.
const LINK: usize = 2048;
