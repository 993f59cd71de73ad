//! Signed tokens: compact JWS (RFC 7515) with one algorithm, one header form and one type per slot (KEY-07..11).

pub mod approval;
pub mod challenge;
pub mod compact;
pub mod enrolment;
pub(crate) mod json;
pub mod notice;
pub mod recall;
pub mod reset;
mod text;
mod times;
pub mod veto;
pub mod withdrawal;

pub use compact::{Unverified, sign_compact};
pub use text::{can_be_shown, is_hidden};
pub use times::{CLOCK_SKEW_SECS, MAX_LIFETIME_SECS};

/// The longest token that is read or written, in bytes (KEY-11).
pub const MAX_TOKEN_LEN: usize = 8 * 1024;

macro_rules! token_types {
    ($($(#[$doc:meta])* $name:ident = $typ:literal;)*) => {
        /// What a token is for. Its `typ` is checked before any claim is read (KEY-10).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum TokenType {
            $($(#[$doc])* $name,)*
        }

        impl TokenType {
            /// Every type; the confusion matrix of the tests is made from this list.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The `typ` header.
            #[must_use]
            pub const fn typ(self) -> &'static str {
                match self { $(Self::$name => $typ,)* }
            }
        }
    };
}

token_types! {
    /// A device proves possession of its two new keys.
    Enrol = "warifu-enrol+jwt";
    /// The server asks for one decision.
    Challenge = "warifu-challenge+jwt";
    /// A device's decision; a denial is one with `decision=deny`.
    Approval = "warifu-approval+jwt";
    /// A device replaces its keys.
    Rotate = "warifu-rotate+jwt";
    /// A device confirms that it has seen something.
    Ack = "warifu-ack+jwt";
    /// The server tells a device something that needs no decision.
    Notice = "warifu-notice+jwt";
    /// A device takes a withdrawal back.
    Recall = "warifu-recall+jwt";
    /// A device asks for the code that replaces a forgotten password.
    Reset = "warifu-reset+jwt";
    /// A device objects to a new device, or to a removal.
    Veto = "warifu-veto+jwt";
    /// The server announces its next keys.
    KeySet = "warifu-key-set+jwt";
}

/// Why a token was not accepted or could not be written. The text names no value of the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JwsError {
    /// Longer than [`MAX_TOKEN_LEN`].
    #[error("the token is longer than 8 KiB")]
    TooLong,
    /// Not three parts of strict unpadded base64url, or JSON with something behind it.
    #[error("the token is malformed")]
    Malformed,
    /// A protected header that is not exactly `alg`, `typ` and a thumbprint as `kid`
    /// (so `jwk`, `jku`, `x5u`, `x5c` and `crit` are refused, KEY-09).
    #[error("the token's header is not acceptable")]
    Header,
    /// Another `typ` than the slot takes (KEY-10).
    #[error("the token is of another type")]
    WrongType,
    /// Another `alg` than `Ed25519` (KEY-07).
    #[error("the token's algorithm is not accepted")]
    WrongAlgorithm,
    /// A `kid` that is not the expected key's (KEY-09).
    #[error("the token was signed by an unknown key")]
    UnknownKey,
    /// The signature does not verify (KEY-08).
    #[error("the token's signature does not verify")]
    BadSignature,
    /// A member occurs twice in one JSON object (KEY-11).
    #[error("a member occurs twice in the token")]
    DuplicateMember,
    /// A claim is missing, unknown, of the wrong form, or contradicts another; says which where that helps.
    #[error("the token's claims are not acceptable: {0}")]
    BadClaims(&'static str),
    /// Issued by someone else than expected.
    #[error("the token is from another issuer")]
    WrongIssuer,
    /// Meant for someone else.
    #[error("the token is for another audience")]
    WrongAudience,
    /// The right device, but not the key that this decision needs (KEY-03).
    #[error("the token was signed by the wrong key of the device")]
    WrongKey,
    /// `exp` has come.
    #[error("the token has expired")]
    Expired,
    /// `nbf` or `iat` lies in the future by more than [`CLOCK_SKEW_SECS`].
    #[error("the token is not valid yet")]
    NotYetValid,
}
