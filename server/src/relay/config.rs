//! Settings of the relay, and the addresses that derive from its public URL.

use serde::Deserialize;
use url::{Host, Origin, Url};
use warifu_shared::b64;

/// Settings of the built-in push relay (`[relay]` in the configuration file). Times name their unit.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RelayConfig {
    /// Where clients connect: `wss://host[:port]/`. Endpoints get the same host and port with `https`.
    /// No default: the relay does not start without it.
    pub public_url: String,
    /// Allows `ws://` in `public_url`, for a loopback host only: development and tests (RELAY-02). Default false.
    pub insecure_loopback: bool,
    /// Our own VAPID public key, base64url of the raw 65 bytes. Only subscriptions for it are taken, unless `open`.
    /// The server fills it in from its own key when the file leaves it out.
    pub vapid_key: Option<String>,
    /// Takes subscriptions for any VAPID key and for none: a public push service (RELAY-10). Default false.
    pub open: bool,
    /// Largest body of a push message in bytes. Default 4096, which RFC 8030 section 7.2 asks for at least.
    pub max_body_bytes: usize,
    /// Channels of one user agent. Default 20.
    pub channels_per_agent: i64,
    /// Messages that may wait for one user agent. Default 100.
    pub messages_per_agent: i64,
    /// Messages a minute to one channel, counted on each node. Default 10.
    pub messages_per_minute: u32,
    /// Connections of this node. Default 20000.
    pub connections: usize,
    /// Connections from one address (IPv6: one /64). Default 200: many customers may share a carrier's address.
    pub connections_per_address: usize,
    /// New user agents a minute from one address. Default 60.
    pub new_agents_per_minute: u32,
    /// A client says hello within this time. Default 5000.
    pub hello_timeout_ms: u64,
    /// How often an idle connection is asked for a sign of life. Default 300.
    pub ping_every_secs: u64,
    /// How long the sign of life may take. Default 4000.
    pub pong_timeout_ms: u64,
    /// A client's own pings closer together than this end the connection; 0 turns that off. Default 45.
    pub client_ping_min_secs: u64,
    /// How often this node looks for messages that other nodes took. Default 3.
    pub rescan_secs: u64,
    /// User agents not seen for this long are forgotten; their endpoints answer 410. Default 90.
    pub forget_agents_after_days: i64,
    /// Read buffer of a socket in bytes. It is most of what an idle connection costs. Default 1024.
    pub read_buffer_bytes: usize,
}

impl Default for RelayConfig {
    fn default() -> Self {
        Self {
            public_url: String::new(),
            insecure_loopback: false,
            vapid_key: None,
            open: false,
            max_body_bytes: 4096,
            channels_per_agent: 20,
            messages_per_agent: 100,
            messages_per_minute: 10,
            connections: 20_000,
            connections_per_address: 200,
            new_agents_per_minute: 60,
            hello_timeout_ms: 5_000,
            ping_every_secs: 300,
            pong_timeout_ms: 4_000,
            client_ping_min_secs: 45,
            rescan_secs: 3,
            forget_agents_after_days: 90,
            read_buffer_bytes: 1024,
        }
    }
}

/// Settings that the relay cannot start with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadRelayConfig {
    /// The public URL is no `wss://host[:port]/`.
    #[error("relay.public_url must be wss://host[:port]/ without path, user or query, not {0:?}")]
    PublicUrl(String),
    /// `ws://` without the flag, or for a host that is not loopback (RELAY-02).
    #[error("relay.public_url uses ws://, which needs relay.insecure_loopback and a loopback host")]
    Insecure,
    /// The VAPID key is no raw P-256 point.
    #[error("relay.vapid_key is not base64url of a raw P-256 public key")]
    VapidKey,
    /// Neither an own key nor `open`: nobody could subscribe.
    #[error("relay.vapid_key is missing and relay.open is off: nobody could subscribe")]
    NobodyAllowed,
}

/// What derives from the public URL.
#[derive(Debug, Clone)]
pub(super) struct Addresses {
    /// The origin of sockets, as Firefox sends it (RELAY-11).
    pub(super) socket: Origin,
    /// The origin of endpoints and the `aud` of VAPID tokens, for example `https://push.example:8443`.
    pub(super) http: String,
}

impl RelayConfig {
    /// Checks the settings that exclude each other and derives the addresses.
    pub(super) fn addresses(&self) -> Result<Addresses, BadRelayConfig> {
        let bad = || BadRelayConfig::PublicUrl(self.public_url.clone());
        let url = Url::parse(&self.public_url).map_err(|_| bad())?;
        let plain = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if !plain || !url.username().is_empty() || url.password().is_some() {
            return Err(bad());
        }
        let scheme = match url.scheme() {
            "wss" => "https",
            "ws" if self.insecure_loopback && is_loopback(&url) => "http",
            "ws" => return Err(BadRelayConfig::Insecure),
            _ => return Err(bad()),
        };
        if self.vapid_key.is_none() && !self.open {
            return Err(BadRelayConfig::NobodyAllowed);
        }
        let host = url.host_str().ok_or_else(bad)?;
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        Ok(Addresses {
            socket: url.origin(),
            http: format!("{scheme}://{host}{port}"),
        })
    }

    /// The own VAPID key as raw bytes.
    pub(super) fn own_key(&self) -> Result<Option<[u8; 65]>, BadRelayConfig> {
        self.vapid_key
            .as_deref()
            .map(|text| read_vapid_key(text).ok_or(BadRelayConfig::VapidKey))
            .transpose()
    }
}

/// Reads a raw uncompressed P-256 point in base64url, padded (as Firefox writes it) or not.
pub(super) fn read_vapid_key(text: &str) -> Option<[u8; 65]> {
    let key = b64::decode_array::<65>(text.trim_end_matches('=')).ok()?;
    (key[0] == 4).then_some(key)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(url: &str, insecure_loopback: bool) -> RelayConfig {
        RelayConfig {
            public_url: url.into(),
            insecure_loopback,
            open: true,
            ..RelayConfig::default()
        }
    }

    #[test]
    fn relay_02_plain_sockets_need_the_flag_and_loopback() {
        assert_eq!(
            config("wss://push.example:8443/", false)
                .addresses()
                .unwrap()
                .http,
            "https://push.example:8443"
        );
        assert_eq!(
            config("wss://push.example:443/", false).addresses().unwrap().http,
            "https://push.example"
        );
        assert_eq!(
            config("ws://127.0.0.1:81/", true).addresses().unwrap().http,
            "http://127.0.0.1:81"
        );
        assert_eq!(
            config("ws://[::1]:81/", true).addresses().unwrap().http,
            "http://[::1]:81"
        );
        for (url, flag) in [
            ("ws://127.0.0.1:81/", false),
            ("ws://push.example/", true),
            ("ws://10.0.0.1/", true),
        ] {
            assert_eq!(
                config(url, flag).addresses().unwrap_err(),
                BadRelayConfig::Insecure,
                "{url}"
            );
        }
        for url in [
            "",
            "https://push.example/",
            "wss://push.example/x",
            "wss://u:p@push.example/",
            "wss://a/?b",
        ] {
            assert_eq!(
                config(url, true).addresses().unwrap_err(),
                BadRelayConfig::PublicUrl(url.into())
            );
        }
    }

    #[test]
    fn relay_10_the_configuration_file_names_every_setting_with_its_default() {
        let file: toml::Table = include_str!("../../config.default.toml").parse().unwrap();
        let section = file["relay"].as_table().unwrap();
        let read: RelayConfig = section.clone().try_into().unwrap();
        let RelayConfig {
            public_url,
            insecure_loopback,
            ..
        } = read.clone();
        assert_eq!(
            read,
            RelayConfig {
                public_url,
                insecure_loopback,
                ..RelayConfig::default()
            }
        );
        // All settings but vapid_key, which the server fills in.
        assert_eq!(section.len(), 17);
    }

    #[test]
    fn relay_10_a_relay_that_allows_nobody_does_not_start() {
        let closed = RelayConfig {
            open: false,
            ..config("wss://push.example/", false)
        };
        assert_eq!(closed.addresses().unwrap_err(), BadRelayConfig::NobodyAllowed);
        let wrong = RelayConfig {
            vapid_key: Some("BAAA".into()),
            ..closed
        };
        assert_eq!(wrong.own_key().unwrap_err(), BadRelayConfig::VapidKey);
    }
}
