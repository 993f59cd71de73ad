//! A firm's core system over real HTTP: checks signatures by itself, keeps balances and orders, and fails as it is told.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use axum::routing::post;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use warifu_shared::clock::SharedClock;

use crate::core_book::Book;

/// What goes wrong with one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// This status, before any work, with these headers.
    Status(u16, Vec<(&'static str, String)>),
    /// The work is done, and no answer ever comes.
    NeverAnswers,
    /// The work is done, and the connection ends in the middle of the answer.
    BreaksOff,
    /// The request arrives twice, as from a network that repeats; the second answer is given.
    Twice,
    /// The work is done, and the answer is this.
    Answers(Vec<u8>),
    /// The work is done, and the answer has no end.
    Endless,
}

/// A request that arrived and was signed well.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// `webhook-id`.
    pub id: String,
    /// `idempotency-key`, when there is one.
    pub idempotency_key: Option<String>,
    /// All headers, for sending it again as an attacker would.
    pub headers: HeaderMap,
    /// The body as it came.
    pub body: Vec<u8>,
}

impl Delivery {
    /// The body.
    ///
    /// # Panics
    /// When it is no JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }
}

/// The core system. Stops when dropped.
pub struct CoreBank {
    address: SocketAddr,
    desk: Arc<Desk>,
    running: Option<JoinHandle<()>>,
}

struct Desk {
    secrets: Vec<hmac::Key>,
    clock: SharedClock,
    book: Mutex<Book>,
    faults: Mutex<VecDeque<Fault>>,
    delivered: Mutex<Vec<Delivery>>,
    refused: Mutex<Vec<&'static str>>,
}

impl CoreBank {
    /// Opens on a free port of 127.0.0.1 and takes what is signed with any of `secrets` (`whsec_…`).
    ///
    /// # Panics
    /// When no port can be had or a secret is none.
    pub async fn open(secrets: &[&str], clock: SharedClock) -> Self {
        let keys = secrets.iter().map(|secret| {
            let coded = secret.strip_prefix("whsec_").expect("a secret");
            let bytes = STANDARD.decode(coded).expect("base64");
            hmac::Key::new(hmac::HMAC_SHA256, &bytes)
        });
        let desk = Desk {
            secrets: keys.collect(),
            clock,
            book: Mutex::default(),
            faults: Mutex::default(),
            delivered: Mutex::default(),
            refused: Mutex::default(),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let mut bank = Self {
            address: listener.local_addr().expect("an address"),
            desk: Arc::new(desk),
            running: None,
        };
        bank.serve(listener);
        bank
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What the product's `core.url` is.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/warifu", self.address)
    }

    /// Its books. They stay locked until what is given here is dropped: one look a statement.
    pub fn book(&self) -> MutexGuard<'_, Book> {
        locked(&self.desk.book)
    }

    /// The next request that is signed well meets this; several calls, several requests.
    pub fn next(&self, fault: Fault) {
        locked(&self.desk.faults).push_back(fault);
    }

    /// What arrived and was signed well.
    #[must_use]
    pub fn delivered(&self) -> Vec<Delivery> {
        locked(&self.desk.delivered).clone()
    }

    /// Why requests were turned away.
    #[must_use]
    pub fn refused(&self) -> Vec<&'static str> {
        locked(&self.desk.refused).clone()
    }

    /// Goes down: the port is closed. No connection outlives its answer, so none is left.
    pub async fn close(&mut self) {
        if let Some(running) = self.running.take() {
            running.abort();
            drop(running.await);
        }
    }

    /// Comes back at the same address, with the same books.
    ///
    /// # Panics
    /// When the port is taken.
    pub async fn reopen(&mut self) {
        let listener = TcpListener::bind(self.address).await.expect("the old port");
        self.serve(listener);
    }

    fn serve(&mut self, listener: TcpListener) {
        let routes = Router::new()
            .route("/warifu", post(receive))
            .with_state(Arc::clone(&self.desk));
        let task = tokio::spawn(async move { axum::serve(listener, routes).await.expect("it serves") });
        self.running = Some(task);
    }
}

impl Drop for CoreBank {
    fn drop(&mut self) {
        if let Some(running) = &self.running {
            running.abort();
        }
    }
}

async fn receive(state: State<Arc<Desk>>, headers: HeaderMap, body: Bytes) -> Response<Body> {
    let mut answer = answer_one(state, headers, body).await;
    answer
        .headers_mut()
        .insert("connection", HeaderValue::from_static("close"));
    answer
}

async fn answer_one(State(desk): State<Arc<Desk>>, headers: HeaderMap, body: Bytes) -> Response<Body> {
    if let Err(why) = desk.check(&headers, &body) {
        locked(&desk.refused).push(why);
        return plain(StatusCode::UNAUTHORIZED, why);
    }
    let text = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned)
    };
    locked(&desk.delivered).push(Delivery {
        id: text("webhook-id").unwrap_or_default(),
        idempotency_key: text("idempotency-key"),
        headers: headers.clone(),
        body: body.to_vec(),
    });
    let fault = locked(&desk.faults).pop_front();
    match fault {
        None => desk.work(&headers, &body),
        Some(Fault::Status(status, lines)) => {
            let mut answer = plain(StatusCode::from_u16(status).expect("a status"), "as told");
            for (name, value) in lines {
                answer
                    .headers_mut()
                    .insert(name, value.parse().expect("a header"));
            }
            answer
        }
        Some(Fault::NeverAnswers) => {
            desk.work(&headers, &body);
            std::future::pending().await
        }
        Some(Fault::BreaksOff) => {
            desk.work(&headers, &body);
            let parts = [
                Ok(Bytes::from_static(b"{\"key\":\"wd_")),
                Err(std::io::Error::other("as told")),
            ];
            Response::new(Body::from_stream(futures_util::stream::iter(parts)))
        }
        Some(Fault::Twice) => {
            desk.work(&headers, &body);
            desk.work(&headers, &body)
        }
        Some(Fault::Answers(answer)) => {
            desk.work(&headers, &body);
            Response::new(Body::from(answer))
        }
        Some(Fault::Endless) => {
            desk.work(&headers, &body);
            let spaces = futures_util::stream::repeat_with(|| {
                Ok::<_, std::io::Error>(Bytes::from_static(&[b' '; 1024]))
            });
            Response::new(Body::from_stream(spaces))
        }
    }
}

impl Desk {
    /// Standard Webhooks, from its text: `id.timestamp.body` under one of the secrets, not older or newer than five minutes.
    fn check(&self, headers: &HeaderMap, body: &[u8]) -> Result<(), &'static str> {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let id = header("webhook-id").ok_or("no id")?;
        let time = header("webhook-timestamp").ok_or("no time")?;
        let signatures = header("webhook-signature").ok_or("no signature")?;
        let sent: i64 = time.parse().map_err(|_| "no time")?;
        if (self.clock.now().0 / 1000 - sent).abs() > 300 {
            return Err("too old or too new");
        }
        let signed = [id.as_bytes(), b".", time.as_bytes(), b".", body].concat();
        let good = signatures.split(' ').any(|signature| {
            let Some(coded) = signature.strip_prefix("v1,") else {
                return false;
            };
            let tag = STANDARD.decode(coded).unwrap_or_default();
            self.secrets
                .iter()
                .any(|key| hmac::verify(key, &signed, &tag).is_ok())
        });
        if good {
            Ok(())
        } else {
            Err("not signed by anybody we know")
        }
    }

    fn work(&self, headers: &HeaderMap, body: &[u8]) -> Response<Body> {
        let Ok(request) = serde_json::from_slice::<Value>(body) else {
            return plain(StatusCode::BAD_REQUEST, "no JSON");
        };
        let data = &request["data"];
        let mut book = locked(&self.book);
        match request["type"].as_str() {
            Some("balance.read") => {
                let account = data["account"].as_str().unwrap_or_default();
                let available = book.available(account);
                answer(&json!({ "account": account, "available": available, "as_of": request["timestamp"] }))
            }
            Some("order.state") => answer(&book.state(data["key"].as_str().unwrap_or_default())),
            Some("order.place") => {
                let key = data["key"].as_str().unwrap_or_default();
                let named = |name: &str| headers.get(name).is_some_and(|value| value == key);
                if !named("idempotency-key") || !named("webhook-id") {
                    return plain(StatusCode::BAD_REQUEST, "the key differs from the headers");
                }
                match book.place(key, data) {
                    Some(state) => answer(&state),
                    None => plain(StatusCode::CONFLICT, "another order has this key"),
                }
            }
            _ => plain(StatusCode::BAD_REQUEST, "no such call"),
        }
    }
}

fn answer(value: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(value.to_string()));
    response
        .headers_mut()
        .insert("content-type", HeaderValue::from_static("application/json"));
    response
}

fn plain(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
