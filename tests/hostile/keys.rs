//! Keys and signatures that only a lenient verifier takes, offered at registration by real HTTP (KEY-08, ENROL-04).

use ring::digest::{SHA256, digest};
use serde_json::{Value, json};
use warifu_shared::jws::TokenType;
use warifu_shared::keys::SigningKey;
use warifu_shared::link::{self, Link};
use warifu_shared::{b64, random};
use warifu_tests::customer::Answer;
use warifu_tests::databases::Database;
use warifu_tests::evidence;
use warifu_tests::plain_http;
use warifu_tests::server::{TARO, TestServer};

use crate::tokens::{OTHER_ALGORITHMS, foreign_members};

/// The eight points of small order in their canonical encodings.
const SMALL_ORDER: [&str; 8] = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
];

/// The order of the base point, little-endian.
const L: &str = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";

/// One of the two keys that a device brings: honest, or bytes for which everybody can sign.
enum Half {
    Honest(Box<SigningKey>),
    Weak(Vec<u8>),
}

/// A registration by hand.
struct Registration {
    request: Half,
    approval: Half,
    opening: String,
    model: &'static str,
}

/// Changes the header of each of the two signatures, before it is signed.
type Change<'a> = &'a dyn Fn(&mut Value, usize);

impl Half {
    fn honest() -> Self {
        Self::Honest(Box::new(SigningKey::generate()))
    }

    fn x(&self) -> String {
        match self {
            Self::Honest(key) => key.public().to_b64(),
            Self::Weak(bytes) => b64::encode(bytes),
        }
    }

    fn kid(&self) -> String {
        let jwk = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, self.x());
        b64::encode(digest(&SHA256, jwk.as_bytes()))
    }

    /// For a point of small order `R = identity, S = 0` satisfies the plain equation, always or every few messages.
    fn sign(&self, message: &str) -> Vec<u8> {
        match self {
            Self::Honest(key) => key.sign(message.as_bytes()).to_vec(),
            Self::Weak(_) => {
                let mut signature = vec![0; 64];
                signature[0] = 1;
                signature
            }
        }
    }
}

impl Registration {
    fn new(request: Half, approval: Half, model: &'static str) -> Self {
        let opening = b64::encode(random::bytes::<16>());
        Self {
            request,
            approval,
            opening,
            model,
        }
    }

    /// SHA-256 over the thumbprints and the opening, each with its length, as `fingerprint::commitment` for real keys.
    fn commitment(&self) -> String {
        let mut bytes = b"warifu-commitment-v1\0".to_vec();
        for part in [&self.request.kid(), &self.approval.kid(), &self.opening] {
            bytes.extend((part.len() as u64).to_be_bytes());
            bytes.extend(part.as_bytes());
        }
        b64::encode(digest(&SHA256, &bytes))
    }

    async fn begin(&self, server: &TestServer, page: &Answer) -> Value {
        let Ok(Link::Enrol(link)) = link::read(&page.link()) else {
            panic!("no enrolment link")
        };
        let body = json!({"how": "link", "code": link.code, "commitment": self.commitment()});
        let (status, offer) = post(server, "begin", &body).await;
        assert_eq!(status, 200, "{offer}");
        offer
    }

    fn token(&self, server: &TestServer, offer: &Value, change: Change<'_>) -> Value {
        let now = server.now().secs();
        let jwk = |half: &Half| json!({"kty": "OKP", "crv": "Ed25519", "x": half.x()});
        let claims = json!({
            "iss": self.approval.kid(),
            "aud": server.origin,
            "jti": offer["enrolment"],
            "nonce": offer["nonce"],
            "opening": self.opening,
            "code_hash": offer["code_hash"],
            "srv": server.server.app.secrets.challenge_key.public().thumbprint().as_str(),
            "request_jwk": jwk(&self.request),
            "approval_jwk": jwk(&self.approval),
            "model": self.model,
            "os": "",
            "app": "by hand",
            "iat": now,
            "nbf": now,
            "exp": now + 300,
        });
        let payload = b64::encode(claims.to_string());
        let signatures = [&self.request, &self.approval]
            .into_iter()
            .enumerate()
            .map(|(at, half)| {
                let mut header = json!({"alg": "Ed25519", "typ": TokenType::Enrol.typ(), "kid": half.kid()});
                change(&mut header, at);
                let protected = b64::encode(header.to_string());
                let signature = b64::encode(half.sign(&format!("{protected}.{payload}")));
                json!({"protected": protected, "signature": signature})
            });
        json!({"payload": payload, "signatures": signatures.collect::<Vec<_>>()})
    }
}

async fn finish(server: &TestServer, offer: &Value, token: &Value) -> (u16, i64) {
    let body = json!({
        "enrolment": offer["enrolment"],
        "token": token.to_string(),
        "device_name": "d",
        "protection": "keystore",
    });
    let (status, answer) = post(server, "finish", &body).await;
    (status, answer["code"].as_i64().unwrap_or_default())
}

async fn post(server: &TestServer, step: &str, body: &Value) -> (u16, Value) {
    let http = plain_http::client().build().expect("a client");
    let request = http.post(format!("{}/v1/enrolments/{step}", server.origin));
    let answer = request.json(body).send().await.expect("the server answers");
    (answer.status().as_u16(), answer.json().await.expect("JSON"))
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len() / 2)
        .map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).expect("hex"))
        .collect()
}

/// Keys that are no keys: of small order, in another writing, of another length.
fn bad_keys() -> Vec<(String, Vec<u8>)> {
    let mut bad: Vec<_> = SMALL_ORDER
        .iter()
        .map(|key| (format!("small order {key}"), hex(key)))
        .collect();
    for (low, high) in [
        (0xed, 0x7f),
        (0xee, 0x7f),
        (0xee, 0xff),
        (0xf0, 0x7f),
        (0xff, 0xff),
    ] {
        let mut key = vec![0xff; 32];
        (key[0], key[31]) = (low, high);
        bad.push((format!("not canonical {low:x} {high:x}"), key));
    }
    for length in [0, 31, 33, 64] {
        bad.push((format!("{length} bytes"), vec![9; length]));
    }
    bad
}

#[tokio::test]
async fn key_08_enrol_04_no_weak_or_odd_key_is_registered() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let session = server.log_in_by_code(TARO).await;
    // Several messages each: to the plain equation some of these signatures are right only for every second to eighth one.
    let models = ["a", "b", "c", "d", "e", "f", "g", "h"];
    for (why, key) in bad_keys() {
        for weak_is_first in [true, false] {
            let halves = || {
                let weak = Half::Weak(key.clone());
                if weak_is_first {
                    (weak, Half::honest())
                } else {
                    (Half::honest(), weak)
                }
            };
            let (request, approval) = halves();
            let mut registration = Registration::new(request, approval, "a");
            let offer = registration
                .begin(&server, &session.begin_enrolment().await)
                .await;
            for model in models {
                registration.model = model;
                let token = registration.token(&server, &offer, &|_, _| {});
                assert_eq!(finish(&server, &offer, &token).await, (400, 1203), "{why}");
            }
        }
    }
    let store = &server.server.app.store;
    assert_eq!(evidence::count(store, "SELECT COUNT(*) FROM devices").await, 0);
}

#[tokio::test]
async fn key_08_enrol_04_equal_and_known_keys_are_refused() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let session = server.log_in_by_code(TARO).await;
    let copy = |key: &SigningKey| Half::Honest(Box::new(SigningKey::from_seed(&key.seed())));
    let (one, two) = (SigningKey::generate(), SigningKey::generate());
    let same = Registration::new(copy(&one), copy(&one), "a");
    let offer = same.begin(&server, &session.begin_enrolment().await).await;
    let token = same.token(&server, &offer, &|_, _| {});
    assert_eq!(
        finish(&server, &offer, &token).await,
        (400, 1203),
        "one key twice"
    );

    let first = Registration::new(copy(&one), copy(&two), "a");
    let offer = first.begin(&server, &session.begin_enrolment().await).await;
    let token = first.token(&server, &offer, &|_, _| {});
    assert_eq!(finish(&server, &offer, &token).await.0, 200);
    assert_eq!(
        finish(&server, &offer, &token).await,
        (404, 1201),
        "the same registration again: the code was used"
    );
    for (why, request, approval, refusal) in [
        (
            "its request key again",
            copy(&one),
            Half::honest(),
            Some((400, 1204)),
        ),
        (
            "its approval key again",
            Half::honest(),
            copy(&two),
            Some((400, 1204)),
        ),
        ("swapped", copy(&two), copy(&one), Some((400, 1204))),
        ("new ones", Half::honest(), Half::honest(), None),
    ] {
        let registration = Registration::new(request, approval, "a");
        let offer = registration
            .begin(&server, &session.begin_enrolment().await)
            .await;
        let token = registration.token(&server, &offer, &|_, _| {});
        let answer = finish(&server, &offer, &token).await;
        match refusal {
            Some(refusal) => assert_eq!(answer, refusal, "{why}"),
            None => assert_eq!(answer.0, 200, "{why}"),
        }
    }
}

#[tokio::test]
async fn key_07_08_09_10_enrol_04_a_registration_is_signed_strictly_by_both_keys() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let session = server.log_in_by_code(TARO).await;
    let registration = Registration::new(Half::honest(), Half::honest(), "a");
    let offer = registration
        .begin(&server, &session.begin_enrolment().await)
        .await;
    let write = |change: Change<'_>| registration.token(&server, &offer, change);
    let good = write(&|_, _| {});
    let mut bad = other_signatures(&good);
    for at in 0..2 {
        bad.extend(other_headers(at, &write));
        bad.extend(loose_signatures(at, &good));
    }
    for (why, token) in &bad {
        assert_eq!(finish(&server, &offer, token).await, (400, 1203), "{why}");
    }
    assert_eq!(
        finish(&server, &offer, &good).await.0,
        200,
        "it was the change alone that was refused"
    );
}

/// The token with one header of the signature `at` changed, and signed so.
fn other_headers(at: usize, write: &dyn Fn(Change<'_>) -> Value) -> Vec<(String, Value)> {
    let stranger = SigningKey::generate();
    let mut headers: Vec<(&str, Value)> = foreign_members(&stranger);
    let others = TokenType::ALL.iter().filter(|typ| **typ != TokenType::Enrol);
    headers.extend(others.map(|typ| ("typ", json!(typ.typ()))));
    headers.extend(OTHER_ALGORITHMS.map(|alg| ("alg", json!(alg))));
    headers.push(("kid", json!(stranger.public().thumbprint().as_str())));
    headers.push(("kid", json!(null)));
    let changed = headers.into_iter().map(|(name, value)| {
        let token = write(&|header, of| {
            if of == at {
                header[name] = value.clone();
            }
        });
        (format!("{name}={value} of signature {at}"), token)
    });
    changed.collect()
}

/// The token with the signature `at` written in a way that only a lenient verifier takes: `S + L` is the same number
/// modulo `L`.
fn loose_signatures(at: usize, good: &Value) -> Vec<(String, Value)> {
    let text = good["signatures"][at]["signature"].as_str().expect("text");
    let signature = b64::decode(text).expect("base64url");
    let mut unreduced = signature.clone();
    add_order(&mut unreduced[32..]);
    let written = [
        ("S + L", b64::encode(unreduced)),
        ("63 bytes", b64::encode(&signature[..63])),
        ("padding", format!("{text}==")),
    ];
    let changed = written.into_iter().map(|(why, text)| {
        let mut token = good.clone();
        token["signatures"][at]["signature"] = json!(text);
        (format!("{why} in signature {at}"), token)
    });
    changed.collect()
}

/// The token with other signatures than its two in their order.
fn other_signatures(good: &Value) -> Vec<(String, Value)> {
    let [one, two] = [0, 1].map(|at| good["signatures"][at].clone());
    let lists = [
        ("none", json!([])),
        ("one", json!([one])),
        ("the same twice", json!([one, one])),
        ("swapped", json!([two, one])),
        ("three", json!([one, two, one])),
    ];
    let changed = lists.into_iter().map(|(why, list)| {
        let mut token = good.clone();
        token["signatures"] = list;
        (format!("{why} signatures"), token)
    });
    changed.collect()
}

/// Adds the order of the base point to a little-endian number.
fn add_order(number: &mut [u8]) {
    let mut carry = 0;
    for (digit, of_order) in number.iter_mut().zip(hex(L)) {
        let sum = u16::from(*digit) + u16::from(of_order) + carry;
        (*digit, carry) = ((sum & 0xff) as u8, sum >> 8);
    }
    assert_eq!(carry, 0, "S + L fits into 32 bytes");
}
