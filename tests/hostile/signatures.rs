//! Signed requests that are nearly right, by real HTTP: other parameters, components, labels and digests, all honestly
//! signed over what they say (APPR-05..07, APPR-09).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA256, SHA512, digest};
use warifu_shared::api::paths;
use warifu_shared::b64;
use warifu_tests::databases::Database;
use warifu_tests::forged_request::Forged;
use warifu_tests::raw_device::RawDevice;
use warifu_tests::server::TestServer;

use crate::scene::device;

const BODY: &[u8] = br#"{"name":"other"}"#;

struct Attack {
    server: TestServer,
    device: RawDevice,
    _db: Database,
}

impl Attack {
    async fn prepare() -> Self {
        let db = Database::sqlite();
        let server = TestServer::start(&db).await;
        let device = device(&server).await;
        Self {
            server,
            device,
            _db: db,
        }
    }

    fn honest(&self) -> Forged {
        Forged::put(&self.device, paths::DEVICE_NAME, BODY, self.server.now())
    }

    async fn assert_refused(&self, why: &str, forged: &Forged, refusal: (u16, i64)) {
        let answer = self.device.send(&forged.signed(&self.device.request)).await;
        assert_eq!(answer.refusal(), refusal, "{why}: {}", answer.text);
    }

    /// None of it did anything, and the honest one is taken: it was the change alone that was refused.
    async fn finish(self) {
        let now = self.server.now();
        let status = self.device.get(paths::DEVICE, now).await;
        assert_eq!(status.json["name"], "裸の端末", "{}", status.text);
        let honest = self.honest().signed(&self.device.request);
        assert_eq!(self.device.send(&honest).await.status, 204);
    }
}

#[tokio::test]
async fn appr_05_appr_07_each_parameter_counts_though_it_is_signed() {
    let attack = Attack::prepare().await;
    let changed = changed_parameters(&attack);
    let now = attack.server.now().secs();
    for (why, name, value, code) in changed {
        let life = attack.honest();
        // What is too old must also end in time to be told from one with too long a life.
        let life = if why == "too old" {
            life.parameter("expires", &(now - 1).to_string())
        } else {
            life
        };
        attack
            .assert_refused(why, &life.parameter(name, &value), (401, code))
            .await;
    }
    for (at, (name, _)) in attack.honest().parameters.iter().enumerate() {
        let mut without = attack.honest();
        without.parameters.remove(at);
        attack
            .assert_refused(&format!("without {name}"), &without, (401, 1102))
            .await;
        let mut twice = attack.honest();
        twice.parameters.push(twice.parameters[at].clone());
        attack
            .assert_refused(&format!("{name} twice"), &twice, (401, 1102))
            .await;
    }
    for extra in ["context", "jwk", "crit", "n0nce"] {
        let mut more = attack.honest();
        more.parameters.push((extra.to_owned(), "\"x\"".to_owned()));
        attack
            .assert_refused(&format!("with {extra}"), &more, (401, 1102))
            .await;
    }
    attack.finish().await;
}

/// What each parameter may not be: why, its name, the value as it is written, and the refusal.
fn changed_parameters(attack: &Attack) -> Vec<(&'static str, &'static str, String, i64)> {
    let now = attack.server.now().secs();
    let text = |value: &str| format!("\"{value}\"");
    let foreign = warifu_shared::keys::SigningKey::generate();
    vec![
        ("too old", "created", (now - 61).to_string(), 1103),
        ("from the future", "created", (now + 61).to_string(), 1102),
        ("ends too far away", "expires", (now + 61).to_string(), 1102),
        ("ends before it begins", "expires", (now - 1).to_string(), 1102),
        ("has no life", "expires", now.to_string(), 1102),
        ("a text as time", "created", text(&now.to_string()), 1102),
        ("a fraction as time", "created", format!("{now}.5"), 1102),
        ("a short nonce", "nonce", text(&b64::encode([1; 15])), 1102),
        ("a long nonce", "nonce", text(&b64::encode([1; 49])), 1102),
        ("a padded nonce", "nonce", text("AAAAAAAAAAAAAAAAAAAAAA=="), 1102),
        ("an empty nonce", "nonce", text(""), 1102),
        ("another algorithm", "alg", text("rsa-v1_5-sha256"), 1102),
        ("another writing of it", "alg", text("Ed25519"), 1102),
        ("a shared secret", "alg", text("hmac-sha256"), 1102),
        ("another tag", "tag", text("warifu-http-v2"), 1102),
        (
            "an unknown key",
            "keyid",
            text(foreign.public().thumbprint().as_str()),
            1102,
        ),
        (
            "the approval key's name",
            "keyid",
            text(attack.device.approval.public().thumbprint().as_str()),
            1102,
        ),
    ]
}

#[tokio::test]
async fn appr_05_appr_09_each_component_counts_though_the_rest_is_signed() {
    let attack = Attack::prepare().await;
    let honest = attack.honest();
    for at in 0..honest.components.len() {
        let name = &honest.components[at].0;
        let mut less = honest.clone();
        less.components.remove(at);
        attack
            .assert_refused(&format!("without {name}"), &less, (401, 1102))
            .await;
        let mut twice = honest.clone();
        twice.components.push(twice.components[at].clone());
        attack
            .assert_refused(&format!("{name} twice"), &twice, (401, 1102))
            .await;
        for parameter in ["req", "sf", "bs", "tr", "key=\"x\""] {
            let mut odd = honest.clone();
            odd.components[at].0 = format!("{name};{parameter}");
            attack
                .assert_refused(&format!("{name};{parameter}"), &odd, (401, 1102))
                .await;
        }
    }
    let mut reversed = honest.clone();
    reversed.components.reverse();
    attack
        .assert_refused("in another order", &reversed, (401, 1102))
        .await;
    for (name, value) in [
        ("@authority", "127.0.0.1"),
        ("@path", "/v1/device/name"),
        ("date", "x"),
    ] {
        let mut more = honest.clone();
        more.components.push((format!("\"{name}\""), value.to_owned()));
        attack
            .assert_refused(&format!("with {name}"), &more, (401, 1102))
            .await;
    }
    let mut empty = honest.clone();
    empty.components.clear();
    attack
        .assert_refused("covering nothing", &empty, (401, 1102))
        .await;
    attack.finish().await;
}

#[tokio::test]
async fn appr_09_one_label_in_both_headers_and_nothing_beside_it() {
    let attack = Attack::prepare().await;
    let (device, key) = (&attack.device, &attack.device.request);
    let good = attack.honest().signed(key);
    let mut other = attack.honest();
    other.label = "sig2".to_owned();
    let other = other.signed(key);
    let line = |request: &warifu_tests::raw_device::RawRequest, name: &str| {
        let found = request.headers.iter().find(|(known, _)| known == name);
        found.expect("a header").1.clone()
    };
    let (input, signature) = (line(&good, "signature-input"), line(&good, "signature"));
    let (input2, signature2) = (line(&other, "signature-input"), line(&other, "signature"));
    let both = |a: &str, b: &str| format!("{a}, {b}");
    for (why, input, signature) in [
        ("two labels", both(&input, &input2), both(&signature, &signature2)),
        ("two inputs", both(&input, &input2), signature.clone()),
        ("two signatures", input.clone(), both(&signature, &signature2)),
        (
            "the same label twice",
            both(&input, &input),
            both(&signature, &signature),
        ),
        ("two labels in two headers", input.clone(), signature2.clone()),
        (
            "a parameter at the signature",
            input.clone(),
            format!("{signature};x=1"),
        ),
        (
            "an unwrapped signature",
            input.clone(),
            signature.replace(':', "\""),
        ),
        ("a short signature", input.clone(), "sig1=:AAAA:".to_owned()),
        ("no list", "sig1=1".to_owned(), signature.clone()),
        ("garbage", ";;;".to_owned(), signature.clone()),
        (
            "an upper-case label",
            input.replace("sig1", "SIG1"),
            signature.replace("sig1", "SIG1"),
        ),
        (
            "a huge input",
            format!("{input};x=\"{}\"", "y".repeat(2000)),
            signature.clone(),
        ),
    ] {
        let request = good
            .clone()
            .with("signature-input", &input)
            .with("signature", &signature);
        let answer = device.send(&request).await;
        assert_eq!(answer.refusal(), (401, 1102), "{why}: {}", answer.text);
    }
    attack.finish().await;
}

#[tokio::test]
async fn appr_06_the_digest_is_of_this_body_and_of_a_known_kind_though_it_is_signed() {
    let attack = Attack::prepare().await;
    let sha256 = STANDARD.encode(digest(&SHA256, BODY));
    let sha512 = STANDARD.encode(digest(&SHA512, BODY));
    let other = STANDARD.encode(digest(&SHA256, b"{}"));
    for (why, line) in [
        ("of another body", format!("sha-256=:{other}:")),
        ("of another kind", format!("md5=:{}:", STANDARD.encode([1; 16]))),
        ("of a kind nobody knows", format!("sha-999=:{sha256}:")),
        ("of no kind", format!(":{sha256}:")),
        (
            "the right one beside a wrong one",
            format!("sha-256=:{sha256}:, sha-512=:{sha256}:"),
        ),
        (
            "a wrong one beside the right one",
            format!("sha-256=:{other}:, sha-512=:{sha512}:"),
        ),
        (
            "the same kind twice",
            format!("sha-256=:{other}:, sha-256=:{sha256}:"),
        ),
        (
            "the same kind twice the other way",
            format!("sha-256=:{sha256}:, sha-256=:{other}:"),
        ),
        ("cut", format!("sha-256=:{}:", &sha256[..40])),
        ("not wrapped", format!("sha-256={sha256}")),
    ] {
        let answer = attack
            .device
            .send(&attack.honest().digest(&line).signed(&attack.device.request))
            .await;
        assert!(
            matches!(answer.refusal(), (400, 1105) | (401, 1102)),
            "{why}: {}",
            answer.text
        );
    }
    for line in [
        format!("sha-512=:{sha512}:"),
        format!("sha-256=:{sha256}:, sha-512=:{sha512}:"),
    ] {
        let request = attack.honest().digest(&line).signed(&attack.device.request);
        let doubled = request
            .clone()
            .and("content-digest", &format!("sha-256=:{other}:"));
        assert!(
            attack.device.send(&doubled).await.status.is_client_error(),
            "two lines"
        );
        let bare = request.clone().without("content-digest");
        assert!(
            attack.device.send(&bare).await.status.is_client_error(),
            "covered and not sent"
        );
    }
    attack.finish().await;
}
