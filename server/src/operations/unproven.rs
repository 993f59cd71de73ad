//! What an account without a proven authentication address may do: the operator's choice (S1).

use warifu_shared::error::ErrorCode;
use warifu_shared::ids::AccountId;

use super::Refusal;
use crate::app::App;
use crate::config::Unproven;
use crate::store::accounts;

/// Lets through what moves money or says where it goes.
///
/// # Errors
/// `AddressUnproven` when the account has no proven authentication address and the operator does not allow it.
pub async fn check(app: &App, account: &AccountId) -> Result<(), Refusal> {
    if app.config.addresses.unproven == Unproven::Everything {
        return Ok(());
    }
    let mut c = app.store.read().await?;
    let known = accounts::addresses(&mut c, account).await?;
    allows(app, super::change_address::authentication(&known).is_some())
}

/// The same for an account whose addresses were read already: whether the authentication address is `proven`.
///
/// # Errors
/// As [`check`].
pub fn allows(app: &App, proven: bool) -> Result<(), Refusal> {
    if proven || app.config.addresses.unproven == Unproven::Everything {
        Ok(())
    } else {
        Err(ErrorCode::AddressUnproven.into())
    }
}
