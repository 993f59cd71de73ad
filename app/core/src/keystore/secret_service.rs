//! The Secret Service of a Linux desktop (GNOME Keyring, KWallet, KeePassXC), over D-Bus.

use std::sync::Arc;

use keyring_core::api::CredentialStoreApi;
use keyring_core::{Entry, Error};
use zbus_secret_service_keyring_store::Store;
use zeroize::Zeroizing;

use super::{SecretStore, Unavailable};

/// The service name under which a keyring lists our entries.
const SERVICE: &str = "warifu";

/// An open connection to the session's Secret Service.
pub(super) struct SecretService {
    store: Arc<Store>,
}

impl SecretService {
    /// Connects.
    ///
    /// # Errors
    /// [`Unavailable`] without a session bus or without a Secret Service on it.
    pub(super) fn open() -> Result<Self, Unavailable> {
        Ok(Self {
            store: Store::new().map_err(refused)?,
        })
    }

    fn entry(&self, name: &str) -> Result<Entry, Unavailable> {
        self.store.build(SERVICE, name, None).map_err(refused)
    }
}

impl SecretStore for SecretService {
    fn get(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Unavailable> {
        match self.entry(name)?.get_secret() {
            Ok(bytes) => Ok(Some(Zeroizing::new(bytes))),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(refused(error)),
        }
    }

    fn set(&self, name: &str, value: &[u8]) -> Result<(), Unavailable> {
        self.entry(name)?.set_secret(value).map_err(refused)
    }

    fn delete(&self, name: &str) -> Result<(), Unavailable> {
        match self.entry(name)?.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(refused(error)),
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "used as the argument of map_err")]
fn refused(error: Error) -> Unavailable {
    Unavailable(error.to_string())
}
