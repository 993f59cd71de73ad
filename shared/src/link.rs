//! `warifu://` links: enrolment, and one challenge with its number (ENROL-05, APP-13).

use url::Url;

use crate::ids::ChallengeId;
use crate::number::MatchNumber;

/// What a link asks the app to do. Nothing happens before the customer confirms it on screen.
pub enum Link {
    /// Register this app at a service.
    Enrol(EnrolLink),
    /// Show one challenge with its number filled in.
    Challenge(ChallengeLink),
}

/// An enrolment link: server origin, thumbprint of its challenge key, code.
#[derive(Clone, PartialEq, Eq)]
pub struct EnrolLink {
    /// The origin of the device API, e.g. `https://auth.example`.
    pub origin: String,
    /// RFC 7638 thumbprint of the server's challenge key, base64url.
    pub server_key: String,
    /// The long enrolment code, base64url.
    pub code: String,
}

/// A challenge link: which challenge of which service, and the number.
#[derive(Clone)]
pub struct ChallengeLink {
    /// The origin of the device API.
    pub origin: String,
    /// The challenge.
    pub challenge: ChallengeId,
    /// The number that the page shows.
    pub number: MatchNumber,
}

/// Text that is no link of this app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a link that this app understands")]
pub struct BadLink;

impl EnrolLink {
    /// Writes the link.
    #[must_use]
    pub fn write(&self) -> String {
        build(
            "enrol",
            &[("o", &self.origin), ("k", &self.server_key), ("c", &self.code)],
        )
    }
}

impl ChallengeLink {
    /// Writes the link.
    #[must_use]
    pub fn write(&self) -> String {
        build(
            "challenge",
            &[
                ("o", &self.origin),
                ("i", self.challenge.as_str()),
                ("n", self.number.reveal()),
            ],
        )
    }
}

/// Reads a link. Exactly the members of its kind must be there, once each.
///
/// # Errors
/// [`BadLink`] on another scheme, kind, member, an origin that is no origin, or a damaged code.
pub fn read(text: &str) -> Result<Link, BadLink> {
    let text = text.trim();
    if text.len() > MAX_LEN {
        return Err(BadLink);
    }
    let url = Url::parse(text).map_err(|_| BadLink)?;
    if url.scheme() != SCHEME
        || url.fragment().is_some()
        || !url.username().is_empty()
        || url.port().is_some()
    {
        return Err(BadLink);
    }
    if !matches!(url.path(), "" | "/") {
        return Err(BadLink);
    }
    match url.host_str() {
        Some("enrol") => {
            let [origin, key, code] = members(&url, ["o", "k", "c"])?;
            crate::b64::decode_array::<32>(&key).map_err(|_| BadLink)?;
            crate::b64::decode_array::<16>(&code).map_err(|_| BadLink)?;
            Ok(Link::Enrol(EnrolLink {
                origin: origin_of(&origin)?,
                server_key: key,
                code,
            }))
        }
        Some("challenge") => {
            let [origin, id, number] = members(&url, ["o", "i", "n"])?;
            Ok(Link::Challenge(ChallengeLink {
                origin: origin_of(&origin)?,
                challenge: id.parse().map_err(|_| BadLink)?,
                number: number.parse().map_err(|_| BadLink)?,
            }))
        }
        _ => Err(BadLink),
    }
}

/// Reads a service's origin as a person types it or a link carries it: `https`, or `http` on loopback only.
///
/// # Errors
/// [`BadLink`] when it has a path, user, query or another scheme.
pub fn origin_of(text: &str) -> Result<String, BadLink> {
    let url = Url::parse(text.trim()).map_err(|_| BadLink)?;
    let bare = matches!(url.path(), "" | "/")
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    let secure = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
    if bare && secure {
        Ok(url.origin().ascii_serialization())
    } else {
        Err(BadLink)
    }
}

/// Whether the URL's host is this machine by its literal address or the reserved name (RFC 6761 section 6.3).
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

fn build(kind: &str, pairs: &[(&str, &str)]) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish();
    format!("{SCHEME}://{kind}?{query}")
}

fn members<const N: usize>(url: &Url, names: [&str; N]) -> Result<[String; N], BadLink> {
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    if pairs.len() != N {
        return Err(BadLink);
    }
    let mut out = [const { String::new() }; N];
    for (slot, name) in out.iter_mut().zip(names) {
        let (_, value) = pairs.iter().find(|(key, _)| key == name).ok_or(BadLink)?;
        slot.clone_from(value);
    }
    Ok(out)
}

/// The URL scheme that the app registers with the operating system.
pub const SCHEME: &str = "warifu";
const MAX_LEN: usize = 512;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enrol_05_links_read_back_and_pin_origin_key_and_code() {
        let link = EnrolLink {
            origin: "https://auth.example".into(),
            server_key: crate::b64::encode([7; 32]),
            code: crate::b64::encode([9; 16]),
        };
        let Ok(Link::Enrol(back)) = read(&link.write()) else {
            panic!("reads back")
        };
        assert!(back == link);
        let text = link.write();
        for bad in [
            text.replace("warifu:", "https:"),
            text.replace("enrol?", "enrol/x?"),
            text.replace("https%3A", "http%3A"),
            format!("{text}&c=AAAAAAAAAAAAAAAAAAAAAA"),
            text.replace("&c=", "&d="),
            format!("{text}#x"),
        ] {
            assert!(read(&bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn app_13_challenge_links_carry_one_challenge_and_its_number() {
        let link = ChallengeLink {
            origin: "http://127.0.0.1:8480".into(),
            challenge: ChallengeId::random(),
            number: MatchNumber::random(),
        };
        let Ok(Link::Challenge(back)) = read(&link.write()) else {
            panic!("reads back")
        };
        assert_eq!((&back.origin, &back.challenge), (&link.origin, &link.challenge));
        assert!(back.number.matches(&link.number));
    }

    #[test]
    fn app_09_plain_http_origins_only_on_loopback() {
        for good in [
            "https://a.example",
            "https://a.example:8443/",
            "http://127.0.0.1:1",
            "http://[::1]:1",
            "http://localhost:1",
        ] {
            assert!(origin_of(good).is_ok(), "{good}");
        }
        for bad in [
            "http://a.example",
            "http://127.0.0.1.example",
            "https://a.example/x",
            "https://u@a.example",
            "ftp://a",
            "a.example",
        ] {
            assert!(origin_of(bad).is_err(), "{bad}");
        }
    }
}
