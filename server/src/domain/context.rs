//! Where a request came from: address, prefix, place, browser. All observed by the server (CHAL-12).

use std::net::IpAddr;
use std::str::FromStr;

use serde::Deserialize;

/// A network prefix such as `192.0.2.0/24` or a single address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Prefix {
    base: u128,
    bits: u32,
    v6: bool,
}

impl Prefix {
    /// Whether `address` lies in it. IPv4-mapped IPv6 addresses count as IPv4.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let (value, v6) = number_of(address.to_canonical());
        v6 == self.v6 && masked(value, self.bits, v6) == self.base
    }

    /// Whether it holds all addresses of its kind.
    #[must_use]
    pub fn is_everybody(&self) -> bool {
        self.bits == 0
    }
}

impl FromStr for Prefix {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (address, bits) = text.split_once('/').map_or((text, None), |(a, b)| (a, Some(b)));
        let address: IpAddr = address
            .parse()
            .map_err(|_| format!("{text:?} is not an address or prefix"))?;
        let (value, v6) = number_of(address);
        let most = if v6 { 128 } else { 32 };
        let bits = bits
            .map_or(Ok(most), str::parse)
            .map_err(|_| format!("{text:?} has a bad length"))?;
        if bits > most {
            return Err(format!("{text:?} has a bad length"));
        }
        Ok(Self {
            base: masked(value, bits, v6),
            bits,
            v6,
        })
    }
}

impl TryFrom<String> for Prefix {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

fn number_of(address: IpAddr) -> (u128, bool) {
    match address {
        IpAddr::V4(v4) => (u128::from(v4.to_bits()), false),
        IpAddr::V6(v6) => (v6.to_bits(), true),
    }
}

fn masked(value: u128, bits: u32, v6: bool) -> u128 {
    let most = if v6 { 128 } else { 32 };
    if bits == 0 {
        0
    } else {
        (value >> (most - bits)) << (most - bits)
    }
}

/// The network an address belongs to, for comparing browser and device (APPR-12): /24 for IPv4, /48 for IPv6.
#[must_use]
pub fn source_prefix(address: IpAddr) -> String {
    let address = address.to_canonical();
    let (value, v6) = number_of(address);
    let bits = if v6 { 48 } else { 24 };
    let base = masked(value, bits, v6);
    let base = if v6 {
        IpAddr::V6(std::net::Ipv6Addr::from_bits(base))
    } else {
        IpAddr::V4(std::net::Ipv4Addr::from_bits(
            u32::try_from(base).unwrap_or_default(),
        ))
    };
    format!("{base}/{bits}")
}

/// Whom an address belongs to, for limits: one address of IPv4, or the /64 that one customer has of IPv6.
#[must_use]
pub fn client_prefix(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => {
            let base = masked(u128::from(v6), 64, true);
            format!("{}/64", std::net::Ipv6Addr::from_bits(base))
        }
    }
}

/// What the server saw of a request's origin.
#[derive(Debug, Clone)]
pub struct Source {
    /// The client's address. Goes into erasable audit details only.
    pub address: IpAddr,
    /// Its network prefix.
    pub prefix: String,
    /// ISO 3166 place, `ZZ` when unknown.
    pub place: String,
    /// The network's name, empty when unknown.
    pub network: String,
    /// Browser and system, for example `Firefox 145 / Windows`.
    pub browser: String,
}

static PARSER: std::sync::LazyLock<woothee::parser::Parser> =
    std::sync::LazyLock::new(woothee::parser::Parser::new);

/// What stands for a browser that nobody could name.
pub const UNNAMED: &str = "?";

/// Names a browser by its user agent, for people: `Chrome 140 / Windows`. Text the agent chose never passes through,
/// only names from the parser's own list and digits.
#[must_use]
pub fn browser_name(user_agent: &str) -> String {
    let agent: String = user_agent.chars().take(512).collect();
    let Some(found) = PARSER.parse(&agent) else {
        return UNNAMED.to_owned();
    };
    let version: String = found
        .version
        .chars()
        .take_while(char::is_ascii_digit)
        .take(4)
        .collect();
    let known = |name: &str| name != "UNKNOWN" && !name.is_empty();
    let name = if known(found.name) { found.name } else { UNNAMED };
    let browser = if version.is_empty() {
        name.to_owned()
    } else {
        format!("{name} {version}")
    };
    let system = if found.os.starts_with("Windows") {
        "Windows"
    } else {
        found.os
    };
    if known(system) {
        format!("{browser} / {system}")
    } else {
        browser
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_contain_their_addresses_only() {
        let prefix: Prefix = "192.0.2.0/24".parse().unwrap();
        assert!(prefix.contains("192.0.2.77".parse().unwrap()));
        assert!(prefix.contains("::ffff:192.0.2.77".parse().unwrap()));
        assert!(!prefix.contains("192.0.3.1".parse().unwrap()));
        assert!("192.0.2.0/33".parse::<Prefix>().is_err());
        assert!(
            "0.0.0.0/0"
                .parse::<Prefix>()
                .unwrap()
                .contains("8.8.8.8".parse().unwrap())
        );
        assert_eq!(
            source_prefix("2001:db8:1:2::3".parse().unwrap()),
            "2001:db8:1::/48"
        );
        assert_eq!(
            source_prefix("::ffff:192.0.2.77".parse().unwrap()),
            "192.0.2.0/24"
        );
    }

    #[test]
    fn risk_07_an_ipv6_network_counts_as_one_client() {
        let of = |text: &str| client_prefix(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::3"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::3"), of("2001:db8:1:3::3"));
        assert_eq!(of("::ffff:192.0.2.77"), of("192.0.2.77"));
        assert_ne!(of("192.0.2.76"), of("192.0.2.77"));
    }

    #[test]
    fn chal_12_browsers_are_named_without_letting_their_words_through() {
        let firefox = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0";
        assert_eq!(browser_name(firefox), "Firefox 145 / Windows");
        for odd in ["", "\u{202e}evil", "<script>", "Firefox/<b>1"] {
            let name = browser_name(odd);
            assert!(
                name.chars()
                    .all(|c| c.is_ascii_alphanumeric() || " /?.".contains(c)),
                "{name}"
            );
        }
    }
}
