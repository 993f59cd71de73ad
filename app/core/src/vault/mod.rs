//! The vault: one file per service, and the secrets beside it in the keystore (KEY-02).
//!
//! With a keystore, the request key, a 256-bit secret and the key of the file lie there; the file is sealed as a whole,
//! so a changed one does not open. The approval key is sealed inside it under PIN *and* secret: neither half opens it
//! alone. Without a keystore, both keys are sealed under the PIN (APP-06).

mod disk;
pub(crate) mod files;
pub(crate) mod fuzzing;
pub(crate) mod pin;
mod pin_check;
mod record;
mod seal;
pub(crate) mod settings;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use warifu_shared::api::{Bilingual, Protection};
use warifu_shared::b64;
use warifu_shared::clock::Timestamp;
use warifu_shared::keys::SigningKey;
use zeroize::Zeroizing;

use disk::{open_body, read_all, read_file, write_file};
pub(crate) use pin::Pin;
pub(crate) use pin_check::PIN_TRIES;
use record::ServiceFile;
pub(crate) use record::Unlock;
pub(crate) use record::{PushSecret, Record};
pub(crate) use seal::Kdf;
pub(crate) use seal::Key;

use crate::error::{CoreError, LocalCode};
use crate::keystore::Keystore;

/// The vault of one data folder.
#[derive(Clone)]
pub(crate) struct Vault {
    folder: PathBuf,
    keystore: Keystore,
    gate: Arc<tokio::sync::Mutex<()>>,
}

/// A service as it was found on disk.
pub(crate) struct Stored {
    pub(crate) id: String,
    pub(crate) name: Bilingual,
    pub(crate) origin: String,
    pub(crate) created_at: Timestamp,
    pub(crate) protection: Protection,
    /// Its record, or why it cannot be read.
    pub(crate) opened: Result<Opened, CoreError>,
}

/// A readable record.
pub(crate) struct Opened {
    pub(crate) record: Record,
    /// What the record is written back with; `None` when it lies in the clear.
    pub(crate) body_key: Option<Key>,
    /// `None` until the PIN is entered, when there is no keystore.
    pub(crate) live: Option<LiveKeys>,
    pub(crate) failed_pins: u32,
}

/// The keys that work without a PIN.
#[derive(Clone)]
pub(crate) struct LiveKeys {
    pub(crate) request: Arc<SigningKey>,
    pub(crate) push: Arc<PushSecret>,
}

/// The keys of a new service.
pub(crate) struct NewKeys {
    pub(crate) request: SigningKey,
    pub(crate) approval: SigningKey,
    pub(crate) push: PushSecret,
}

const VERSION: u32 = 1;
const SECRET: &str = "secret";
const BODY: &str = "body";
const REQUEST: &str = "request";
const ATTEMPTS: &str = "attempts";

impl Vault {
    /// Opens the vault of a data folder, making it when needed.
    ///
    /// # Errors
    /// `StorageFailed`.
    pub(crate) async fn open(data_dir: &Path, keystore: Keystore) -> Result<Self, CoreError> {
        let folder = data_dir.join("services");
        let vault = Self {
            folder: folder.clone(),
            keystore,
            gate: Arc::default(),
        };
        vault.locked(move |_| files::sweep(&folder)).await?;
        Ok(vault)
    }

    /// Reads every service, oldest first. One that cannot be opened is listed with the reason.
    ///
    /// # Errors
    /// `StorageFailed` when the folder cannot be read.
    pub(crate) async fn load(&self) -> Result<Vec<Stored>, CoreError> {
        let found = self.locked(read_all).await?;
        let mut all = Vec::new();
        for (id, file) in found {
            all.push(match file {
                Some(file) => self.stored(file).await,
                None => damaged(id),
            });
        }
        all.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        Ok(all)
    }

    /// Reads one service again, e.g. after the keyring was unlocked.
    ///
    /// # Errors
    /// `StorageFailed`.
    pub(crate) async fn reload(&self, id: &str) -> Result<Stored, CoreError> {
        let path = self.path(id);
        match self.locked(move |_| read_file(&path)).await? {
            Some(file) => Ok(self.stored(file).await),
            None => Ok(damaged(id.to_owned())),
        }
    }

    /// Stores a new service. The keys are durable when this returns, so the server may be told.
    ///
    /// # Errors
    /// `KeystoreLocked`, `StorageFailed`.
    pub(crate) async fn create(
        &self,
        mut record: Record,
        keys: NewKeys,
        pin: Pin,
    ) -> Result<Opened, CoreError> {
        let kdf = record.kdf.clone();
        let stretched = in_background(move || kdf.stretch(&pin))
            .await?
            .map_err(|_| LocalCode::StorageFailed)?;
        let secret = Zeroizing::new(warifu_shared::random::bytes::<32>());
        let body_key = match record.protection {
            Protection::Keystore => Some(Key::new(warifu_shared::random::bytes())),
            Protection::PinOnly => None,
        };
        let salt = body_key.as_ref().map(|_| &secret[..]);
        let sealed = seal::seal(
            &pin_check::approval_key(salt, &stretched),
            &record.context(),
            &*keys.approval.seed(),
        );
        record.approval = Some(sealed.map_err(|_| LocalCode::StorageFailed)?);
        if let Some(body_key) = &body_key {
            record.push = Some(keys.push.clone());
            self.keystore
                .set(&record.id, SECRET, Zeroizing::new(secret.to_vec()))
                .await?;
            self.keystore
                .set(&record.id, BODY, Zeroizing::new(body_key.to_vec()))
                .await?;
            self.keystore
                .set(&record.id, REQUEST, Zeroizing::new(keys.request.seed().to_vec()))
                .await?;
            self.keystore
                .set(&record.id, ATTEMPTS, Zeroizing::new(vec![0]))
                .await?;
        } else {
            record.unlock = Some(seal_unlock(&record, &keys, &stretched)?);
        }
        let (path, new, key) = (self.path(&record.id), record.clone(), body_key.clone());
        self.locked(move |_| write_file(&path, &new, key.as_ref(), 0))
            .await?;
        let live = LiveKeys {
            request: Arc::new(keys.request),
            push: Arc::new(keys.push),
        };
        Ok(Opened {
            record,
            body_key,
            live: Some(live),
            failed_pins: 0,
        })
    }

    /// Changes a record on disk and gives it back as it now is (another process may have changed it too).
    ///
    /// # Errors
    /// `StorageFailed`, `VaultDamaged`.
    pub(crate) async fn update(
        &self,
        id: &str,
        body_key: Option<&Key>,
        change: impl FnOnce(&mut Record) + Send + 'static,
    ) -> Result<Record, CoreError> {
        let (path, key) = (self.path(id), body_key.cloned());
        let changed = self.locked(move |_| {
            let Some(file) = read_file(&path)? else {
                return Ok(None);
            };
            let Some(mut record) = open_body(&file, key.as_ref()) else {
                return Ok(None);
            };
            change(&mut record);
            write_file(&path, &record, key.as_ref(), file.failed_pins)?;
            Ok(Some(record))
        });
        changed.await?.ok_or_else(|| LocalCode::VaultDamaged.into())
    }

    /// Destroys everything of one service on this device. A keystore that is locked keeps what no file refers to.
    ///
    /// # Errors
    /// `StorageFailed`.
    pub(crate) async fn remove(&self, id: &str) -> Result<(), CoreError> {
        for kind in [SECRET, REQUEST, BODY, ATTEMPTS] {
            if let Err(error) = self.keystore.delete(id, kind).await {
                tracing::info!(%error, "a keystore entry stays behind");
                break;
            }
        }
        let path = self.path(id);
        self.locked(move |_| files::delete(&path)).await
    }

    async fn stored(&self, file: ServiceFile) -> Stored {
        let opened = self.open_file(&file).await;
        let ServiceFile {
            id,
            name,
            origin,
            created_at,
            protection,
            ..
        } = file;
        Stored {
            id,
            name,
            origin,
            created_at,
            protection,
            opened,
        }
    }

    async fn open_file(&self, file: &ServiceFile) -> Result<Opened, CoreError> {
        if file.protection == Protection::PinOnly {
            let record = open_body(file, None).ok_or(LocalCode::VaultDamaged)?;
            return Ok(Opened {
                record,
                body_key: None,
                live: None,
                failed_pins: file.failed_pins,
            });
        }
        let body_key = key_of(&self.keystore.get(&file.id, BODY).await?)?;
        let record = open_body(file, Some(&body_key)).ok_or(LocalCode::VaultDamaged)?;
        let request = SigningKey::from_seed(&*key_of(&self.keystore.get(&file.id, REQUEST).await?)?);
        if request.public().to_b64() != record.request_public {
            return Err(LocalCode::VaultDamaged.into());
        }
        let push = record.push.clone().ok_or(LocalCode::VaultDamaged)?;
        let counted = self
            .keystore
            .get(&file.id, ATTEMPTS)
            .await?
            .first()
            .copied()
            .unwrap_or(u8::MAX);
        let live = LiveKeys {
            request: Arc::new(request),
            push: Arc::new(push),
        };
        let failed_pins = file.failed_pins.max(u32::from(counted));
        Ok(Opened {
            record,
            body_key: Some(body_key),
            live: Some(live),
            failed_pins,
        })
    }

    fn path(&self, id: &str) -> PathBuf {
        self.folder.join(format!("{id}.json"))
    }

    /// Runs file work off the async threads, under the lock that keeps two processes apart.
    async fn locked<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Path) -> std::io::Result<T> + Send + 'static,
    ) -> Result<T, CoreError> {
        let folder = self.folder.clone();
        let done = in_background(move || {
            files::make_folder(&folder)?;
            let _guard = files::lock(&folder.join(".lock"))?;
            work(&folder)
        });
        done.await?.map_err(|error| {
            tracing::error!(%error, "vault");
            LocalCode::StorageFailed.into()
        })
    }
}

/// Runs `work` on a thread that may block.
pub(crate) async fn in_background<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, CoreError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| LocalCode::StorageFailed.into())
}

fn seal_unlock(record: &Record, keys: &NewKeys, stretched: &Key) -> Result<seal::Sealed, CoreError> {
    let unlock = Unlock {
        request: b64::encode(*keys.request.seed()),
        push: keys.push.clone(),
    };
    let plain = Zeroizing::new(serde_json::to_vec(&unlock).map_err(|_| LocalCode::StorageFailed)?);
    seal::seal(&pin_check::unlock_key(stretched), &record.context(), &plain)
        .map_err(|_| LocalCode::StorageFailed.into())
}

fn key_of(bytes: &[u8]) -> Result<Key, CoreError> {
    Ok(Key::new(bytes.try_into().map_err(|_| LocalCode::VaultDamaged)?))
}

/// A file that is not even readable: listed, so that it can be removed.
fn damaged(id: String) -> Stored {
    let name = Bilingual {
        ja: "読み取れないサービス".into(),
        en: "Unreadable service".into(),
    };
    let opened = Err(LocalCode::VaultDamaged.into());
    Stored {
        id,
        name,
        origin: String::new(),
        created_at: Timestamp(0),
        protection: Protection::Keystore,
        opened,
    }
}
