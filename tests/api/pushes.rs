//! What the server may be led to by an endpoint or by a push service's answer: nowhere but to that host (PUSH-06).

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use futures_util::{StreamExt, stream};
use reqwest::Method;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use warifu_server::push::endpoint::Names;
use warifu_shared::api::paths;
use warifu_shared::b64;
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::raw_device::RawDevice;
use warifu_tests::server::{TARO, TestServer};

/// Waits for something that must come.
async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), what)
        .await
        .expect("it comes")
}

/// A push service of a test. It reports each request by path and headers, and answers by the path.
struct PushHost {
    at: SocketAddr,
    hits: mpsc::UnboundedReceiver<(String, HeaderMap)>,
}

#[derive(Clone)]
struct Behaviour {
    hits: mpsc::UnboundedSender<(String, HeaderMap)>,
    /// Where `/moved` leads.
    elsewhere: String,
    /// Answers that `/busy` gives before 201.
    busy: Arc<Mutex<Vec<u16>>>,
    /// How much of `/endless` was sent when its reader had gone.
    sent: mpsc::UnboundedSender<usize>,
}

async fn answer(State(host): State<Behaviour>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    drop(host.hits.send((path.clone(), request.headers().clone())));
    match path.as_str() {
        "/moved" => Redirect::temporary(&host.elsewhere).into_response(),
        "/endless" => (StatusCode::CREATED, endless(host.sent)).into_response(),
        "/busy" => {
            let next = host.busy.lock().expect("not poisoned").pop().unwrap_or(201);
            StatusCode::from_u16(next).expect("a status").into_response()
        }
        _ => StatusCode::CREATED.into_response(),
    }
}

/// Up to 64 MiB; tells how much of it left when the reader has gone.
fn endless(sent: mpsc::UnboundedSender<usize>) -> Body {
    struct Count(usize, mpsc::UnboundedSender<usize>);
    impl Drop for Count {
        fn drop(&mut self) {
            let _unread = self.1.send(self.0);
        }
    }
    let chunks = stream::unfold(Count(0, sent), |mut count| async move {
        count.0 += CHUNK;
        let chunk = Ok::<_, std::io::Error>(Bytes::from(vec![b'x'; CHUNK]));
        (count.0 <= ENDLESS).then_some((chunk, count))
    });
    Body::from_stream(chunks.boxed())
}

const CHUNK: usize = 64 * 1024;
const ENDLESS: usize = 64 * 1024 * 1024;

impl PushHost {
    async fn start(elsewhere: &str, busy: &[u16]) -> (Self, mpsc::UnboundedReceiver<usize>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let at = listener.local_addr().expect("an address");
        let ((hit, hits), (sent, sizes)) = (mpsc::unbounded_channel(), mpsc::unbounded_channel());
        let behaviour = Behaviour {
            hits: hit,
            elsewhere: elsewhere.to_owned(),
            busy: Arc::new(Mutex::new(busy.to_vec())),
            sent,
        };
        let routes = Router::new().fallback(answer).with_state(behaviour);
        tokio::spawn(async move { axum::serve(listener, routes).await });
        (Self { at, hits }, sizes)
    }

    async fn next(&mut self) -> (String, HeaderMap) {
        soon(self.hits.recv()).await.expect("the host runs")
    }

    fn endpoint(&self, path: &str) -> String {
        format!("http://{}{path}", self.at)
    }
}

/// A server whose own relay is this host, apart from the server, so that it is allowed although it is on loopback.
async fn server_for(db: &Database, host: SocketAddr) -> TestServer {
    TestServer::with(db, |config| {
        config.relay.public_url = format!("ws://{host}/");
        config.listen.relay = None;
    })
    .await
}

async fn device(server: &TestServer) -> RawDevice {
    RawDevice::register(&server.server.app.store, TARO, &server.origin, server.now()).await
}

/// Subscribes at an endpoint: the status of the answer.
async fn subscribe(server: &TestServer, device: &RawDevice, endpoint: &str) -> u16 {
    let (keys, auth) = ece::generate_keypair_and_auth_secret().expect("keys");
    let public = keys.raw_components().expect("keys").public_key().to_vec();
    let body = json!({ "endpoint": endpoint, "p256dh": b64::encode(public), "auth": b64::encode(auth) });
    let request = device.sign(
        Method::PUT,
        paths::SUBSCRIPTION,
        body.to_string().as_bytes(),
        server.now(),
    );
    device.send(&request).await.status.as_u16()
}

async fn log_in(server: &TestServer) {
    let waiting = server.browser().enter_password(TARO.number, TARO.password).await;
    assert!(waiting.body.contains("warifu://challenge"), "{}", waiting.body);
}

#[tokio::test]
async fn push_06_endpoints_are_our_relays_or_a_listed_hosts_and_never_a_literal_address() {
    for_each_database(|db| async move {
        let server = TestServer::with(&db, |config| {
            config.push.allowed_hosts = vec!["push.example".to_owned()];
        })
        .await;
        let device = device(&server).await;
        let relay = server
            .server
            .app
            .config
            .relay
            .public_url
            .replacen("ws", "http", 1);
        for good in [format!("{relay}wpush/v2/x"), "https://push.example/x".to_owned()] {
            assert_eq!(subscribe(&server, &device, &good).await, 204, "{good}");
        }
        let lookalike = relay.trim_end_matches('/');
        for bad in [
            "https://127.0.0.1/x",
            "https://[::1]/x",
            "https://[::ffff:127.0.0.1]/x",
            "https://169.254.169.254/latest/meta-data",
            "https://10.0.0.1/x",
            "https://2130706433/x",
            "https://0x7f.1/x",
            "https://localhost/x",
            "http://push.example/x",
            "ftp://push.example/x",
            "file:///etc/passwd",
            "https://push.example.evil.example/x",
            "https://evil.example/push.example",
            "https://push.example@evil.example/x",
            "https://user:word@push.example/x",
            "https://push.example./x",
            "http://127.0.0.1:1/x",
            &format!("{lookalike}@evil.example/x"),
            &format!("{lookalike}.evil.example/x"),
            &format!("https://push.example/{}", "x".repeat(2048)),
            "",
            "push.example",
        ] {
            assert_eq!(subscribe(&server, &device, bad).await, 400, "{bad}");
        }
    })
    .await;
}

#[tokio::test]
async fn push_06_a_listed_name_that_points_inside_after_registration_is_not_connected_to() {
    let db = Database::sqlite();
    let inside = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = inside.local_addr().expect("an address").port();
    let (asked, mut questions) = mpsc::unbounded_channel();
    let answers: Arc<Mutex<Vec<IpAddr>>> = Arc::default();
    let known = Arc::clone(&answers);
    let names = Names::new(move |name| {
        let addresses = known.lock().expect("not poisoned").clone();
        drop(asked.send(name));
        async move { Ok(addresses) }
    });
    let server = TestServer::with(&db, |config| {
        config.push.allowed_hosts = vec!["push.example".to_owned()];
        config.push.names = names;
    })
    .await;
    let device = device(&server).await;
    let endpoint = format!("https://push.example:{port}/x");
    assert_eq!(subscribe(&server, &device, &endpoint).await, 204);
    *answers.lock().expect("not poisoned") = vec![
        "127.0.0.1".parse().expect("an address"),
        "::1".parse().expect("an address"),
    ];
    log_in(&server).await;
    // The second question is of the second try, so the first one is over.
    for _ in 0..2 {
        assert_eq!(
            soon(questions.recv()).await.as_deref(),
            Some("push.example"),
            "asked anew for each try"
        );
    }
    let mut connected = std::pin::pin!(inside.accept());
    let nobody = futures_util::poll!(connected.as_mut());
    assert!(nobody.is_pending(), "nobody connected to the inside");
}

#[tokio::test]
async fn push_06_redirects_are_not_followed() {
    let db = Database::sqlite();
    let (mut inside, _) = PushHost::start("", &[]).await;
    let (mut host, _) = PushHost::start(&inside.endpoint("/secret"), &[]).await;
    let server = server_for(&db, host.at).await;
    let device = device(&server).await;
    assert_eq!(subscribe(&server, &device, &host.endpoint("/moved")).await, 204);
    log_in(&server).await;
    assert_eq!(host.next().await.0, "/moved");
    assert_eq!(subscribe(&server, &device, &host.endpoint("/ok")).await, 204);
    log_in(&server).await;
    assert_eq!(host.next().await.0, "/ok", "given up, not tried again");
    assert!(inside.hits.try_recv().is_err(), "the redirect led nowhere");
}

#[tokio::test]
async fn push_06_an_endless_answer_is_not_read() {
    let db = Database::sqlite();
    let (mut host, mut sizes) = PushHost::start("", &[]).await;
    let server = server_for(&db, host.at).await;
    let device = device(&server).await;
    assert_eq!(subscribe(&server, &device, &host.endpoint("/endless")).await, 204);
    log_in(&server).await;
    assert_eq!(host.next().await.0, "/endless");
    let sent = soon(sizes.recv()).await.expect("the reader has gone");
    assert!(
        sent < ENDLESS / 4,
        "{sent} bytes left, as much as the sockets hold"
    );
    assert!(host.hits.try_recv().is_err(), "delivered, not tried again");
}

#[tokio::test]
async fn push_03_push_04_a_busy_service_gets_it_again_and_a_late_hint_is_not_sent() {
    let db = Database::sqlite();
    // Popped from the end: the first login's try, then three of the second's, then accepted.
    let (mut host, _) = PushHost::start("", &[503, 503, 503]).await;
    let server = server_for(&db, host.at).await;
    let device = device(&server).await;
    assert_eq!(subscribe(&server, &device, &host.endpoint("/busy")).await, 204);
    let ttl = |headers: &HeaderMap| -> i64 {
        let text = headers["ttl"].to_str().expect("text");
        text.parse().expect("seconds")
    };
    log_in(&server).await;
    let (_, first) = host.next().await;
    assert_eq!(ttl(&first), 120, "what the challenge has left");
    server.clock.advance_secs(121);
    log_in(&server).await;
    let mut topics = Vec::new();
    for _ in 0..3 {
        let (_, headers) = host.next().await;
        assert_eq!(ttl(&headers), 120, "of the second challenge");
        assert_eq!(headers["urgency"], "high");
        topics.push(headers["topic"].clone());
    }
    assert!(topics.iter().all(|topic| *topic == first["topic"]), "{topics:?}");
    assert!(
        host.hits.try_recv().is_err(),
        "the first challenge is over, and the second was taken"
    );
}
