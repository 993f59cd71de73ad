//! Build script of the app: reads the one window's capabilities and the app's own permissions from `app/`.

use std::error::Error;

use tauri_build::{AppManifest, Attributes};

fn main() -> Result<(), Box<dyn Error>> {
    // tauri-build watches only its default folders, not custom patterns.
    println!("cargo:rerun-if-changed=app/capabilities");
    println!("cargo:rerun-if-changed=app/permissions");
    let attributes = Attributes::new()
        .capabilities_path_pattern("./app/capabilities/**/*")
        .app_manifest(AppManifest::new().permissions_path_pattern("./app/permissions/**/*"));
    Ok(tauri_build::try_build(attributes)?)
}
