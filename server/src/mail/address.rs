//! A mail address that is safe to put into headers and SMTP commands (CODE-08).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// One RFC 5322 addr-spec in its plain form: a dot-atom, `@`, and a domain name. ASCII only.
///
/// Quoted local parts, comments, address literals, display names and lists do not exist here, so nothing that could end a
/// header line or add a recipient can be written. `Debug` shows the masked form; only [`Self::as_str`] reveals the address.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MailAddress(String);

/// Text that is not one plain mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not one plain mail address")]
pub struct BadAddress;

impl MailAddress {
    /// The address as it is used on the wire; the domain is in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part after the `@`.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.0.split_once('@').map_or("", |(_, domain)| domain)
    }

    /// The address as pages show it: `ta***@example.jp`. At least one character of the local part stays hidden.
    #[must_use]
    pub fn masked(&self) -> String {
        let (local, domain) = self.0.split_once('@').unwrap_or_default();
        let shown = local.len().saturating_sub(1).min(SHOWN);
        format!("{}***@{domain}", &local[..shown])
    }

    /// The address in the form of the mail library.
    ///
    /// # Errors
    /// [`BadAddress`] when the library is stricter than this type; [`FromStr`] has asked it already.
    pub(super) fn to_lettre(&self) -> Result<lettre::Address, BadAddress> {
        self.0.parse().map_err(|_| BadAddress)
    }
}

impl FromStr for MailAddress {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Self, BadAddress> {
        let (local, domain) = text.split_once('@').ok_or(BadAddress)?;
        let plain = text.len() <= MAX && dot_atom(local) && local.len() <= MAX_LOCAL && domain_name(domain);
        let address = Self(format!("{local}@{}", domain.to_ascii_lowercase()));
        if plain && address.to_lettre().is_ok() {
            Ok(address)
        } else {
            Err(BadAddress)
        }
    }
}

impl TryFrom<String> for MailAddress {
    type Error = BadAddress;

    fn try_from(text: String) -> Result<Self, BadAddress> {
        text.parse()
    }
}

impl From<MailAddress> for String {
    fn from(address: MailAddress) -> Self {
        address.0
    }
}

impl fmt::Debug for MailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MailAddress({})", self.masked())
    }
}

/// RFC 5322 section 3.2.3: runs of atext between single dots.
fn dot_atom(local: &str) -> bool {
    let atext = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b);
    local
        .split('.')
        .all(|atom| !atom.is_empty() && atom.bytes().all(atext))
}

/// At least two labels of letters, digits and inner hyphens; the last is not a number (RFC 1123 section 2.1).
fn domain_name(domain: &str) -> bool {
    let label = |l: &str| {
        (1..=63).contains(&l.len())
            && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !l.starts_with('-')
            && !l.ends_with('-')
    };
    let named = domain
        .rsplit('.')
        .next()
        .is_some_and(|top| top.bytes().any(|b| b.is_ascii_alphabetic()));
    domain.contains('.') && named && domain.split('.').all(label)
}

/// Longest address (RFC 5321 section 4.5.3.1.3, without the brackets).
const MAX: usize = 254;
/// Longest local part (RFC 5321 section 4.5.3.1.1).
const MAX_LOCAL: usize = 64;
/// Characters of the local part that the masked form shows.
const SHOWN: usize = 2;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn code_08_plain_addresses_are_taken_as_they_are() {
        for good in [
            "a@b.jp",
            "taro.yamada+broker@mail.example.jp",
            "o'neil_1@xn--eckwd4c7c.example",
        ] {
            assert_eq!(good.parse::<MailAddress>().unwrap().as_str(), good);
        }
        assert_eq!(
            "Taro@EXAMPLE.jp".parse::<MailAddress>().unwrap().as_str(),
            "Taro@example.jp"
        );
    }

    #[test]
    fn code_08_everything_else_is_refused() {
        let long_local = format!("{}@example.jp", "a".repeat(65));
        let long = format!("a@{}.jp", ["b".repeat(60).as_str(); 5].join("."));
        for bad in [
            "",
            "@",
            "a@",
            "@b.jp",
            "a@b",
            "a b@c.jp",
            "a@b.jp ",
            " a@b.jp",
            "a@b.jp\r\nBcc: x@y.jp",
            "a\r\n@b.jp",
            "a@b.jp\n",
            "a\0@b.jp",
            "a@b.jp\0",
            "\"a b\"@c.jp",
            "a(comment)@b.jp",
            "a@b.jp(c)",
            "a@b.jp,c@d.jp",
            "a@b.jp;c@d.jp",
            "Taro <a@b.jp>",
            "<a@b.jp>",
            "a@[127.0.0.1]",
            "a@127.0.0.1",
            "a@b@c.jp",
            ".a@b.jp",
            "a.@b.jp",
            "a..b@c.jp",
            "a@-b.jp",
            "a@b-.jp",
            "a@b..jp",
            "a@.jp",
            "a@b.jp.",
            "たろう@例え.jp",
            "a@例え.jp",
            "a%0d%0a@b.jp>\r\nRCPT TO:<x@y.jp",
            &long_local,
            &long,
        ] {
            assert_eq!(bad.parse::<MailAddress>(), Err(BadAddress), "{bad:?}");
        }
    }

    #[test]
    fn code_08_pages_and_debug_show_the_masked_form() {
        for (address, masked) in [
            ("taro@example.jp", "ta***@example.jp"),
            ("abc@example.jp", "ab***@example.jp"),
            ("ab@example.jp", "a***@example.jp"),
            ("a@example.jp", "***@example.jp"),
        ] {
            let address: MailAddress = address.parse().unwrap();
            assert_eq!(address.masked(), masked);
            assert_eq!(format!("{address:?}"), format!("MailAddress({masked})"));
        }
    }

    proptest! {
        #[test]
        fn code_08_whatever_is_accepted_is_one_harmless_word(text in "[ -~\\r\\n\\x00\u{80}-\u{ff}]{0,24}@[ -~\\r\\n\\x00]{1,24}") {
            if let Ok(address) = text.parse::<MailAddress>() {
                let harmless = |b: u8| b.is_ascii_graphic() && !b"\"(),:;<>[\\]".contains(&b);
                prop_assert!(address.as_str().bytes().all(harmless));
                prop_assert_eq!(address.as_str().matches('@').count(), 1);
            }
        }

        #[test]
        fn code_08_text_and_address_are_inverse(local in "[a-z0-9]{1,20}(\\.[a-z0-9+_-]{1,20}){0,2}", domain in "[a-z]{1,20}\\.(jp|example)") {
            let text = format!("{local}@{domain}");
            let address: MailAddress = text.parse().unwrap();
            prop_assert_eq!(address.as_str(), &text);
            let json = serde_json::to_string(&address).unwrap();
            prop_assert_eq!(serde_json::from_str::<MailAddress>(&json).unwrap(), address.clone());
            prop_assert!(!address.masked().contains(&text));
        }
    }
}
