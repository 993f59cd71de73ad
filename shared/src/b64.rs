//! Strict unpadded base64url (RFC 4648 section 5), the only binary-to-text form of the protocol (KEY-11).

use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const STRICT: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(false),
);

/// Text that is not strict unpadded base64url, or not of the wanted length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not strict unpadded base64url of the expected length")]
pub struct BadBase64;

/// Writes `bytes` as unpadded base64url.
#[must_use]
pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    STRICT.encode(bytes)
}

/// Reads unpadded base64url. Padding, white space, the `+/` alphabet and loose trailing bits are refused.
///
/// # Errors
/// [`BadBase64`] when `text` is anything else.
pub fn decode(text: &str) -> Result<Vec<u8>, BadBase64> {
    STRICT.decode(text).map_err(|_| BadBase64)
}

/// Reads exactly `N` bytes.
///
/// # Errors
/// [`BadBase64`] when `text` is not base64url or holds another number of bytes.
pub fn decode_array<const N: usize>(text: &str) -> Result<[u8; N], BadBase64> {
    decode(text)?.try_into().map_err(|_| BadBase64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_11_padding_and_loose_bits_are_refused() {
        assert_eq!(decode("AA").as_deref(), Ok(&[0u8][..]));
        for bad in ["AA==", "AB", "A", "A+", "A/", " AA", "AA\n"] {
            assert_eq!(decode(bad), Err(BadBase64), "{bad:?}");
        }
    }
}
