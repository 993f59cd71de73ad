//! Sockets: who may connect and how many, TLS, time limits of slow clients, and the end of all connections (OPS-01, WEB-11).

pub mod certificates;
mod connection;
pub(crate) mod places;
pub mod reload;
mod socket;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use self::certificates::{Certificates, Face};
use self::connection::Terms;
use self::places::{Busy, Connections, Source};
use self::socket::Socket;
use crate::domain::context::Prefix;

/// One listener's rules.
pub struct Door {
    /// TLS, and which protocols are spoken over it; without it HTTP is plain.
    pub tls: Option<(Certificates, Face)>,
    /// Declared proxies. When there are any, only they may speak plain HTTP (OPS-01).
    pub proxies: Vec<Prefix>,
    /// Connections at once.
    pub total: usize,
    /// Connections at once from one address; proxies are not counted.
    pub per_address: usize,
    /// Time and size limits.
    pub limits: Limits,
}

/// Time and size limits of a connection.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For the TLS handshake.
    pub handshake: Duration,
    /// For request line and headers, from their first byte.
    pub headers: Duration,
    /// After the last answer, whether the client takes it or not.
    pub idle: Duration,
    /// Bytes of request line and headers.
    pub header_bytes: usize,
}

/// Answers connections until the stop, then lets those under way finish. Dropping it ends them.
pub async fn serve(listener: TcpListener, door: Door, routes: Router, mut stopped: watch::Receiver<bool>) {
    let door = Arc::new(door);
    let places = Arc::<Connections>::default();
    let mut open = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop_asked(&mut stopped) => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let peer = SocketAddr::new(peer.ip().to_canonical(), peer.port());
                if let Some(socket) = admit(&door, &places, stream, peer) {
                    let terms = Terms::new(routes.clone(), peer, door.limits, stopped.clone());
                    open.spawn(welcome(door.clone(), socket, terms));
                }
            }
            Err(error) if concerns_one_connection(&error) => {}
            Err(error) => {
                // Out of file descriptors, usually. It passes when connections end.
                tracing::error!(event = "server.socket", %error, "a listener cannot take connections");
                tokio::time::sleep(PAUSE).await;
            }
        }
        while open.try_join_next().is_some() {}
    }
    drop(listener);
    while open.join_next().await.is_some() {}
}

/// Waits for the stop. The borrowed value must not live across an await of the caller.
async fn stop_asked(stopped: &mut watch::Receiver<bool>) {
    drop(stopped.wait_for(|stop| *stop).await);
}

/// A new connection with its place, unless its peer may not speak here or there are too many.
fn admit(door: &Door, places: &Arc<Connections>, stream: TcpStream, peer: SocketAddr) -> Option<Socket> {
    let is_proxy = door.is_proxy(peer.ip());
    if door.tls.is_none() && !may_speak_plainly(&door.proxies, peer.ip()) {
        tracing::info!(event = "connection.plain", peer = %peer.ip(), "plain HTTP is for declared proxies only");
        return None;
    }
    let source = (!is_proxy).then(|| Source::from(peer.ip()));
    match places.enter(source, door.total, door.per_address) {
        Ok(place) => {
            // Answers are small and written at once; waiting for more to send only delays them.
            drop(stream.set_nodelay(true));
            Some(Socket::new(stream, place))
        }
        Err(Busy::Node) => {
            tracing::warn!(event = "connection.full", "as many connections as are allowed");
            None
        }
        Err(Busy::Address) => {
            tracing::info!(event = "connection.address_full", peer = %peer.ip(), "too many connections of one address");
            None
        }
    }
}

async fn welcome(door: Arc<Door>, socket: Socket, terms: Terms) {
    let activity = socket.activity();
    let Some((certificates, face)) = &door.tls else {
        return connection::http1(socket, activity, terms).await;
    };
    let acceptor = certificates.acceptor(*face);
    match tokio::time::timeout(door.limits.handshake, acceptor.accept(socket)).await {
        Ok(Ok(stream)) => {
            activity.restart();
            if stream.get_ref().1.alpn_protocol() == Some(certificates::H2) {
                connection::http2(stream, activity, terms).await;
            } else {
                connection::http1(stream, activity, terms).await;
            }
        }
        Ok(Err(error)) => tracing::debug!(event = "tls.handshake", %error, "no TLS"),
        Err(_) => tracing::debug!(event = "tls.handshake", "not finished in time"),
    }
}

impl Door {
    fn is_proxy(&self, peer: IpAddr) -> bool {
        self.proxies.iter().any(|prefix| prefix.contains(peer))
    }
}

/// The declared proxies; without any, this machine.
fn may_speak_plainly(proxies: &[Prefix], peer: IpAddr) -> bool {
    if proxies.is_empty() {
        peer.is_loopback()
    } else {
        proxies.iter().any(|prefix| prefix.contains(peer))
    }
}

fn concerns_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}

const PAUSE: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ops_01_plain_http_is_for_declared_proxies_or_this_machine() {
        let may = |proxies: &[&str], peer: &str| {
            let proxies: Vec<Prefix> = proxies.iter().map(|text| text.parse().unwrap()).collect();
            may_speak_plainly(&proxies, peer.parse().unwrap())
        };
        assert!(may(&[], "127.0.0.1") && may(&[], "::1"));
        assert!(!may(&[], "192.0.2.1") && !may(&[], "2001:db8::1"));
        assert!(may(&["192.0.2.0/24"], "192.0.2.1"));
        assert!(!may(&["192.0.2.0/24"], "198.51.100.1"));
        assert!(!may(&["192.0.2.0/24"], "127.0.0.1"), "the list is complete");
    }
}
