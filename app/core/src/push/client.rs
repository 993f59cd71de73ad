//! Keeping one relay connected: connect, listen, wait, again.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};
use url::Url;

use super::PushHost;
use super::backoff::Backoff;
use super::session::{End, Session};
use crate::view::Connection;

/// The socket to a relay.
pub(super) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Firefox waits as long for a connection and for an answer.
pub(super) const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// A connection that held this long was a good one.
const HELD: Duration = Duration::from_secs(60);
/// The relay's own limit of a frame.
const MAX_FRAME: usize = 64 * 1024;

/// Serves one relay until the sender of `poke` is gone. A poke means that channels changed or that a person wants to be
/// connected now.
pub(crate) async fn run<H: PushHost>(host: Arc<H>, relay: String, mut poke: watch::Receiver<u64>) {
    let mut backoff = Backoff::default();
    loop {
        poke.mark_unchanged();
        if host.channels(&relay).is_empty() {
            host.connection(&relay, Connection::Offline);
            if poke.changed().await.is_err() {
                return;
            }
            continue;
        }
        host.connection(&relay, Connection::Connecting);
        let started = Instant::now();
        let end = connect_and_listen(&*host, &relay, &mut poke).await;
        host.connection(&relay, Connection::Offline);
        if started.elapsed() >= HELD {
            backoff.reset();
        }
        let poked = match end {
            End::Gone => return,
            End::Idle => continue,
            End::Shed => poke.changed().await,
            End::Lost => {
                let wait = backoff.next();
                tracing::debug!(relay, ?wait, "push relay not connected");
                tokio::select! {
                    () = tokio::time::sleep(wait) => Ok(()),
                    poked = poke.changed() => poked,
                }
            }
        };
        if poked.is_err() {
            return;
        }
    }
}

async fn connect_and_listen<H: PushHost>(host: &H, relay: &str, poke: &mut watch::Receiver<u64>) -> End {
    let Some(socket) = connect(relay).await else {
        return End::Lost;
    };
    let opened = timeout(REQUEST_TIMEOUT, Session::open(host, relay, socket)).await;
    let session = match opened {
        Ok(Ok(session)) => session,
        Ok(Err(end)) => return end,
        Err(_) => return End::Lost,
    };
    host.connection(relay, Connection::Online);
    session.listen(poke).await
}

/// Connects without offering a subprotocol: autopush echoes none, and the library would then refuse the connection.
async fn connect(relay: &str) -> Option<Socket> {
    if !is_allowed(relay) {
        tracing::warn!(relay, "the relay's address is not encrypted");
        return None;
    }
    let config = WebSocketConfig::default()
        .max_message_size(Some(MAX_FRAME))
        .max_frame_size(Some(MAX_FRAME));
    match timeout(
        REQUEST_TIMEOUT,
        connect_async_with_config(relay, Some(config), true),
    )
    .await
    {
        Ok(Ok((socket, _))) => Some(socket),
        Ok(Err(error)) => {
            tracing::debug!(relay, %error, "push relay");
            None
        }
        Err(_) => None,
    }
}

/// `wss`, or `ws` to this machine (APP-09).
pub(crate) fn is_allowed(relay: &str) -> bool {
    Url::parse(relay).is_ok_and(|url| match url.scheme() {
        "wss" => true,
        "ws" => warifu_shared::link::is_loopback(&url),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn app_09_plain_sockets_only_on_this_machine() {
        for good in [
            "wss://push.example/",
            "ws://127.0.0.1:9/",
            "ws://localhost:9/",
            "ws://[::1]:9/",
        ] {
            assert!(is_allowed(good), "{good}");
        }
        for bad in [
            "ws://push.example/",
            "http://127.0.0.1/",
            "ws://127.0.0.1.example/",
            "push.example",
            "",
        ] {
            assert!(!is_allowed(bad), "{bad}");
        }
    }
}
