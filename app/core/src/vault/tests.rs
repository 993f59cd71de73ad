//! The vault under attack: copied, rolled back, changed, guessed at, killed in the middle.

use std::future::poll_fn;
use std::task::Poll;

use warifu_shared::api::DeviceState;
use warifu_shared::keys::SigningKey;

use super::*;
use crate::options::{KdfProfile, KeystoreChoice};

const PIN: &str = "804926";

struct Bench {
    dir: tempfile::TempDir,
    vault: Vault,
    id: String,
    approval: String,
}

async fn vault_in(dir: &Path, keystore: &str) -> Vault {
    let choice = if keystore.is_empty() {
        KeystoreChoice::None
    } else {
        KeystoreChoice::File(dir.join(keystore))
    };
    Vault::open(dir, Keystore::open(choice).await).await.unwrap()
}

async fn bench(protection: Protection) -> Bench {
    let dir = tempfile::tempdir().unwrap();
    let vault = vault_in(
        dir.path(),
        if protection == Protection::Keystore {
            "keys.json"
        } else {
            ""
        },
    )
    .await;
    let keys = NewKeys {
        request: SigningKey::generate(),
        approval: SigningKey::generate(),
        push: PushSecret::generate(),
    };
    let bilingual = |text: &str| Bilingual {
        ja: text.into(),
        en: text.into(),
    };
    let record = Record {
        id: "sv_test".into(),
        created_at: Timestamp(1),
        origin: "https://auth.example".into(),
        name: bilingual("Hinode"),
        server_key: SigningKey::generate().public().to_b64(),
        relay_url: "wss://push.example/".into(),
        vapid_key: "k".into(),
        typed: false,
        fingerprint: "493817".into(),
        device: None,
        customer: "Yamada Taro".into(),
        account_hint: "***123".into(),
        device_name: "test".into(),
        state: DeviceState::Pending,
        protection,
        request_public: keys.request.public().to_b64(),
        approval_public: keys.approval.public().to_b64(),
        kdf: Kdf::fresh(KdfProfile::Floor),
        approval: None,
        unlock: None,
        push: None,
        channel: "c".into(),
        uploaded_for: None,
        notices: Vec::new(),
        answers: Vec::new(),
    };
    let approval = keys.approval.public().to_b64();
    let opened = vault.create(record, keys, Pin::read(PIN).unwrap()).await.unwrap();
    Bench {
        dir,
        vault,
        id: opened.record.id,
        approval,
    }
}

impl Bench {
    async fn check(&self, pin: &str) -> Result<String, CoreError> {
        let unsealed = self.vault.check_pin(&self.id, &Pin::read(pin).unwrap()).await?;
        Ok(unsealed.approval.public().to_b64())
    }

    fn file(&self) -> PathBuf {
        self.vault.path(&self.id)
    }

    fn failed_pins(&self) -> u32 {
        read_file(&self.file()).unwrap().unwrap().failed_pins
    }
}

fn code(result: Result<String, CoreError>) -> u16 {
    result.unwrap_err().code
}

#[tokio::test]
async fn key_02_the_right_pin_opens_the_approval_key_with_and_without_a_keystore() {
    for protection in [Protection::Keystore, Protection::PinOnly] {
        let bench = bench(protection).await;
        assert_eq!(bench.check(PIN).await.unwrap(), bench.approval);
        let stored = bench.vault.load().await.unwrap().remove(0).opened.unwrap();
        assert_eq!(
            stored.live.is_some(),
            protection == Protection::Keystore,
            "the request key needs no PIN"
        );
        let unlock = bench
            .vault
            .check_pin(&bench.id, &Pin::read(PIN).unwrap())
            .await
            .unwrap()
            .unlock;
        assert_eq!(unlock.is_some(), protection == Protection::PinOnly);
        let live = stored.live.or(unlock.and_then(|unlock| unlock.live())).unwrap();
        assert_eq!(live.request.public().to_b64(), stored.record.request_public);
    }
}

#[tokio::test]
async fn key_04_five_wrong_pins_destroy_the_key_for_good() {
    for protection in [Protection::Keystore, Protection::PinOnly] {
        let bench = bench(protection).await;
        let copy = std::fs::read(bench.file()).unwrap();
        for left in (1..5).rev() {
            let error = bench.check("111222").await.unwrap_err();
            assert_eq!(
                (error.code, error.tries_left),
                (LocalCode::PinWrong.number(), Some(left))
            );
        }
        assert_eq!(
            code(bench.check("111222").await),
            LocalCode::VaultDestroyed.number()
        );
        assert_eq!(code(bench.check(PIN).await), LocalCode::VaultDestroyed.number());
        let opened = bench.vault.reload(&bench.id).await.unwrap().opened.unwrap();
        assert!(opened.record.approval.is_none() && opened.record.unlock.is_none());
        if protection == Protection::Keystore {
            assert!(opened.live.is_some(), "it can still refuse");
            std::fs::write(bench.file(), copy).unwrap();
            assert!(
                bench.check(PIN).await.is_err(),
                "a copy of the old file is noise without the keystore's half"
            );
        }
    }
}

#[tokio::test]
async fn key_04_a_right_pin_starts_the_count_again() {
    let bench = bench(Protection::Keystore).await;
    for _ in 0..3 {
        for _ in 0..4 {
            assert_eq!(code(bench.check("111222").await), LocalCode::PinWrong.number());
        }
        bench.check(PIN).await.unwrap();
        assert_eq!(bench.failed_pins(), 0);
    }
}

#[tokio::test]
async fn key_04_a_check_that_is_killed_has_used_up_its_try() {
    let bench = bench(Protection::Keystore).await;
    for killed in 1..=4 {
        let pin = Pin::read(PIN).unwrap();
        let mut check = Box::pin(bench.vault.check_pin(&bench.id, &pin));
        // Dropped as soon as the count is on the disk: even the right PIN was not looked at yet.
        poll_fn(|cx| {
            assert!(check.as_mut().poll(cx).is_pending());
            if bench.failed_pins() == killed {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
        drop(check);
    }
    let again = vault_in(bench.dir.path(), "keys.json").await;
    assert_eq!(
        again.reload(&bench.id).await.unwrap().opened.unwrap().failed_pins,
        4
    );
    assert_eq!(
        code(bench.check("111222").await),
        LocalCode::VaultDestroyed.number()
    );
}

#[tokio::test]
async fn key_04_a_rolled_back_file_does_not_reset_the_count() {
    let bench = bench(Protection::Keystore).await;
    let fresh = std::fs::read(bench.file()).unwrap();
    for _ in 0..4 {
        std::fs::write(bench.file(), &fresh).unwrap();
        assert_eq!(code(bench.check("111222").await), LocalCode::PinWrong.number());
    }
    std::fs::write(bench.file(), &fresh).unwrap();
    assert_eq!(
        code(bench.check("111222").await),
        LocalCode::VaultDestroyed.number()
    );
}

#[tokio::test]
async fn key_04_two_processes_share_one_count() {
    let bench = bench(Protection::Keystore).await;
    let other = vault_in(bench.dir.path(), "keys.json").await;
    let pin = Pin::read("111222").unwrap();
    let checks = (0..8).map(|n| {
        let (vault, pin, id) = (if n % 2 == 0 { &bench.vault } else { &other }, &pin, &bench.id);
        async move { vault.check_pin(id, pin).await.err().map(|error| error.code) }
    });
    let codes = futures_util::future::join_all(checks).await;
    let wrong = codes
        .iter()
        .filter(|code| **code == Some(LocalCode::PinWrong.number()))
        .count();
    assert_eq!(wrong, 4, "{codes:?}");
    assert_eq!(code(bench.check(PIN).await), LocalCode::VaultDestroyed.number());
}

#[tokio::test]
async fn key_02_a_copied_file_is_useless_without_the_keystore() {
    let bench = bench(Protection::Keystore).await;
    let text = std::fs::read_to_string(bench.file()).unwrap();
    for secret in ["Yamada", "***123", "approval", "493817", PIN] {
        assert!(!text.contains(secret), "{secret}");
    }
    let thief = vault_in(bench.dir.path(), "other-keys.json").await;
    let stored = thief.load().await.unwrap().remove(0);
    assert!(
        stored
            .opened
            .is_err_and(|error| error.is_local(LocalCode::KeyLost))
    );
    assert_eq!(
        thief
            .check_pin(&bench.id, &Pin::read(PIN).unwrap())
            .await
            .err()
            .unwrap()
            .code,
        LocalCode::KeyLost.number()
    );
    assert!(
        bench.file().exists(),
        "a missing keystore entry never costs the file"
    );
    assert_eq!(bench.check(PIN).await.unwrap(), bench.approval);
}

#[tokio::test]
async fn key_02_with_another_keystore_half_the_right_pin_is_wrong() {
    let bench = bench(Protection::Keystore).await;
    bench
        .vault
        .keystore
        .set(&bench.id, SECRET, Zeroizing::new(vec![7; 32]))
        .await
        .unwrap();
    assert_eq!(code(bench.check(PIN).await), LocalCode::PinWrong.number());
}

#[tokio::test]
async fn app_06_a_locked_keystore_costs_no_try_and_no_key() {
    let bench = bench(Protection::Keystore).await;
    let keys = bench.dir.path().join("keys.json");
    let good = std::fs::read(&keys).unwrap();
    std::fs::write(&keys, "locked").unwrap();
    for _ in 0..6 {
        assert_eq!(code(bench.check(PIN).await), LocalCode::KeystoreLocked.number());
    }
    std::fs::write(&keys, good).unwrap();
    bench.vault.keystore.probe().await;
    assert_eq!(bench.check(PIN).await.unwrap(), bench.approval);
}

#[tokio::test]
async fn key_02_changed_files_are_refused() {
    let sealed = bench(Protection::Keystore).await;
    let text = std::fs::read_to_string(sealed.file()).unwrap();
    let at = text.find("\"data\":\"").unwrap() + 40;
    let flip = if &text[at..=at] == "A" { "B" } else { "A" };
    for changed in [
        format!("{}{flip}{}", &text[..at], &text[at + 1..]),
        text.replace("https://auth.example", "https://evil.example"),
        text.replace("\"keystore\"", "\"pin_only\""),
        text.replace("\"version\":1", "\"version\":2"),
        text[..text.len() / 2].to_owned(),
    ] {
        std::fs::write(sealed.file(), changed).unwrap();
        let stored = sealed.vault.load().await.unwrap().remove(0);
        assert!(
            stored
                .opened
                .is_err_and(|error| error.is_local(LocalCode::VaultDamaged))
        );
    }
    std::fs::write(sealed.file(), &text).unwrap();
    assert_eq!(sealed.check(PIN).await.unwrap(), sealed.approval);
}

#[tokio::test]
async fn key_02_without_a_keystore_a_changed_owner_or_server_does_not_open() {
    let plain = bench(Protection::PinOnly).await;
    let text = std::fs::read_to_string(plain.file()).unwrap();
    let changed = text.replace("https://auth.example", "https://evil.example");
    std::fs::write(plain.file(), &changed).unwrap();
    assert_eq!(code(plain.check(PIN).await), LocalCode::PinWrong.number());
}

#[tokio::test]
async fn key_02_an_update_keeps_the_count_and_removal_leaves_nothing() {
    let bench = bench(Protection::Keystore).await;
    assert_eq!(code(bench.check("111222").await), LocalCode::PinWrong.number());
    let opened = bench.vault.reload(&bench.id).await.unwrap().opened.unwrap();
    let change = |record: &mut Record| record.device_name = "new".into();
    let record = bench
        .vault
        .update(&bench.id, opened.body_key.as_ref(), change)
        .await
        .unwrap();
    assert_eq!((record.device_name.as_str(), bench.failed_pins()), ("new", 1));
    bench.vault.remove(&bench.id).await.unwrap();
    assert!(bench.vault.load().await.unwrap().is_empty());
    let keys = std::fs::read_to_string(bench.dir.path().join("keys.json")).unwrap();
    assert!(!keys.contains(&bench.id), "{keys}");
}
