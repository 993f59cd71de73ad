//! Who sent a request: its address (through declared proxies only), place, browser, and the request's own name.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::header::USER_AGENT;
use axum::http::request::Parts;
use warifu_shared::ids::RequestId;

use crate::app::App;
use crate::config::Config;
use crate::domain::context::{Source, browser_name, source_prefix};
use crate::operations::Caller;

/// The client of a request.
#[derive(Debug, Clone)]
pub struct Client(Caller);

impl Client {
    /// Reads it off a request; the same within one request.
    #[must_use]
    pub fn of(parts: &mut Parts, app: &App) -> Self {
        if let Some(known) = parts.extensions.get::<Self>() {
            return known.clone();
        }
        let peer = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map(|info| info.0.ip());
        let address = client_address(peer, &parts.headers, &app.config);
        let agent = parts
            .headers
            .get(USER_AGENT)
            .and_then(|v| v.to_str().ok())
            .unwrap_or_default();
        let (place, network) = place_of(address, &app.config);
        let source = Source {
            address,
            prefix: source_prefix(address),
            place,
            network,
            browser: browser_name(agent),
        };
        let client = Self(Caller {
            request: RequestId::random(),
            source,
        });
        parts.extensions.insert(client.clone());
        client
    }

    /// The caller, as operations want it.
    #[must_use]
    pub fn caller(&self) -> Caller {
        self.0.clone()
    }
}

impl FromRequestParts<App> for Client {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        Ok(Self::of(parts, app))
    }
}

/// The client's address. `X-Forwarded-For` counts only as far as declared proxies wrote it, read from the right
/// (RISK-05); whatever a client put there itself is ignored.
#[doc(hidden)]
#[must_use]
pub fn client_address(peer: Option<IpAddr>, headers: &HeaderMap, config: &Config) -> IpAddr {
    let trusted = |address: IpAddr| config.proxy.trusted.iter().any(|prefix| prefix.contains(address));
    let mut address = peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    let lines = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|v| v.to_str().ok());
    let hops: Vec<&str> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
    for hop in hops.iter().rev() {
        if !trusted(address) {
            break;
        }
        let Ok(parsed) = hop.parse() else { break };
        address = parsed;
    }
    address
}

/// Where an address is, and in whose network, as far as the settings say: `ZZ` and nothing when they do not.
pub(crate) fn place_of(address: IpAddr, config: &Config) -> (String, String) {
    config
        .places
        .iter()
        .find(|known| known.prefix.contains(address))
        .map_or_else(
            || ("ZZ".to_owned(), String::new()),
            |known| (known.place.clone(), known.network.clone()),
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(trusted: &str) -> Config {
        Config::parse(&format!(
            "[service]\nname_ja='あ'\nname_en='a'\nphone='1'\ndevice_origin='https://a.example'\n\
             [[origins]]\nurl='https://a.example'\nsite='browser'\nmain=true\n[proxy]\ntrusted=[{trusted}]"
        ))
        .unwrap()
    }

    #[test]
    fn risk_05_forwarded_addresses_count_only_from_declared_proxies() {
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", "203.0.113.9, 198.51.100.7".parse().unwrap());
        let from = |peer: &str, trusted| {
            client_address(Some(peer.parse().unwrap()), &headers, &config(trusted)).to_string()
        };
        assert_eq!(from("192.0.2.1", ""), "192.0.2.1", "nobody is trusted");
        assert_eq!(
            from("10.0.0.1", "'10.0.0.0/8'"),
            "198.51.100.7",
            "the proxy's own entry, not the client's"
        );
        assert_eq!(
            from("10.0.0.1", "'10.0.0.0/8', '198.51.100.0/24'"),
            "203.0.113.9",
            "two declared hops"
        );
        assert_eq!(
            from("192.0.2.1", "'10.0.0.0/8'"),
            "192.0.2.1",
            "a stranger's header"
        );
    }
}
