//! Raw bytes to a server, as no HTTP library would send them, and what comes back until the server hangs up.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

/// A connection from 127.0.0.1.
///
/// # Panics
/// When nobody listens.
pub async fn connect(address: SocketAddr) -> TcpStream {
    TcpStream::connect(address).await.expect("it listens")
}

/// A connection from another address of this machine, e.g. `127.0.0.2`.
///
/// # Panics
/// When nobody listens.
pub async fn connect_from(source: &str, address: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    let source = format!("{source}:0").parse().expect("an address");
    socket.bind(source).expect("an address of this machine");
    socket.connect(address).await.expect("it listens")
}

/// Sends bytes; a server that has hung up already does not matter.
pub async fn send(stream: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) {
    if stream.write_all(bytes).await.is_ok() {
        let _hung_up = stream.flush().await;
    }
}

/// Everything that comes until the server hangs up.
///
/// # Panics
/// When it does not hang up in time.
pub async fn until_hung_up(stream: &mut (impl AsyncRead + Unpin)) -> Vec<u8> {
    let mut all = Vec::new();
    let reading = async {
        let mut some = [0; 4096];
        // A reset is a way to hang up.
        while let Ok(count @ 1..) = stream.read(&mut some).await {
            all.extend_from_slice(&some[..count]);
        }
    };
    let done = tokio::time::timeout(LIMIT, reading).await;
    assert!(done.is_ok(), "the server holds the connection");
    all
}

/// The same as text.
pub async fn text_until_hung_up(stream: &mut (impl AsyncRead + Unpin)) -> String {
    String::from_utf8_lossy(&until_hung_up(stream).await).into_owned()
}

/// Sends `first`, then `again` over and over, until the server hangs up; gives what it said.
///
/// # Panics
/// When it does not hang up in time.
pub async fn drip(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), first: &str, again: &str) -> String {
    send(stream, first.as_bytes()).await;
    let (mut reader, mut writer) = tokio::io::split(stream);
    let dripping = async {
        let mut beat = tokio::time::interval(Duration::from_millis(20));
        loop {
            beat.tick().await;
            send(&mut writer, again.as_bytes()).await;
        }
    };
    tokio::select! {
        () = dripping => unreachable!("it drips for ever"),
        said = text_until_hung_up(&mut reader) => said,
    }
}

/// One answer on a connection that stays: head and a body of known length.
///
/// # Panics
/// When the server hangs up or takes too long.
pub async fn answer(stream: &mut (impl AsyncRead + Unpin)) -> String {
    try_answer(stream).await.expect("an answer")
}

/// The same; `None` when the server hangs up.
///
/// # Panics
/// When the server takes too long.
pub async fn try_answer(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let reading = async {
        let mut all = Vec::new();
        let mut some = [0; 4096];
        loop {
            let count = stream.read(&mut some).await.ok()?;
            if count == 0 {
                return None;
            }
            all.extend_from_slice(&some[..count]);
            if is_whole(&all) {
                return Some(String::from_utf8_lossy(&all).into_owned());
            }
        }
    };
    tokio::time::timeout(LIMIT, reading)
        .await
        .expect("an answer in time")
}

fn is_whole(bytes: &[u8]) -> bool {
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
        return false;
    };
    let (head, body) = (String::from_utf8_lossy(&bytes[..end]), &bytes[end + 4..]);
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse::<usize>())
    });
    length.is_none_or(|length| length.is_ok_and(|length| body.len() >= length))
}

/// Far longer than any limit that a test sets.
const LIMIT: Duration = Duration::from_secs(30);
