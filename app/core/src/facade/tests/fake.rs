//! A service for tests: it verifies what a server must verify, and can be told to misbehave.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use warifu_shared::api::*;
use warifu_shared::clock::{Clock, ManualClock, Timestamp};
use warifu_shared::error::ErrorCode;
use warifu_shared::fingerprint::commitment;
use warifu_shared::http_signature::{Received, parse};
use warifu_shared::ids::{ChallengeId, DeviceId, EnrolmentId};
use warifu_shared::jws::approval::{Approval, Decision, DeviceKeys};
use warifu_shared::jws::challenge::{
    Action, Challenge, ChallengeHash, Context, MatchRule, Transaction, device_urn,
};
use warifu_shared::jws::enrolment::Enrolment;
use warifu_shared::jws::veto::Veto;
use warifu_shared::keys::{PublicKey, SigningKey};
use warifu_shared::link::EnrolLink;
use warifu_shared::number::MatchNumber;

use super::fake_notices;
use super::fake_withdrawals::Withdrawn;

pub(super) const START: Timestamp = Timestamp::from_secs(1_767_225_600);

/// The service. Clones share one state.
#[derive(Clone)]
pub(super) struct Fake {
    pub(super) origin: String,
    pub(super) key: Arc<SigningKey>,
    pub(super) clock: ManualClock,
    pub(super) book: Arc<Mutex<Book>>,
}

/// What it knows and how it behaves.
pub(super) struct Book {
    pub(super) enrolment: EnrolmentId,
    pub(super) nonce: String,
    /// The opening that the device revealed.
    pub(super) opening: String,
    /// A core that reveals, or gives up, its share while a `begin` is answered.
    pub(super) revealed_meanwhile: Option<crate::DeviceCore>,
    /// How often the service information was asked for.
    pub(super) infos: u32,
    /// The commitment of every `begin`, in order.
    pub(super) commitments: Vec<String>,
    pub(super) device: DeviceId,
    pub(super) keys: Option<(PublicKey, PublicKey)>,
    pub(super) state: DeviceState,
    pub(super) name: String,
    pub(super) open: Vec<OpenChallenge>,
    pub(super) numbers: HashMap<ChallengeId, MatchNumber>,
    /// Every decision token that came, in order.
    pub(super) decided: Vec<String>,
    /// Requests after whose effect the answer is lost.
    pub(super) lose: u32,
    /// A refusal of the next decision.
    pub(super) refuse: Option<ErrorCode>,
    /// Everything is down.
    pub(super) down: bool,
    pub(super) nonces: Vec<String>,
    /// The token that registered the device.
    pub(super) enrolled: String,
    pub(super) withdrawn: Withdrawn,
    /// How challenges ended that another device decided.
    pub(super) endings: HashMap<ChallengeId, ChallengeEnding>,
    /// What is told, oldest first.
    pub(super) notices: Vec<String>,
    /// Every veto that came, in order.
    pub(super) vetoes: Vec<Veto>,
    /// What was asked for after, in milliseconds.
    pub(super) asked_after: Vec<i64>,
}

pub(super) type Answer = Result<Value, (ErrorCode, Option<u32>)>;

impl Fake {
    pub(super) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let book = Book {
            enrolment: EnrolmentId::random(),
            nonce: warifu_shared::b64::encode([3; 16]),
            opening: String::new(),
            commitments: Vec::new(),
            infos: 0,
            revealed_meanwhile: None,
            device: DeviceId::random(),
            keys: None,
            state: DeviceState::Pending,
            name: String::new(),
            open: Vec::new(),
            numbers: HashMap::new(),
            decided: Vec::new(),
            lose: 0,
            refuse: None,
            down: false,
            nonces: Vec::new(),
            enrolled: String::new(),
            withdrawn: Withdrawn::default(),
            endings: HashMap::new(),
            notices: Vec::new(),
            vetoes: Vec::new(),
            asked_after: Vec::new(),
        };
        let fake = Self {
            origin: format!("http://{}", listener.local_addr().unwrap()),
            key: Arc::new(SigningKey::generate()),
            clock: ManualClock::new(START),
            book: Arc::new(Mutex::new(book)),
        };
        let app = Router::new().fallback(handle).with_state(fake.clone());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        fake
    }

    pub(super) fn link(&self) -> String {
        let server_key = self.key.public().thumbprint().as_str().to_owned();
        EnrolLink {
            origin: self.origin.clone(),
            server_key,
            code: warifu_shared::b64::encode([9; 16]),
        }
        .write()
    }

    pub(super) fn book(&self) -> std::sync::MutexGuard<'_, Book> {
        self.book.lock().unwrap()
    }

    /// Opens a login challenge, signed by `key`.
    pub(super) fn open_signed_by(&self, key: &SigningKey) -> ChallengeId {
        self.open_about(Action::Login, None, key)
    }

    pub(super) fn open_about(&self, act: Action, txn: Option<Transaction>, key: &SigningKey) -> ChallengeId {
        let (now, id) = (self.clock.now().secs(), ChallengeId::random());
        let challenge = Challenge {
            iss: self.origin.clone(),
            aud: device_urn(&self.book().device),
            jti: id.clone(),
            sub: "ac_1".into(),
            svc: Bilingual {
                ja: "ひので証券".into(),
                en: "Hinode Securities".into(),
            },
            act,
            iat: now,
            nbf: now,
            exp: now + 120,
            nonce: warifu_shared::b64::encode([5; 16]),
            match_: MatchRule::default(),
            ctx: Context {
                place: "JP-13".into(),
                network: String::new(),
                browser: "Firefox 145 / Windows".into(),
                new_browser: true,
            },
            txn,
        };
        let jws = challenge.sign(key).unwrap();
        let mut book = self.book();
        book.open.push(OpenChallenge { id: id.clone(), jws });
        book.numbers.insert(id.clone(), "493817".parse().unwrap());
        id
    }

    pub(super) fn open(&self) -> ChallengeId {
        self.open_signed_by(&self.key.clone())
    }

    fn info(&self) -> ServiceInfo {
        ServiceInfo {
            origin: self.origin.clone(),
            name: Bilingual {
                ja: "ひので証券".into(),
                en: "Hinode Securities".into(),
            },
            challenge_key: self.key.public().to_b64(),
            relay_url: "ws://127.0.0.1:9/".into(),
            vapid_key: "k".into(),
            now: self.clock.now(),
        }
    }

    fn answer(&self, method: &Method, path: &str, headers: &HeaderMap, body: &Bytes) -> Answer {
        let read = |bytes: &Bytes| serde_json::from_slice::<Value>(bytes).unwrap_or_default();
        match (method.as_str(), path) {
            ("GET", paths::SERVICE) => {
                self.book().infos += 1;
                return Ok(json!(self.info()));
            }
            ("POST", paths::ENROL_BEGIN) => {
                let begin: BeginEnrolment = serde_json::from_slice(body).unwrap();
                let mut book = self.book();
                book.commitments.push(begin.commitment().to_owned());
                if let Some(core) = book.revealed_meanwhile.take() {
                    core.inner.state().draft = None;
                }
                return Ok(
                    json!({"enrolment": book.enrolment, "nonce": book.nonce, "code_hash": warifu_shared::b64::encode([1; 32]),
                    "customer": "山田 太郎", "account_hint": "•••123", "expires_at": START.plus_secs(600)}),
                );
            }
            ("GET", paths::KEYS) => return Ok(self.keys()),
            ("POST", paths::ENROL_FINISH) => return self.finish(&serde_json::from_slice(body).unwrap()),
            _ => {}
        }
        self.check_signature(method, path, headers, body)?;
        let mut book = self.book();
        match (method.as_str(), path) {
            ("GET", paths::DEVICE) => Ok(
                json!({"device": book.device, "state": book.state, "name": book.name,
                "subscribed": false, "service": self.info()}),
            ),
            ("DELETE", paths::DEVICE) => {
                book.state = DeviceState::Revoked;
                Ok(Value::Null)
            }
            ("PUT", paths::DEVICE_NAME) => {
                book.name = read(body)["name"].as_str().unwrap().to_owned();
                Ok(Value::Null)
            }
            ("GET", paths::CHALLENGES) => Ok(json!({"challenges": book.open, "now": self.clock.now()})),
            ("GET", _) if path.starts_with(paths::NOTICES) => Ok(self.notices(&mut book, path)),
            _ if path.starts_with(paths::WITHDRAWALS) => self.withdrawals(&mut book, path, &read(body)),
            ("GET", _) if path.ends_with("/ending") => fake_notices::ending(&book, path),
            ("GET", _) if path.ends_with("/receipt") => self.receipt(&book, path),
            ("POST", paths::VETOES) => self.veto(&mut book, &read(body)),
            ("POST", _) => self.decide(&mut book, read(body)["token"].as_str().unwrap()),
            _ => fake_notices::open_one(&book, path),
        }
    }

    fn finish(&self, finish: &FinishEnrolment) -> Answer {
        let srv = self.key.public().thumbprint();
        let keys = Enrolment::verify(&finish.token, &self.origin, &srv, self.clock.now()).unwrap();
        let mut book = self.book();
        if book.keys.is_some() {
            return Err((ErrorCode::EnrolmentCodeUnknown, None));
        }
        assert_eq!(
            (&keys.claims.nonce, &keys.claims.jti),
            (&book.nonce, &book.enrolment)
        );
        let opened = commitment(&keys.request, &keys.approval, &keys.claims.opening);
        assert_eq!(
            Some(&opened),
            book.commitments.last(),
            "revealed as it was promised"
        );
        book.opening = keys.claims.opening;
        book.keys = Some((keys.request, keys.approval));
        book.enrolled = finish.token.clone();
        book.name = finish.device_name.clone();
        Ok(json!(EnrolmentResult {
            device: book.device.clone(),
            account: "ac_1".into()
        }))
    }

    fn check_signature(
        &self,
        method: &Method,
        path: &str,
        headers: &HeaderMap,
        body: &Bytes,
    ) -> Result<(), (ErrorCode, Option<u32>)> {
        let lines = |name: &'static str| -> Vec<&str> {
            headers
                .get_all(HeaderName::from_static(name))
                .iter()
                .map(|value| value.to_str().unwrap())
                .collect()
        };
        let received = Received {
            method: method.as_str(),
            target_uri: &format!("{}{path}", self.origin),
            content_type: &lines("content-type"),
            content_digest: &lines("content-digest"),
            signature_input: &lines("signature-input"),
            signature: &lines("signature"),
            body,
        };
        let parsed = parse(&received, self.clock.now()).map_err(|error| (error.code(), None))?;
        let mut book = self.book();
        let Some((request, _)) = book.keys.clone() else {
            return Err((ErrorCode::SignatureInvalid, None));
        };
        parsed.verify(&request).map_err(|error| (error.code(), None))?;
        assert!(
            !book.nonces.contains(&parsed.nonce().to_owned()),
            "each request is signed freshly"
        );
        book.nonces.push(parsed.nonce().to_owned());
        if book.state == DeviceState::Revoked {
            Err((ErrorCode::DeviceRevoked, None))
        } else {
            Ok(())
        }
    }

    fn decide(&self, book: &mut Book, token: &str) -> Answer {
        let again = book.decided.iter().any(|earlier| earlier == token);
        book.decided.push(token.to_owned());
        let (request, approval) = book.keys.clone().unwrap();
        let keys = DeviceKeys {
            device: &book.device,
            request: &request,
            approval: &approval,
        };
        let decision = Approval::verify(token, &keys, &self.origin, self.clock.now()).unwrap();
        if let Some(code) = book.refuse.take() {
            return Err((code, None));
        }
        let outcome = match &decision.decision {
            Decision::Deny { .. } => Outcome::Denied,
            Decision::Approve { number, .. } if number.matches(&book.numbers[&decision.chal]) => {
                Outcome::Approved
            }
            Decision::Approve { .. } => return Err((ErrorCode::NumberWrong, Some(2))),
        };
        if !again {
            let open = book
                .open
                .iter()
                .find(|open| open.id == decision.chal)
                .ok_or((ErrorCode::ChallengeClosed, None))?;
            assert_eq!(decision.chal_hash, ChallengeHash::of(&open.jws));
            let kept = open.jws.clone();
            book.open.retain(|open| open.id != decision.chal);
            self.withdrawal_decided(book, &decision, kept, token);
        }
        Ok(json!(DecisionResult { outcome }))
    }
}

async fn handle(
    State(fake): State<Fake>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let gateway = (StatusCode::BAD_GATEWAY, "the service is down").into_response();
    if fake.book().down {
        return gateway;
    }
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let answer = fake.answer(&method, path, &headers, &body);
    let lost = {
        let mut book = fake.book();
        let lost = book.lose > 0 && method == Method::POST && uri.path() != paths::ENROL_BEGIN;
        book.lose -= u32::from(lost);
        lost
    };
    if lost {
        return gateway;
    }
    let date = http_date(fake.clock.now());
    match answer {
        Ok(Value::String(text)) => ([("date", date)], text).into_response(),
        Ok(value) => ([("date", date)], value.to_string()).into_response(),
        Err((code, tries_left)) => {
            let (number, name) = (code.number(), code.name().to_owned());
            let problem = Problem {
                code: number,
                name,
                message: code.message(),
                request_id: "rq_1".into(),
                tries_left,
                retry_at: None,
            };
            (
                StatusCode::from_u16(code.status()).unwrap(),
                [("date", date)],
                json!(problem).to_string(),
            )
                .into_response()
        }
    }
}

fn http_date(now: Timestamp) -> String {
    let date = chrono::DateTime::from_timestamp_millis(now.0).unwrap();
    date.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
