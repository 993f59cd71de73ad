//! Builder of the HTTP signature vectors: written by hand from RFC 9421, not with the product's own signer.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use warifu_shared::b64;

use crate::support::{IAT, NONCE, request_key};

const NOW: i64 = IAT + 5;
const URI: &str = "https://auth.example/v1/device/challenges/ch_8Yk/decision";
const BODY: &str = r#"{"token":"e30"}"#;

struct Request {
    method: &'static str,
    components: Vec<(&'static str, String)>,
    params: String,
    body: &'static str,
}

impl Request {
    fn post() -> Self {
        let digest = format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(BODY)));
        let extra = [
            ("content-type", "application/json".to_owned()),
            ("content-digest", digest),
        ];
        Self::new("POST", BODY, extra.to_vec())
    }

    fn new(method: &'static str, body: &'static str, extra: Vec<(&'static str, String)>) -> Self {
        let mut components = vec![("@method", method.to_owned()), ("@target-uri", URI.to_owned())];
        components.extend(extra);
        let params = format!(
            r#";created={IAT};expires={};nonce="{NONCE}";alg="ed25519";keyid="{}";tag="warifu-http-v1""#,
            IAT + 60,
            request_key().public().thumbprint()
        );
        Self {
            method,
            components,
            params,
            body,
        }
    }

    fn list(&self) -> String {
        let names: Vec<String> = self
            .components
            .iter()
            .map(|(name, _)| format!("\"{name}\""))
            .collect();
        format!("({}){}", names.join(" "), self.params)
    }

    fn base(&self) -> String {
        let lines: Vec<String> = self
            .components
            .iter()
            .map(|(name, value)| format!("\"{name}\": {value}\n"))
            .collect();
        format!("{}\"@signature-params\": {}", lines.concat(), self.list())
    }

    fn write(&self, name: &str) -> Value {
        let signature = request_key().sign(self.base().as_bytes());
        let mut headers: Vec<Value> = self
            .components
            .iter()
            .filter(|(name, _)| !name.starts_with('@'))
            .map(|(name, value)| json!([name, value]))
            .collect();
        headers.push(json!(["signature-input", format!("sig1={}", self.list())]));
        headers.push(json!([
            "signature",
            format!("sig1=:{}:", STANDARD.encode(signature))
        ]));
        json!({
            "name": name, "now": NOW, "method": self.method, "target_uri": URI, "headers": headers,
            "body": self.body, "base": self.base(), "signature_raw": b64::encode(signature),
        })
    }

    fn refuse(&self, name: &str, error: &str) -> Value {
        let mut case = self.write(name);
        case["error"] = json!(error);
        case
    }
}

fn with_params(change: impl FnOnce(String) -> String) -> Request {
    let honest = Request::post();
    Request {
        params: change(honest.params.clone()),
        ..honest
    }
}

fn without_component(at: usize) -> Value {
    let mut request = Request::post();
    let (name, value) = request.components.remove(at);
    let mut case = request.refuse(&format!("{name} is not covered"), "Invalid");
    if !name.starts_with('@') {
        case["headers"]
            .as_array_mut()
            .expect("a list")
            .push(json!([name, value]));
    }
    case
}

fn damaged(name: &str, error: &str, change: impl FnOnce(&mut Value)) -> Value {
    let mut case = Request::post().refuse(name, error);
    change(&mut case);
    case
}

/// The headers of `case` whose name is `name`.
fn header<'a>(case: &'a mut Value, name: &str) -> &'a mut Value {
    let headers = case["headers"].as_array_mut().expect("a list");
    headers
        .iter_mut()
        .find(|h| h[0] == name)
        .expect("the header is there")
}

fn edit(case: &mut Value, name: &str, change: impl FnOnce(&str) -> String) {
    let line = header(case, name);
    line[1] = json!(change(line[1].as_str().expect("text")));
}

fn repeat(case: &mut Value, name: &str) {
    let line = header(case, name).clone();
    case["headers"].as_array_mut().expect("a list").push(line);
}

pub fn http_signature() -> Value {
    let accept = vec![
        Request::post().write("with a body"),
        Request::new("GET", "", Vec::new()).write("without a body"),
    ];
    let mut cases: Vec<Value> = (0..4).map(without_component).collect();
    let mut turned = Request::post();
    turned.components.swap(0, 1);
    cases.push(turned.refuse("components in another order", "Invalid"));
    for name in ["created", "expires", "nonce", "alg", "keyid", "tag"] {
        let without = with_params(|p| {
            let kept: Vec<&str> = p
                .split(';')
                .filter(|part| !part.starts_with(&format!("{name}=")))
                .collect();
            kept.join(";")
        });
        cases.push(without.refuse(&format!("no {name}"), "Invalid"));
    }
    cases.extend(wrong_parameters());
    cases.extend(wrong_on_the_way());
    json!({
        "about": "Signed device requests: RFC 9421 with the device request key, RFC 9530 digest. Header names in lower case.",
        "accept": accept,
        "refuse": cases,
    })
}

fn wrong_parameters() -> Vec<Value> {
    let expires = |secs: i64| with_params(|p| p.replace(&(IAT + 60).to_string(), &(IAT + secs).to_string()));
    let moved = |secs: i64| {
        with_params(|p| {
            let p = p.replace(&(IAT + 60).to_string(), &(IAT + secs + 60).to_string());
            p.replace(&format!("created={IAT}"), &format!("created={}", IAT + secs))
        })
    };
    vec![
        with_params(|p| p + ";x=1").refuse("unknown parameter", "Invalid"),
        with_params(|p| p + ";tag=\"warifu-http-v1\"").refuse("parameter twice", "Invalid"),
        with_params(|p| p.replace("ed25519", "hmac-sha256")).refuse("another algorithm", "Invalid"),
        with_params(|p| p.replace("http-v1", "http-v2")).refuse("another tag", "Invalid"),
        with_params(|p| p.replace(NONCE, "AAECAwQFBgc")).refuse("nonce of 64 bits", "Invalid"),
        expires(61).refuse("expires after 61 s", "Invalid"),
        expires(0).refuse("expires when created", "Invalid"),
        expires(5).refuse("expired", "Expired"),
        moved(-60).refuse("created 65 s ago", "Expired"),
        moved(66).refuse("created in 61 s", "Expired"),
    ]
}

fn wrong_on_the_way() -> Vec<Value> {
    vec![
        damaged("second label", "Invalid", |c| {
            for name in ["signature-input", "signature"] {
                edit(c, name, |l| format!("{l}, {}", l.replacen("sig1", "sig2", 1)));
            }
        }),
        damaged("label twice", "Invalid", |c| {
            edit(c, "signature-input", |l| format!("{l}, {l}"));
        }),
        damaged("signature-input twice", "Invalid", |c| {
            repeat(c, "signature-input");
        }),
        damaged("signature twice", "Invalid", |c| repeat(c, "signature")),
        damaged("content-type twice", "Invalid", |c| repeat(c, "content-type")),
        damaged("content-digest twice", "Invalid", |c| repeat(c, "content-digest")),
        damaged("odd spacing", "Invalid", |c| {
            edit(c, "signature-input", |l| l.replacen(";created", "; created", 1));
        }),
        damaged("body changed", "DigestMismatch", |c| {
            c["body"] = json!(BODY.replace("e30", "e31"));
        }),
        damaged("another method", "Invalid", |c| c["method"] = json!("PUT")),
        damaged("another target", "Invalid", |c| {
            c["target_uri"] = json!(format!("{URI}?x=1"));
        }),
        damaged("not signed", "Missing", |c| {
            c["headers"] = json!([["content-type", "application/json"]]);
        }),
    ]
}
