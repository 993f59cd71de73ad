//! A keystore in a plain file of mode 0600: for tests and machines without a desktop, only when asked for.

use std::collections::BTreeMap;
use std::path::PathBuf;

use warifu_shared::b64;
use zeroize::Zeroizing;

use super::{SecretStore, Unavailable};
use crate::vault::files;

/// The file, read anew for each call so that two processes see each other's writes.
pub(super) struct FileStore {
    path: PathBuf,
}

impl FileStore {
    /// A store in this file; the file is made with the first entry.
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    fn read(&self) -> Result<BTreeMap<String, String>, Unavailable> {
        match files::read(&self.path).map_err(|error| Unavailable(error.to_string()))? {
            None => Ok(BTreeMap::new()),
            Some(bytes) => serde_json::from_slice(&bytes).map_err(|error| Unavailable(error.to_string())),
        }
    }

    fn change(&self, change: impl FnOnce(&mut BTreeMap<String, String>)) -> Result<(), Unavailable> {
        let folder = self
            .path
            .parent()
            .ok_or_else(|| Unavailable("the path has no folder".into()))?;
        let failed = |error: std::io::Error| Unavailable(error.to_string());
        files::make_folder(folder).map_err(failed)?;
        let _guard = files::lock(&self.path.with_extension("lock")).map_err(failed)?;
        let mut entries = self.read()?;
        change(&mut entries);
        let text =
            Zeroizing::new(serde_json::to_vec(&entries).map_err(|error| Unavailable(error.to_string()))?);
        files::write(&self.path, &text).map_err(failed)
    }
}

impl SecretStore for FileStore {
    fn get(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Unavailable> {
        match self.read()?.get(name) {
            None => Ok(None),
            Some(text) => b64::decode(text)
                .map(|bytes| Some(Zeroizing::new(bytes)))
                .map_err(|error| Unavailable(error.to_string())),
        }
    }

    fn set(&self, name: &str, value: &[u8]) -> Result<(), Unavailable> {
        self.change(|entries| {
            entries.insert(name.to_owned(), b64::encode(value));
        })
    }

    fn delete(&self, name: &str) -> Result<(), Unavailable> {
        self.change(|entries| {
            entries.remove(name);
        })
    }
}
