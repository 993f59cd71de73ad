//! What tests of the core system share: secrets, clocks, orders, and a port that speaks to a [`CoreBank`].

use std::path::PathBuf;
use std::sync::Arc;

use tempfile::TempDir;
use warifu_server::config::{CoreKind, CoreSystem};
use warifu_server::core::Order;
use warifu_server::core::http::HttpCore;
use warifu_server::domain::account::AccountNumber;
use warifu_server::domain::yen::Yen;
use warifu_shared::clock::{ManualClock, SharedClock, Timestamp};
use warifu_shared::ids::WithdrawalId;
use warifu_shared::jws::withdrawal::{AccountKind, Payee};
use warifu_tests::core_bank::CoreBank;
use warifu_tests::plain_http;

pub const SECRET: &str = "whsec_c2VjcmV0LW9mLXRoZS1jb3JlLXN5c3RlbS0wMDAx";
pub const OTHER_SECRET: &str = "whsec_c2VjcmV0LW9mLXRoZS1jb3JlLXN5c3RlbS0wMDAy";
pub const ACCOUNT: &str = "1002001";

/// A core system with a customer, and our port to it.
pub struct Scene {
    pub bank: CoreBank,
    pub core: HttpCore,
    pub clock: ManualClock,
    _folder: TempDir,
}

impl Scene {
    /// Both sides hold one secret; the customer has 1,000,000 yen.
    pub async fn open() -> Self {
        Self::with(&[SECRET], &[SECRET], |_| {}).await
    }

    /// With the secrets of the bank and ours, and other settings.
    pub async fn with(theirs: &[&str], ours: &[&str], change: impl FnOnce(&mut CoreSystem)) -> Self {
        let clock = ManualClock::new(Timestamp::from_secs(1_767_592_800));
        let shared: SharedClock = Arc::new(clock.clone());
        let bank = CoreBank::open(theirs, Arc::clone(&shared)).await;
        bank.book().deposit(ACCOUNT, 1_000_000);
        let folder = tempfile::tempdir().expect("a folder");
        let mut config = CoreSystem {
            url: bank.url(),
            secret_files: secret_files(&folder, ours),
            ..settings()
        };
        change(&mut config);
        Self {
            core: port(&config, shared),
            bank,
            clock,
            _folder: folder,
        }
    }
}

/// A port with these settings.
pub fn port(config: &CoreSystem, clock: SharedClock) -> HttpCore {
    // Chooses the TLS provider, as the start of a server does.
    drop(plain_http::client());
    HttpCore::new(config, clock).expect("a port")
}

/// Settings without URL and secrets.
pub fn settings() -> CoreSystem {
    CoreSystem {
        kind: CoreKind::Http,
        url: String::new(),
        secret_files: Vec::new(),
        authority_file: None,
        timeout_ms: 10_000,
        own: None,
    }
}

/// A file for each secret.
pub fn secret_files(folder: &TempDir, secrets: &[&str]) -> Vec<PathBuf> {
    let files = secrets.iter().enumerate().map(|(at, secret)| {
        let file = folder.path().join(format!("core-{at}.secret"));
        std::fs::write(&file, secret).expect("written");
        file
    });
    files.collect()
}

pub fn account(number: &str) -> AccountNumber {
    AccountNumber::from_typed(number).expect("a number")
}

pub fn yen(amount: i64) -> Yen {
    Yen::new(amount).expect("a sum")
}

/// A new order of the customer, with a fee of 330 yen.
pub fn order(amount: i64) -> Order {
    Order {
        key: WithdrawalId::random(),
        reference: "W-20260105-1".to_owned(),
        account: account(ACCOUNT),
        amount: yen(amount),
        fee: yen(330),
        payee: Payee {
            bank: "0991".to_owned(),
            bank_name: "あおば銀行".to_owned(),
            branch: "104".to_owned(),
            branch_name: "渋谷支店".to_owned(),
            kind: AccountKind::Ordinary,
            acct: "7654321".to_owned(),
            name: "ヤマダ タロウ".to_owned(),
        },
        approved_at: Timestamp(1_767_592_790_123),
        evidence: "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU".to_owned(),
    }
}
