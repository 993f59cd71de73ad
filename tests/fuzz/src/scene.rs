//! The keys of the vectors, and honest tokens whose texts come from the input.

use std::sync::LazyLock;

use warifu_shared::api::Bilingual;
use warifu_shared::b64;
use warifu_shared::clock::Timestamp;
use warifu_shared::ids::DeviceId;
use warifu_shared::jws::JwsError;
use warifu_shared::jws::approval::{Approval, DeviceKeys};
use warifu_shared::jws::challenge::{
    AccountKind, Action, Challenge, Context, Expect, MatchRule, Payee, Transaction, Verified, Withdrawal,
    device_urn,
};
use warifu_shared::jws::enrolment::{Enrolment, EnrolmentKeys};
use warifu_shared::jws::notice::{Notice, NoticeExpect};
use warifu_shared::jws::recall::Recall;
use warifu_shared::jws::reset::Reset;
use warifu_shared::jws::veto::Veto;
use warifu_shared::keys::SigningKey;

pub(crate) const ORIGIN: &str = "https://auth.example";
pub(crate) const IAT: i64 = 1_767_225_600;

/// RFC 8032 section 7.1, TEST 1: the device's request key in `shared/vectors`.
pub(crate) static REQUEST: LazyLock<SigningKey> =
    LazyLock::new(|| key("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"));
/// TEST 2: the server's challenge key.
pub(crate) static SERVER: LazyLock<SigningKey> =
    LazyLock::new(|| key("TM0Imyj_ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U-4pvs"));
/// TEST 3: the device's approval key.
pub(crate) static APPROVAL: LazyLock<SigningKey> =
    LazyLock::new(|| key("xaqN9D-fg3vtt0QvMdy3sWbThTUHbwlLhc46LgtEWPc"));
pub(crate) static DEVICE: LazyLock<DeviceId> = LazyLock::new(|| "dv_7Q".parse().expect("an id"));

fn key(seed: &str) -> SigningKey {
    SigningKey::from_seed(&b64::decode_array(seed).expect("a seed"))
}

/// The second at which the vectors are read.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_secs(IAT + 55)
}

pub(crate) fn read_challenge(token: &str) -> Result<Verified, JwsError> {
    let expect = Expect {
        iss: ORIGIN,
        device: &DEVICE,
        now: now(),
    };
    Challenge::verify(token, SERVER.public(), &expect)
}

pub(crate) fn read_approval(token: &str) -> Result<Approval, JwsError> {
    let keys = DeviceKeys {
        device: &DEVICE,
        request: REQUEST.public(),
        approval: APPROVAL.public(),
    };
    Approval::verify(token, &keys, ORIGIN, now())
}

pub(crate) fn read_recall(token: &str) -> Result<Recall, JwsError> {
    Recall::verify(token, &DEVICE, REQUEST.public(), ORIGIN, now())
}

pub(crate) fn read_notice(token: &str) -> Result<Notice, JwsError> {
    let expect = NoticeExpect {
        iss: ORIGIN,
        device: &DEVICE,
        now: now(),
    };
    Notice::verify(token, SERVER.public(), &expect)
}

pub(crate) fn read_veto(token: &str) -> Result<Veto, JwsError> {
    Veto::verify(token, &DEVICE, REQUEST.public(), ORIGIN, now())
}

pub(crate) fn read_reset(token: &str) -> Result<Reset, JwsError> {
    Reset::verify(token, &DEVICE, APPROVAL.public(), ORIGIN, now())
}

pub(crate) fn read_enrolment(token: &str) -> Result<EnrolmentKeys, JwsError> {
    Enrolment::verify(token, ORIGIN, &SERVER.public().thumbprint(), now())
}

/// Signs any header and payload, correctly, as no honest end would.
pub(crate) fn compact(header: &[u8], payload: &[u8], key: &SigningKey) -> String {
    let input = format!("{}.{}", b64::encode(header), b64::encode(payload));
    let signature = b64::encode(key.sign(input.as_bytes()));
    format!("{input}.{signature}")
}

/// The honest header of a type.
pub(crate) fn header(typ: &str, key: &SigningKey) -> String {
    let kid = key.public().thumbprint();
    format!(r#"{{"alg":"Ed25519","typ":"{typ}","kid":"{kid}"}}"#)
}

/// A withdrawal challenge with the texts of the lines: names, context, payee, amounts, reference, account.
pub(crate) fn withdrawal(lines: [&str; 14]) -> Challenge {
    let [
        ja,
        en,
        place,
        network,
        browser,
        bank_name,
        branch_name,
        name,
        amount,
        fee,
        currency,
        reference,
        sub,
        acct,
    ] = lines.map(str::to_owned);
    let payee = Payee {
        bank: "0001".to_owned(),
        bank_name,
        branch: "123".to_owned(),
        branch_name,
        kind: AccountKind::Ordinary,
        acct,
        name,
    };
    Challenge {
        iss: ORIGIN.to_owned(),
        aud: device_urn(&DEVICE),
        jti: "ch_8Yk".parse().expect("an id"),
        sub,
        svc: Bilingual { ja, en },
        act: Action::Withdrawal,
        iat: IAT,
        nbf: IAT,
        exp: IAT + 120,
        nonce: b64::encode([1; 16]),
        match_: MatchRule::default(),
        ctx: Context {
            place,
            network,
            browser,
            new_browser: true,
        },
        txn: Some(Transaction::Withdrawal(Withdrawal {
            amount,
            fee,
            currency,
            payee,
            reference,
        })),
    }
}
