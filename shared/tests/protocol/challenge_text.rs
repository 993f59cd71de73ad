//! What a challenge may say: text that cannot mislead and amounts that can be shown exactly (TXN-01, TXN-06).

use serde_json::json;
use warifu_shared::jws::JwsError;
use warifu_shared::jws::challenge::{Action, Challenge};

use crate::support::{IAT, challenge_with, login, payout_account, server_key, verify_at, withdrawal};

/// Texts with something that cannot be seen, or that turns what can.
const MISLEADING: [&str; 34] = [
    "a\u{0}",
    "a\nb",
    "a\tb",
    "a\u{85}b",
    "\u{202e}abc",
    "a\u{202a}b",
    "a\u{2066}b",
    "a\u{2069}b",
    "a\u{200e}b",
    "a\u{200f}b",
    "a\u{61c}b",
    "a\u{200b}b",
    "a\u{200d}b",
    "a\u{2060}b",
    "a\u{feff}b",
    "a\u{ad}b",
    "a\u{2028}b",
    "a\u{a0}b",
    "a\u{3164}b",
    "a\u{e0041}b",
    "か\u{3099}",
    "e\u{301}",
    "ﾔﾏﾀﾞ",
    " a",
    "a ",
    "　",
    "a\u{fffd}",
    "a\u{34f}b",
    "a\u{17b4}b",
    "a\u{180b}b",
    "a\u{1d173}b",
    "a\u{fe0f}",
    "葛\u{e0100}",
    "a\u{e01f0}b",
];

#[test]
fn txn_06_text_that_could_mislead_is_refused_everywhere() {
    let displayed = [
        "/svc/ja",
        "/svc/en",
        "/ctx/network",
        "/ctx/browser",
        "/txn/payee/bank_name",
        "/txn/payee/branch_name",
        "/txn/payee/name",
        "/iss",
        "/sub",
    ];
    for path in displayed {
        for text in MISLEADING {
            let jws = challenge_with(|c| *c.pointer_mut(path).unwrap() = json!(text));
            assert!(verify_at(&jws, IAT).is_err(), "{text:?} in {path}");
        }
        let jws = challenge_with(|c| *c.pointer_mut(path).unwrap() = json!("x".repeat(300)));
        assert!(verify_at(&jws, IAT).is_err(), "too long in {path}");
    }
    assert!(
        Challenge {
            sub: "a\u{202e}".to_owned(),
            ..login()
        }
        .sign(&server_key())
        .is_err()
    );
}

#[test]
fn txn_01_a_withdrawal_that_cannot_be_shown_exactly_is_refused() {
    for (path, bad) in [
        (
            "/txn/amount",
            json!([
                "0",
                "",
                "01",
                "-1",
                "1.5",
                "1e3",
                "1,000",
                "１",
                "1234567890123456",
                1500
            ]),
        ),
        ("/txn/fee", json!(["", "00", "-1", "x"])),
        ("/txn/currency", json!(["jpy", "XXX", "", "BTC", "KWD"])),
        ("/txn/ref", json!(["", "a b", "<b>", "x".repeat(41)])),
        ("/txn/type", json!(["transfer", ""])),
        ("/txn/payee/bank", json!(["", "001", "00011", "000a", "０００１"])),
        ("/txn/payee/branch", json!(["", "12", "1234"])),
        ("/txn/payee/type", json!(["", "loan"])),
        ("/txn/payee/acct", json!(["", "123456", "12345678", "123456a"])),
        ("/txn/payee/name", json!([""])),
        (
            "/ctx/place",
            json!(["", "jp", "JP-", "JP-1234", "JPN", "JP_13", "日本"]),
        ),
        ("/nonce", json!(["", "AAECAwQFBgc", "AAECAwQFBgcICQoLDA0ODw=="])),
        ("/jti", json!(["dv_8Yk", "ch_", "ch_a/b"])),
        ("/act", json!(["login", "test", "approve"])),
        ("/exp", json!(["1767225720", 1.5])),
    ] {
        for value in bad.as_array().unwrap() {
            let jws = challenge_with(|c| *c.pointer_mut(path).unwrap() = value.clone());
            assert!(
                matches!(verify_at(&jws, IAT).err(), Some(JwsError::BadClaims(_))),
                "{path} = {value}"
            );
        }
    }
}

#[test]
fn txn_01_money_moves_only_under_the_action_that_says_so() {
    assert!(
        Challenge {
            txn: None,
            ..withdrawal()
        }
        .sign(&server_key())
        .is_err()
    );
    for act in [
        Action::Login,
        Action::Test,
        Action::Confirm,
        Action::PayoutAccount,
    ] {
        assert!(Challenge { act, ..withdrawal() }.sign(&server_key()).is_err());
    }
    for act in [Action::Login, Action::Test, Action::Confirm, Action::Withdrawal] {
        assert!(
            Challenge {
                act,
                ..payout_account()
            }
            .sign(&server_key())
            .is_err()
        );
    }
    assert!(payout_account().sign(&server_key()).is_ok());
}
