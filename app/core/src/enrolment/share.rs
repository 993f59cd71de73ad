//! What the device brings to an enrolment: drawn before it hears the server's nonce, revealed after (ENROL-06).

use std::sync::Arc;

use warifu_shared::api::BeginEnrolment;
use warifu_shared::fingerprint::commitment;
use warifu_shared::keys::SigningKey;
use warifu_shared::{b64, random};
use zeroize::Zeroizing;

use crate::vault::{NewKeys, PushSecret};

/// Both keys and the opening, in memory only and wiped when the last holder lets go.
pub(crate) struct Share {
    request: SigningKey,
    approval: SigningKey,
    opening: Zeroizing<String>,
}

impl Share {
    fn draw() -> Self {
        Self {
            request: SigningKey::generate(),
            approval: SigningKey::generate(),
            opening: Zeroizing::new(b64::encode(random::bytes::<16>())),
        }
    }

    pub(super) fn opening(&self) -> &str {
        &self.opening
    }

    pub(super) fn commitment(&self) -> String {
        commitment(self.request.public(), self.approval.public(), &self.opening)
    }

    /// The keys as the vault takes them, each time the same ones.
    pub(super) fn keys(&self) -> NewKeys {
        let copy = |key: &SigningKey| SigningKey::from_seed(&key.seed());
        NewKeys {
            request: copy(&self.request),
            approval: copy(&self.approval),
            push: PushSecret::generate(),
        }
    }
}

/// A share that was promised to a server and not revealed: a code that is shown again, after a lost answer or because a link
/// came twice, goes with the same promise. Once revealed it is never promised again, for then a nonce could be chosen to it.
pub(crate) struct Draft {
    origin: String,
    code: Zeroizing<String>,
    pub(super) share: Arc<Share>,
}

impl Draft {
    /// The draft for this code, the earlier one when it is for the same.
    pub(super) fn for_code(earlier: Option<Self>, origin: &str, code: &Code) -> Self {
        let code = code.text();
        match earlier {
            Some(draft) if draft.origin == origin && draft.code == code => draft,
            _ => Self {
                origin: origin.to_owned(),
                code,
                share: Arc::new(Share::draw()),
            },
        }
    }
}

/// An enrolment code as it came (ENROL-01).
pub(super) enum Code {
    Link { code: String },
    Typed { account_number: String, code: String },
}

impl Code {
    fn text(&self) -> Zeroizing<String> {
        Zeroizing::new(match self {
            Self::Link { code } => format!("link\0{code}"),
            Self::Typed { account_number, code } => format!("typed\0{account_number}\0{code}"),
        })
    }

    pub(super) fn begin(self, commitment: String) -> BeginEnrolment {
        match self {
            Self::Link { code } => BeginEnrolment::Link { code, commitment },
            Self::Typed { account_number, code } => BeginEnrolment::Typed {
                account_number,
                code,
                commitment,
            },
        }
    }
}
