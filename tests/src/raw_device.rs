//! A device made of two keys and nothing else: it signs what a test wants and sends it as it is, right or wrong.

use reqwest::header::{CONTENT_TYPE, HeaderName};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use warifu_server::domain::account::AccountNumber;
use warifu_server::domain::device_life::Life;
use warifu_server::store::devices::{self, NewDevice};
use warifu_server::store::{Store, accounts};
use warifu_shared::api::{DeviceState, Protection, paths};
use warifu_shared::clock::Timestamp;
use warifu_shared::http_signature::{RequestToSign, sign};
use warifu_shared::ids::{AccountId, ApprovalId, ChallengeId, DeviceId, VetoId};
use warifu_shared::jws::approval::{Approval, Decision, DenyReason, MatchVia, UserVerification};
use warifu_shared::jws::challenge::{ChallengeHash, device_urn};
use warifu_shared::jws::veto::{Veto, VetoTo};
use warifu_shared::keys::SigningKey;

use crate::plain_http;
use crate::server::Login;

/// The device.
pub struct RawDevice {
    /// Its id at the server.
    pub id: DeviceId,
    /// Signs requests and refusals.
    pub request: SigningKey,
    /// Signs approvals.
    pub approval: SigningKey,
    /// The configured origin of the device API, which every signature covers.
    pub origin: String,
    /// Where it really connects to.
    pub address: String,
    http: Client,
}

/// A request with its headers, to be sent once, twice or changed.
#[derive(Debug, Clone)]
pub struct RawRequest {
    /// The method.
    pub method: Method,
    /// Path and query.
    pub path: String,
    /// All headers in order; a name may stand twice.
    pub headers: Vec<(String, String)>,
    /// The body; empty is none.
    pub body: Vec<u8>,
}

/// An answer of the device API.
#[derive(Debug, Clone)]
pub struct RawAnswer {
    /// The status code.
    pub status: StatusCode,
    /// The headers.
    pub headers: reqwest::header::HeaderMap,
    /// The JSON body; null when it is empty or no JSON.
    pub json: Value,
    /// The body as text.
    pub text: String,
}

impl RawDevice {
    /// Puts an active device of `customer` straight into the database.
    ///
    /// # Panics
    /// When there is no such customer.
    pub async fn register(store: &Store, customer: Login, origin: &str, now: Timestamp) -> Self {
        let number = AccountNumber::from_typed(customer.number).expect("an account number");
        let mut c = store.read().await.expect("the database answers");
        let account = accounts::by_number(&mut c, &number)
            .await
            .expect("it answers")
            .expect("a customer");
        drop(c);
        Self::of_account(store, &account.id, origin, now).await
    }

    /// The same for an account that has no login.
    ///
    /// # Panics
    /// When the device cannot be stored.
    pub async fn of_account(store: &Store, account: &AccountId, origin: &str, now: Timestamp) -> Self {
        let (request, approval) = (SigningKey::generate(), SigningKey::generate());
        let id = DeviceId::random();
        let device = devices::Device {
            id: id.clone(),
            account: account.clone(),
            state: DeviceState::Active,
            name: "裸の端末".to_owned(),
            model: "test".to_owned(),
            protection: Protection::Keystore,
            method: "link".to_owned(),
            life: Life::begin(730, now),
            last_seen_at: now,
            request_key: request.public().clone(),
            approval_key: approval.public().clone(),
        };
        let text = String::new;
        let new = NewDevice {
            device,
            os: text(),
            app_version: text(),
            enrol_token: text(),
            source_prefix: text(),
        };
        store
            .write(move |c| Box::pin(async move { devices::insert(c, &new).await }))
            .await
            .expect("inserted");
        let http = plain_http::client().build().expect("a client");
        Self {
            id,
            request,
            approval,
            origin: origin.to_owned(),
            address: origin.to_owned(),
            http,
        }
    }

    /// The same device once more: both hold its keys.
    #[must_use]
    pub fn copy(&self) -> Self {
        Self {
            id: self.id.clone(),
            request: SigningKey::from_seed(&self.request.seed()),
            approval: SigningKey::from_seed(&self.approval.seed()),
            origin: self.origin.clone(),
            address: self.address.clone(),
            http: self.http.clone(),
        }
    }

    /// Signs a request as the protocol says.
    #[must_use]
    pub fn sign(&self, method: Method, path: &str, body: &[u8], now: Timestamp) -> RawRequest {
        self.sign_for(&self.origin, method, path, body, now)
    }

    /// The same for the device API of another origin.
    #[must_use]
    pub fn sign_for(
        &self,
        origin: &str,
        method: Method,
        path: &str,
        body: &[u8],
        now: Timestamp,
    ) -> RawRequest {
        let target = format!("{origin}{path}");
        let json = (!body.is_empty()).then_some("application/json");
        let to_sign = RequestToSign {
            method: method.as_str(),
            target_uri: &target,
            content_type: json,
            body: Some(body),
        };
        let signed = sign(&to_sign, &self.request, now);
        let mut headers = vec![
            ("signature-input".to_owned(), signed.signature_input),
            ("signature".to_owned(), signed.signature),
        ];
        headers.extend(json.map(|kind| (CONTENT_TYPE.to_string(), kind.to_owned())));
        headers.extend(
            signed
                .content_digest
                .map(|digest| ("content-digest".to_owned(), digest)),
        );
        RawRequest {
            method,
            path: path.to_owned(),
            headers,
            body: body.to_vec(),
        }
    }

    /// Sends a request exactly as it is.
    ///
    /// # Panics
    /// When the server does not answer.
    pub async fn send(&self, request: &RawRequest) -> RawAnswer {
        self.try_send(request).await.expect("the server answers")
    }

    /// Sends a request to a server that may be gone.
    ///
    /// # Errors
    /// When no whole answer came.
    ///
    /// # Panics
    /// When the request cannot be written.
    pub async fn try_send(&self, request: &RawRequest) -> Result<RawAnswer, reqwest::Error> {
        let url = format!("{}{}", self.address, request.path);
        let mut sent = self.http.request(request.method.clone(), url);
        for (name, value) in &request.headers {
            sent = sent.header(HeaderName::try_from(name).expect("a name"), value);
        }
        if !request.body.is_empty() {
            sent = sent.body(request.body.clone());
        }
        let answer = sent.send().await?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let text = answer.text().await?;
        Ok(RawAnswer {
            status,
            headers,
            json: serde_json::from_str(&text).unwrap_or_default(),
            text,
        })
    }

    /// Asks for something with a fresh signature.
    pub async fn get(&self, path: &str, now: Timestamp) -> RawAnswer {
        self.send(&self.sign(Method::GET, path, b"", now)).await
    }

    /// The newest challenge that waits: its id and exact bytes.
    ///
    /// # Panics
    /// When none waits.
    pub async fn newest_challenge(&self, now: Timestamp) -> (ChallengeId, String) {
        let open = self.get(paths::CHALLENGES, now).await;
        let newest = open.json["challenges"]
            .as_array()
            .and_then(|all| all.last())
            .cloned();
        let newest = newest.unwrap_or_else(|| panic!("nothing waits: {open:?}"));
        let text = |name: &str| newest[name].as_str().expect("text").to_owned();
        (text("id").parse().expect("an id"), text("jws"))
    }

    /// A decision over a challenge, before anybody signs it. It lives for a minute.
    ///
    /// # Panics
    /// When `number` is none.
    #[must_use]
    pub fn decision(
        &self,
        challenge: &(ChallengeId, String),
        number: Option<&str>,
        now: Timestamp,
    ) -> Approval {
        let decision = match number {
            Some(number) => Decision::Approve {
                number: number.parse().expect("six digits"),
                via: MatchVia::Typed,
                uv: UserVerification::Pin,
            },
            None => Decision::Deny {
                reason: DenyReason::Cancelled,
            },
        };
        Approval {
            iss: device_urn(&self.id),
            aud: self.origin.clone(),
            jti: ApprovalId::random(),
            iat: now.secs(),
            exp: now.secs() + 60,
            chal: challenge.0.clone(),
            chal_hash: ChallengeHash::of(&challenge.1),
            decision,
        }
    }

    /// A decision signed by the key that it needs: yes with `number`, no without.
    ///
    /// # Panics
    /// When `number` is none.
    #[must_use]
    pub fn token(&self, challenge: &(ChallengeId, String), number: Option<&str>, now: Timestamp) -> String {
        let key = if number.is_some() {
            &self.approval
        } else {
            &self.request
        };
        let signed = self.decision(challenge, number, now).sign(key);
        signed.expect("a decision can be signed")
    }

    /// Decides: yes with `number`, no without.
    pub async fn decide(
        &self,
        challenge: &(ChallengeId, String),
        number: Option<&str>,
        now: Timestamp,
    ) -> RawAnswer {
        let token = self.token(challenge, number, now);
        self.send(&self.carry(&challenge.0, &token, now)).await
    }

    /// The request that carries a signed decision.
    #[must_use]
    pub fn carry(&self, challenge: &ChallengeId, token: &str, now: Timestamp) -> RawRequest {
        let body = json!({ "token": token }).to_string();
        self.sign(Method::POST, &paths::decision(challenge), body.as_bytes(), now)
    }

    /// A veto before anybody signs it. It lives for a minute.
    #[must_use]
    pub fn veto(&self, target: &DeviceId, to: VetoTo, now: Timestamp) -> Veto {
        Veto {
            iss: device_urn(&self.id),
            aud: self.origin.clone(),
            jti: VetoId::random(),
            iat: now.secs(),
            nbf: now.secs(),
            exp: now.secs() + 60,
            dev: target.clone(),
            to,
        }
    }

    /// The request that carries a signed veto.
    #[must_use]
    pub fn objection(&self, token: &str, now: Timestamp) -> RawRequest {
        let body = json!({ "token": token }).to_string();
        self.sign(Method::POST, paths::VETOES, body.as_bytes(), now)
    }

    /// Objects to a device with a fresh veto: 0, or the number of the refusal.
    ///
    /// # Panics
    /// When the veto cannot be signed.
    pub async fn object(&self, target: &DeviceId, to: VetoTo, now: Timestamp) -> i64 {
        let token = self
            .veto(target, to, now)
            .sign(&self.request)
            .expect("a veto can be signed");
        self.send(&self.objection(&token, now)).await.done()
    }
}

impl RawRequest {
    /// Replaces a header, or adds it.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self.and(name, value)
    }

    /// Adds a header, even a second of its name.
    #[must_use]
    pub fn and(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Takes a header away.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self
    }
}

impl RawAnswer {
    /// The number of a refusal, 0 for an answer without a body.
    ///
    /// # Panics
    /// For any other answer.
    #[must_use]
    pub fn done(&self) -> i64 {
        if self.status == StatusCode::NO_CONTENT {
            return 0;
        }
        assert!(!self.status.is_success(), "{self:?}");
        self.refusal().1
    }

    /// Status and number of a refusal.
    #[must_use]
    pub fn refusal(&self) -> (u16, i64) {
        (
            self.status.as_u16(),
            self.json["code"].as_i64().unwrap_or_default(),
        )
    }
}
