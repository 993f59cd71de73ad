//! Idle devices at the relay: what a connection that only waits costs the server, and how long a push takes while they wait.

use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::TcpStream;
use warifu_server::crypto::secrets::Secrets;
use warifu_server::push::vapid::Vapid;
use warifu_shared::clock::{Clock, SystemClock};
use warifu_tests::autopush_client::AutopushClient;

use super::cpu;
use super::cycle::Target;

/// What was measured.
pub struct Idle {
    /// Devices that were connected.
    pub devices: usize,
    /// Files that a process may have open.
    pub files: u64,
    /// Resident memory of the server before they connected, bytes.
    pub before: u64,
    /// And while they waited.
    pub after: u64,
    /// From POST to socket, sorted; the number is how many posted at once.
    pub pushes: Vec<(usize, Vec<Duration>)>,
}

/// A device that has an endpoint.
struct Device {
    uaid: String,
    endpoint: String,
}

/// Connects up to `wanted` devices to the relay of `target`, whose secrets lie in `secrets`.
///
/// # Panics
/// When a device that waits is sent away or a push does not arrive.
pub async fn measure(target: &Target, secrets: &std::path::Path, wanted: usize) -> Idle {
    let files = most_files();
    let room = usize::try_from(files).unwrap_or(usize::MAX).saturating_sub(SPARE);
    let relay = target.relay();
    let secrets = Secrets::load(secrets).expect("the server's secrets");
    let vapid = Vapid::new(&secrets.vapid_key, "mailto:operations@hinode.example").expect("a key");
    // Their rows and the server's caches are there before anything is counted: these devices come back.
    let devices = each(0..wanted.min(room), |_| register(relay, vapid.public_key())).await;
    settle(target).await;
    let before = cpu::resident(target.process());
    let sockets = each(&devices, |device| wait(relay, &device.uaid)).await;
    settle(target).await;
    let after = cpu::resident(target.process());
    let authorization = vapid
        .authorization(&format!("http://{relay}"), SystemClock.now())
        .expect("a token");
    let mut waiting: Vec<_> = devices.iter().zip(sockets).collect();
    let mut pushes = Vec::new();
    for at_once in [1, 32] {
        let all = push(&mut waiting, at_once, &authorization).await;
        pushes.push((at_once, all));
    }
    for (_, socket) in &waiting {
        // Nothing to read: neither the end nor a ping that went unanswered.
        let quiet = socket.try_read(&mut [0; 1]).expect_err("it is still connected");
        assert_eq!(quiet.kind(), std::io::ErrorKind::WouldBlock);
    }
    Idle {
        devices: devices.len(),
        files,
        before,
        after,
        pushes,
    }
}

/// Registers a device, which comes back once and goes again.
async fn register(relay: &str, key: &str) -> Device {
    let mut client = AutopushClient::connect(&format!("ws://{relay}/")).await;
    let uaid = client.hello(None).await;
    let endpoint = client.endpoint(CHANNEL, Some(key)).await;
    drop(client);
    drop(wait(relay, &uaid).await);
    Device { uaid, endpoint }
}

/// Connects as the device does when it starts, and keeps no more than the socket.
async fn wait(relay: &str, uaid: &str) -> TcpStream {
    let mut client = AutopushClient::connect(&format!("ws://{relay}/")).await;
    client.hello(Some(uaid)).await;
    client.into_tcp()
}

/// Pushes to every device in turn, or to as many as fit into a second or two.
async fn push(waiting: &mut Vec<(&Device, TcpStream)>, at_once: usize, authorization: &str) -> Vec<Duration> {
    let http = warifu_tests::plain_http::client().build().expect("a client");
    let most = waiting.len().min(PUSHES);
    let now_pushed = waiting.drain(..most).collect::<Vec<_>>();
    let mut took = Vec::with_capacity(most);
    let mut pushed = stream::iter(now_pushed)
        .map(|(device, socket)| push_one(&http, device, socket, authorization))
        .buffer_unordered(at_once);
    while let Some((one, device, socket)) = pushed.next().await {
        took.push(one);
        waiting.push((device, socket));
    }
    took.sort_unstable();
    took
}

async fn push_one<'d>(
    http: &reqwest::Client,
    device: &'d Device,
    socket: TcpStream,
    authorization: &str,
) -> (Duration, &'d Device, TcpStream) {
    let mut client = AutopushClient::over(socket).await;
    let post = http
        .post(&device.endpoint)
        .header("ttl", "60")
        .header("content-encoding", "aes128gcm")
        .header("authorization", authorization)
        .body(vec![7; 380]);
    let start = now();
    let received = async {
        let message = client.receive().await;
        (start.elapsed(), message)
    };
    let (posted, (took, message)) = tokio::join!(post.send(), received);
    assert_eq!(posted.expect("an answer").status(), 201);
    assert_eq!(message["messageType"], "notification");
    client.ack(&message).await;
    (took, device, client.into_tcp())
}

/// Does `work` for each, some at once; the answers stand in their order.
async fn each<T, W: Future>(all: impl IntoIterator<Item = T>, work: impl Fn(T) -> W) -> Vec<W::Output> {
    let done = stream::iter(all).map(work).buffered(AT_ONCE);
    done.collect().await
}

/// Waits until the server has nothing more to do.
async fn settle(target: &Target) {
    let mut beat = tokio::time::interval(Duration::from_millis(500));
    let mut used = Duration::MAX;
    loop {
        beat.tick().await;
        let now = cpu::of(target.process());
        if now.saturating_sub(used) <= Duration::from_millis(20) && used != Duration::MAX {
            return;
        }
        used = now;
    }
}

/// Raises the number of files that this process, and those it starts, may have open to what is allowed.
fn most_files() -> u64 {
    let Rlimit { maximum, current } = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: maximum,
        maximum,
    };
    match setrlimit(Resource::Nofile, raised) {
        Ok(()) => maximum.unwrap_or(u64::MAX),
        Err(_) => current.unwrap_or(u64::MAX),
    }
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures elapsed time")]
fn now() -> Instant {
    Instant::now()
}

/// Files of a process beside its sockets.
const SPARE: usize = 500;
const AT_ONCE: usize = 32;
const PUSHES: usize = 2_000;
const CHANNEL: &str = "1f1b2c3d-4e5f-4a6b-8c7d-0123456789ab";
