//! The inventory of server keys (KEY-12): where each comes from and what it is for. None derives from another.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use warifu_shared::b64;
use warifu_shared::keys::SigningKey;
use zeroize::Zeroizing;

use super::mac::MacKey;
use super::seal::Sealer;

/// All keys of a server, read once at start.
#[derive(Clone)]
pub struct Secrets {
    /// Signs challenges (Ed25519).
    pub challenge_key: std::sync::Arc<SigningKey>,
    /// Signs VAPID tokens (P-256): the raw 32-byte private scalar.
    pub vapid_key: Zeroizing<[u8; 32]>,
    /// Peppers passwords.
    pub password_pepper: MacKey,
    /// Keys the hashes of mailed and short enrolment codes.
    pub code_pepper: MacKey,
    /// Makes CSRF tokens.
    pub csrf_key: MacKey,
    /// Seals columns of the database.
    pub column_sealer: Sealer,
    /// Seals the endpoint tokens of the relay.
    pub relay_sealer: Sealer,
    /// Signs the heads of the audit log (Ed25519).
    pub audit_key: std::sync::Arc<SigningKey>,
}

/// A secret that is missing or unusable (KEY-14).
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The file is not there, and this is not the demo.
    #[error("secret {0} is missing; make it with `warifu-server secrets-init --config FILE`")]
    Missing(PathBuf),
    /// The file does not hold 32 bytes in base64url.
    #[error("secret {0} does not hold 32 bytes in base64url")]
    Malformed(PathBuf),
    /// The bytes are the example of a manual or all alike.
    #[error("secret {0} is a known example value")]
    Example(PathBuf),
    /// The file could not be read or written.
    #[error("secret {0}: {1}")]
    Io(PathBuf, std::io::Error),
}

impl Secrets {
    /// Reads all secrets from `folder`.
    ///
    /// # Errors
    /// When one is missing, malformed or a known example.
    pub fn load(folder: &Path) -> Result<Self, SecretError> {
        let read = |name: &str| read_secret(&folder.join(name));
        Ok(Self {
            challenge_key: std::sync::Arc::new(SigningKey::from_seed(&*read(NAMES[0])?)),
            vapid_key: read(NAMES[1])?,
            password_pepper: MacKey::new(&*read(NAMES[2])?),
            code_pepper: MacKey::new(&*read(NAMES[3])?),
            csrf_key: MacKey::new(&*read(NAMES[4])?),
            column_sealer: Sealer::new(&*read(NAMES[5])?),
            relay_sealer: Sealer::new(&*read(NAMES[6])?),
            audit_key: std::sync::Arc::new(SigningKey::from_seed(&*read(NAMES[7])?)),
        })
    }

    /// Draws every secret that `folder` does not hold yet; existing ones are kept.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn init(folder: &Path) -> Result<(), SecretError> {
        fs::create_dir_all(folder).map_err(|e| SecretError::Io(folder.to_owned(), e))?;
        for name in NAMES {
            let path = folder.join(name);
            if !path.exists() {
                write_private(&path).map_err(|e| SecretError::Io(path.clone(), e))?;
            }
        }
        Ok(())
    }
}

fn read_secret(path: &Path) -> Result<Zeroizing<[u8; 32]>, SecretError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => Zeroizing::new(text),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            return Err(SecretError::Missing(path.to_owned()));
        }
        Err(e) => return Err(SecretError::Io(path.to_owned(), e)),
    };
    let bytes = b64::decode_array::<32>(text.trim()).map_err(|_| SecretError::Malformed(path.to_owned()))?;
    let alike = bytes.iter().all(|b| *b == bytes[0]);
    let counting = bytes.iter().enumerate().all(|(i, b)| usize::from(*b) == i);
    if alike || counting {
        return Err(SecretError::Example(path.to_owned()));
    }
    Ok(Zeroizing::new(bytes))
}

fn write_private(path: &Path) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    let text = Zeroizing::new(b64::encode(warifu_shared::random::bytes::<32>()));
    file.write_all(text.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()
}

const NAMES: [&str; 8] = [
    "challenge.key",
    "vapid.key",
    "password.pepper",
    "code.pepper",
    "csrf.key",
    "column.key",
    "relay.key",
    "audit.key",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_14_missing_malformed_and_example_secrets_stop_the_start() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(
            Secrets::load(folder.path()),
            Err(SecretError::Missing(_))
        ));
        Secrets::init(folder.path()).unwrap();
        let first = Secrets::load(folder.path()).unwrap();
        Secrets::init(folder.path()).unwrap();
        let second = Secrets::load(folder.path()).unwrap();
        assert_eq!(
            first.challenge_key.public(),
            second.challenge_key.public(),
            "existing secrets are kept"
        );
        let path = folder.path().join("csrf.key");
        fs::write(&path, b64::encode([7u8; 32])).unwrap();
        assert!(matches!(
            Secrets::load(folder.path()),
            Err(SecretError::Example(_))
        ));
        fs::write(&path, "short").unwrap();
        assert!(matches!(
            Secrets::load(folder.path()),
            Err(SecretError::Malformed(_))
        ));
    }
}
