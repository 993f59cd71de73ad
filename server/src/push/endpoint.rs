//! Which endpoints the server sends to (PUSH-06): its own relay, or an allowed host over https, never a private address.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use futures_util::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::config::Config;

/// An endpoint that is not allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("push endpoint not allowed")]
pub struct NotAllowed;

/// Checks an endpoint as a device registers it.
///
/// A resolver is never asked for literal addresses, so those are refused here unless they are our own relay's origin.
///
/// # Errors
/// [`NotAllowed`] when it is too long, of another scheme or host, or names a user.
pub fn check(endpoint: &str, config: &Config) -> Result<Url, NotAllowed> {
    if endpoint.len() > MAX_LEN {
        return Err(NotAllowed);
    }
    let url = Url::parse(endpoint).map_err(|_| NotAllowed)?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(NotAllowed);
    }
    if is_own_relay(&url, config) {
        return Ok(url);
    }
    let listed = match url.host() {
        Some(Host::Domain(name)) => config.push.allowed_hosts.iter().any(|host| host == name),
        _ => false,
    };
    if url.scheme() == "https" && listed {
        Ok(url)
    } else {
        Err(NotAllowed)
    }
}

/// Whether the endpoint is on the relay that this firm runs.
#[must_use]
pub fn is_own_relay(url: &Url, config: &Config) -> bool {
    let relay = config.relay.public_url.replacen("ws", "http", 1);
    Url::parse(&relay).is_ok_and(|relay| relay.origin() == url.origin())
}

/// Answers the addresses of a host name. Tests put their own in, because a name may point elsewhere tomorrow.
#[derive(Clone)]
pub struct Names(Arc<Ask>);

type Ask = dyn Fn(String) -> BoxFuture<'static, std::io::Result<Vec<IpAddr>>> + Send + Sync;

impl Names {
    /// Names as `ask` answers them.
    #[must_use]
    pub fn new<F>(ask: impl Fn(String) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = std::io::Result<Vec<IpAddr>>> + Send + 'static,
    {
        Self(Arc::new(move |name| Box::pin(ask(name))))
    }
}

/// As the operating system answers them.
impl Default for Names {
    fn default() -> Self {
        Self::new(async |name: String| {
            let found = tokio::net::lookup_host((name, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

impl std::fmt::Debug for Names {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Names")
    }
}

/// A resolver that drops private and local addresses, also when a name starts to point there later: it is asked for every
/// new connection, and what it answers is what gets connected to.
#[derive(Debug, Clone, Default)]
pub struct PublicOnly(pub Names);

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        let found = (self.0.0)(name.as_str().to_owned());
        Box::pin(async move {
            let public = found.await?.into_iter().filter(|address| is_public(*address));
            let public: Vec<SocketAddr> = public.map(|address| SocketAddr::new(address, 0)).collect();
            if public.is_empty() {
                return Err(Box::<dyn std::error::Error + Send + Sync>::from(
                    "no public address",
                ));
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

/// Whether an address belongs to the public internet.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            let shared = a == 100 && (64..128).contains(&b);
            let special =
                a == 0 || a >= 240 || (a == 192 && b == 0 && c == 0) || (a == 198 && (b == 18 || b == 19));
            let local = v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_broadcast();
            !(local || shared || special || v4.is_documentation() || v4.is_multicast())
        }
        IpAddr::V6(v6) => {
            let first = v6.segments()[0];
            // Global unicast only, without documentation, 6to4, NAT64 and Teredo, which can carry private IPv4.
            let second = v6.segments()[1];
            let carrier = first == 0x2002 || (first == 0x2001 && (second < 0x0200 || second == 0x0db8));
            (first & 0xe000) == 0x2000 && !carrier
        }
    }
}

const MAX_LEN: usize = 2048;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn push_06_private_and_odd_addresses_are_not_public() {
        for bad in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "::1",
            "::ffff:127.0.0.1",
            "fe80::1",
            "fc00::1",
            "2002:7f00:1::",
            "64:ff9b::7f00:1",
            "2001::1",
            "ff02::1",
            "198.18.0.1",
        ] {
            assert!(!is_public(bad.parse().unwrap()), "{bad}");
        }
        for good in ["8.8.8.8", "203.0.114.1", "2606:4700::1111"] {
            assert!(is_public(good.parse().unwrap()), "{good}");
        }
    }

    #[tokio::test]
    async fn push_06_a_name_is_asked_each_time_and_private_answers_are_dropped() {
        let answers = std::sync::Mutex::new(vec![
            vec!["127.0.0.1", "::1", "169.254.169.254"],
            vec!["10.0.0.1", "8.8.8.8", "fd00::1"],
            vec!["8.8.8.8"],
        ]);
        let names = Names::new(move |_| {
            let next = answers.lock().unwrap().pop().unwrap();
            async move { Ok(next.iter().map(|address| address.parse().unwrap()).collect()) }
        });
        let resolver = PublicOnly(names);
        let ask = async || {
            let found = resolver.resolve("push.example".parse().unwrap()).await;
            found.map(|found| found.map(|address| address.ip().to_string()).collect::<Vec<_>>())
        };
        assert_eq!(ask().await.unwrap(), ["8.8.8.8"]);
        assert_eq!(ask().await.unwrap(), ["8.8.8.8"], "the public one of three");
        assert!(ask().await.is_err(), "now it points inside");
    }
}
