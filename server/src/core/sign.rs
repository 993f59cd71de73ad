//! Standard Webhooks signatures of requests to the core system: HMAC-SHA-256 of id, time and body under shared secrets.

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use warifu_shared::clock::Timestamp;
use zeroize::Zeroizing;

/// A secret file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadSecret {
    /// The file could not be read.
    #[error("core.secret_files: {0}: {1}")]
    Io(PathBuf, std::io::Error),
    /// The file holds something else.
    #[error("core.secret_files: {0} does not hold whsec_ and base64 of 24 to 64 bytes")]
    Malformed(PathBuf),
    /// The bytes are all alike or count upwards.
    #[error("core.secret_files: {0} holds a known example value")]
    Example(PathBuf),
    /// Two files hold the same secret, so the core system would still take the old one.
    #[error("core.secret_files: {0} holds the same secret as another file")]
    Twice(PathBuf),
}

/// The secrets that requests are signed with. They never appear in `Debug` or in the log.
pub(super) struct Signer(Vec<hmac::Key>);

impl Signer {
    /// Reads a secret from each file.
    pub(super) fn load(files: &[PathBuf]) -> Result<Self, BadSecret> {
        let mut secrets: Vec<Zeroizing<Vec<u8>>> = Vec::new();
        for file in files {
            let secret = read(file)?;
            if secrets.contains(&secret) {
                return Err(BadSecret::Twice(file.clone()));
            }
            secrets.push(secret);
        }
        let keys = secrets
            .iter()
            .map(|secret| hmac::Key::new(hmac::HMAC_SHA256, secret));
        Ok(Self(keys.collect()))
    }

    /// The value of `webhook-signature`: one signature for each secret, separated by spaces.
    pub(super) fn sign(&self, id: &str, at: Timestamp, body: &[u8]) -> String {
        let signatures = self.0.iter().map(|key| {
            let mut context = hmac::Context::with_key(key);
            context.update(format!("{id}.{}.", at.secs()).as_bytes());
            context.update(body);
            format!("v1,{}", STANDARD.encode(context.sign()))
        });
        signatures.collect::<Vec<_>>().join(" ")
    }
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signer({} secrets)", self.0.len())
    }
}

fn read(file: &Path) -> Result<Zeroizing<Vec<u8>>, BadSecret> {
    let text = std::fs::read_to_string(file).map_err(|e| BadSecret::Io(file.to_owned(), e))?;
    let text = Zeroizing::new(text);
    let malformed = || BadSecret::Malformed(file.to_owned());
    let coded = text.trim().strip_prefix("whsec_").ok_or_else(malformed)?;
    let secret = Zeroizing::new(STANDARD.decode(coded).map_err(|_| malformed())?);
    if !(24..=64).contains(&secret.len()) {
        return Err(malformed());
    }
    let alike = secret.iter().all(|b| *b == secret[0]);
    let counting = secret.windows(2).all(|pair| pair[1] == pair[0].wrapping_add(1));
    if alike || counting {
        return Err(BadSecret::Example(file.to_owned()));
    }
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    #[test]
    fn txn_03_a_signature_is_that_of_the_specification() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("core.secret");
        std::fs::write(&file, format!("{SECRET}\n")).unwrap();
        let signer = Signer::load(&[file]).unwrap();
        // The example of the Standard Webhooks libraries.
        let signature = signer.sign(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            Timestamp::from_secs(1_614_265_330),
            br#"{"test": 2432232314}"#,
        );
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert_eq!(format!("{signer:?}"), "Signer(1 secrets)");
    }

    #[test]
    fn key_14_unusable_secrets_stop_the_start() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str| {
            let file = folder.path().join(name);
            std::fs::write(&file, text).unwrap();
            file
        };
        let good = put("good", SECRET);
        assert!(matches!(
            Signer::load(&[folder.path().join("none")]),
            Err(BadSecret::Io(..))
        ));
        let alike = format!("whsec_{}", STANDARD.encode([7; 32]));
        let counting: Vec<u8> = (0..32).collect();
        for text in [alike, format!("whsec_{}", STANDARD.encode(counting))] {
            assert!(matches!(
                Signer::load(&[put("example", &text)]),
                Err(BadSecret::Example(_))
            ));
        }
        for text in [
            "",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "whsec_AAAA",
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS",
            "whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        ] {
            let error = Signer::load(&[put("bad", text)]).unwrap_err();
            assert!(matches!(error, BadSecret::Malformed(_)), "{text}");
            assert!(!error.to_string().contains("MfKQ"), "the secret is not repeated");
        }
        let again = put("again", SECRET);
        assert!(matches!(Signer::load(&[good, again]), Err(BadSecret::Twice(_))));
    }
}
