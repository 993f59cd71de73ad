//! A TLS-terminating proxy as stands in front of a server: it knows the server by another name and adds forwarding headers.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderName, Response, StatusCode, header};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::authority::Pair;
use crate::plain_http;

/// A proxy that listens on a free port of 127.0.0.1. Stops when dropped.
pub struct TlsProxy {
    listener: Option<TcpListener>,
    address: SocketAddr,
    pair: Pair,
    running: Option<AbortHandle>,
}

struct Upstream {
    url: String,
    client_address: String,
    http: reqwest::Client,
}

impl TlsProxy {
    /// Takes a port, so that the server's configuration can name it.
    ///
    /// # Panics
    /// When there is none.
    pub async fn bind(pair: Pair) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("a bound socket has an address");
        Self {
            listener: Some(listener),
            address,
            pair,
            running: None,
        }
    }

    /// Its public origin.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("https://{}", self.address)
    }

    /// Starts to forward to the server at `upstream`, for clients that all have the address `client_address`.
    ///
    /// # Panics
    /// When it runs already.
    pub fn forward(&mut self, upstream: SocketAddr, client_address: &str) {
        let state = Upstream {
            url: format!("http://{upstream}"),
            client_address: client_address.to_owned(),
            http: plain_http::client().build().expect("a client"),
        };
        let routes = Router::new().fallback(pass).with_state(Arc::new(state));
        let door = Door {
            listener: self.listener.take().expect("it does not run yet"),
            acceptor: self.pair.acceptor(),
        };
        let task = tokio::spawn(async move { axum::serve(door, routes).await });
        self.running = Some(task.abort_handle());
    }
}

impl Drop for TlsProxy {
    fn drop(&mut self) {
        if let Some(running) = &self.running {
            running.abort();
        }
    }
}

struct Door {
    listener: TcpListener,
    acceptor: TlsAcceptor,
}

impl axum::serve::Listener for Door {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (stream, peer) = self.listener.accept().await.expect("a connection");
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, peer);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

/// Forwards a request. The client's own forwarding headers stay, as with proxies that append; the host stays the public one.
async fn pass(State(upstream): State<Arc<Upstream>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let body = to_bytes(body, 1 << 20).await.expect("a body");
    let mut forwarded = upstream
        .http
        .request(parts.method, format!("{}{path}", upstream.url));
    for (name, value) in &parts.headers {
        if !is_of_one_connection(name) {
            forwarded = forwarded.header(name, value);
        }
    }
    let forwarded = forwarded
        .header("x-forwarded-for", &upstream.client_address)
        .header("x-forwarded-proto", "https")
        .body(body);
    let Ok(answer) = forwarded.send().await else {
        let mut refused = Response::new(Body::empty());
        *refused.status_mut() = StatusCode::BAD_GATEWAY;
        return refused;
    };
    let mut passed = Response::new(Body::empty());
    *passed.status_mut() = answer.status();
    for (name, value) in answer.headers() {
        if !is_of_one_connection(name) {
            passed.headers_mut().append(name, value.clone());
        }
    }
    *passed.body_mut() = Body::from(answer.bytes().await.expect("a body"));
    passed
}

fn is_of_one_connection(name: &HeaderName) -> bool {
    [
        header::CONNECTION,
        header::TRANSFER_ENCODING,
        header::CONTENT_LENGTH,
    ]
    .contains(name)
}
