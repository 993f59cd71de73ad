//! Checks of the configuration's values: what is out of range or not safe stops the start with a sentence.

use warifu_shared::jws::can_be_shown;
use warifu_shared::jws::challenge::is_place;
use warifu_shared::link;

use super::{Admission, Config, ConfigError, SecondFactor, SessionRules, Site, WithdrawalRules};
use crate::domain::yen::Yen;
use crate::mail::TransportKind;

/// Checks every value that has a bound.
///
/// # Errors
/// [`ConfigError::Value`] naming the key and what it must be.
pub fn check(config: &Config) -> Result<(), ConfigError> {
    service(config)?;
    origins(config)?;
    super::sockets::check(config)?;
    super::core_system::check(config)?;
    super::staff::check(config)?;
    places(config)?;
    range("challenge.lifetime", config.challenge.lifetime, 30, 600)?;
    range("challenge.number_tries", config.challenge.number_tries, 1, 3)?;
    range("login.attempt_lifetime", config.login.attempt_lifetime, 120, 3600)?;
    admission(&config.admission)?;
    range("counters.failures", config.counters.failures, 1, 10)?;
    range(
        "counters.password_failures",
        config.counters.password_failures,
        3,
        100,
    )?;
    range("counters.hard_stop", config.counters.hard_stop, 5, 100)?;
    range("audit.details_days", config.audit.details_days, 1, 3_660)?;
    range("audit.entries_days", config.audit.entries_days, 365, 36_600)?;
    range("code.lifetime", config.code.lifetime, 60, 600)?;
    range("code.tries", config.code.tries, 1, 5)?;
    range("code.cooldown", config.code.cooldown, 10, 600)?;
    withdrawals(&config.withdrawal)?;
    range("activation.code_days", config.activation.code_days, 1, 365)?;
    range("activation.tries", config.activation.tries, 3, 20)?;
    range("activation.lifetime", config.activation.lifetime, 300, 7_200)?;
    range("addresses.lifetime", config.addresses.lifetime, 300, 86_400)?;
    range("enrolment.code_lifetime", config.enrolment.code_lifetime, 60, 600)?;
    range("enrolment.max_devices", config.enrolment.max_devices, 1, 20)?;
    range(
        "enrolment.cool_off_hours",
        config.enrolment.cool_off_hours,
        0,
        168,
    )?;
    range("enrolment.key_days", config.enrolment.key_days, 60, 1830)?;
    session("session.browser", &config.session.browser)?;
    session("session.smartphone", &config.session.smartphone)?;
    // RFC: OWASP ASVS 11.4.2; the floor of PASS-04 unless this is a test of the product itself.
    need(
        config.password.memory_kib >= 19_456 || cfg!(debug_assertions),
        "password.memory_kib must be at least 19456",
    )?;
    let smtp = config.mail.transport == TransportKind::Smtp;
    need(
        !smtp || !config.mail.smtp.host.is_empty(),
        "mail.smtp.host is missing",
    )?;
    need(
        config.login.second_factor == SecondFactor::Always,
        "login.second_factor = \"risk\" needs the risk engine, which is not part of this version",
    )
}

fn withdrawals(rules: &WithdrawalRules) -> Result<(), ConfigError> {
    need(
        rules.per_transaction > Yen::ZERO && rules.per_day > Yen::ZERO,
        "withdrawal.per_transaction and withdrawal.per_day must be at least 1",
    )?;
    range("withdrawal.hold_hours", rules.hold_hours, 1, 168)?;
    range(
        "withdrawal.mailed_code.delay_hours",
        rules.mailed_code.delay_hours,
        0,
        72,
    )
}

fn admission(rules: &Admission) -> Result<(), ConfigError> {
    range("admission.window", rules.window, 10, 3600)?;
    for (key, value) in [
        ("per_address", rules.per_address),
        ("per_network", rules.per_network),
        ("per_account", rules.per_account),
        ("everyone", rules.everyone),
        ("known_per_account", rules.known_per_account),
        ("codes_per_address", rules.codes_per_address),
        ("enrolments_per_address", rules.enrolments_per_address),
        ("enrolments", rules.enrolments),
    ] {
        range(&format!("admission.{key}"), value, 1, 1_000_000)?;
    }
    need(
        (1..=64).contains(&rules.known_at_once) && rules.known_waiting <= 10_000,
        "admission.known_at_once must be between 1 and 64, admission.known_waiting at most 10000",
    )
}

fn service(config: &Config) -> Result<(), ConfigError> {
    let service = &config.service;
    for (key, value) in [
        ("name_ja", &service.name_ja),
        ("name_en", &service.name_en),
        ("phone", &service.phone),
    ] {
        need(!value.trim().is_empty(), &format!("service.{key} is missing"))?;
        need(
            value.chars().count() <= SHOWN,
            &format!("service.{key} is longer than {SHOWN} characters"),
        )?;
        // Challenges carry the names, and refuse what could mislead (TXN-06).
        need(
            can_be_shown(value, SHOWN),
            &format!(
                "service.{key} has a hidden or half-width kana character, is not in NFC, or begins or ends with a space"
            ),
        )?;
    }
    origin("service.device_origin", &service.device_origin)
}

/// What stands here goes into signed challenges, which refuse anything else at the worst moment.
fn places(config: &Config) -> Result<(), ConfigError> {
    for known in &config.places {
        need(
            is_place(&known.place),
            &format!("places.place must be like JP or JP-13, not {:?}", known.place),
        )?;
        need(
            known.network.is_empty() || can_be_shown(&known.network, SHOWN),
            &format!("places.network is too long or odd: {:?}", known.network),
        )?;
    }
    Ok(())
}

fn origins(config: &Config) -> Result<(), ConfigError> {
    need(
        !config.origins.is_empty(),
        "[[origins]] is missing: where are the pages reached?",
    )?;
    for entry in &config.origins {
        origin("origins.url", &entry.url)?;
    }
    for site in [Site::Browser, Site::Smartphone] {
        let of_site: Vec<_> = config.origins.iter().filter(|o| o.site == site).collect();
        let mains = of_site.iter().filter(|o| o.main).count();
        need(
            of_site.is_empty() || mains == 1,
            "each site needs exactly one main origin",
        )?;
    }
    Ok(())
}

pub(super) fn origin(key: &str, value: &str) -> Result<(), ConfigError> {
    let exact = link::origin_of(value).is_ok_and(|origin| origin == value);
    need(
        exact,
        &format!("{key} must be an https origin without path (http on loopback only), not {value:?}"),
    )?;
    // Challenges and links carry the origin, and have room for no more.
    need(
        value.len() <= ORIGIN,
        &format!("{key} is longer than {ORIGIN} characters"),
    )
}

fn session(key: &str, rules: &SessionRules) -> Result<(), ConfigError> {
    range(&format!("{key}.timeout"), rules.timeout, 60, 86_400)?;
    range(
        &format!("{key}.renewal_window"),
        rules.renewal_window,
        0,
        rules.timeout,
    )?;
    range(
        &format!("{key}.absolute"),
        rules.absolute,
        rules.timeout,
        7 * 86_400,
    )
}

pub(super) fn range(key: &str, value: i64, low: i64, high: i64) -> Result<(), ConfigError> {
    need(
        (low..=high).contains(&value),
        &format!("{key} must be between {low} and {high}, not {value}"),
    )
}

pub(super) fn need(holds: bool, message: &str) -> Result<(), ConfigError> {
    if holds {
        Ok(())
    } else {
        Err(ConfigError::Value(message.to_owned()))
    }
}

/// Longest name of the firm or of a network.
const SHOWN: usize = 40;
/// Longest origin.
const ORIGIN: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
        [service]
        name_ja = "ひので証券"
        name_en = "Hinode Securities"
        phone = "0120-000-000"
        device_origin = "https://auth.example"
        [[origins]]
        url = "https://www.example"
        site = "browser"
        main = true
    "#;

    #[test]
    fn chal_01_code_02_defaults_are_good_and_bounds_hold() {
        let config = Config::parse(GOOD).unwrap();
        assert_eq!((config.challenge.lifetime, config.code.lifetime), (120, 300));
        for (bad, word) in [
            ("[challenge]\nlifetime = 601", "challenge.lifetime"),
            ("[challenge]\nnumber_tries = 4", "number_tries"),
            ("[code]\nlifetime = 601", "code.lifetime"),
            ("[listen]\nweb = \"0.0.0.0:80\"", "plain HTTP"),
            ("[admission]\nper_address = 0", "admission.per_address"),
            ("[admission]\nknown_at_once = 0", "known_at_once"),
            ("[nonsense]\nx = 1", "nonsense"),
            (
                "[[places]]\nprefix = \"10.0.0.0/8\"\nplace = \"Tokyo\"",
                "places.place",
            ),
            ("[login]\nsecond_factor = \"risk\"", "risk engine"),
        ] {
            let error = Config::parse(&format!("{GOOD}\n{bad}")).unwrap_err().to_string();
            assert!(error.contains(word), "{bad}: {error}");
        }
        let plain = GOOD.replace("https://auth.example", "http://auth.example");
        assert!(
            Config::parse(&plain)
                .unwrap_err()
                .to_string()
                .contains("device_origin")
        );
    }

    #[test]
    fn txn_06_what_a_challenge_would_refuse_stops_the_start() {
        let with = |from: &str, to: &str| Config::parse(&GOOD.replace(from, to)).map(|_| ());
        let firm = "Hinode Securities";
        for name in [
            "Hin\u{202e}ode",
            "Hin\u{34f}ode",
            "ﾋﾉﾃﾞ",
            "e\u{301}",
            " Hinode",
            "Hi\u{fe0f}",
        ] {
            let error = with(firm, name).unwrap_err().to_string();
            assert!(error.contains("service.name_en"), "{name:?}: {error}");
        }
        let long = format!("https://{}.example", ["a".repeat(60).as_str(); 4].join("."));
        assert!(with("https://auth.example", &long).is_err());
        for place in [
            "place = \"12\"",
            "place = \"JP\"\nnetwork = \" A\"",
            "place = \"JP\"\nnetwork = \"A\u{feff}B\"",
        ] {
            let text = format!("{GOOD}\n[[places]]\nprefix = \"10.0.0.0/8\"\n{place}");
            assert!(Config::parse(&text).is_err(), "{place:?}");
        }
    }
}
