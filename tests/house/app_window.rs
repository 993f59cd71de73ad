//! What the app's one window may call: the guard of the isolation frame lists exactly what the capabilities grant.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use toml::{Table, Value};

use crate::files::{below, root, text};

#[test]
fn app_02_the_isolation_guard_lists_exactly_the_granted_commands() {
    assert_eq!(
        listed_by_the_guard(),
        granted(),
        "app/isolation/isolation.js (left) and app/capabilities (right) differ"
    );
}

#[test]
fn app_02_no_wildcard_and_no_remote_page_is_granted_anything() {
    for path in below("app/capabilities", &[".json"]) {
        let capability = json(&text(&path));
        assert_eq!(
            capability["windows"],
            serde_json::json!(["main"]),
            "{}",
            path.display()
        );
        assert!(
            capability.get("remote").is_none(),
            "{}: no remote page may call the app",
            path.display()
        );
    }
}

#[test]
fn app_03_the_window_is_locked_down() {
    let config = json(&text(&root().join("tauri.conf.json")));
    let app = &config["app"];
    assert_eq!(app["withGlobalTauri"], false);
    assert_eq!(app["security"]["freezePrototype"], true);
    assert_eq!(app["security"]["pattern"]["use"], "isolation");
    let csp = &app["security"]["csp"];
    for (directive, expected) in [
        ("default-src", "'self'"),
        ("script-src", "'self'"),
        ("connect-src", "ipc: http://ipc.localhost"),
        ("object-src", "'none'"),
        ("base-uri", "'none'"),
    ] {
        assert_eq!(csp[directive], expected, "{directive}");
    }
    assert!(
        !csp.to_string().contains("unsafe"),
        "the policy allows nothing unsafe"
    );
}

#[test]
fn app_03_the_one_inline_style_is_tauris_own() {
    // Tauri hides the isolation frame by this style; refused, the frame would stand in the page.
    let hash = ring::digest::digest(
        &ring::digest::SHA256,
        b"#__tauri_isolation__ { display: none !important }",
    );
    let allowed = format!(
        "'self' 'sha256-{}'",
        base64::engine::general_purpose::STANDARD.encode(hash)
    );
    let config = json(&text(&root().join("tauri.conf.json")));
    assert_eq!(config["app"]["security"]["csp"]["style-src"], allowed);
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).expect("valid JSON")
}

fn listed_by_the_guard() -> BTreeSet<String> {
    let guard = text(&root().join("app/isolation/isolation.js"));
    let list = guard
        .split("new Set([")
        .nth(1)
        .and_then(|rest| rest.split("])").next())
        .expect("the list of commands");
    list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The commands the capabilities grant, as the window names them: `name`, or `plugin:name|command`.
fn granted() -> BTreeSet<String> {
    let own = own_permissions();
    let mut commands = BTreeSet::new();
    for path in below("app/capabilities", &[".json"]) {
        let capability = json(&text(&path));
        for permission in capability["permissions"]
            .as_array()
            .expect("a list of permissions")
        {
            let identifier = permission.as_str().expect("permissions without scopes");
            match plugin_command(identifier) {
                Some(command) => drop(commands.insert(command)),
                None => commands.extend(own[identifier].iter().cloned()),
            }
        }
    }
    commands
}

/// `core:event:allow-listen` is `plugin:event|listen`; `None` for a permission of the app itself.
fn plugin_command(identifier: &str) -> Option<String> {
    let (plugin, permission) = identifier
        .strip_prefix("core:")
        .unwrap_or(identifier)
        .split_once(':')?;
    let command = permission
        .strip_prefix("allow-")
        .expect("commands are granted one by one");
    Some(format!("plugin:{plugin}|{}", command.replace('-', "_")))
}

/// The commands of each permission, and of each set of permissions, in `app/permissions`.
fn own_permissions() -> BTreeMap<String, BTreeSet<String>> {
    let mut commands: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let files: Vec<Table> = below("app/permissions", &[".toml"])
        .iter()
        .map(|path| text(path).parse().expect("permissions are TOML"))
        .collect();
    for permission in files.iter().flat_map(|file| tables(file, "permission")) {
        let allowed = permission
            .get("commands")
            .and_then(|commands| commands.get("allow"));
        commands
            .entry(identifier(permission))
            .or_default()
            .extend(strings(allowed));
    }
    for set in files.iter().flat_map(|file| tables(file, "set")) {
        let members = strings(set.get("permissions"))
            .into_iter()
            .flat_map(|member| commands[&member].clone());
        let members: BTreeSet<String> = members.collect();
        commands.entry(identifier(set)).or_default().extend(members);
    }
    commands
}

fn tables<'a>(file: &'a Table, kind: &str) -> impl Iterator<Item = &'a Table> {
    file.get(kind)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_table)
}

fn identifier(table: &Table) -> String {
    table["identifier"].as_str().expect("an identifier").to_owned()
}

fn strings(list: Option<&Value>) -> Vec<String> {
    let values = list.and_then(Value::as_array).into_iter().flatten();
    values.filter_map(Value::as_str).map(str::to_owned).collect()
}
