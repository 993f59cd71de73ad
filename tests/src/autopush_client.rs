//! An autopush client for tests, written from the protocol's description alone: it shares no code with the relay.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Response;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

/// One connection to a push server.
pub struct AutopushClient(WebSocketStream<TcpStream>);

/// How a conversation ended, as the client saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// A close frame with this code.
    Code(u16),
    /// No close frame: the connection just ended.
    Cut,
}

impl AutopushClient {
    /// Connects to `ws://host:port/` like our app: no origin, no subprotocol.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn connect(url: &str) -> Self {
        Self::try_connect(url, &[])
            .await
            .expect("the push server accepts the connection")
            .0
    }

    /// Connects with further request headers and answers the response of the upgrade.
    ///
    /// # Errors
    /// What the server answered instead of an upgrade.
    ///
    /// # Panics
    /// When `url` or a header is malformed, or nobody listens.
    pub async fn try_connect(url: &str, headers: &[(&'static str, &str)]) -> Result<(Self, Response), Error> {
        let mut request = url.into_client_request().expect("a ws URL");
        for (name, value) in headers {
            request
                .headers_mut()
                .insert(*name, HeaderValue::from_str(value).expect("a header value"));
        }
        let authority = request.uri().authority().expect("a host").to_string();
        let stream = TcpStream::connect(authority).await.expect("somebody listens");
        let (socket, response) = client_async(request, stream).await?;
        Ok((Self(socket), response))
    }

    /// Goes on with a connection that [`Self::into_tcp`] gave away.
    pub async fn over(stream: TcpStream) -> Self {
        Self(WebSocketStream::from_raw_socket(stream, Role::Client, None).await)
    }

    /// Sends a message.
    ///
    /// # Panics
    /// When the connection is gone.
    pub async fn send(&mut self, message: &Value) {
        self.send_frame(Message::text(message.to_string()))
            .await
            .expect("the connection is open");
    }

    /// Sends any frame.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn send_frame(&mut self, frame: Message) -> Result<(), Error> {
        self.0.send(frame).await
    }

    /// The next message. WebSocket pings are answered on the way.
    ///
    /// # Panics
    /// When none comes, or the connection ends.
    pub async fn receive(&mut self) -> Value {
        loop {
            match self.frame().await {
                Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).expect("JSON"),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("expected a message, not {other:?}"),
            }
        }
    }

    /// Waits for the end of the connection.
    ///
    /// # Panics
    /// When a message comes instead.
    pub async fn closed(&mut self) -> Closed {
        loop {
            match self.frame().await {
                Some(Ok(Message::Close(Some(frame)))) => return Closed::Code(frame.code.into()),
                Some(Ok(Message::Close(None)) | Err(_)) | None => return Closed::Cut,
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(message)) => panic!("expected the end, not {message:?}"),
            }
        }
    }

    /// The next frame, raw.
    ///
    /// # Panics
    /// When none comes in ten seconds.
    pub async fn frame(&mut self) -> Option<Result<Message, Error>> {
        tokio::time::timeout(Duration::from_secs(10), self.0.next())
            .await
            .expect("a frame within ten seconds")
    }

    /// Says hello and answers the uaid.
    ///
    /// # Panics
    /// When the answer has another shape.
    pub async fn hello(&mut self, uaid: Option<&str>) -> String {
        let mut hello = json!({"messageType": "hello", "broadcasts": {}, "use_webpush": true});
        if let Some(uaid) = uaid {
            hello["uaid"] = uaid.into();
        }
        self.send(&hello).await;
        let answer = self.receive().await;
        assert_eq!(answer["messageType"], "hello");
        assert_eq!(answer["status"], 200);
        answer["uaid"].as_str().expect("a uaid").to_owned()
    }

    /// Asks for an endpoint and answers the whole answer.
    pub async fn register(&mut self, channel: &str, key: Option<&str>) -> Value {
        let mut register = json!({"messageType": "register", "channelID": channel});
        if let Some(key) = key {
            register["key"] = key.into();
        }
        self.send(&register).await;
        self.receive().await
    }

    /// Asks for an endpoint that must be given.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn endpoint(&mut self, channel: &str, key: Option<&str>) -> String {
        let answer = self.register(channel, key).await;
        assert_eq!(answer["status"], 200, "{answer}");
        answer["pushEndpoint"].as_str().expect("an endpoint").to_owned()
    }

    /// Acknowledges a notification as delivered.
    pub async fn ack(&mut self, notification: &Value) {
        let update = json!({
            "channelID": notification["channelID"], "version": notification["version"], "code": 100,
        });
        self.send(&json!({"messageType": "ack", "updates": [update]}))
            .await;
    }

    /// Waits until the server has handled everything sent so far, and answers the notifications that came first.
    ///
    /// # Panics
    /// When the connection ends.
    pub async fn settle(&mut self) -> Vec<Value> {
        self.send(&json!({"messageType": "broadcast_subscribe", "broadcasts": {}}))
            .await;
        let mut notifications = Vec::new();
        loop {
            let message = self.receive().await;
            match message["messageType"].as_str() {
                Some("broadcast") => return notifications,
                _ => notifications.push(message),
            }
        }
    }

    /// The TCP stream under the connection, to misbehave on.
    pub fn into_tcp(self) -> TcpStream {
        self.0.into_inner()
    }
}
