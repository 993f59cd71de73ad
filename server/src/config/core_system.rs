//! Checks of how the firm's core system is reached.

use super::check::{need, range};
use super::{Config, ConfigError, CoreKind};
use crate::core::http::read_url;

/// Checks `[core]`; its files are read when the server starts.
pub(super) fn check(config: &Config) -> Result<(), ConfigError> {
    let core = &config.core;
    range("core.timeout_ms", core.timeout_ms, 500, 60_000)?;
    if core.kind == CoreKind::None {
        return need(
            core.url.is_empty() && core.secret_files.is_empty(),
            "core.url and core.secret_files are for core.kind = \"http\"",
        );
    }
    need(!core.url.is_empty(), "core.url is missing")?;
    need(
        read_url(&core.url).is_some(),
        "core.url must be https without user and fragment; http is for a loopback address only, written as digits",
    )?;
    need(
        (1..=2).contains(&core.secret_files.len()),
        "core.secret_files must name one file, or two while a secret is changed",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVICE: &str = "[service]\nname_ja='あ'\nname_en='a'\nphone='1'\ndevice_origin='https://a.example'\n\
                           [[origins]]\nurl='https://a.example'\nsite='browser'\nmain=true\n[core]\n";

    #[test]
    fn ops_01_a_core_system_is_reached_safely_or_the_server_does_not_start() {
        let outcome = |lines: &str| {
            Config::parse(&format!("{SERVICE}{lines}"))
                .map_or_else(|error| error.to_string(), |_| "good".to_owned())
        };
        assert_eq!(outcome(""), "good");
        assert_eq!(
            outcome("kind='http'\nurl='https://core.example/'\nsecret_files=['a']"),
            "good"
        );
        assert_eq!(
            outcome("kind='http'\nurl='http://127.0.0.1:1/'\nsecret_files=['a','b']"),
            "good"
        );
        for (lines, word) in [
            ("kind='soap'", "kind"),
            ("kind='http'", "core.url is missing"),
            (
                "kind='http'\nurl='http://core.example/'\nsecret_files=['a']",
                "must be https",
            ),
            ("kind='http'\nurl='https://core.example/'", "core.secret_files"),
            (
                "kind='http'\nurl='https://core.example/'\nsecret_files=['a','b','c']",
                "core.secret_files",
            ),
            ("timeout_ms=0", "core.timeout_ms"),
            ("timeout_ms=600000", "core.timeout_ms"),
            ("url='https://core.example/'", "for core.kind"),
            ("secret='x'", "secret"),
        ] {
            assert!(outcome(lines).contains(word), "{lines}: {}", outcome(lines));
        }
    }
}
