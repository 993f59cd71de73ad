//! What fuzzing has found, each mended and said in a sentence; the inputs are kept as `finding-…` in the corpus.

use http::{HeaderMap, HeaderValue};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use warifu_device_core::fuzzing::journal;
use warifu_server::operations::finish_enrolment::clean_name;
use warifu_server::relay::fuzzing::vapid;
use warifu_shared::b64;
use warifu_shared::clock::Timestamp;

const NOW: Timestamp = Timestamp::from_secs(1_767_225_655);

/// The JSON reader passes over members that it does not know, whatever bytes they hold: a token was taken whose claims were
/// no text.
#[test]
fn relay_07_a_vapid_token_whose_claims_are_no_text_is_refused() {
    let random = SystemRandom::new();
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random).unwrap();
    let let_through = |subject: &[u8]| {
        let claims = [
            br#"{"aud":"https://push.example","exp":1767229255,"sub":""#,
            subject,
            b"\"}",
        ]
        .concat();
        let input = format!(
            "{}.{}",
            b64::encode(r#"{"typ":"JWT","alg":"ES256"}"#),
            b64::encode(claims)
        );
        let signature = key.sign(&random, input.as_bytes()).unwrap();
        let public = b64::encode(key.public_key());
        let header = format!("vapid t={input}.{}, k={public}", b64::encode(signature));
        let mut headers = HeaderMap::new();
        headers.insert("authorization", HeaderValue::from_str(&header).unwrap());
        vapid("https://push.example", None, &headers, NOW).is_ok()
    };
    assert!(let_through(b"mailto:ops@firm.example"));
    assert!(!let_through(b"\xc5\xc5"));
}

/// A journal larger than its bounds was kept so until the next message, and its hints for good.
#[test]
fn push_05_a_journal_that_grew_elsewhere_is_cut_when_it_is_read() {
    let seen: Vec<String> = (0..300).map(|n| format!("A{n}")).collect();
    let hint = |n| serde_json::json!({"service": "s", "challenge": format!("ch_{n}")});
    let waiting: Vec<serde_json::Value> = (0..80).map(hint).collect();
    let file = serde_json::json!({"seen": seen, "waiting": waiting}).to_string();
    assert_eq!(journal(file.as_bytes(), "v1"), Some((256, 64, true)));
}

/// The list of hidden characters for names of devices was shorter than the one for challenges.
#[test]
fn txn_06_a_device_name_with_a_hidden_mark_is_refused() {
    for hidden in [
        '\u{61c}', '\u{34f}', '\u{ad}', '\u{feff}', '\u{3164}', '\u{180e}', '\u{2028}',
    ] {
        assert_eq!(clean_name(&format!("Pixel{hidden}10")), None, "{hidden:?}");
    }
    for name in ["Pixel 10", "太郎のﾊﾟｿｺﾝ", "仕事用 ❤️"] {
        assert_eq!(clean_name(name).as_deref(), Some(name));
    }
}
