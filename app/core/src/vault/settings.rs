//! The settings file: language, and this app's names at its push relays.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use warifu_shared::display::Language;

use super::files;

/// What is remembered beside the services.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Settings {
    pub(crate) language: Language,
    /// Relay URL to `uaid`. Whoever knows a uaid can take this app's hints away, but neither read nor answer anything.
    pub(crate) relays: BTreeMap<String, String>,
}

/// The file's place.
pub(crate) fn path(data_dir: &Path) -> PathBuf {
    data_dir.join("settings.json")
}

/// Reads the settings; missing or unreadable ones are the defaults (nothing in them cannot be learned again).
pub(crate) fn read(data_dir: &Path) -> Settings {
    let bytes = files::read(&path(data_dir)).ok().flatten().unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_default()
}

/// Changes the settings on disk and gives them back.
pub(crate) fn change(data_dir: &Path, change: impl FnOnce(&mut Settings)) -> std::io::Result<Settings> {
    files::make_folder(data_dir)?;
    let _guard = files::lock(&data_dir.join(".settings.lock"))?;
    let mut settings = read(data_dir);
    change(&mut settings);
    files::write(&path(data_dir), &serde_json::to_vec_pretty(&settings)?)?;
    Ok(settings)
}
