//! The reading half: one signature, exactly the profile's components, the base built from the received text.

use sfv::{BareItem, Dictionary, FieldType, InnerList, ListEntry, Parser};

use super::{ALG, HttpSignatureError, MAX_AGE_SECS, TAG, WITH_BODY, WITHOUT_BODY, digest, signature_base};
use crate::clock::Timestamp;
use crate::keys::{PublicKey, Thumbprint};

/// No honest header of this profile is longer, in bytes.
const MAX_HEADER_LEN: usize = 1024;

/// A request as it came in. Every header is given with all its lines, so that a second one is seen (APPR-09).
#[derive(Debug, Clone, Copy)]
pub struct Received<'a> {
    /// The method.
    pub method: &'a str,
    /// The configured public origin followed by the request's path and query (APPR-08).
    pub target_uri: &'a str,
    /// The lines of `Content-Type`.
    pub content_type: &'a [&'a str],
    /// The lines of `Content-Digest`.
    pub content_digest: &'a [&'a str],
    /// The lines of `Signature-Input`.
    pub signature_input: &'a [&'a str],
    /// The lines of `Signature`.
    pub signature: &'a [&'a str],
    /// The bytes of the body, before anything parsed them (APPR-06).
    pub body: &'a [u8],
}

/// A request of which everything but the signature itself was checked.
#[derive(Debug, Clone)]
pub struct Parsed {
    keyid: Thumbprint,
    nonce: String,
    created: Timestamp,
    base: String,
    signature: [u8; 64],
}

impl Parsed {
    /// The thumbprint of the key that is said to have signed, to look it up in our own table (KEY-09).
    #[must_use]
    pub fn keyid(&self) -> &Thumbprint {
        &self.keyid
    }

    /// The nonce, of at least 128 bits. The caller keeps (keyid, nonce) unique for at least 180 s (APPR-07).
    #[must_use]
    pub fn nonce(&self) -> &str {
        &self.nonce
    }

    /// When the device signed, by its own clock; within [`MAX_AGE_SECS`] of the present.
    #[must_use]
    pub fn created(&self) -> Timestamp {
        self.created
    }

    /// Verifies the signature.
    ///
    /// # Errors
    /// [`HttpSignatureError::Invalid`] when `key` is not the one that `keyid` names, or did not sign this request.
    pub fn verify(&self, key: &PublicKey) -> Result<(), HttpSignatureError> {
        if !key.is(&self.keyid) {
            return Err(HttpSignatureError::Invalid("keyid"));
        }
        key.verify(self.base.as_bytes(), &self.signature)
            .map_err(|_| HttpSignatureError::Invalid("signature"))
    }
}

/// Checks form, components, parameters, times and digest of a request.
///
/// # Errors
/// [`HttpSignatureError::Missing`] without the headers; [`HttpSignatureError::Invalid`] for anything but exactly
/// the profile; [`HttpSignatureError::Expired`]; [`HttpSignatureError::DigestMismatch`].
pub fn parse(received: &Received<'_>, now: Timestamp) -> Result<Parsed, HttpSignatureError> {
    if received.signature_input.is_empty() || received.signature.is_empty() {
        return Err(HttpSignatureError::Missing);
    }
    let (input_line, signature_line) = (
        one_line("signature-input", received.signature_input)?,
        one_line("signature", received.signature)?,
    );
    let (label, list) = only_member("signature-input", input_line)?;
    let ListEntry::InnerList(list) = list else {
        return Err(HttpSignatureError::Invalid("signature-input"));
    };
    let signature = read_signature(signature_line, &label)?;
    let components = covered(received)?;
    check_components(&list, &components)?;
    let params = Params::read(&list)?;
    params.check_times(now.secs())?;
    if let Some((_, digest)) = components.get(3) {
        digest::check(digest, received.body)?;
    }
    // The parameters go into the base as they were received: their order is the signer's (RFC 9421 section 2.5).
    let base = signature_base(&components, &input_line[label.len() + 1..]);
    Ok(Parsed {
        keyid: params.keyid,
        nonce: params.nonce,
        created: Timestamp::from_secs(params.created),
        base,
        signature,
    })
}

/// The components that this request must cover, with their values.
fn covered<'a>(received: &Received<'a>) -> Result<Vec<(&'static str, &'a str)>, HttpSignatureError> {
    let values = [received.method, received.target_uri];
    if values
        .iter()
        .any(|v| v.is_empty() || !v.bytes().all(|b| b.is_ascii_graphic()))
    {
        return Err(HttpSignatureError::Invalid("target"));
    }
    let mut out: Vec<_> = WITHOUT_BODY.iter().copied().zip(values).collect();
    if received.body.is_empty() {
        // Without a body these are not covered, so nobody may act on them.
        if !received.content_type.is_empty() || !received.content_digest.is_empty() {
            return Err(HttpSignatureError::Invalid("content headers without content"));
        }
    } else {
        out.push((WITH_BODY[2], one_line("content-type", received.content_type)?));
        out.push((WITH_BODY[3], one_line("content-digest", received.content_digest)?));
    }
    Ok(out)
}

/// The components must be listed exactly, in order, without parameters of their own.
fn check_components(list: &InnerList, components: &[(&str, &str)]) -> Result<(), HttpSignatureError> {
    let listed = list.items.iter().map(|item| match &item.bare_item {
        BareItem::String(name) if item.params.is_empty() => Some(name.as_str()),
        _ => None,
    });
    if listed.eq(components.iter().map(|(name, _)| Some(*name))) {
        Ok(())
    } else {
        Err(HttpSignatureError::Invalid("components"))
    }
}

/// The signature's parameters, all of them required.
struct Params {
    created: i64,
    expires: i64,
    nonce: String,
    keyid: Thumbprint,
}

impl Params {
    fn read(list: &InnerList) -> Result<Self, HttpSignatureError> {
        // Six are required below, so a seventh is unknown.
        if list.params.len() != 6 {
            return Err(HttpSignatureError::Invalid("parameters"));
        }
        let integer = |name: &'static str| {
            let value = list.params.get(name).and_then(BareItem::as_integer);
            value.map(i64::from).ok_or(HttpSignatureError::Invalid(name))
        };
        let string = |name: &'static str| {
            let value = list.params.get(name).and_then(BareItem::as_string);
            value
                .map(sfv::StringRef::as_str)
                .ok_or(HttpSignatureError::Invalid(name))
        };
        if string("alg")? != ALG {
            return Err(HttpSignatureError::Invalid("alg"));
        }
        if string("tag")? != TAG {
            return Err(HttpSignatureError::Invalid("tag"));
        }
        let nonce = string("nonce")?;
        if !crate::b64::decode(nonce).is_ok_and(|bytes| (16..=48).contains(&bytes.len())) {
            return Err(HttpSignatureError::Invalid("nonce"));
        }
        Ok(Self {
            created: integer("created")?,
            expires: integer("expires")?,
            nonce: nonce.to_owned(),
            keyid: string("keyid")?
                .parse()
                .map_err(|_| HttpSignatureError::Invalid("keyid"))?,
        })
    }

    fn check_times(&self, now: i64) -> Result<(), HttpSignatureError> {
        let life = self.expires.saturating_sub(self.created);
        if !(1..=MAX_AGE_SECS).contains(&life) {
            return Err(HttpSignatureError::Invalid("expires"));
        }
        let recent = now.saturating_sub(self.created).saturating_abs() <= MAX_AGE_SECS;
        if recent && now < self.expires {
            Ok(())
        } else {
            Err(HttpSignatureError::Expired)
        }
    }
}

fn read_signature(line: &str, label: &str) -> Result<[u8; 64], HttpSignatureError> {
    let bad = HttpSignatureError::Invalid("signature");
    let (of, entry) = only_member("signature", line)?;
    let ListEntry::Item(item) = entry else {
        return Err(bad);
    };
    if of != label || !item.params.is_empty() {
        return Err(bad);
    }
    let bytes = item.bare_item.as_byte_sequence().ok_or(bad)?;
    bytes.try_into().map_err(|_| bad)
}

/// Reads a dictionary of one member in its canonical form only. A repeated label or parameter, odd spacing and
/// a second label all make the text differ from what is written again, or the count from one.
fn only_member(header: &'static str, line: &str) -> Result<(String, ListEntry), HttpSignatureError> {
    let bad = HttpSignatureError::Invalid(header);
    let members: Dictionary = Parser::new(line).parse().map_err(|_| bad)?;
    if members.len() != 1 || members.serialize().as_deref() != Some(line) {
        return Err(bad);
    }
    members
        .into_iter()
        .next()
        .map(|(label, entry)| (label.as_str().to_owned(), entry))
        .ok_or(bad)
}

fn one_line<'a>(header: &'static str, lines: &[&'a str]) -> Result<&'a str, HttpSignatureError> {
    let bad = HttpSignatureError::Invalid(header);
    let [line] = lines else { return Err(bad) };
    let plain = line.bytes().all(|b| b.is_ascii_graphic() || b == b' ') && line.trim() == *line;
    if plain && (1..=MAX_HEADER_LEN).contains(&line.len()) {
        Ok(line)
    } else {
        Err(bad)
    }
}
