//! Checks of how the server is reached: TLS, or plain HTTP where nobody can listen in (OPS-01, RELAY-02), and limits (WEB-11).

use std::net::SocketAddr;

use super::check::{need, range};
use super::{Config, ConfigError};
use crate::domain::context::Prefix;

/// Checks sockets, TLS, proxies and limits of connections.
pub(super) fn check(config: &Config) -> Result<(), ConfigError> {
    limits(config)?;
    let tls = &config.tls;
    need(
        tls.is_on() != tls.key.as_os_str().is_empty(),
        "tls.certificate and tls.key belong together: set both or none",
    )?;
    need(
        !config.proxy.trusted.iter().any(Prefix::is_everybody),
        "proxy.trusted holds a prefix of length 0, which declares everybody a proxy",
    )?;
    let relay_is_plain = config.relay.public_url.starts_with("ws:");
    if tls.is_on() {
        need(
            config.is_public_over_tls(),
            "[tls] is set: origins.url and service.device_origin must be https",
        )?;
        need(
            config.listen.relay.is_none() || !relay_is_plain,
            "[tls] is set: relay.public_url must be wss://",
        )?;
        return Ok(());
    }
    listener(
        "listen.web",
        Some(config.listen.web),
        config,
        !config.is_public_over_tls(),
    )?;
    listener("listen.relay", config.listen.relay, config, relay_is_plain)?;
    let staff_is_plain = config.staff.origin.starts_with("http:");
    listener("staff.listen", config.staff.listen, config, staff_is_plain)
}

/// A listener without TLS of its own. `public_plain`: its public address has no TLS either, so no proxy adds any.
fn listener(
    key: &str,
    address: Option<SocketAddr>,
    config: &Config,
    public_plain: bool,
) -> Result<(), ConfigError> {
    let on_loopback = address.is_none_or(|address| address.ip().is_loopback());
    need(
        on_loopback || !public_plain,
        &format!("{key} speaks plain HTTP under a public http:// or ws:// address: bind it to loopback"),
    )?;
    need(
        on_loopback || !config.proxy.trusted.is_empty(),
        &format!(
            "{key} speaks plain HTTP: set [tls], bind it to loopback, or declare the TLS-terminating proxy in proxy.trusted"
        ),
    )
}

fn limits(config: &Config) -> Result<(), ConfigError> {
    let rules = &config.connections;
    let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    for (key, value) in [
        ("handshake_ms", rules.handshake_ms),
        ("headers_ms", rules.headers_ms),
        ("request_ms", rules.request_ms),
        ("idle_ms", rules.idle_ms),
    ] {
        range(&format!("connections.{key}"), number(value), 100, 600_000)?;
    }
    for (key, value, low, high) in [
        ("total", rules.total, 10, 1_000_000),
        ("per_address", rules.per_address, 10, 1_000_000),
        ("header_bytes", rules.header_bytes, 8192, 65_536),
    ] {
        range(&format!("connections.{key}"), number(value as u64), low, high)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVICE: &str = "[service]\nname_ja='あ'\nname_en='a'\nphone='1'\ndevice_origin='https://a.example'\n\
                           [[origins]]\nurl='https://a.example'\nsite='browser'\nmain=true\n";
    const PLAIN: &str = "[service]\nname_ja='あ'\nname_en='a'\nphone='1'\ndevice_origin='http://127.0.0.1'\n\
                         [[origins]]\nurl='http://127.0.0.1'\nsite='browser'\nmain=true\n";
    const TLS: &str = "[tls]\ncertificate='a.pem'\nkey='a.key'\n";
    const PROXY: &str = "[proxy]\ntrusted=['10.0.0.1']\n";
    const OPEN: &str = "[listen]\nweb='0.0.0.0:443'\nrelay='0.0.0.0:444'\n";

    fn outcome(parts: &[&str]) -> String {
        Config::parse(&parts.concat()).map_or_else(|error| error.to_string(), |_| "good".to_owned())
    }

    #[test]
    fn ops_01_plain_http_only_on_loopback_or_behind_a_declared_proxy() {
        assert_eq!(outcome(&[SERVICE]), "good", "loopback");
        assert_eq!(outcome(&[SERVICE, OPEN, PROXY]), "good");
        assert_eq!(outcome(&[SERVICE, OPEN, TLS]), "good");
        assert_eq!(
            outcome(&[SERVICE, OPEN, TLS, PROXY]),
            "good",
            "a proxy that speaks TLS to us"
        );
        for (parts, word) in [
            (&[SERVICE, OPEN][..], "listen.web speaks plain HTTP"),
            (
                &[SERVICE, "[listen]\nrelay='0.0.0.0:444'"],
                "listen.relay speaks plain HTTP",
            ),
            (&[PLAIN, OPEN, PROXY], "listen.web speaks plain HTTP under"),
            (&[PLAIN, TLS], "must be https"),
            (&[SERVICE, "[tls]\nkey='a.key'"], "belong together"),
            (&[SERVICE, "[tls]\ncertificate='a.pem'"], "belong together"),
            (&[SERVICE, "[proxy]\ntrusted=['0.0.0.0/0']"], "everybody"),
            (&[SERVICE, "[proxy]\ntrusted=['::/0']"], "everybody"),
        ] {
            assert!(outcome(parts).contains(word), "{parts:?}: {}", outcome(parts));
        }
    }

    #[test]
    fn relay_02_a_plain_relay_is_bound_to_loopback_and_never_beside_tls() {
        let plain = "[relay]\npublic_url='ws://127.0.0.1:444/'\ninsecure_loopback=true\n";
        assert_eq!(outcome(&[PLAIN, plain]), "good");
        let open = "[listen]\nrelay='0.0.0.0:444'\n";
        assert!(outcome(&[SERVICE, open, PROXY, plain]).contains("listen.relay speaks plain HTTP under"));
        assert!(outcome(&[SERVICE, TLS, plain]).contains("must be wss"));
    }

    #[test]
    fn web_11_limits_of_connections_have_bounds() {
        for (line, word) in [
            ("headers_ms = 0", "connections.headers_ms"),
            ("idle_ms = 3600000", "connections.idle_ms"),
            ("total = 0", "connections.total"),
            ("header_bytes = 1000000", "connections.header_bytes"),
        ] {
            let outcome = outcome(&[SERVICE, "[connections]\n", line]);
            assert!(outcome.contains(word), "{outcome}");
        }
    }
}
