//! Signed requests: what is accepted, and the RFC's own vector (APPR-05 to APPR-08).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use warifu_shared::error::ErrorCode;
use warifu_shared::http_signature::{
    HttpSignatureError, Parsed, Received, RequestToSign, parse, sign, signature_base,
};
use warifu_shared::keys::PublicKey;

use crate::support::{IAT, at, request_key, server_key};

pub const URI: &str = "https://auth.example/v1/device/challenges/ch_8Yk/decision";
pub const BODY: &[u8] = br#"{"token":"e30"}"#;

/// A request as it travels, to be damaged.
#[derive(Clone)]
pub struct Sent {
    pub method: String,
    pub uri: String,
    pub content_type: Vec<String>,
    pub content_digest: Vec<String>,
    pub signature_input: Vec<String>,
    pub signature: Vec<String>,
    pub body: Vec<u8>,
}

fn lines(lines: &[String]) -> Vec<&str> {
    lines.iter().map(String::as_str).collect()
}

impl Sent {
    pub fn post() -> Self {
        Self::new("POST", Some("application/json"), Some(BODY))
    }

    pub fn get() -> Self {
        Self::new("GET", None, None)
    }

    fn new(method: &str, content_type: Option<&str>, body: Option<&[u8]>) -> Self {
        let to_sign = RequestToSign {
            method,
            target_uri: URI,
            content_type,
            body,
        };
        let headers = sign(&to_sign, &request_key(), at(IAT));
        Self {
            method: method.to_owned(),
            uri: URI.to_owned(),
            content_type: content_type.map(str::to_owned).into_iter().collect(),
            content_digest: headers.content_digest.into_iter().collect(),
            signature_input: vec![headers.signature_input],
            signature: vec![headers.signature],
            body: body.unwrap_or_default().to_vec(),
        }
    }

    /// Replaces the parameters (all behind `sig1=`) and signs again, correctly, over these components.
    pub fn resigned(mut self, components: &[(&str, &str)], params: &str) -> Self {
        let signature = request_key().sign(signature_base(components, params).as_bytes());
        self.signature_input = vec![format!("sig1={params}")];
        self.signature = vec![format!("sig1=:{}:", STANDARD.encode(signature))];
        self
    }

    pub fn params(&self) -> String {
        self.signature_input[0]["sig1=".len()..].to_owned()
    }

    pub fn parse_at(&self, now: i64) -> Result<Parsed, HttpSignatureError> {
        let received = Received {
            method: &self.method,
            target_uri: &self.uri,
            content_type: &lines(&self.content_type),
            content_digest: &lines(&self.content_digest),
            signature_input: &lines(&self.signature_input),
            signature: &lines(&self.signature),
            body: &self.body,
        };
        parse(&received, at(now))
    }

    pub fn check_at(&self, now: i64) -> Result<(), HttpSignatureError> {
        self.parse_at(now)?.verify(request_key().public())
    }

    pub fn check(&self) -> Result<(), HttpSignatureError> {
        self.check_at(IAT)
    }
}

/// An honest POST with another `Content-Digest` line, correctly signed over it.
pub fn with_digest(digest: &str) -> Sent {
    let sent = Sent::post();
    let components = [
        ("@method", "POST"),
        ("@target-uri", URI),
        ("content-type", "application/json"),
        ("content-digest", digest),
    ];
    let resigned = sent.clone().resigned(&components, &sent.params());
    Sent {
        content_digest: vec![digest.to_owned()],
        ..resigned
    }
}

/// Judges an honest POST after one change on the way.
pub fn damaged(change: impl FnOnce(&mut Sent)) -> Result<(), HttpSignatureError> {
    let mut sent = Sent::post();
    change(&mut sent);
    sent.check()
}

#[test]
fn appr_05_signed_requests_verify_with_and_without_a_body() {
    for (sent, components) in [
        (
            Sent::post(),
            r#"("@method" "@target-uri" "content-type" "content-digest")"#,
        ),
        (Sent::get(), r#"("@method" "@target-uri")"#),
    ] {
        assert_eq!(sent.check(), Ok(()));
        assert!(sent.params().starts_with(components), "{}", sent.params());
        let parsed = sent.parse_at(IAT).unwrap();
        assert_eq!(*parsed.keyid(), request_key().public().thumbprint());
        assert_eq!(warifu_shared::b64::decode(parsed.nonce()).unwrap().len(), 16);
        assert_eq!(parsed.created(), at(IAT));
    }
    assert_ne!(
        Sent::get().parse_at(IAT).unwrap().nonce(),
        Sent::get().parse_at(IAT).unwrap().nonce()
    );
}

#[test]
fn appr_05_an_empty_body_is_no_body() {
    let empty = Sent::new("DELETE", None, Some(b""));
    assert!(empty.content_digest.is_empty());
    assert_eq!(empty.check(), Ok(()));
}

#[test]
fn appr_05_only_the_named_key_verifies() {
    let parsed = Sent::post().parse_at(IAT).unwrap();
    assert_eq!(
        parsed.verify(server_key().public()),
        Err(HttpSignatureError::Invalid("keyid"))
    );
    let mut forged = Sent::post();
    let keyid = request_key().public().thumbprint().to_string();
    let other = server_key().public().thumbprint().to_string();
    forged.signature_input[0] = forged.signature_input[0].replace(&keyid, &other);
    let parsed = forged.parse_at(IAT).unwrap();
    assert_eq!(
        parsed.verify(server_key().public()),
        Err(HttpSignatureError::Invalid("signature"))
    );
}

#[test]
fn appr_05_parameters_may_stand_in_any_order_and_under_any_label() {
    let sent = Sent::get();
    let params = sent.params();
    let (list, rest) = params.split_once(')').unwrap();
    let mut names: Vec<&str> = rest.split(';').skip(1).collect();
    names.reverse();
    let turned = format!("{list});{}", names.join(";"));
    let mut sent = sent.resigned(&[("@method", "GET"), ("@target-uri", URI)], &turned);
    assert_eq!(sent.check(), Ok(()));
    for line in [&mut sent.signature_input[0], &mut sent.signature[0]] {
        *line = line.replacen("sig1", "warifu", 1);
    }
    assert_eq!(sent.check(), Ok(()));
}

#[test]
fn appr_07_created_and_expires_hold_within_their_minute() {
    let sent = Sent::post();
    for (now, expected) in [
        (IAT - 61, Err(HttpSignatureError::Expired)),
        (IAT - 60, Ok(())),
        (IAT - 59, Ok(())),
        (IAT + 59, Ok(())),
        (IAT + 60, Err(HttpSignatureError::Expired)),
        (IAT + 61, Err(HttpSignatureError::Expired)),
    ] {
        assert_eq!(sent.check_at(now), expected, "at {now}");
    }
}

#[test]
fn errors_have_the_codes_of_the_device_api() {
    for (error, code, status) in [
        (HttpSignatureError::Missing, ErrorCode::SignatureMissing, 401),
        (HttpSignatureError::Invalid("x"), ErrorCode::SignatureInvalid, 401),
        (HttpSignatureError::Expired, ErrorCode::SignatureExpired, 401),
        (HttpSignatureError::Replayed, ErrorCode::SignatureReplayed, 401),
        (HttpSignatureError::DigestMismatch, ErrorCode::DigestMismatch, 400),
    ] {
        assert_eq!((error.code(), error.code().status()), (code, status));
    }
}

#[test]
fn appr_05_the_vector_of_rfc_9421_b_2_6_verifies() {
    let vector = crate::vectors::load("rfc9421-b26.json");
    let text = |name: &str| vector[name].as_str().unwrap().to_owned();
    let components: Vec<(String, String)> = vector["components"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pair| {
            (
                pair[0].as_str().unwrap().to_owned(),
                pair[1].as_str().unwrap().to_owned(),
            )
        })
        .collect();
    let components: Vec<(&str, &str)> = components.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let base = signature_base(&components, &text("params"));
    assert_eq!(base, text("base"));
    let signature: [u8; 64] = STANDARD.decode(text("signature")).unwrap().try_into().unwrap();
    let key = PublicKey::from_b64(&text("x")).unwrap();
    assert_eq!(key.verify(base.as_bytes(), &signature), Ok(()));
    assert!(
        key.verify(base.replace("POST", "GET").as_bytes(), &signature)
            .is_err()
    );
}
