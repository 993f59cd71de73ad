//! A request signed by hand: any components and parameters, in any writing, under any label (APPR-05, APPR-09).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use warifu_shared::clock::Timestamp;
use warifu_shared::keys::SigningKey;
use warifu_shared::{b64, random};

use crate::raw_device::{RawDevice, RawRequest};

/// The parts of a signature, right until a test changes them. What is changed is signed as it then stands.
#[derive(Debug, Clone)]
pub struct Forged {
    /// The label.
    pub label: String,
    /// Name, as it is written in the list, and value of each covered component.
    pub components: Vec<(String, String)>,
    /// The parameters with their values, as they are written.
    pub parameters: Vec<(String, String)>,
    /// The request; its signature headers are written by [`Self::signed`].
    pub request: RawRequest,
}

impl Forged {
    /// An honest request of `device` with a JSON body.
    #[must_use]
    pub fn put(device: &RawDevice, path: &str, body: &[u8], now: Timestamp) -> Self {
        let request = device
            .sign(Method::PUT, path, body, now)
            .without("signature")
            .without("signature-input");
        let digest = request.headers.iter().find(|(name, _)| name == "content-digest");
        let digest = digest.expect("a body has a digest").1.clone();
        let component = |name: &str, value: &str| (format!("\"{name}\""), value.to_owned());
        let text = |name: &str, value: &str| (name.to_owned(), format!("\"{value}\""));
        Self {
            label: "sig1".to_owned(),
            components: vec![
                component("@method", "PUT"),
                component("@target-uri", &format!("{}{path}", device.origin)),
                component("content-type", "application/json"),
                component("content-digest", &digest),
            ],
            parameters: vec![
                ("created".to_owned(), now.secs().to_string()),
                ("expires".to_owned(), (now.secs() + 60).to_string()),
                text("nonce", &b64::encode(random::bytes::<16>())),
                text("alg", "ed25519"),
                text("keyid", device.request.public().thumbprint().as_str()),
                text("tag", "warifu-http-v1"),
            ],
            request,
        }
    }

    /// Gives a parameter another value, as it is to be written.
    #[must_use]
    pub fn parameter(mut self, name: &str, value: &str) -> Self {
        let known = self.parameters.iter_mut().find(|(known, _)| known == name);
        known.expect("a parameter").1 = value.to_owned();
        self
    }

    /// Covers another digest, and sends it.
    #[must_use]
    pub fn digest(mut self, line: &str) -> Self {
        self.components[3].1 = line.to_owned();
        self.request = self.request.with("content-digest", line);
        self
    }

    /// Signs what now stands there.
    #[must_use]
    pub fn signed(&self, key: &SigningKey) -> RawRequest {
        let list: Vec<&str> = self.components.iter().map(|(name, _)| name.as_str()).collect();
        let mut parameters = format!("({})", list.join(" "));
        for (name, value) in &self.parameters {
            parameters.push_str(&format!(";{name}={value}"));
        }
        let lines = self
            .components
            .iter()
            .map(|(name, value)| format!("{name}: {value}\n"));
        let base = format!("{}\"@signature-params\": {parameters}", lines.collect::<String>());
        let signature = STANDARD.encode(key.sign(base.as_bytes()));
        let label = &self.label;
        self.request
            .clone()
            .with("signature-input", &format!("{label}={parameters}"))
            .with("signature", &format!("{label}=:{signature}:"))
    }
}
