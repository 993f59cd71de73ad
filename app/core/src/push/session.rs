//! One connection to a relay: hello, register, messages, acknowledgements.

use std::collections::{HashMap, HashSet};
use std::pin::Pin;
use std::time::Duration;

use futures_util::stream::FuturesUnordered;
use futures_util::{SinkExt, StreamExt};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use tokio_tungstenite::tungstenite::Message;
use url::Url;
use warifu_shared::api::Subscription;
use warifu_shared::{b64, push_payload};

use super::client::{REQUEST_TIMEOUT, Socket};
use super::frames::{self, AckCode, Frame};
use super::journal::Noted;
use super::{Channel, Hint, PushHost};
use crate::error::CoreError;
use crate::vault::in_background;

/// Why a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Broken, refused or silent: connect again after a while.
    Lost,
    /// The relay sheds load (close code 4774): connect again only when a person wants it.
    Shed,
    /// No service listens here any more.
    Idle,
    /// The core is gone.
    Gone,
}

/// Close code "do not reconnect".
const SHED: u16 = 4774;
/// Between Firefox's 30 minutes and autopush's floor of 45 seconds.
const PING_EVERY: Duration = Duration::from_secs(300);
/// After a subscription could not be registered or uploaded.
const RETRY_AFTER: Duration = Duration::from_secs(30);
/// The longest endpoint that a server takes (PUSH-07).
const MAX_ENDPOINT: usize = 2048;

type Upload<'a> = Pin<Box<dyn Future<Output = (String, Result<(), CoreError>)> + Send + 'a>>;

/// An accepted connection.
pub(super) struct Session<'a, H> {
    host: &'a H,
    relay: &'a str,
    socket: Socket,
    uaid: String,
    channels: HashMap<String, Channel>,
    /// Channels whose registration or upload is under way.
    busy: HashSet<String>,
    uploads: FuturesUnordered<Upload<'a>>,
    retry_at: Option<Instant>,
}

impl<'a, H: PushHost> Session<'a, H> {
    /// Says hello and keeps the name that the relay answers with.
    pub(super) async fn open(host: &'a H, relay: &'a str, mut socket: Socket) -> Result<Self, End> {
        let hello = frames::hello(host.uaid(relay).as_deref());
        socket.send(Message::text(hello)).await.map_err(|_| End::Lost)?;
        let uaid = loop {
            match read(socket.next().await)? {
                Some(Frame::Hello { uaid, status: 200 }) => break uaid,
                Some(Frame::Hello { .. }) => return Err(End::Lost),
                _ => {}
            }
        };
        if host.uaid(relay).as_ref() != Some(&uaid) && host.remember_uaid(relay, &uaid).await.is_err() {
            return Err(End::Lost);
        }
        let (channels, busy, uploads) = (HashMap::new(), HashSet::new(), FuturesUnordered::new());
        Ok(Self {
            host,
            relay,
            socket,
            uaid,
            channels,
            busy,
            uploads,
            retry_at: None,
        })
    }

    /// Serves the connection until it ends.
    pub(super) async fn listen(mut self, poke: &mut watch::Receiver<u64>) -> End {
        match self.serve(poke).await {
            Ok(never) => match never {},
            Err(end) => {
                if end != End::Lost {
                    // Best effort: the relay notices a vanished socket by itself.
                    let _ = tokio::time::timeout(Duration::from_secs(1), self.socket.close(None)).await;
                }
                end
            }
        }
    }

    async fn serve(&mut self, poke: &mut watch::Receiver<u64>) -> Result<std::convert::Infallible, End> {
        self.sync().await?;
        let mut ping_at = Instant::now() + PING_EVERY;
        let mut answer_by: Option<Instant> = None;
        loop {
            let far = Instant::now() + PING_EVERY;
            tokio::select! {
                frame = self.socket.next() => {
                    answer_by = None;
                    if let Some(frame) = read(frame)? {
                        self.on_frame(frame).await?;
                    }
                }
                () = sleep_until(ping_at) => {
                    self.send(frames::PING.to_owned()).await?;
                    ping_at = Instant::now() + PING_EVERY;
                    answer_by = Some(Instant::now() + REQUEST_TIMEOUT);
                }
                () = sleep_until(answer_by.unwrap_or(far)), if answer_by.is_some() => return Err(End::Lost),
                () = sleep_until(self.retry_at.unwrap_or(far)), if self.retry_at.is_some() => {
                    self.retry_at = None;
                    self.sync().await?;
                }
                Some((channel, done)) = self.uploads.next(), if !self.uploads.is_empty() => {
                    self.on_uploaded(&channel, done.is_ok());
                }
                poked = poke.changed() => {
                    poked.map_err(|_| End::Gone)?;
                    self.sync().await?;
                }
            }
        }
    }

    /// Gives up channels of services that left, registers those that this relay's name is new to.
    async fn sync(&mut self) -> Result<(), End> {
        let now: HashMap<String, Channel> = self
            .host
            .channels(self.relay)
            .into_iter()
            .map(|channel| (channel.channel.clone(), channel))
            .collect();
        let left: Vec<String> = self
            .channels
            .keys()
            .filter(|channel| !now.contains_key(*channel))
            .cloned()
            .collect();
        self.channels = now;
        for channel in left {
            self.busy.remove(&channel);
            if self.host.is_gone(&channel) {
                self.send(frames::unregister(&channel)).await?;
            }
        }
        if self.channels.is_empty() {
            return Err(End::Idle);
        }
        let missing: Vec<Channel> = self
            .channels
            .values()
            .filter(|channel| {
                channel.uploaded_for.as_ref() != Some(&self.uaid) && !self.busy.contains(&channel.channel)
            })
            .cloned()
            .collect();
        for channel in missing {
            self.send(frames::register(&channel.channel, &channel.vapid_key))
                .await?;
            self.busy.insert(channel.channel);
        }
        Ok(())
    }

    async fn on_frame(&mut self, frame: Frame) -> Result<(), End> {
        match frame {
            Frame::Registered {
                channel,
                status,
                endpoint,
            } => {
                self.on_registered(channel, endpoint.filter(|_| status == 200));
                Ok(())
            }
            Frame::Notification {
                channel,
                version,
                data,
                encoding,
            } => {
                let code = self.on_notification(&channel, &version, data, encoding).await?;
                self.send(frames::ack(&channel, &version, code)).await
            }
            Frame::Hello { .. } | Frame::Other => Ok(()),
        }
    }

    fn on_registered(&mut self, channel: String, endpoint: Option<String>) {
        let Some(known) = self.channels.get(&channel) else {
            return;
        };
        let (endpoint, keys) = (endpoint.filter(|url| is_endpoint(url)), known.keys.p256dh());
        let (Some(endpoint), Ok(p256dh)) = (endpoint, keys) else {
            tracing::warn!(relay = self.relay, "the relay gave no usable endpoint");
            self.on_uploaded(&channel, false);
            return;
        };
        let subscription = Subscription {
            endpoint,
            p256dh,
            auth: known.keys.auth.clone(),
        };
        let (host, service, uaid) = (self.host, known.service.clone(), self.uaid.clone());
        self.uploads.push(Box::pin(async move {
            let done = host.upload(&service, subscription, &uaid).await;
            (channel, done)
        }));
    }

    fn on_uploaded(&mut self, channel: &str, done: bool) {
        self.busy.remove(channel);
        if done {
            if let Some(known) = self.channels.get_mut(channel) {
                known.uploaded_for = Some(self.uaid.clone());
            }
        } else {
            self.retry_at.get_or_insert(Instant::now() + RETRY_AFTER);
        }
    }

    /// Takes a message in. "Delivered" only after its id is on the disk.
    async fn on_notification(
        &mut self,
        channel: &str,
        version: &str,
        data: Option<String>,
        encoding: Option<String>,
    ) -> Result<AckCode, End> {
        let Some(channel) = self.channels.get(channel) else {
            return Ok(AckCode::NotDelivered);
        };
        let Some(hint) = read_hint(channel, data.as_deref(), encoding.as_deref()) else {
            tracing::warn!(relay = self.relay, "a push message did not decrypt");
            return Ok(AckCode::DecryptionError);
        };
        let (journal, text, noted) = (self.host.journal(), version.to_owned(), hint.clone());
        match in_background(move || journal.note(&text, &noted)).await {
            Ok(Ok(Noted::New)) => self.host.arrived(hint),
            Ok(Ok(Noted::Seen)) => {}
            Ok(Err(error)) => {
                // Not acknowledged: the relay keeps it and delivers it again.
                tracing::error!(%error, "push journal");
                return Err(End::Lost);
            }
            Err(_) => return Err(End::Lost),
        }
        Ok(AckCode::Delivered)
    }

    async fn send(&mut self, frame: String) -> Result<(), End> {
        self.socket
            .send(Message::text(frame))
            .await
            .map_err(|_| End::Lost)
    }
}

/// Decrypts a message and reads what it names.
fn read_hint(channel: &Channel, data: Option<&str>, encoding: Option<&str>) -> Option<Hint> {
    if encoding != Some("aes128gcm") {
        return None;
    }
    let body = b64::decode(data?.trim_end_matches('=')).ok()?;
    let hinted = push_payload::read(&channel.keys.decrypt(&body).ok()?).ok()?;
    Some(Hint {
        service: channel.service.clone(),
        hinted,
    })
}

/// Reads what the socket gave: a frame, nothing to do, or its end.
fn read(got: Option<Result<Message, tokio_tungstenite::tungstenite::Error>>) -> Result<Option<Frame>, End> {
    match got {
        Some(Ok(Message::Text(text))) => Ok(frames::read(&text)),
        // Pings are answered by the library with the next read.
        Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(None),
        Some(Ok(Message::Close(Some(close)))) if u16::from(close.code) == SHED => Err(End::Shed),
        Some(Ok(Message::Close(_) | Message::Binary(_) | Message::Frame(_)) | Err(_)) | None => {
            Err(End::Lost)
        }
    }
}

fn is_endpoint(text: &str) -> bool {
    text.len() <= MAX_ENDPOINT
        && Url::parse(text).is_ok_and(|url| {
            url.scheme() == "https" || (url.scheme() == "http" && warifu_shared::link::is_loopback(&url))
        })
}
