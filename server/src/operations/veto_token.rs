//! A device objects, by a token of its own: to a new device (ENROL-09) or to a removal (ENROL-14). The page's way is `veto_device`.

use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::jws::veto::{Veto, VetoTo};

use super::decide::Nonce;
use super::veto_device::{self, By};
use super::{Caller, Refusal};
use crate::app::App;
use crate::store::devices::Device;

/// Does what the token says, for an active device. The same veto again gets the same answer and changes nothing (APPR-10).
///
/// # Errors
/// `VetoInvalid`; as [`veto_device::run`] and [`veto_device::keep`].
pub async fn run(
    app: &App,
    caller: &Caller,
    device: &Device,
    token: &str,
    nonce: Nonce,
) -> Result<(), Refusal> {
    let veto = verify(app, device, token, app.now())?;
    let by = By::Device {
        device: device.id.clone(),
        nonce,
        token: token.to_owned(),
    };
    match veto.to {
        VetoTo::Registration => veto_device::run(app, caller, &device.account, by, &veto.dev).await,
        VetoTo::Removal => veto_device::keep(app, caller, &device.account, by, &veto.dev).await,
    }
}

/// The token must be of this device, for this service, now.
fn verify(app: &App, device: &Device, token: &str, now: Timestamp) -> Result<Veto, Refusal> {
    let aud = &app.config.service.device_origin;
    Veto::verify(token, &device.id, &device.request_key, aud, now).map_err(|error| {
        tracing::info!(event = "veto.invalid", %error, device = %device.id, "a veto did not verify");
        Refusal::new(ErrorCode::VetoInvalid)
    })
}
