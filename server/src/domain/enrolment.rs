//! Enrolment codes: a long one for QR and link, a short one that is typed beside the account number (ENROL-01).

use warifu_shared::b64;
use zeroize::Zeroizing;

/// Both codes of an enrolment, shown once on the authenticated page.
pub struct EnrolmentCodes {
    /// 128 random bits, base64url.
    pub long: Zeroizing<String>,
    /// 50 random bits: ten characters of Crockford base32.
    pub short: Zeroizing<String>,
}

impl EnrolmentCodes {
    /// Cuts both codes out of two outputs of a keyed hash (base64url of 32 bytes each): 16 bytes for the long one,
    /// five bits of each of ten bytes for the short one.
    #[must_use]
    pub fn from_seeds(long: &str, short: &str) -> Self {
        let bytes = |text| Zeroizing::new(b64::decode(text).unwrap_or_default());
        let (long, short) = (bytes(long), bytes(short));
        let short = short
            .iter()
            .take(SHORT_LEN)
            .map(|b| char::from(ALPHABET[usize::from(b & 31)]))
            .collect();
        Self {
            long: Zeroizing::new(b64::encode(&long[..16.min(long.len())])),
            short: Zeroizing::new(short),
        }
    }

    /// The short code in two groups, as the page shows it.
    #[must_use]
    pub fn short_grouped(short: &str) -> String {
        let (head, tail) = short.split_at(short.len().min(SHORT_LEN / 2));
        format!("{head}-{tail}")
    }
}

/// Reads a short code as people type it: any case, separators, and the letters that Crockford reads as digits.
#[must_use]
pub fn read_short(text: &str) -> Option<Zeroizing<String>> {
    use unicode_normalization::UnicodeNormalization;
    let code: String = text
        .nfkc()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .take(SHORT_LEN + 1)
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect();
    let good = code.len() == SHORT_LEN && code.bytes().all(|b| ALPHABET.contains(&b));
    good.then(|| Zeroizing::new(code))
}

/// SHA-256 of the code in base64url, as the `code_hash` claim repeats it and the table keeps the long one.
#[must_use]
pub fn code_hash(code: &str) -> String {
    crate::crypto::mac::token_hash(code)
}

/// Wrong short codes until an enrolment is dead: 20 of 2^50.
pub const SHORT_CODE_TRIES: i64 = 20;
const SHORT_LEN: usize = 10;
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enrol_01_codes_have_their_bits_and_are_read_as_typed() {
        let codes = EnrolmentCodes::from_seeds(&b64::encode([0xA7; 32]), &b64::encode([0x4C; 32]));
        assert_eq!(b64::decode(&codes.long).unwrap().len(), 16);
        let grouped = EnrolmentCodes::short_grouped(&codes.short);
        assert_eq!(
            read_short(&grouped.to_lowercase()).as_deref(),
            Some(&*codes.short)
        );
        assert_eq!(
            read_short("oil00-00000").as_deref().map(String::as_str),
            Some("0110000000")
        );
        assert!(read_short("ABCDE-FGHJ").is_none() && read_short("ABCDE-FGHJU").is_none());
    }
}
