//! The WebSocket itself: who may open one, frames, timers and closing (RELAY-03, 04, 05, 10, 11).

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::extract::connect_info::ConnectInfo;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use tokio::time::{Instant, sleep_until, timeout};
use url::Url;

use super::Relay;
use super::config::Addresses;
use super::protocol::{ClientMessage, ServerMessage};
use super::session::{Ending, Identified, Unidentified};
use crate::net::places::{Busy, Place, Source};

/// The client's address when a reverse proxy stands in front: a layer that trusts the proxy inserts it as a request
/// extension, and it then counts instead of the peer's address.
#[derive(Clone, Copy, Debug)]
pub struct ClientAddress(pub IpAddr);

/// `GET /`: opens a connection, unless a web page asks, the node is full or shuts down.
pub(super) async fn upgrade(
    State(relay): State<Relay>,
    proxied: Option<Extension<ClientAddress>>,
    peer: Option<Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
    socket: WebSocketUpgrade,
) -> Response {
    let config = &relay.0.config;
    if !origin_is_allowed(&relay.0.addresses, &headers) {
        return (StatusCode::FORBIDDEN, "web pages may not open this socket").into_response();
    }
    if *relay.0.stop.borrow() {
        return busy(StatusCode::SERVICE_UNAVAILABLE);
    }
    let address = proxied
        .map(|Extension(it)| it.0)
        .or(peer.map(|Extension(ConnectInfo(it))| it.ip()));
    let source = address.map(Source::from);
    let place = relay
        .0
        .connections
        .enter(source, config.connections, config.connections_per_address);
    let place = match place {
        Ok(place) => place,
        Err(Busy::Node) => return busy(StatusCode::SERVICE_UNAVAILABLE),
        Err(Busy::Address) => return busy(StatusCode::TOO_MANY_REQUESTS),
    };
    socket
        .protocols(["push-notification"])
        .read_buffer_size(config.read_buffer_bytes)
        .write_buffer_size(0)
        .max_frame_size(MAX_FRAME)
        .max_message_size(MAX_FRAME)
        .on_upgrade(move |socket| serve(relay, socket, source, place))
}

/// Firefox sends the push server's own URL as the origin, our app none; a web page sends its http(s) origin (RELAY-11).
fn origin_is_allowed(addresses: &Addresses, headers: &HeaderMap) -> bool {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let Some(origin) = origins.next() else { return true };
    let origin = origin.to_str().ok().and_then(|text| Url::parse(text).ok());
    origins.next().is_none() && origin.is_some_and(|url| url.origin() == addresses.socket)
}

fn busy(status: StatusCode) -> Response {
    (status, [(header::RETRY_AFTER, "60")]).into_response()
}

async fn serve(relay: Relay, mut socket: WebSocket, source: Option<Source>, place: Place) {
    let mut stop = relay.0.stop.subscribe();
    let ending = tokio::select! {
        ending = converse(relay, &mut socket, source) => ending,
        _ = stop.wait_for(|stop| *stop) => Ending::Stopping,
    };
    if let Some((code, reason)) = ending.close() {
        let frame = CloseFrame {
            code,
            reason: reason.into(),
        };
        // Reading on until the client has closed too keeps the close frame from being lost in a reset.
        let farewell = async {
            socket.send(Message::Close(Some(frame))).await?;
            while let Some(Ok(_)) = socket.recv().await {}
            Ok::<(), axum::Error>(())
        };
        drop(Box::pin(timeout(FAREWELL, farewell)).await);
    }
    drop(place);
}

/// The whole conversation. It may be dropped at any point: what was stored stays, and is sent again.
async fn converse(relay: Relay, socket: &mut WebSocket, source: Option<Source>) -> Ending {
    let hello_within = Duration::from_millis(relay.0.config.hello_timeout_ms);
    let life_signs = LifeSigns::new(&relay);
    let greeting = Box::pin(timeout(
        hello_within,
        greet(Unidentified::new(relay, source), socket),
    ));
    let mut session = match greeting.await {
        Ok(Ok(session)) => session,
        Ok(Err(ending)) => return ending,
        Err(_) => return Ending::NoHello,
    };
    match attend(&mut session, socket, life_signs).await {
        Ok(never) => match never {},
        Err(ending) => ending,
    }
}

async fn greet(unidentified: Unidentified, socket: &mut WebSocket) -> Result<Identified, Ending> {
    loop {
        if let Some(message) = read(socket.recv().await, &mut None)? {
            let (session, answer) = unidentified.receive(message).await?;
            send(socket, vec![answer]).await?;
            return Ok(session);
        }
    }
}

/// What happens seldom is boxed: a connection that only waits would hold the room for it all the time.
async fn attend(
    session: &mut Identified,
    socket: &mut WebSocket,
    mut life_signs: LifeSigns,
) -> Result<std::convert::Infallible, Ending> {
    let mailbox = session.mailbox();
    let waiting = Box::pin(session.waiting()).await?;
    Box::pin(send(socket, waiting)).await?;
    loop {
        let out = tokio::select! {
            frame = socket.recv() => match read(frame, &mut life_signs.pong_due)? {
                Some(message) => Box::pin(session.receive(message)).await?,
                None => Vec::new(),
            },
            news = mailbox.news() => Box::pin(session.deliver(news)).await?,
            () = sleep_until(life_signs.next()) => {
                Box::pin(life_signs.ask(socket)).await?;
                Box::pin(session.is_alive()).await?;
                Vec::new()
            }
        };
        if !out.is_empty() {
            Box::pin(send(socket, out)).await?;
        }
    }
}

/// Reads a frame; `None` is one that carries no message. A pong clears `pong_due`.
fn read(
    frame: Option<Result<Message, axum::Error>>,
    pong_due: &mut Option<Instant>,
) -> Result<Option<ClientMessage>, Ending> {
    match frame {
        Some(Ok(Message::Text(text))) => ClientMessage::read(&text)
            .map(Some)
            .map_err(|_| Ending::Violation),
        Some(Ok(Message::Binary(_))) => Err(Ending::NotText),
        Some(Ok(Message::Ping(_))) => Ok(None),
        Some(Ok(Message::Pong(_))) => {
            *pong_due = None;
            Ok(None)
        }
        Some(Ok(Message::Close(_))) | None => Err(Ending::Gone),
        Some(Err(_)) => Err(Ending::BadFrame),
    }
}

/// A client that does not take what it is sent is gone.
async fn send(socket: &mut WebSocket, messages: Vec<ServerMessage>) -> Result<(), Ending> {
    for message in messages {
        let text = message.write().map_err(|_| Ending::Failed)?;
        put(socket, Message::text(text)).await?;
    }
    Ok(())
}

async fn put(socket: &mut WebSocket, message: Message) -> Result<(), Ending> {
    match timeout(SEND_WITHIN, socket.send(message)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(Ending::Gone),
    }
}

/// WebSocket pings of the server, and the wait for their pongs.
struct LifeSigns {
    every: Duration,
    within: Duration,
    ask_at: Instant,
    pong_due: Option<Instant>,
}

impl LifeSigns {
    fn new(relay: &Relay) -> Self {
        let config = &relay.0.config;
        let every = Duration::from_secs(config.ping_every_secs.max(1));
        let within = Duration::from_millis(config.pong_timeout_ms);
        Self {
            every,
            within,
            ask_at: Instant::now() + every,
            pong_due: None,
        }
    }

    fn next(&self) -> Instant {
        self.pong_due.unwrap_or(self.ask_at)
    }

    async fn ask(&mut self, socket: &mut WebSocket) -> Result<(), Ending> {
        if self.pong_due.is_some() {
            return Err(Ending::Gone);
        }
        put(socket, Message::Ping(axum::body::Bytes::new())).await?;
        let now = Instant::now();
        self.pong_due = Some(now + self.within);
        self.ask_at = now + self.every;
        Ok(())
    }
}

const MAX_FRAME: usize = 64 * 1024;
const SEND_WITHIN: Duration = Duration::from_secs(10);
const FAREWELL: Duration = Duration::from_secs(2);
