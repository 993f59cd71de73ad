//! Another name for a device, from a page. The app shows the name that the server has: it is one name, the customer's.

use warifu_shared::error::ErrorCode;
use warifu_shared::ids::{AccountId, DeviceId};

use super::device_actor::Actor;
use super::finish_enrolment::clean_name;
use super::{Caller, Refusal};
use crate::app::App;
use crate::store::devices;

/// Renames a device of `account`. Of two names at once the later one stays, whole.
///
/// # Errors
/// `DeviceNameUnfit`; `NotFound` for a device that the account does not have.
pub async fn run(
    app: &App,
    caller: &Caller,
    account: &AccountId,
    id: &DeviceId,
    name: &str,
) -> Result<(), Refusal> {
    let name = clean_name(name).ok_or(ErrorCode::DeviceNameUnfit)?;
    let (now, actor) = (app.now(), Actor::customer(caller));
    let (account, id) = (account.clone(), id.clone());
    app.store
        .write_again(move |c| {
            Box::pin(async move {
                let found = devices::by_id(c, &id).await?;
                let Some(device) = found.filter(|it| it.account == account) else {
                    return Ok(Err(ErrorCode::NotFound.into()));
                };
                if !devices::rename(c, &id, &name).await? {
                    return Ok(Err(ErrorCode::NotFound.into()));
                }
                actor
                    .write(c, ("device.renamed", "ok"), &device, None, now)
                    .await?;
                Ok(Ok(()))
            })
        })
        .await?
}
