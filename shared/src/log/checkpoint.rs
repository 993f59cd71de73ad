//! Signed checkpoints in the formats *signed note* and *tlog-checkpoint* of C2SP (AUDIT-05; requirements, appendix D).

use std::fmt::Write as _;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::tree::Hash;
use crate::keys::{PublicKey, SigningKey};

/// The longest note that is read, in bytes: sixteen cosignatures of any kind fit.
pub const MAX_NOTE_LEN: usize = 64 * 1024;
/// The most signatures that are read.
const MAX_SIGNATURES: usize = 100;
/// What begins a signature line: an em dash and a space.
const DASH: &str = "\u{2014} ";
/// The type of an Ed25519 key in a note.
const ED25519: u8 = 1;

/// Why a note was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoteError {
    /// Longer than [`MAX_NOTE_LEN`], or more signatures than are read.
    #[error("the checkpoint is too long")]
    TooLong,
    /// Not text, empty line and signature lines.
    #[error("the checkpoint is malformed")]
    Malformed,
    /// The text is not origin, size and root.
    #[error("the checkpoint's text is not origin, size and root")]
    Text,
    /// None of the signatures is from a known key.
    #[error("the checkpoint is not signed by a known key")]
    UnknownKey,
    /// A signature of a known key does not verify.
    #[error("the checkpoint's signature does not verify")]
    BadSignature,
    /// Signed, but of another log.
    #[error("the checkpoint is of another log")]
    WrongOrigin,
    /// Not a key of a log as `NAME+KEYID+BASE64`.
    #[error("not a key of a log")]
    Key,
}

/// The head of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The name of the log.
    pub origin: String,
    /// How many entries it has.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
}

/// The public key of a log, with the name that stands in its signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogKey {
    name: String,
    key: PublicKey,
}

/// A note of which nothing was verified yet.
#[derive(Debug)]
pub struct SignedNote<'a> {
    text: &'a str,
    signatures: Vec<OneSignature<'a>>,
}

#[derive(Debug)]
struct OneSignature<'a> {
    name: &'a str,
    key_id: [u8; 4],
    bytes: Vec<u8>,
}

impl Checkpoint {
    /// The text that is signed: three lines.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root))
    }

    /// Signs the checkpoint as the log of its origin.
    ///
    /// # Errors
    /// [`NoteError::Key`] for an origin that cannot be the name of a key.
    pub fn sign(&self, key: &SigningKey) -> Result<String, NoteError> {
        let signer = LogKey::new(&self.origin, key.public())?;
        let text = self.text();
        let mut signature = signer.key_id().to_vec();
        signature.extend(key.sign(text.as_bytes()));
        Ok(format!(
            "{text}\n{DASH}{} {}\n",
            signer.name,
            STANDARD.encode(signature)
        ))
    }

    /// Reads a note and verifies it with the key of its log, whose name must be its origin. Signatures of other keys are not
    /// looked at.
    ///
    /// # Errors
    /// [`NoteError`].
    pub fn verify(note: &str, key: &LogKey) -> Result<Self, NoteError> {
        let note = SignedNote::parse(note)?;
        note.verify(key)?;
        let checkpoint = Self::read(note.text)?;
        if checkpoint.origin == key.name {
            Ok(checkpoint)
        } else {
            Err(NoteError::WrongOrigin)
        }
    }

    /// Reads the three lines.
    fn read(text: &str) -> Result<Self, NoteError> {
        let mut lines = text.split('\n');
        let mut line = || lines.next().ok_or(NoteError::Text);
        let (origin, size, root) = (line()?, line()?, line()?);
        if !line()?.is_empty() || lines.next().is_some() || !is_name(origin) {
            return Err(NoteError::Text);
        }
        let plain = size.bytes().all(|b| b.is_ascii_digit()) && (size == "0" || !size.starts_with('0'));
        let size: u64 = size.parse().map_err(|_| NoteError::Text)?;
        let root = STANDARD.decode(root).map_err(|_| NoteError::Text)?;
        match root.try_into() {
            // Positions are signed numbers in databases, and no log gets there.
            Ok(root) if plain && i64::try_from(size).is_ok() => Ok(Self {
                origin: origin.to_owned(),
                size,
                root,
            }),
            _ => Err(NoteError::Text),
        }
    }
}

impl<'a> SignedNote<'a> {
    /// Takes a note apart.
    ///
    /// # Errors
    /// [`NoteError::TooLong`], [`NoteError::Malformed`].
    pub fn parse(note: &'a str) -> Result<Self, NoteError> {
        if note.len() > MAX_NOTE_LEN {
            return Err(NoteError::TooLong);
        }
        if note.bytes().any(|b| b < 0x20 && b != b'\n') {
            return Err(NoteError::Malformed);
        }
        // The last empty line divides: the text may have others.
        let at = note.rfind("\n\n").ok_or(NoteError::Malformed)?;
        let (text, rest) = (&note[..=at], &note[at + 2..]);
        let lines = rest.strip_suffix('\n').ok_or(NoteError::Malformed)?;
        let signatures = lines.split('\n').map(OneSignature::read);
        let signatures = signatures
            .take(MAX_SIGNATURES + 1)
            .collect::<Result<Vec<_>, _>>()?;
        if signatures.len() > MAX_SIGNATURES {
            return Err(NoteError::TooLong);
        }
        Ok(Self { text, signatures })
    }

    /// Verifies every signature that says it is of `key`; there must be one.
    ///
    /// # Errors
    /// [`NoteError::UnknownKey`], [`NoteError::BadSignature`].
    pub fn verify(&self, key: &LogKey) -> Result<(), NoteError> {
        let id = key.key_id();
        let mut ours = self
            .signatures
            .iter()
            .filter(|it| it.name == key.name && it.key_id == id)
            .peekable();
        if ours.peek().is_none() {
            return Err(NoteError::UnknownKey);
        }
        for signature in ours {
            let bytes = signature.bytes.as_slice();
            let bytes: &[u8; 64] = bytes.try_into().map_err(|_| NoteError::BadSignature)?;
            key.key
                .verify(self.text.as_bytes(), bytes)
                .map_err(|_| NoteError::BadSignature)?;
        }
        Ok(())
    }
}

impl<'a> OneSignature<'a> {
    fn read(line: &'a str) -> Result<Self, NoteError> {
        let line = line.strip_prefix(DASH).ok_or(NoteError::Malformed)?;
        let (name, encoded) = line.split_once(' ').ok_or(NoteError::Malformed)?;
        let bytes = STANDARD.decode(encoded).map_err(|_| NoteError::Malformed)?;
        match bytes.split_first_chunk::<4>() {
            Some((key_id, rest)) if is_name(name) && !rest.is_empty() => Ok(Self {
                name,
                key_id: *key_id,
                bytes: rest.to_vec(),
            }),
            _ => Err(NoteError::Malformed),
        }
    }
}

impl LogKey {
    /// The key of a log of this name.
    ///
    /// # Errors
    /// [`NoteError::Key`] for an empty name, or one with a space, a plus or a control character.
    pub fn new(name: &str, key: &PublicKey) -> Result<Self, NoteError> {
        if is_name(name) {
            Ok(Self {
                name: name.to_owned(),
                key: key.clone(),
            })
        } else {
            Err(NoteError::Key)
        }
    }

    /// The name, which is also the origin of its checkpoints.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// SHA-256 over name, line feed, type and key: the first four bytes.
    #[must_use]
    pub fn key_id(&self) -> [u8; 4] {
        let hash = Sha256::new()
            .chain_update(self.name.as_bytes())
            .chain_update([b'\n', ED25519])
            .chain_update(self.key.as_bytes())
            .finalize();
        [hash[0], hash[1], hash[2], hash[3]]
    }
}

impl std::fmt::Display for LogKey {
    /// `NAME+KEYID+BASE64`, as signed notes publish keys.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let id = self.key_id().iter().fold(String::new(), |mut hex, byte| {
            let _never_fails = write!(hex, "{byte:02x}");
            hex
        });
        let key = [&[ED25519][..], self.key.as_bytes()].concat();
        write!(f, "{}+{id}+{}", self.name, STANDARD.encode(key))
    }
}

impl FromStr for LogKey {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        let mut parts = text.splitn(3, '+');
        let mut part = || parts.next().ok_or(NoteError::Key);
        let (name, _, key) = (part()?, part()?, part()?);
        let key = STANDARD.decode(key).map_err(|_| NoteError::Key)?;
        let Some((&[ED25519], key)) = key.split_first_chunk::<1>() else {
            return Err(NoteError::Key);
        };
        let key: &[u8; 32] = key.try_into().map_err(|_| NoteError::Key)?;
        let read = Self::new(name, &PublicKey::from_bytes(key).map_err(|_| NoteError::Key)?)?;
        // One way to write it, with the right id.
        if read.to_string() == text {
            Ok(read)
        } else {
            Err(NoteError::Key)
        }
    }
}

/// What can be the name of a key: not empty, no plus, nothing unseen.
fn is_name(name: &str) -> bool {
    let odd = |c: char| c == '+' || c.is_whitespace() || c.is_control();
    (1..=256).contains(&name.len()) && !name.chars().any(odd)
}
