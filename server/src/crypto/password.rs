//! Passwords: Argon2id over a peppered password, behind a limit of how many are hashed at once (PASS-04).

use std::sync::Arc;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization;

use super::mac::MacKey;

/// Hashes and verifies passwords.
#[derive(Clone)]
pub struct Passwords {
    argon2: Argon2<'static>,
    pepper: MacKey,
    lanes: Arc<Semaphore>,
    /// Verified when the account is unknown, so that the answer takes as long (CHAL-11).
    dummy: Arc<str>,
}

/// The outcome of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// The password is right.
    Right,
    /// Right, and stored with parameters that are no longer the configured ones: store a new hash.
    RightButStale,
    /// Wrong.
    Wrong,
}

/// Hashing failed: memory or parameters.
#[derive(Debug, thiserror::Error)]
#[error("password hashing: {0}")]
pub struct HashError(String);

impl Passwords {
    /// `memory_kib` and `passes` are Argon2id's m and t; `at_once` limits parallel hashes (each takes `memory_kib`).
    ///
    /// # Errors
    /// When the parameters are out of Argon2's range.
    pub fn new(pepper: MacKey, memory_kib: u32, passes: u32, at_once: usize) -> Result<Self, HashError> {
        let params = Params::new(memory_kib, passes, 1, None).map_err(|e| HashError(e.to_string()))?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let lanes = Arc::new(Semaphore::new(at_once.max(1)));
        let dummy = of_nobody(argon2.params())
            .map_err(|e| HashError(e.to_string()))?
            .into();
        Ok(Self {
            argon2,
            pepper,
            lanes,
            dummy,
        })
    }

    /// The same with places of its own for hashing: who waits for others does not hold these up.
    #[must_use]
    pub fn with_places(&self, at_once: usize) -> Self {
        Self {
            lanes: Arc::new(Semaphore::new(at_once.max(1))),
            ..self.clone()
        }
    }

    /// Hashes a password for storage (PHC string with its parameters and a 16-byte salt).
    ///
    /// # Errors
    /// When hashing fails.
    pub async fn hash(&self, password: &str) -> Result<String, HashError> {
        let (argon2, pepper, password) = (self.argon2.clone(), self.pepper.clone(), password.to_owned());
        self.in_lane(move || hash_now(&argon2, &pepper, &password)).await
    }

    /// Verifies `password` against the stored hash, or against a dummy of the same cost when there is none (CHAL-11).
    ///
    /// # Errors
    /// When a stored hash cannot be read.
    pub async fn check(&self, password: &str, stored: Option<&str>) -> Result<Check, HashError> {
        let known = stored.is_some();
        let stored = stored.unwrap_or(&self.dummy).to_owned();
        let (argon2, pepper, password) = (self.argon2.clone(), self.pepper.clone(), password.to_owned());
        self.in_lane(move || {
            let parsed = PasswordHash::new(&stored).map_err(|e| HashError(e.to_string()))?;
            let right = argon2
                .verify_password(peppered(&pepper, &password).as_bytes(), &parsed)
                .is_ok();
            let current = Params::try_from(&parsed).is_ok_and(|p| same_cost(&p, argon2.params()));
            Ok(match (right && known, current) {
                (true, true) => Check::Right,
                (true, false) => Check::RightButStale,
                (false, _) => Check::Wrong,
            })
        })
        .await
    }

    async fn in_lane<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, HashError> + Send + 'static,
    ) -> Result<T, HashError> {
        let _permit = self.lanes.acquire().await.map_err(|e| HashError(e.to_string()))?;
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|e| HashError(e.to_string()))?
    }
}

fn same_cost(a: &Params, b: &Params) -> bool {
    (a.m_cost(), a.t_cost(), a.p_cost()) == (b.m_cost(), b.t_cost(), b.p_cost())
}

/// A hash that no password has, and that costs as much to check as any other. It is drawn and not computed: a server that
/// hashes at its start holds that memory for as long as nothing else needs it.
fn of_nobody(params: &Params) -> Result<String, argon2::password_hash::Error> {
    let drawn = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(params)?,
        salt: Some(Salt::new(&warifu_shared::random::bytes::<16>())?),
        hash: Some(Output::new(&warifu_shared::random::bytes::<32>())?),
    };
    Ok(drawn.to_string())
}

fn hash_now(argon2: &Argon2<'_>, pepper: &MacKey, password: &str) -> Result<String, HashError> {
    let salt = warifu_shared::random::bytes::<16>();
    let hash = argon2.hash_password_with_salt(peppered(pepper, password).as_bytes(), &salt);
    hash.map(|hash| hash.to_string())
        .map_err(|e| HashError(e.to_string()))
}

/// NFC first, so that the same characters typed on another system give the same password (PASS-02).
fn peppered(pepper: &MacKey, password: &str) -> String {
    let normal: String = password.nfc().collect();
    pepper.mac("password", &[normal.as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passwords(memory: u32, pepper: u8) -> Passwords {
        Passwords::new(MacKey::new(&[pepper; 32]), memory, 1, 2).unwrap()
    }

    #[tokio::test]
    async fn pass_02_pass_04_right_wrong_stale_and_unknown() {
        let now = passwords(64, 1);
        let stored = now.hash("合言葉 が").await.unwrap();
        assert_eq!(
            now.check("合言葉 か\u{3099}", Some(&stored)).await.unwrap(),
            Check::Right,
            "NFC"
        );
        assert_eq!(now.check("合言葉 か", Some(&stored)).await.unwrap(), Check::Wrong);
        assert_eq!(
            passwords(64, 2).check("合言葉 が", Some(&stored)).await.unwrap(),
            Check::Wrong,
            "pepper"
        );
        assert_eq!(
            passwords(128, 1).check("合言葉 が", Some(&stored)).await.unwrap(),
            Check::RightButStale
        );
        assert_eq!(now.check("合言葉 が", None).await.unwrap(), Check::Wrong);
    }

    #[test]
    fn chal_11_the_hash_of_nobody_has_the_form_and_cost_of_a_real_one() {
        let now = passwords(128, 1);
        let real = hash_now(&now.argon2, &now.pepper, "合言葉").unwrap();
        let (real, nobodys) = (
            PasswordHash::new(&real).unwrap(),
            PasswordHash::new(&now.dummy).unwrap(),
        );
        assert_eq!(
            (real.algorithm, real.version),
            (nobodys.algorithm, nobodys.version)
        );
        assert_eq!(real.params, nobodys.params);
        let sizes = |hash: &PasswordHash| (hash.salt.map(|it| it.len()), hash.hash.map(|it| it.len()));
        assert_eq!(sizes(&real), sizes(&nobodys));
    }
}
