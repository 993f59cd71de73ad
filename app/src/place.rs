//! Where the app keeps its data and keys. Debug builds listen to three environment variables, for tests:
//!
//! - `WARIFU_APP_DATA_DIR`: the folder of the vault instead of the user's application data.
//! - `WARIFU_APP_KEYSTORE`: `os` (default), `none`, or `file:<path>` for a keystore in a file, which protects nothing.
//! - `WARIFU_APP_SAVE_DIR`: the folder where files are saved instead of asking in a dialog of the system.
//!
//! Release builds ignore all of them: a variable must not be able to weaken where keys lie (KEY-02).

use std::path::PathBuf;
use std::sync::Arc;

use tauri::{AppHandle, Manager};
use warifu_device_core::{KdfProfile, KeystoreChoice, Options};
use warifu_shared::clock::SystemClock;

/// How the core is opened in this process.
///
/// # Errors
/// When the system names no folder for application data.
pub fn options(app: &AppHandle) -> tauri::Result<Options> {
    let data_dir = match for_tests("WARIFU_APP_DATA_DIR") {
        Some(folder) => folder.into(),
        None => app.path().app_data_dir()?,
    };
    let keystore = for_tests("WARIFU_APP_KEYSTORE").map_or(KeystoreChoice::Os, |text| keystore(&text));
    Ok(Options {
        data_dir,
        keystore,
        clock: Arc::new(SystemClock),
        push: true,
        kdf: KdfProfile::Standard,
    })
}

/// Where files are saved without asking; `None` in every release build.
pub fn save_dir() -> Option<PathBuf> {
    for_tests("WARIFU_APP_SAVE_DIR").map(PathBuf::from)
}

fn keystore(text: &str) -> KeystoreChoice {
    match text.split_once(':') {
        Some(("file", path)) => KeystoreChoice::File(path.into()),
        None if text == "none" => KeystoreChoice::None,
        _ => KeystoreChoice::Os,
    }
}

fn for_tests(name: &str) -> Option<String> {
    if cfg!(debug_assertions) {
        std::env::var(name).ok().filter(|value| !value.is_empty())
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_02_anything_unknown_means_the_keystore_of_the_system() {
        assert_eq!(keystore("none"), KeystoreChoice::None);
        assert_eq!(keystore("file:/tmp/k"), KeystoreChoice::File("/tmp/k".into()));
        for text in ["", "os", "file", "None", "disk:/tmp/k"] {
            assert_eq!(keystore(text), KeystoreChoice::Os, "{text}");
        }
    }
}
