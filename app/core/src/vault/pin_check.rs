//! Checking the PIN: counted first, checked second, and the key destroyed when it was wrong too often (KEY-04).

use std::path::Path;

use warifu_shared::api::Protection;
use warifu_shared::b64;
use warifu_shared::keys::SigningKey;
use zeroize::Zeroizing;

use super::record::{Record, Unlock};
use super::seal::{self, Key};
use super::{ATTEMPTS, Opened, Pin, SECRET, Vault, files, in_background, read_file, write_file};
use crate::error::{CoreError, LocalCode};

/// Wrong PINs in a row before the sealed key is destroyed (KEY-04: at most 10).
pub(crate) const PIN_TRIES: u32 = 5;

/// What a right PIN opens.
pub(crate) struct Unsealed {
    /// For one signature; dropped and wiped after it (APPR-03).
    pub(crate) approval: SigningKey,
    /// Request key and push keys, where there is no keystore.
    pub(crate) unlock: Option<Unlock>,
}

/// The key of the approval key: from the PIN and, where there is one, the keystore's secret.
pub(super) fn approval_key(secret: Option<&[u8]>, stretched: &Key) -> Key {
    seal::derive(secret, &**stretched, "warifu-vault-v1 approval")
}

/// The key of what is opened once at start, where there is no keystore.
pub(super) fn unlock_key(stretched: &Key) -> Key {
    seal::derive(None, &**stretched, "warifu-vault-v1 unlock")
}

impl Vault {
    /// Checks the PIN of one service.
    ///
    /// The try is counted in vault and keystore before anything is computed, so a killed process has used it up. A vault
    /// file that was copied back does not reset the count where there is a keystore; where there is none it does, and
    /// only the cost of Argon2id stands between a copied file and all million PINs (KEY-06).
    ///
    /// # Errors
    /// `PinWrong` with the tries left, `VaultDestroyed` with the last of them, `KeystoreLocked` (no try used up),
    /// `VaultDamaged`, `StorageFailed`.
    pub(crate) async fn check_pin(&self, id: &str, pin: &Pin) -> Result<Unsealed, CoreError> {
        let _one_at_a_time = self.gate.lock().await;
        let folder = self.folder.clone();
        let _one_process = self.pin_lock(&folder).await?;
        let opened = self.reload(id).await?.opened?;
        if opened.record.approval.is_none() {
            return Err(LocalCode::VaultDestroyed.into());
        }
        if opened.failed_pins >= PIN_TRIES {
            return Err(self.destroy(&opened).await);
        }
        let secret = match opened.record.protection {
            Protection::Keystore => Some(self.keystore.get(id, SECRET).await?),
            Protection::PinOnly => None,
        };
        let used = opened.failed_pins + 1;
        self.count(&opened, used).await?;
        let (record, pin) = (opened.record.clone(), pin.clone());
        match in_background(move || unseal(&record, secret.as_ref(), &pin)).await? {
            Some(unsealed) => {
                self.count(&opened, 0).await?;
                Ok(unsealed)
            }
            None if used >= PIN_TRIES => Err(self.destroy(&opened).await),
            None => Err(CoreError::pin_wrong(PIN_TRIES - used)),
        }
    }

    /// Writes the count, first where it is more likely to fail.
    pub(super) async fn count(&self, opened: &Opened, used: u32) -> Result<(), CoreError> {
        let id = &opened.record.id;
        if opened.body_key.is_some() {
            let byte = u8::try_from(used).unwrap_or(u8::MAX);
            self.keystore
                .set(id, ATTEMPTS, Zeroizing::new(vec![byte]))
                .await?;
        }
        let path = self.path(id);
        let counted = self.locked(move |_| {
            let Some(mut file) = read_file(&path)? else {
                return Ok(false);
            };
            file.failed_pins = used;
            files::write(&path, &serde_json::to_vec(&file)?)?;
            Ok(true)
        });
        if counted.await? {
            Ok(())
        } else {
            Err(LocalCode::VaultDamaged.into())
        }
    }

    /// Destroys the approval key: its sealed bytes, and the secret without which a copy of them is noise. What is left
    /// can still refuse challenges, where a keystore holds the request key.
    async fn destroy(&self, opened: &Opened) -> CoreError {
        let (id, key) = (&opened.record.id, opened.body_key.clone());
        let mut record = opened.record.clone();
        (record.approval, record.unlock) = (None, None);
        if key.is_some()
            && let Err(error) = self.keystore.delete(id, SECRET).await
        {
            tracing::error!(%error, "the keystore's half of the key could not be deleted");
        }
        let path = self.path(id);
        match self
            .locked(move |_| write_file(&path, &record, key.as_ref(), PIN_TRIES))
            .await
        {
            Ok(()) => LocalCode::VaultDestroyed.into(),
            Err(error) => error,
        }
    }

    /// Held for the whole of one check, so that two processes do not spend one counted try twice.
    async fn pin_lock(&self, folder: &Path) -> Result<std::fs::File, CoreError> {
        let path = folder.join(".pin.lock");
        let locked = in_background(move || files::lock(&path)).await?;
        locked.map_err(|_| LocalCode::StorageFailed.into())
    }
}

fn unseal(record: &Record, secret: Option<&Zeroizing<Vec<u8>>>, pin: &Pin) -> Option<Unsealed> {
    let stretched = record.kdf.stretch(pin).ok()?;
    let context = record.context();
    let key = approval_key(secret.map(|secret| secret.as_slice()), &stretched);
    let seed = seal::open(&key, &context, record.approval.as_ref()?).ok()?;
    let approval = SigningKey::from_seed(seed.as_slice().try_into().ok()?);
    let unlock = match &record.unlock {
        None => None,
        Some(sealed) => {
            let plain = seal::open(&unlock_key(&stretched), &context, sealed).ok()?;
            Some(serde_json::from_slice::<Unlock>(&plain).ok()?)
        }
    };
    Some(Unsealed { approval, unlock })
}

impl Unlock {
    /// The keys that work until the app is locked again.
    pub(crate) fn live(&self) -> Option<super::LiveKeys> {
        let seed = Zeroizing::new(b64::decode_array::<32>(&self.request).ok()?);
        Some(super::LiveKeys {
            request: std::sync::Arc::new(SigningKey::from_seed(&seed)),
            push: std::sync::Arc::new(self.push.clone()),
        })
    }
}
