//! axe, which looks for what keeps people out of a page (WCAG 2.2 AA), run inside the browser under test (WEB-10).

use std::path::{Path, PathBuf};

use crate::browser::Browser;

/// The script of axe; installed when it is not there yet.
///
/// # Panics
/// When it cannot be installed.
#[must_use]
pub fn script() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the root");
    let done = std::process::Command::new(root.join("scripts/install-axe.sh"))
        .status()
        .expect("the script starts");
    assert!(done.success(), "scripts/install-axe.sh");
    let folders = std::fs::read_dir(root.join("target/tools")).expect("the tools");
    let mut found: Vec<PathBuf> = folders
        .filter_map(|entry| Some(entry.ok()?.path().join("axe.min.js")))
        .filter(|path| path.exists())
        .collect();
    found.sort();
    std::fs::read_to_string(found.last().expect("axe")).expect("its text")
}

/// What axe objects to on the page that is open: rule and element.
///
/// # Panics
/// When the browser does not answer.
pub async fn violations(browser: &Browser, axe: &str) -> Vec<String> {
    browser.script(axe).await;
    look(browser).await
}

/// The same once the script of axe has run on this page, after its colours or its width have changed.
///
/// # Panics
/// When the browser does not answer.
pub async fn look(browser: &Browser) -> Vec<String> {
    // Colours that still change would be measured half way.
    browser
        .script("return Promise.all(document.getAnimations().map((a) => a.finished.catch(() => null))).then(() => null)")
        .await;
    let found = browser
        .script(
            "return axe.run(document, { resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa'] }) \
             .then((r) => r.violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.html.slice(0, 160)} ${n.any.map((c) => c.message).join(' ')}`)))",
        )
        .await;
    serde_json::from_value(found).expect("sentences")
}
