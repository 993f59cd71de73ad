//! The keystore: where the request key and the second half of the approval key's secret lie (KEY-02, APP-06).
//!
//! A keystore answers one of three things about an entry: its bytes, "there is none", or "I cannot say". The last one
//! is never taken for the second, or a locked keyring would look like a fresh machine and cost the customer the keys.

mod file;
#[cfg(target_os = "linux")]
mod secret_service;
#[cfg(test)]
mod secret_service_tests;

use std::sync::Arc;

use zeroize::Zeroizing;

use crate::error::{CoreError, LocalCode};
use crate::options::KeystoreChoice;

/// A keystore that cannot be read or written at the moment (locked, no bus, broken file).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the keystore cannot be used: {0}")]
pub(crate) struct Unavailable(pub(crate) String);

/// Named secrets. Calls may block for as long as a person needs to unlock a keyring.
pub(crate) trait SecretStore: Send + Sync {
    /// The bytes of an entry, `None` when the store is open and has none of that name.
    fn get(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Unavailable>;
    /// Writes an entry.
    fn set(&self, name: &str, value: &[u8]) -> Result<(), Unavailable>;
    /// Deletes an entry; one that is not there is no error.
    fn delete(&self, name: &str) -> Result<(), Unavailable>;
}

/// The keystore as the core uses it: off the async threads, and possibly absent.
#[derive(Clone)]
pub(crate) struct Keystore {
    choice: KeystoreChoice,
    store: Arc<std::sync::Mutex<Probed>>,
}

/// What the last probe found.
#[derive(Clone)]
enum Probed {
    Ready(Arc<dyn SecretStore>),
    Unavailable(String),
    None,
}

/// What can be said about the keystore without touching a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Condition {
    /// Usable, kept by the operating system.
    Os,
    /// Usable, a plain file.
    File,
    /// Asked for, but locked or missing.
    Unavailable,
    /// Not asked for.
    None,
}

impl Keystore {
    /// Opens and probes the chosen store.
    pub(crate) async fn open(choice: KeystoreChoice) -> Self {
        let keystore = Self {
            choice,
            store: Arc::new(std::sync::Mutex::new(Probed::None)),
        };
        keystore.probe().await;
        keystore
    }

    /// Probes again, e.g. after the customer unlocked the keyring.
    pub(crate) async fn probe(&self) {
        let choice = self.choice.clone();
        let found = blocking(move || Ok(probe(&choice))).await;
        let found = found.unwrap_or_else(|gone| Probed::Unavailable(gone.0));
        if let Probed::Unavailable(why) = &found {
            tracing::info!(why, "no usable keystore");
        }
        *self.lock() = found;
    }

    /// What the last probe found.
    pub(crate) fn condition(&self) -> Condition {
        match (&*self.lock(), &self.choice) {
            (Probed::Ready(_), KeystoreChoice::File(_)) => Condition::File,
            (Probed::Ready(_), _) => Condition::Os,
            (Probed::Unavailable(_), _) => Condition::Unavailable,
            (Probed::None, _) => Condition::None,
        }
    }

    /// Whether new services can be protected by it.
    pub(crate) fn is_ready(&self) -> bool {
        matches!(&*self.lock(), Probed::Ready(_))
    }

    /// One entry of one service that must be there, because the vault says so.
    ///
    /// # Errors
    /// `KeystoreLocked` when the store cannot be used, also when it was locked since the last probe (a locked keyring
    /// answers "no entry"); `KeyLost` when it is open and the entry is gone.
    pub(crate) async fn get(&self, service: &str, kind: &str) -> Result<Zeroizing<Vec<u8>>, CoreError> {
        let (store, name) = (self.ready()?, entry(service, kind));
        if let Some(value) = blocking(move || store.get(&name)).await.map_err(unavailable)? {
            return Ok(value);
        }
        self.probe().await;
        let (store, name) = (self.ready()?, entry(service, kind));
        let again = blocking(move || store.get(&name)).await.map_err(unavailable)?;
        again.ok_or_else(|| LocalCode::KeyLost.into())
    }

    /// Writes one entry of one service.
    pub(crate) async fn set(
        &self,
        service: &str,
        kind: &str,
        value: Zeroizing<Vec<u8>>,
    ) -> Result<(), CoreError> {
        let (store, name) = (self.ready()?, entry(service, kind));
        blocking(move || store.set(&name, &value))
            .await
            .map_err(unavailable)
    }

    /// Deletes one entry of one service.
    pub(crate) async fn delete(&self, service: &str, kind: &str) -> Result<(), CoreError> {
        let (store, name) = (self.ready()?, entry(service, kind));
        blocking(move || store.delete(&name)).await.map_err(unavailable)
    }

    fn ready(&self) -> Result<Arc<dyn SecretStore>, CoreError> {
        match &*self.lock() {
            Probed::Ready(store) => Ok(store.clone()),
            Probed::Unavailable(_) | Probed::None => Err(LocalCode::KeystoreLocked.into()),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Probed> {
        self.store
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// The name of an entry. Ids of services are 128 random bits, so data folders never share one.
fn entry(service: &str, kind: &str) -> String {
    format!("{service}/{kind}")
}

#[expect(clippy::needless_pass_by_value, reason = "used as the argument of map_err")]
fn unavailable(gone: Unavailable) -> CoreError {
    tracing::warn!(why = gone.0, "keystore");
    LocalCode::KeystoreLocked.into()
}

/// Runs a keystore call where it may block.
async fn blocking<T: Send + 'static>(
    call: impl FnOnce() -> Result<T, Unavailable> + Send + 'static,
) -> Result<T, Unavailable> {
    match tokio::task::spawn_blocking(call).await {
        Ok(answer) => answer,
        Err(error) => Err(Unavailable(error.to_string())),
    }
}

/// Opens the store, then writes, reads back and deletes a probe: a Secret Service whose keyring is locked says that it
/// is fine, answers "no entry" to reads, and only refuses to write.
fn probe(choice: &KeystoreChoice) -> Probed {
    let opened: Result<Arc<dyn SecretStore>, Unavailable> = match choice {
        KeystoreChoice::None => return Probed::None,
        KeystoreChoice::File(path) => Ok(Arc::new(file::FileStore::new(path.clone()))),
        KeystoreChoice::Os => open_os(),
    };
    let tried = opened.and_then(|store| {
        let value = warifu_shared::random::bytes::<16>();
        let name = entry(
            "probe",
            &warifu_shared::b64::encode(warifu_shared::random::bytes::<9>()),
        );
        store.set(&name, &value)?;
        let back = store.get(&name)?;
        store.delete(&name)?;
        match back {
            Some(bytes) if bytes.as_slice() == value => Ok(store),
            _ => Err(Unavailable("it does not give back what was written".into())),
        }
    });
    match tried {
        Ok(store) => Probed::Ready(store),
        Err(Unavailable(why)) => Probed::Unavailable(why),
    }
}

#[cfg(target_os = "linux")]
fn open_os() -> Result<Arc<dyn SecretStore>, Unavailable> {
    Ok(Arc::new(secret_service::SecretService::open()?))
}

#[cfg(not(target_os = "linux"))]
fn open_os() -> Result<Arc<dyn SecretStore>, Unavailable> {
    Err(Unavailable(
        "this build has no store for this operating system".into(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn app_06_a_file_store_gives_back_what_it_got_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let choice = KeystoreChoice::File(dir.path().join("keys.json"));
        let keystore = Keystore::open(choice).await;
        assert_eq!(keystore.condition(), Condition::File);
        keystore
            .set("sv_1", "secret", Zeroizing::new(vec![1, 2, 3]))
            .await
            .unwrap();
        assert_eq!(
            keystore.get("sv_1", "secret").await.unwrap().as_slice(),
            [1, 2, 3]
        );
        assert!(
            keystore
                .get("sv_2", "secret")
                .await
                .unwrap_err()
                .is_local(LocalCode::KeyLost)
        );
        keystore.delete("sv_1", "secret").await.unwrap();
        assert!(
            keystore
                .get("sv_1", "secret")
                .await
                .unwrap_err()
                .is_local(LocalCode::KeyLost)
        );
    }

    #[tokio::test]
    async fn app_06_an_unusable_store_is_never_an_empty_one() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keys.json");
        std::fs::write(&path, "not json").unwrap();
        let keystore = Keystore::open(KeystoreChoice::File(path)).await;
        assert_eq!(keystore.condition(), Condition::Unavailable);
        let error = keystore.get("sv_1", "secret").await.unwrap_err();
        assert!(error.is_local(LocalCode::KeystoreLocked));
    }

    #[tokio::test]
    async fn app_06_none_is_told_apart_from_a_broken_one() {
        let keystore = Keystore::open(KeystoreChoice::None).await;
        assert_eq!(keystore.condition(), Condition::None);
        assert!(!keystore.is_ready());
    }
}
