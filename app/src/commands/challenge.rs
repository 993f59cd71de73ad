//! Opening the keys, and deciding on one challenge.

use serde::Deserialize;
use tauri::State;
use warifu_device_core::{ChallengeView, DenyReason, NumberInput, ResultView};
use zeroize::Zeroizing;

use super::{Answer, HANDLE, at_most};
use crate::desk::{Desk, refusal};

/// A PIN on its way to the core. No `Debug`; wiped when dropped (KEY-01).
#[derive(Deserialize)]
#[serde(from = "String")]
pub struct Pin(pub Zeroizing<String>);

impl From<String> for Pin {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

/// How the number came into the window. What a link brought stays in the core.
#[derive(Deserialize)]
#[serde(tag = "via", rename_all = "snake_case", deny_unknown_fields)]
pub enum Number {
    /// Typed by the customer.
    Typed {
        /// The digits as typed.
        digits: String,
    },
    /// Brought by a link that was opened on this device (APPR-12).
    Link,
}

/// Opens keys that are sealed under the PIN alone.
#[tauri::command]
pub async fn unlock(desk: State<'_, Desk>, pin: Pin) -> Answer<()> {
    let core = desk.core().await?;
    core.unlock(&pin.0).await.map_err(refusal(core))
}

/// One challenge, rendered from the bytes that the server signed.
#[tauri::command]
pub async fn challenge(desk: State<'_, Desk>, handle: String) -> Answer<ChallengeView> {
    at_most(&handle, HANDLE)?;
    let core = desk.core().await?;
    core.challenge(&handle).map_err(refusal(core))
}

/// Signs the approval. The PIN is checked in Rust, against what Rust rendered (APP-05).
#[tauri::command]
pub async fn approve(desk: State<'_, Desk>, handle: String, number: Number, pin: Pin) -> Answer<ResultView> {
    at_most(&handle, HANDLE)?;
    let number = match number {
        Number::Typed { digits } => {
            at_most(&digits, HANDLE)?;
            NumberInput::Typed(digits)
        }
        Number::Link => NumberInput::Link,
    };
    let core = desk.core().await?;
    core.approve(&handle, &number, &pin.0)
        .await
        .map_err(refusal(core))
}

/// Signs the denial, without a PIN (CHAL-13).
#[tauri::command]
pub async fn deny(desk: State<'_, Desk>, handle: String, reason: DenyReason) -> Answer<ResultView> {
    at_most(&handle, HANDLE)?;
    let core = desk.core().await?;
    core.deny(&handle, reason).await.map_err(refusal(core))
}
