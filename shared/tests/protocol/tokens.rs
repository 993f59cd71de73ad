//! Compact tokens in general: one type per slot, one algorithm, one header form, strict text (KEY-07 to KEY-11).

use serde_json::{Value, json};
use warifu_shared::b64;
use warifu_shared::jws::{JwsError, MAX_TOKEN_LEN, TokenType, Unverified, sign_compact};

use crate::support::{header, raw, request_key, server_key};

fn read(typ: TokenType, token: &str) -> Result<Value, JwsError> {
    Unverified::parse(typ, token)?.verify(server_key().public())
}

fn notice(header: &Value, payload: &str) -> Result<Value, JwsError> {
    read(
        TokenType::Notice,
        &raw(&header.to_string(), payload, &server_key()),
    )
}

#[test]
fn key_10_no_type_verifies_in_another_slot() {
    assert_eq!(TokenType::ALL.len(), 10);
    for &written in TokenType::ALL {
        let token = sign_compact(written, &server_key(), &json!({"a": 1})).unwrap();
        for &slot in TokenType::ALL {
            let expected = if slot == written {
                Ok(json!({"a": 1}))
            } else {
                Err(JwsError::WrongType)
            };
            assert_eq!(
                read(slot, &token),
                expected,
                "{written:?} in the slot of {slot:?}"
            );
        }
    }
}

#[test]
fn key_10_type_names_are_distinct_and_exact() {
    for (i, a) in TokenType::ALL.iter().enumerate() {
        assert!(a.typ().starts_with("warifu-") && a.typ().ends_with("+jwt"));
        assert!(TokenType::ALL[i + 1..].iter().all(|b| a.typ() != b.typ()));
    }
    for typ in [
        "JWT",
        "",
        "Warifu-Notice+jwt",
        "application/warifu-notice+jwt",
        "warifu-notice+jwt ",
    ] {
        assert_eq!(
            notice(&header(typ, &server_key()), "{}"),
            Err(JwsError::WrongType),
            "{typ:?}"
        );
    }
}

#[test]
fn key_07_only_one_algorithm_name_is_taken() {
    for alg in [
        "none", "None", "HS256", "EdDSA", "ES256", "RS256", "ed25519", "Ed448", "",
    ] {
        let mut bad = header("warifu-notice+jwt", &server_key());
        bad["alg"] = json!(alg);
        assert_eq!(notice(&bad, "{}"), Err(JwsError::WrongAlgorithm), "{alg:?}");
    }
}

#[test]
fn key_09_headers_that_bring_or_name_a_key_are_refused() {
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": server_key().public().to_b64()});
    for (name, value) in [
        ("jwk", jwk),
        ("jku", json!("https://evil.example/jwks")),
        ("x5u", json!("https://evil.example/cert")),
        ("x5c", json!(["AAAA"])),
        ("x5t", json!("AAAA")),
        ("crit", json!(["b64"])),
        ("b64", json!(false)),
        ("cty", json!("JWT")),
        ("zip", json!("DEF")),
    ] {
        let mut bad = header("warifu-notice+jwt", &server_key());
        bad[name] = value;
        assert_eq!(notice(&bad, "{}"), Err(JwsError::Header), "{name}");
    }
    for missing in ["alg", "typ", "kid"] {
        let mut bad = header("warifu-notice+jwt", &server_key());
        bad.as_object_mut().unwrap().remove(missing);
        assert_eq!(notice(&bad, "{}"), Err(JwsError::Header), "without {missing}");
    }
}

#[test]
fn key_09_the_kid_must_be_the_thumbprint_of_the_key() {
    let kid = server_key().public().thumbprint();
    for bad_kid in [
        "server",
        "",
        &format!("{kid}="),
        &kid.as_str()[..42],
        &server_key().public().to_b64()[..40],
    ] {
        let mut bad = header("warifu-notice+jwt", &server_key());
        bad["kid"] = json!(bad_kid);
        assert_eq!(notice(&bad, "{}"), Err(JwsError::Header), "{bad_kid:?}");
    }
    // Well formed, but another key's: refused although the signature itself is right.
    assert_eq!(
        notice(&header("warifu-notice+jwt", &request_key()), "{}"),
        Err(JwsError::UnknownKey)
    );
    let forged = raw(
        &header("warifu-notice+jwt", &server_key()).to_string(),
        "{}",
        &request_key(),
    );
    assert_eq!(read(TokenType::Notice, &forged), Err(JwsError::BadSignature));
}

#[test]
fn key_11_duplicate_members_are_refused_at_every_depth() {
    let good = header("warifu-notice+jwt", &server_key());
    for bad in [
        r#"{"a":1,"a":1}"#,
        r#"{"a":1,"b":2,"a":3}"#,
        r#"{"a":{"b":1,"b":2}}"#,
        r#"{"a":[0,{"b":{"c":null,"c":null}}]}"#,
        r#"{"a":1,"\u0061":2}"#,
        r#"{"":1,"":2}"#,
    ] {
        assert_eq!(notice(&good, bad), Err(JwsError::DuplicateMember), "{bad}");
    }
    assert!(notice(&good, r#"{"a":{"b":1},"b":{"b":1},"c":[{"b":1},{"b":1}]}"#).is_ok());
    let twice = good.to_string().replace(r#""alg":"#, r#""alg":"none","alg":"#);
    assert_eq!(
        read(TokenType::Notice, &raw(&twice, "{}", &server_key())),
        Err(JwsError::Header)
    );
}

#[test]
fn key_11_trailing_data_and_broken_json_are_refused() {
    let good = header("warifu-notice+jwt", &server_key());
    for bad in [
        "{}{}",
        "{} x",
        "{}\0",
        "",
        "{",
        "{\"a\":01}",
        "\u{feff}{}",
        "{'a':1}",
        "{\"a\":1,}",
        "{\"a\":NaN}",
    ] {
        assert_eq!(notice(&good, bad), Err(JwsError::Malformed), "{bad:?}");
    }
    let deep = format!("{}{}", "[".repeat(2000), "]".repeat(2000));
    assert_eq!(notice(&good, &deep), Err(JwsError::Malformed));
    let trailing = raw(&format!("{good}{{}}"), "{}", &server_key());
    assert_eq!(read(TokenType::Notice, &trailing), Err(JwsError::Header));
}

#[test]
fn key_11_padding_and_other_alphabets_are_refused() {
    let good = sign_compact(TokenType::Notice, &server_key(), &json!({"a": "??>>~~"})).unwrap();
    assert!(read(TokenType::Notice, &good).is_ok());
    let parts: Vec<&str> = good.split('.').collect();
    let [head, body, sig] = parts[..] else {
        panic!("three parts")
    };
    for bad in [
        format!("{head}=.{body}.{sig}"),
        format!("{head}.{body}.{sig}=="),
        format!("{head}.{body}.{sig}."),
        format!("{head}.{body}.{body}.{sig}"),
        format!("{head}.{body}"),
        format!("{head}..{sig}.{body}"),
        format!("{head}.{body}.{}", &sig[..84]),
        format!(" {good}"),
        format!("{good}\n"),
        String::new(),
    ] {
        assert_eq!(read(TokenType::Notice, &bad), Err(JwsError::Malformed), "{bad}");
    }
    assert_eq!(
        read(TokenType::Notice, &format!(".{head}.{sig}")),
        Err(JwsError::Header)
    );
    // A padded payload that is signed as such: the signature is right, the text is not.
    let input = format!("{head}.{}=", b64::encode("{\"a\":1} "));
    let padded = format!("{input}.{}", b64::encode(server_key().sign(input.as_bytes())));
    assert_eq!(read(TokenType::Notice, &padded), Err(JwsError::Malformed));
}

#[test]
fn key_11_tokens_above_eight_kibibytes_are_refused() {
    let overhead = sign_compact(TokenType::Notice, &server_key(), &json!({"a": ""}))
        .unwrap()
        .len();
    let fits = (MAX_TOKEN_LEN - overhead) / 4 * 3;
    let token = sign_compact(TokenType::Notice, &server_key(), &json!({"a": "x".repeat(fits)})).unwrap();
    assert!((MAX_TOKEN_LEN - 4..=MAX_TOKEN_LEN).contains(&token.len()));
    assert!(read(TokenType::Notice, &token).is_ok());
    let longer = json!({"a": "x".repeat(fits + 4)});
    assert_eq!(
        sign_compact(TokenType::Notice, &server_key(), &longer),
        Err(JwsError::TooLong)
    );
    let head = header("warifu-notice+jwt", &server_key()).to_string();
    let token = raw(&head, &longer.to_string(), &server_key());
    assert_eq!(read(TokenType::Notice, &token), Err(JwsError::TooLong));
}
