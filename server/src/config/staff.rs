//! Checks of the staff console's settings: an origin of its own, and short sessions (STAFF-01); and of the watcher's.

use serde::Deserialize;

use super::check::{need, origin, range};
use super::{Config, ConfigError};

/// When the watcher raises a signal (decision 39).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WatchRules {
    /// Accounts with a wrong password from one address within an hour.
    pub failed_accounts: i64,
    /// Accounts tried at all from one address within an hour.
    pub accounts: i64,
    /// Requests to the app within an hour that nobody approved.
    pub unanswered: i64,
    /// Codes asked for within an hour.
    pub codes: i64,
    /// Wrong codes or numbers within an hour.
    pub guesses: i64,
    /// Hours after the registration of a device in which a withdrawal or a change is looked at.
    pub new_device_hours: i64,
}

/// Checks `[staff]`. Without a listener nothing of it is used.
pub(super) fn check(config: &Config) -> Result<(), ConfigError> {
    let staff = &config.staff;
    range("staff.idle", staff.idle, 60, 3600)?;
    range("staff.absolute", staff.absolute, staff.idle, 43_200)?;
    range("staff.searches", staff.searches, 1, 100_000)?;
    let watch = &config.watch;
    range("watch.failed_accounts", watch.failed_accounts, 2, 1_000)?;
    range("watch.accounts", watch.accounts, 2, 10_000)?;
    range("watch.unanswered", watch.unanswered, 2, 100)?;
    range("watch.codes", watch.codes, 2, 100)?;
    range("watch.guesses", watch.guesses, 2, 100)?;
    range("watch.new_device_hours", watch.new_device_hours, 0, 168)?;
    let Some(listen) = staff.listen else {
        return Ok(());
    };
    origin("staff.origin", &staff.origin)?;
    let customers = config.origins.iter().map(|it| it.url.as_str());
    need(
        !customers
            .chain([config.service.device_origin.as_str()])
            .any(|it| it == staff.origin),
        "staff.origin is an origin of customers: the staff console needs one of its own",
    )?;
    need(
        listen != config.listen.web && Some(listen) != config.listen.relay,
        "staff.listen is the socket of customers or of the relay: the staff console needs one of its own",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "[service]\nname_ja='あ'\nname_en='a'\nphone='1'\ndevice_origin='https://a.example'\n\
                        [[origins]]\nurl='https://www.example'\nsite='browser'\nmain=true\n";

    #[test]
    fn staff_01_the_console_has_a_listener_and_an_origin_of_its_own() {
        let outcome = |text: &str| {
            Config::parse(&format!("{BASE}[staff]\n{text}"))
                .map_or_else(|error| error.to_string(), |_| "good".to_owned())
        };
        assert_eq!(outcome(""), "good", "off by default");
        let on = "listen='127.0.0.1:9443'\n";
        assert_eq!(outcome(&format!("{on}origin='https://staff.example'")), "good");
        for (text, word) in [
            (on.to_owned(), "staff.origin"),
            (format!("{on}origin='https://www.example'"), "origin of customers"),
            (format!("{on}origin='https://a.example'"), "origin of customers"),
            (
                "listen='127.0.0.1:8480'\norigin='https://staff.example'".to_owned(),
                "socket of customers",
            ),
            (
                "listen='0.0.0.0:9443'\norigin='https://staff.example'".to_owned(),
                "staff.listen speaks plain HTTP",
            ),
            ("idle=4000".to_owned(), "staff.idle"),
            ("absolute=86400".to_owned(), "staff.absolute"),
        ] {
            assert!(outcome(&text).contains(word), "{text}: {}", outcome(&text));
        }
    }
}
