//! A relay on port 0 over a database of its own, and a sender with a VAPID key.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use warifu_server::crypto::seal::Sealer;
use warifu_server::relay::{self, Relay, RelayConfig};
use warifu_server::store::Store;
use warifu_shared::b64;
use warifu_shared::clock::{ManualClock, Timestamp};
use warifu_tests::autopush_client::AutopushClient;
use warifu_tests::databases::Database;

/// Both databases, each for this test alone.
pub async fn databases() -> [Database; 2] {
    [Database::sqlite(), Database::postgres().await]
}

/// A running relay.
pub struct Node {
    pub url: String,
    pub http: String,
    pub relay: Relay,
    pub clock: ManualClock,
    pub store: Store,
}

impl Node {
    /// Starts with our sender's key allowed and the settings that `change` makes.
    pub async fn start(database: &Database, change: impl FnOnce(&mut RelayConfig)) -> Self {
        Self::of_firm(42, database, change).await
    }

    /// The same for one of several firms, each with secrets of its own.
    pub async fn of_firm(firm: u8, database: &Database, change: impl FnOnce(&mut RelayConfig)) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut config = RelayConfig {
            public_url: format!("ws://{address}/"),
            insecure_loopback: true,
            vapid_key: Some(Sender::own().public()),
            ..RelayConfig::default()
        };
        change(&mut config);
        let clock = ManualClock::new(Timestamp::from_secs(1_767_225_600));
        let store = Store::open(database.url()).await.unwrap();
        let sealer = Sealer::new(&[firm; 32]);
        let relay = Relay::new(store.clone(), sealer, Arc::new(clock.clone()), config).unwrap();
        let app = relay::router(relay.clone()).into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self {
            url: format!("ws://{address}/"),
            http: format!("http://{address}"),
            relay,
            clock,
            store,
        }
    }

    /// Starts with the default settings.
    pub async fn plain(database: &Database) -> Self {
        Self::start(database, |_| {}).await
    }

    /// Connects and says hello.
    pub async fn client(&self, uaid: Option<&str>) -> (AutopushClient, String) {
        let mut client = AutopushClient::connect(&self.url).await;
        let uaid = client.hello(uaid).await;
        (client, uaid)
    }

    /// A client with one channel for our sender: client, uaid, endpoint.
    pub async fn subscribed(&self) -> (AutopushClient, String, String) {
        let (mut client, uaid) = self.client(None).await;
        let endpoint = client.endpoint(CHANNEL, Some(&Sender::own().public())).await;
        (client, uaid, endpoint)
    }

    /// A post by our sender that is complete as it is; change what the test is about.
    pub fn post(&self, endpoint: &str) -> Post {
        let sender = Sender::own();
        let authorization = sender.authorization(&self.claims());
        Post {
            url: endpoint.to_owned(),
            headers: vec![
                ("TTL", "60".into()),
                ("Content-Encoding", "aes128gcm".into()),
                ("Authorization", authorization),
            ],
            body: BODY.to_vec(),
        }
    }

    /// Claims that the relay accepts.
    pub fn claims(&self) -> Value {
        use warifu_shared::clock::Clock;
        json!({"aud": self.http, "exp": self.clock.now().secs() + 3600, "sub": "mailto:ops@firm.example"})
    }

    /// Stops the relay as a shutdown does.
    pub async fn stop(self) {
        self.relay.shutdown(Duration::from_secs(5)).await;
        assert_eq!(self.relay.connections(), 0);
        self.store.close().await;
    }
}

/// Someone who posts push messages.
pub struct Sender(SigningKey);

impl Sender {
    /// The sender whose key the relay serves.
    pub fn own() -> Self {
        Self(SigningKey::from_slice(&[11; 32]).unwrap())
    }

    /// Another one.
    pub fn stranger() -> Self {
        Self(SigningKey::from_slice(&[12; 32]).unwrap())
    }

    /// The public key as browsers take it.
    pub fn public(&self) -> String {
        b64::encode(self.0.verifying_key().to_sec1_point(false).as_bytes())
    }

    /// A signed token.
    pub fn token(&self, header: &Value, claims: &Value) -> String {
        let signed = format!(
            "{}.{}",
            b64::encode(header.to_string()),
            b64::encode(claims.to_string())
        );
        let signature: Signature = self.0.sign(signed.as_bytes());
        format!("{signed}.{}", b64::encode(signature.to_bytes()))
    }

    /// The Authorization header of RFC 8292.
    pub fn authorization(&self, claims: &Value) -> String {
        let token = self.token(&json!({"typ": "JWT", "alg": "ES256"}), claims);
        format!("vapid t={token}, k={}", self.public())
    }
}

/// A push message on its way.
pub struct Post {
    url: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Post {
    /// Sets a header.
    pub fn with(self, name: &'static str, value: impl Into<String>) -> Self {
        let mut changed = self.without(name);
        changed.headers.push((name, value.into()));
        changed
    }

    /// Leaves a header out.
    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(it, _)| !it.eq_ignore_ascii_case(name));
        self
    }

    /// Sets the body.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Posts and answers the response.
    pub async fn send(self) -> reqwest::Response {
        let mut request = http_client().post(&self.url).body(self.body);
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        request.send().await.unwrap()
    }

    /// Posts what must be accepted and answers the `Location`.
    pub async fn accepted(self) -> String {
        let response = self.send().await;
        assert_eq!(response.status(), 201, "{:?}", response.text().await);
        response.headers()["location"].to_str().unwrap().to_owned()
    }

    /// Posts what must be refused: checks status, errno and the shape of the error.
    pub async fn refused(self, status: u16, errno: u16) -> reqwest::header::HeaderMap {
        let response = self.send().await;
        let headers = response.headers().clone();
        let got = response.status().as_u16();
        let body: Value = response.json().await.unwrap();
        assert_eq!(
            (got, &body["errno"], &body["code"]),
            (status, &json!(errno), &json!(status)),
            "{body}"
        );
        for text in ["error", "message", "more_info"] {
            assert!(
                body[text].as_str().is_some_and(|it| !it.is_empty()),
                "{text} in {body}"
            );
        }
        headers
    }
}

/// A plain HTTP client.
pub fn http_client() -> reqwest::Client {
    // Only the first call of the process installs it; nothing here speaks TLS.
    drop(tokio_rustls::rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// A channel.
pub const CHANNEL: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";
/// Another one.
pub const CHANNEL_2: &str = "1f8fad5b-d9cb-469f-a165-70867728950e";
/// Stands for an encrypted body: the relay does not look into it.
pub const BODY: &[u8] = b"\x00\x01 opaque \xff bytes";
