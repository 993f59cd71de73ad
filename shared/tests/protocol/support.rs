//! The keys and messages that the tests share, and a writer for tokens that no honest end would write.

use serde_json::{Value, json};
use warifu_shared::api::Bilingual;
use warifu_shared::b64;
use warifu_shared::clock::Timestamp;
use warifu_shared::ids::DeviceId;
use warifu_shared::jws::approval::{Approval, Decision, DenyReason, DeviceKeys, MatchVia, UserVerification};
use warifu_shared::jws::challenge::{
    AccountKind, Action, Challenge, ChallengeHash, Context, Expect, MatchRule, Payee, PayoutAccount,
    Transaction, Withdrawal, device_urn,
};
use warifu_shared::jws::enrolment::{Enrolment, Jwk};
use warifu_shared::jws::notice::{Happened, Notice, NoticeExpect, NoticeKind};
use warifu_shared::jws::recall::Recall;
use warifu_shared::jws::reset::Reset;
use warifu_shared::jws::veto::{Veto, VetoTo};
use warifu_shared::keys::SigningKey;

pub const ORIGIN: &str = "https://auth.example";
pub const IAT: i64 = 1_767_225_600;
pub const EXP: i64 = IAT + 120;
pub const OPENING: &str = "EBESExQVFhcYGRobHB0eHw";
pub const NONCE: &str = "AAECAwQFBgcICQoLDA0ODw";

/// RFC 8032 section 7.1: seeds of TEST 1, TEST 2 and TEST 3.
pub const TEST1: &str = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
pub const TEST2: &str = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
pub const TEST3: &str = "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7";

pub fn hex<const N: usize>(text: &str) -> [u8; N] {
    assert_eq!(text.len(), 2 * N, "{text}");
    std::array::from_fn(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).expect("hex"))
}

pub fn key(seed: &str) -> SigningKey {
    SigningKey::from_seed(&hex(seed))
}

/// The device's request key.
pub fn request_key() -> SigningKey {
    key(TEST1)
}

/// The server's challenge key.
pub fn server_key() -> SigningKey {
    key(TEST2)
}

/// The device's approval key.
pub fn approval_key() -> SigningKey {
    key(TEST3)
}

pub fn device() -> DeviceId {
    "dv_7Q".parse().expect("an id")
}

pub fn at(secs: i64) -> Timestamp {
    Timestamp::from_secs(secs)
}

pub fn login() -> Challenge {
    Challenge {
        iss: ORIGIN.to_owned(),
        aud: device_urn(&device()),
        jti: "ch_8Yk".parse().expect("an id"),
        sub: "ac_42".to_owned(),
        svc: Bilingual {
            ja: "ひので証券".to_owned(),
            en: "Hinode Securities".to_owned(),
        },
        act: Action::Login,
        iat: IAT,
        nbf: IAT,
        exp: EXP,
        nonce: NONCE.to_owned(),
        match_: MatchRule::default(),
        ctx: Context {
            place: "JP-13".to_owned(),
            network: "Example Net".to_owned(),
            browser: "Firefox 145 / Windows".to_owned(),
            new_browser: true,
        },
        txn: None,
    }
}

pub fn withdrawal() -> Challenge {
    let payee = Payee {
        bank: "0001".to_owned(),
        bank_name: "あおば銀行".to_owned(),
        branch: "123".to_owned(),
        branch_name: "渋谷支店".to_owned(),
        kind: AccountKind::Ordinary,
        acct: "1234567".to_owned(),
        name: "ヤマダ タロウ".to_owned(),
    };
    let txn = Withdrawal {
        amount: "1500000".to_owned(),
        fee: "0".to_owned(),
        currency: "JPY".to_owned(),
        payee,
        reference: "W-2026-000091".to_owned(),
    };
    Challenge {
        act: Action::Withdrawal,
        txn: Some(Transaction::Withdrawal(txn)),
        ..login()
    }
}

/// Another payout account, as a challenge.
pub fn payout_account() -> Challenge {
    let Some(Transaction::Withdrawal(withdrawal)) = withdrawal().txn else {
        panic!("a withdrawal has a txn");
    };
    Challenge {
        act: Action::PayoutAccount,
        txn: Some(Transaction::PayoutAccount(PayoutAccount {
            payee: withdrawal.payee,
        })),
        ..login()
    }
}

pub fn verify_at(
    jws: &str,
    now: i64,
) -> Result<warifu_shared::jws::challenge::Verified, warifu_shared::jws::JwsError> {
    let expect = Expect {
        iss: ORIGIN,
        device: &device(),
        now: at(now),
    };
    Challenge::verify(jws, server_key().public(), &expect)
}

pub fn decision(decision: Decision) -> Approval {
    let jws = login().sign(&server_key()).expect("signs");
    Approval {
        iss: device_urn(&device()),
        aud: ORIGIN.to_owned(),
        jti: "ap_01".parse().expect("an id"),
        iat: IAT + 50,
        exp: EXP,
        chal: "ch_8Yk".parse().expect("an id"),
        chal_hash: ChallengeHash::of(&jws),
        decision,
    }
}

pub fn approve() -> Approval {
    let Ok(number) = "493817".parse() else {
        panic!("a number")
    };
    decision(Decision::Approve {
        number,
        via: MatchVia::Typed,
        uv: UserVerification::Pin,
    })
}

pub fn deny() -> Approval {
    decision(Decision::Deny {
        reason: DenyReason::NotMe,
    })
}

pub fn verify_decision(token: &str, now: i64) -> Result<Approval, warifu_shared::jws::JwsError> {
    let (request, approval) = (request_key(), approval_key());
    let keys = DeviceKeys {
        device: &device(),
        request: request.public(),
        approval: approval.public(),
    };
    Approval::verify(token, &keys, ORIGIN, at(now))
}

/// A withdrawal taken back.
pub fn recall() -> Recall {
    Recall {
        iss: device_urn(&device()),
        aud: ORIGIN.to_owned(),
        jti: "rc_01".parse().expect("an id"),
        iat: IAT + 50,
        nbf: IAT + 50,
        exp: IAT + 110,
        wd: "wd_91".parse().expect("an id"),
        reference: "W-2026-000091".to_owned(),
    }
}

pub fn verify_recall(token: &str, now: i64) -> Result<Recall, warifu_shared::jws::JwsError> {
    Recall::verify(token, &device(), request_key().public(), ORIGIN, at(now))
}

/// A new device, told to the older one.
pub fn notice() -> Notice {
    Notice {
        iss: ORIGIN.to_owned(),
        aud: device_urn(&device()),
        jti: "nt_01".parse().expect("an id"),
        sub: "ac_42".to_owned(),
        iat: IAT,
        nbf: IAT,
        exp: IAT + 600,
        told: IAT,
        what: Happened {
            at: IAT - 10,
            place: "JP-13".to_owned(),
            browser: "Firefox 145 / Windows".to_owned(),
            kind: NoticeKind::DeviceRegistered {
                device: "dv_8R".parse().expect("an id"),
                name: "Pixel 10".to_owned(),
                until: Some(IAT + 86_400),
            },
        },
    }
}

pub fn verify_notice(token: &str, now: i64) -> Result<Notice, warifu_shared::jws::JwsError> {
    let (device, now) = (device(), at(now));
    let expect = NoticeExpect {
        iss: ORIGIN,
        device: &device,
        now,
    };
    Notice::verify(token, server_key().public(), &expect)
}

/// The older device objects to the new one.
pub fn veto() -> Veto {
    Veto {
        iss: device_urn(&device()),
        aud: ORIGIN.to_owned(),
        jti: "vt_01".parse().expect("an id"),
        iat: IAT + 50,
        nbf: IAT + 50,
        exp: IAT + 110,
        dev: "dv_8R".parse().expect("an id"),
        to: VetoTo::Registration,
    }
}

pub fn verify_veto(token: &str, now: i64) -> Result<Veto, warifu_shared::jws::JwsError> {
    Veto::verify(token, &device(), request_key().public(), ORIGIN, at(now))
}

/// A code for a new password asked for.
pub fn reset() -> Reset {
    Reset {
        iss: device_urn(&device()),
        aud: ORIGIN.to_owned(),
        jti: "rs_01".parse().expect("an id"),
        iat: IAT + 50,
        nbf: IAT + 50,
        exp: IAT + 110,
    }
}

pub fn verify_reset(token: &str, now: i64) -> Result<Reset, warifu_shared::jws::JwsError> {
    Reset::verify(token, &device(), approval_key().public(), ORIGIN, at(now))
}

pub fn enrolment() -> Enrolment {
    Enrolment {
        iss: approval_key().public().thumbprint().to_string(),
        aud: ORIGIN.to_owned(),
        jti: "en_5T".parse().expect("an id"),
        nonce: NONCE.to_owned(),
        opening: OPENING.to_owned(),
        code_hash: b64::encode([7; 32]),
        srv: server_key().public().thumbprint(),
        request_jwk: Jwk::of(request_key().public()),
        approval_jwk: Jwk::of(approval_key().public()),
        model: "Pixel 10".to_owned(),
        os: "Android 16".to_owned(),
        app: "Warifu 0.1.0".to_owned(),
        iat: IAT,
        nbf: IAT,
        exp: EXP,
    }
}

/// An honest protected header.
pub fn header(typ: &str, key: &SigningKey) -> Value {
    json!({"alg": "Ed25519", "typ": typ, "kid": key.public().thumbprint().as_str()})
}

/// Signs any header and payload text, correctly.
pub fn raw(header: &str, payload: &str, key: &SigningKey) -> String {
    let input = format!("{}.{}", b64::encode(header), b64::encode(payload));
    let signature = b64::encode(key.sign(input.as_bytes()));
    format!("{input}.{signature}")
}

/// A challenge with changed claims, signed correctly by the server.
pub fn challenge_with(change: impl FnOnce(&mut Value)) -> String {
    let mut claims = serde_json::to_value(withdrawal()).expect("JSON");
    change(&mut claims);
    raw(
        &header("warifu-challenge+jwt", &server_key()).to_string(),
        &claims.to_string(),
        &server_key(),
    )
}
