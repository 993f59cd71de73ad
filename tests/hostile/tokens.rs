//! Tokens that are not what the slot takes, sent to the server as real requests: every type, every algorithm, every header
//! that names or brings a key (KEY-07, KEY-09, KEY-10, KEY-11).

use serde_json::{Value, json};
use warifu_shared::b64;
use warifu_shared::jws::TokenType;
use warifu_shared::keys::SigningKey;
use warifu_tests::databases::Database;
use warifu_tests::evidence;
use warifu_tests::raw_device::RawDevice;
use warifu_tests::server::TestServer;

use crate::scene::{Waiting, device, outcome, waiting};

/// Names of algorithms that are not `Ed25519` exactly.
pub const OTHER_ALGORITHMS: [&str; 12] = [
    "none", "None", "NONE", "HS256", "EdDSA", "ES256", "RS256", "PS256", "ed25519", "ED25519", "Ed448", "",
];

/// Members that bring a key, name one, or ask for something else to be understood.
pub fn foreign_members(key: &SigningKey) -> Vec<(&'static str, Value)> {
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": key.public().to_b64()});
    vec![
        ("jwk", jwk),
        ("jku", json!("https://evil.example/jwks")),
        ("x5u", json!("https://evil.example/cert")),
        ("x5c", json!(["AAAA"])),
        ("x5t", json!("AAAA")),
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
        ("cty", json!("JWT")),
    ]
}

struct Attack {
    server: TestServer,
    device: RawDevice,
    waiting: Waiting,
    _db: Database,
}

impl Attack {
    async fn prepare() -> Self {
        let db = Database::sqlite();
        let server = TestServer::start(&db).await;
        let device = device(&server).await;
        let waiting = waiting(&server, &device).await;
        Self {
            server,
            device,
            waiting,
            _db: db,
        }
    }

    /// The claims of a good yes, as the device signs them.
    fn claims(&self) -> String {
        let challenge = &self.waiting.challenge;
        let token = self
            .device
            .token(challenge, Some(&self.waiting.number), self.server.now());
        let payload = token.split('.').nth(1).expect("three parts");
        String::from_utf8(b64::decode(payload).expect("base64url")).expect("text")
    }

    fn header(&self) -> Value {
        json!({
            "alg": "Ed25519",
            "typ": TokenType::Approval.typ(),
            "kid": self.device.approval.public().thumbprint().as_str(),
        })
    }

    async fn send(&self, token: &str) -> Result<String, (u16, i64)> {
        let request = self
            .device
            .carry(&self.waiting.challenge.0, token, self.server.now());
        outcome(&self.device.send(&request).await)
    }

    async fn assert_refused(&self, why: &str, token: &str) {
        assert_eq!(self.send(token).await, Err((400, 1304)), "{why}");
    }

    /// Nothing counted, and the same claims under the right header are taken.
    async fn finish(self) {
        let store = &self.server.server.app.store;
        let recorded = evidence::challenge(store, &self.waiting.challenge.0).await;
        assert_eq!((recorded.state.as_str(), recorded.wrong_tries), ("pending", 0));
        let good = write(&self.header(), &self.claims(), &self.device.approval);
        assert_eq!(self.send(&good).await.as_deref(), Ok("approved"));
        evidence::assert_leaves_fit(store).await;
    }
}

/// Any header and claims, honestly signed.
fn write(header: &Value, claims: &str, key: &SigningKey) -> String {
    let input = format!("{}.{}", b64::encode(header.to_string()), b64::encode(claims));
    let signature = b64::encode(key.sign(input.as_bytes()));
    format!("{input}.{signature}")
}

#[tokio::test]
async fn key_07_key_10_an_approval_of_another_type_or_algorithm_is_refused_though_signed() {
    let attack = Attack::prepare().await;
    let (claims, key) = (attack.claims(), &attack.device.approval);
    let with = |name: &str, value: Value| {
        let mut header = attack.header();
        header[name] = value;
        write(&header, &claims, key)
    };
    let others = TokenType::ALL.iter().filter(|typ| **typ != TokenType::Approval);
    for typ in others.map(|typ| typ.typ()).chain([
        "JWT",
        "",
        "WARIFU-APPROVAL+JWT",
        "application/warifu-approval+jwt",
    ]) {
        attack.assert_refused(typ, &with("typ", json!(typ))).await;
    }
    for alg in OTHER_ALGORITHMS {
        let token = with("alg", json!(alg));
        attack.assert_refused(alg, &token).await;
        let (unsigned, _) = token.rsplit_once('.').expect("three parts");
        for signature in ["", "AA"] {
            attack
                .assert_refused(alg, &format!("{unsigned}.{signature}"))
                .await;
        }
    }
    // A shared secret made of the public key.
    let mut header = attack.header();
    header["alg"] = json!("HS256");
    let input = format!("{}.{}", b64::encode(header.to_string()), b64::encode(&claims));
    let secret = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, key.public().as_bytes());
    let mac = b64::encode(ring::hmac::sign(&secret, input.as_bytes()));
    attack
        .assert_refused("HS256 under the public key", &format!("{input}.{mac}"))
        .await;
    attack.finish().await;
}

#[tokio::test]
async fn key_09_an_approval_names_the_key_of_its_device_and_brings_none() {
    let attack = Attack::prepare().await;
    let claims = attack.claims();
    let sibling = device(&attack.server).await;
    let mine = SigningKey::generate();
    for (name, value) in foreign_members(&mine) {
        for key in [&attack.device.approval, &mine] {
            let mut header = attack.header();
            header[name] = value.clone();
            attack.assert_refused(name, &write(&header, &claims, key)).await;
        }
    }
    let server_key = attack
        .server
        .server
        .app
        .secrets
        .challenge_key
        .public()
        .thumbprint();
    let kids = [
        ("its request key", attack.device.request.public().thumbprint()),
        ("another device", sibling.approval.public().thumbprint()),
        ("the server", server_key),
        ("nobody", mine.public().thumbprint()),
    ];
    for (why, kid) in kids {
        let mut header = attack.header();
        header["kid"] = json!(kid.as_str());
        for key in [&attack.device.approval, &sibling.approval, &mine] {
            attack.assert_refused(why, &write(&header, &claims, key)).await;
        }
    }
    for missing in ["alg", "typ", "kid"] {
        let mut header = attack.header();
        header.as_object_mut().expect("an object").remove(missing);
        attack
            .assert_refused(missing, &write(&header, &claims, &attack.device.approval))
            .await;
    }
    for key in [&attack.device.request, &sibling.approval, &mine] {
        attack
            .assert_refused("signed by another key", &write(&attack.header(), &claims, key))
            .await;
    }
    attack.finish().await;
}

#[tokio::test]
async fn key_11_an_approval_is_exactly_its_claims_in_strict_writing() {
    let attack = Attack::prepare().await;
    let (claims, key) = (attack.claims(), &attack.device.approval);
    let parsed: Value = serde_json::from_str(&claims).expect("JSON");
    for name in parsed.as_object().expect("an object").keys() {
        let mut less = parsed.clone();
        less.as_object_mut().expect("an object").remove(name);
        attack
            .assert_refused(
                &format!("without {name}"),
                &write(&attack.header(), &less.to_string(), key),
            )
            .await;
        let twice = format!("{},\"{name}\":{}}}", &claims[..claims.len() - 1], parsed[name]);
        attack
            .assert_refused(&format!("{name} twice"), &write(&attack.header(), &twice, key))
            .await;
        let mut odd = parsed.clone();
        odd[name] = json!({"a": [null]});
        attack
            .assert_refused(
                &format!("another {name}"),
                &write(&attack.header(), &odd.to_string(), key),
            )
            .await;
    }
    let mut more = parsed.clone();
    more["admin"] = json!(true);
    let good = write(&attack.header(), &claims, key);
    let parts: Vec<&str> = good.split('.').collect();
    for (why, token) in [
        ("a further claim", write(&attack.header(), &more.to_string(), key)),
        (
            "something behind",
            write(&attack.header(), &format!("{claims}{{}}"), key),
        ),
        (
            "more than 8 KiB",
            write(&attack.header(), &format!("{claims}{}", " ".repeat(8192)), key),
        ),
        ("padding", format!("{}=.{}.{}", parts[0], parts[1], parts[2])),
        ("a line end", format!("{good}\n")),
        ("four parts", format!("{good}.{}", parts[2])),
        ("two parts", format!("{}.{}", parts[0], parts[1])),
        ("a space", format!("{} .{}.{}", parts[0], parts[1], parts[2])),
    ] {
        attack.assert_refused(why, &token).await;
    }
    attack.finish().await;
}
