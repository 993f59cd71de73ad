//! The push client against a relay that is written from appendix A alone.

use std::sync::Mutex;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use warifu_shared::b64;
use warifu_shared::ids::ChallengeId;
use warifu_shared::push_payload::{self, Hinted};

use super::*;

const CHANNEL: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";
const ENDPOINT: &str = "https://relay.example/wpush/v2/token";

#[derive(Debug, PartialEq)]
enum Seen {
    Upload(String, String),
    Arrived(ChallengeId),
    Connection(Connection),
}

struct Host {
    journal: Arc<Journal>,
    channels: Mutex<Vec<Channel>>,
    uaid: Mutex<Option<String>>,
    gone: Mutex<bool>,
    seen: mpsc::UnboundedSender<Seen>,
}

impl PushHost for Host {
    fn channels(&self, _relay: &str) -> Vec<Channel> {
        self.channels.lock().unwrap().clone()
    }
    fn is_gone(&self, _channel: &str) -> bool {
        *self.gone.lock().unwrap()
    }
    fn uaid(&self, _relay: &str) -> Option<String> {
        self.uaid.lock().unwrap().clone()
    }
    async fn remember_uaid(&self, _relay: &str, uaid: &str) -> Result<(), CoreError> {
        *self.uaid.lock().unwrap() = Some(uaid.to_owned());
        Ok(())
    }
    async fn upload(&self, service: &str, subscription: Subscription, uaid: &str) -> Result<(), CoreError> {
        for channel in self
            .channels
            .lock()
            .unwrap()
            .iter_mut()
            .filter(|channel| channel.service == service)
        {
            channel.uploaded_for = Some(uaid.to_owned());
        }
        self.seen
            .send(Seen::Upload(subscription.endpoint, uaid.to_owned()))
            .unwrap();
        Ok(())
    }
    fn journal(&self) -> Arc<Journal> {
        self.journal.clone()
    }
    fn arrived(&self, hint: Hint) {
        if let Hinted::Challenge(id) = hint.hinted {
            self.seen.send(Seen::Arrived(id)).unwrap();
        }
    }
    fn connection(&self, _relay: &str, connection: Connection) {
        let _ = self.seen.send(Seen::Connection(connection));
    }
}

struct Bench {
    host: Arc<Host>,
    seen: mpsc::UnboundedReceiver<Seen>,
    listener: TcpListener,
    poke: watch::Sender<u64>,
    keys: Arc<PushSecret>,
    _dir: tempfile::TempDir,
}

type Peer = WebSocketStream<TcpStream>;

impl Bench {
    async fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self::with_journal(Journal::open(dir.path()), dir).await
    }

    async fn with_journal(journal: Journal, dir: tempfile::TempDir) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let keys = Arc::new(PushSecret::generate());
        let channel = Channel {
            service: "sv_1".into(),
            channel: CHANNEL.into(),
            vapid_key: "vapid".into(),
            keys: keys.clone(),
            uploaded_for: None,
        };
        let (sender, seen) = mpsc::unbounded_channel();
        let host = Arc::new(Host {
            journal: Arc::new(journal),
            channels: Mutex::new(vec![channel]),
            uaid: Mutex::default(),
            gone: Mutex::new(false),
            seen: sender,
        });
        let (poke, poked) = watch::channel(0);
        let url = format!("ws://{}/", listener.local_addr().unwrap());
        tokio::spawn(run(host.clone(), url, poked));
        Self {
            host,
            seen,
            listener,
            poke,
            keys,
            _dir: dir,
        }
    }

    fn poke(&self) {
        self.poke.send_modify(|count| *count += 1);
    }

    /// Accepts the client, checks its hello, answers with `uaid`.
    #[expect(clippy::result_large_err, reason = "the signature that the library wants")]
    async fn accept(&self, known: Option<&str>, uaid: &str) -> Peer {
        let (stream, _) = self.listener.accept().await.unwrap();
        let check = |request: &Request, response: Response| {
            assert!(
                request.headers().get("sec-websocket-protocol").is_none(),
                "no subprotocol is offered"
            );
            assert!(request.headers().get("origin").is_none());
            Ok(response)
        };
        let mut peer = tokio_tungstenite::accept_hdr_async(stream, check).await.unwrap();
        let hello = receive(&mut peer).await;
        assert_eq!(
            (&hello["messageType"], &hello["use_webpush"]),
            (&json!("hello"), &json!(true))
        );
        assert_eq!(hello.get("uaid").and_then(Value::as_str), known);
        send(
            &mut peer,
            &json!({"messageType":"hello","uaid":uaid,"status":200,"use_webpush":true,"broadcasts":{}}),
        )
        .await;
        peer
    }

    /// Accepts and registers the one channel.
    async fn accept_and_register(&mut self, known: Option<&str>, uaid: &str) -> Peer {
        let mut peer = self.accept(known, uaid).await;
        let register = receive(&mut peer).await;
        assert_eq!(
            register,
            json!({"messageType":"register","channelID":CHANNEL,"key":"vapid"})
        );
        send(
            &mut peer,
            &json!({"messageType":"register","channelID":CHANNEL,"status":200,"pushEndpoint":ENDPOINT}),
        )
        .await;
        assert_eq!(
            self.next_but_connections().await,
            Seen::Upload(ENDPOINT.into(), uaid.into())
        );
        peer
    }

    async fn next_but_connections(&mut self) -> Seen {
        loop {
            match self.seen.recv().await.unwrap() {
                Seen::Connection(_) => {}
                other => return other,
            }
        }
    }

    async fn offline(&mut self) {
        while self.seen.recv().await.unwrap() != Seen::Connection(Connection::Offline) {}
    }

    fn message(&self, version: &str, id: &ChallengeId) -> Value {
        let public = b64::decode(&self.keys.p256dh().unwrap()).unwrap();
        let body = ece::encrypt(
            &public,
            &b64::decode(&self.keys.auth).unwrap(),
            &push_payload::write(&Hinted::Challenge(id.clone())),
        )
        .unwrap();
        notification(version, &b64::encode(body))
    }
}

fn notification(version: &str, data: &str) -> Value {
    json!({"messageType":"notification","channelID":CHANNEL,"version":version,"data":data,"headers":{"encoding":"aes128gcm"}})
}

async fn send(peer: &mut Peer, frame: &Value) {
    peer.send(Message::text(frame.to_string())).await.unwrap();
}

async fn receive(peer: &mut Peer) -> Value {
    serde_json::from_str(peer.next().await.unwrap().unwrap().to_text().unwrap()).unwrap()
}

fn ack(version: &str, code: u16) -> Value {
    json!({"messageType":"ack","updates":[{"channelID":CHANNEL,"version":version,"code":code}]})
}

#[tokio::test]
async fn push_09_registers_once_and_keeps_its_name_at_the_relay() {
    let mut bench = Bench::start().await;
    drop(bench.accept_and_register(None, "aa").await);
    bench.offline().await;
    bench.poke();
    let mut peer = bench.accept(Some("aa"), "aa").await;
    let id = ChallengeId::random();
    send(&mut peer, &bench.message("v1", &id)).await;
    assert_eq!(
        receive(&mut peer).await,
        ack("v1", 100),
        "nothing is registered again"
    );
    assert_eq!(bench.next_but_connections().await, Seen::Arrived(id));
}

#[tokio::test]
async fn push_09_a_new_name_at_the_relay_means_new_endpoints() {
    let mut bench = Bench::start().await;
    drop(bench.accept_and_register(None, "aa").await);
    bench.offline().await;
    bench.poke();
    bench.accept_and_register(Some("aa"), "bb").await;
    assert_eq!(bench.host.uaid("").as_deref(), Some("bb"));
}

#[tokio::test]
async fn push_05_a_hint_is_stored_then_acknowledged_and_a_redelivery_is_no_second_one() {
    let mut bench = Bench::start().await;
    let mut peer = bench.accept_and_register(None, "aa").await;
    let (first, second) = (ChallengeId::random(), ChallengeId::random());
    send(&mut peer, &bench.message("v1", &first)).await;
    assert_eq!(receive(&mut peer).await, ack("v1", 100));
    let stored = [Hint {
        service: "sv_1".into(),
        hinted: Hinted::Challenge(first.clone()),
    }];
    assert_eq!(bench.host.journal.waiting(), stored, "on the disk before the ack");
    assert_eq!(bench.next_but_connections().await, Seen::Arrived(first.clone()));
    drop(peer);
    bench.offline().await;
    bench.poke();
    let mut peer = bench.accept(Some("aa"), "aa").await;
    send(&mut peer, &bench.message("v1", &first)).await;
    assert_eq!(receive(&mut peer).await, ack("v1", 100));
    send(&mut peer, &bench.message("v2", &second)).await;
    assert_eq!(receive(&mut peer).await, ack("v2", 100));
    assert_eq!(bench.next_but_connections().await, Seen::Arrived(second));
}

#[tokio::test]
async fn push_05_what_does_not_decrypt_or_has_no_owner_is_said_so() {
    let mut bench = Bench::start().await;
    let mut peer = bench.accept_and_register(None, "aa").await;
    let stranger = PushSecret::generate();
    let public = b64::decode(&stranger.p256dh().unwrap()).unwrap();
    let foreign = ece::encrypt(&public, &b64::decode(&stranger.auth).unwrap(), &[0; 256]).unwrap();
    for (version, data) in [
        ("v1", b64::encode(foreign)),
        ("v2", "!".into()),
        ("v3", String::new()),
    ] {
        send(&mut peer, &notification(version, &data)).await;
        assert_eq!(receive(&mut peer).await, ack(version, 101));
    }
    send(
        &mut peer,
        &json!({"messageType":"notification","channelID":"other","version":"v4"}),
    )
    .await;
    let answer = receive(&mut peer).await;
    assert_eq!(answer["updates"][0]["code"], 102);
    assert!(bench.host.journal.waiting().is_empty());
}

#[tokio::test]
async fn push_05_without_a_disk_nothing_is_acknowledged() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(&dir.path().join("missing"));
    let mut bench = Bench::with_journal(journal, dir).await;
    let mut peer = bench.accept_and_register(None, "aa").await;
    send(&mut peer, &bench.message("v1", &ChallengeId::random())).await;
    let end = peer.next().await;
    assert!(
        !matches!(end, Some(Ok(Message::Text(_)))),
        "the relay must keep it: {end:?}"
    );
    bench.offline().await;
}

#[tokio::test]
async fn app_14_a_removed_service_gives_its_channel_up_and_a_locked_one_keeps_it() {
    for gone in [true, false] {
        let mut bench = Bench::start().await;
        let mut peer = bench.accept_and_register(None, "aa").await;
        *bench.host.gone.lock().unwrap() = gone;
        bench.host.channels.lock().unwrap().clear();
        bench.poke();
        let frame = peer.next().await.unwrap().unwrap();
        if gone {
            let frame: Value = serde_json::from_str(frame.to_text().unwrap()).unwrap();
            assert_eq!(
                frame,
                json!({"messageType":"unregister","channelID":CHANNEL,"code":200})
            );
        } else {
            assert!(frame.is_close(), "{frame:?}");
        }
    }
}

#[tokio::test]
async fn relay_14_close_codes_are_told_apart() {
    use super::session::{End, Session};
    for (code, end) in [(4774, End::Shed), (1000, End::Lost), (1011, End::Lost)] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}/", listener.local_addr().unwrap());
        let bench = Bench::start().await;
        let relay = async {
            let (stream, _) = listener.accept().await.unwrap();
            let mut peer = tokio_tungstenite::accept_async(stream).await.unwrap();
            receive(&mut peer).await;
            send(
                &mut peer,
                &json!({"messageType":"hello","uaid":"aa","status":200}),
            )
            .await;
            let frame = CloseFrame {
                code: code.into(),
                reason: "".into(),
            };
            peer.send(Message::Close(Some(frame))).await.unwrap();
            while let Some(Ok(_)) = peer.next().await {}
        };
        let client = async {
            let (socket, _) = tokio_tungstenite::connect_async(&url).await.unwrap();
            let session = Session::open(&*bench.host, &url, socket).await.unwrap();
            session.listen(&mut bench.poke.subscribe()).await
        };
        assert_eq!(tokio::join!(client, relay).0, end, "{code}");
    }
}
