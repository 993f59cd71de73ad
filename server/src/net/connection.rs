//! HTTP on one connection: requests go to the routes, slow and idle clients are let go, the stop is told politely.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::header::{COOKIE, HOST};
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::server::conn::{http1 as h1, http2 as h2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tower::Service as _;

use super::socket::{Activity, Phase};
use super::{Limits, stop_asked};

/// What a connection is served with.
pub(super) struct Terms {
    routes: Router,
    peer: SocketAddr,
    limits: Limits,
    stopped: watch::Receiver<bool>,
}

impl Terms {
    pub(super) fn new(
        routes: Router,
        peer: SocketAddr,
        limits: Limits,
        stopped: watch::Receiver<bool>,
    ) -> Self {
        Self {
            routes,
            peer,
            limits,
            stopped,
        }
    }
}

/// Serves HTTP/1.1, WebSockets included.
pub(super) async fn http1<S>(stream: S, activity: Arc<Activity>, terms: Terms)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (routes, peer, answering) = (terms.routes.clone(), terms.peer, activity.clone());
    let service = service_fn(move |request| answer(routes.clone(), peer, &answering, request));
    // The limits of time are ours: they hold for both protocols and know idle connections from slow headers.
    let connection = h1::Builder::new()
        .header_read_timeout(None)
        .max_header_size(terms.limits.header_bytes)
        .max_buf_size(terms.limits.header_bytes.max(LEAST_BUFFER))
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let say_stop = h1::UpgradeableConnection::graceful_shutdown;
    watch(pin!(connection), say_stop, &activity, terms).await;
}

/// Serves HTTP/2.
pub(super) async fn http2<S>(stream: S, activity: Arc<Activity>, terms: Terms)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (routes, peer, answering) = (terms.routes.clone(), terms.peer, activity.clone());
    let service = service_fn(move |request| answer(routes.clone(), peer, &answering, request));
    let most = u32::try_from(terms.limits.header_bytes).unwrap_or(u32::MAX);
    let connection = h2::Builder::new(TokioExecutor::new())
        .max_header_list_size(most)
        .max_concurrent_streams(MAX_STREAMS)
        .serve_connection(TokioIo::new(stream), service);
    watch(
        pin!(connection),
        h2::Connection::graceful_shutdown,
        &activity,
        terms,
    )
    .await;
}

/// Runs a connection until it ends, its time is over or the server stops.
async fn watch<C: Future>(
    mut connection: Pin<&mut C>,
    say_stop: impl Fn(Pin<&mut C>),
    activity: &Activity,
    mut terms: Terms,
) {
    loop {
        let deadline = match activity.phase() {
            Phase::Busy => None,
            Phase::Headers(since) => Some(since + terms.limits.headers),
            Phase::Idle(since) => Some(since + terms.limits.idle),
        };
        let over = async {
            match deadline {
                Some(deadline) => tokio::time::sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ended = connection.as_mut() => return,
            () = activity.changed() => {}
            () = over => break,
            () = stop_asked(&mut terms.stopped) => {
                // The server waits for this, and not longer than its own grace.
                say_stop(connection.as_mut());
                drop(connection.await);
                return;
            }
        }
    }
    say_stop(connection.as_mut());
    drop(tokio::time::timeout(FAREWELL, connection).await);
}

fn answer(
    mut routes: Router,
    peer: SocketAddr,
    activity: &Arc<Activity>,
    request: Request<Incoming>,
) -> impl Future<Output = Result<Response<Body>, Infallible>> + use<> {
    let under_way = activity.begin();
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(peer));
    let authority = request.uri().authority().map(ToString::to_string);
    as_in_http1(request.headers_mut(), authority);
    async move {
        let response = routes.call(request).await?;
        Ok(response.map(|body| {
            Body::new(body.map_frame(move |frame| {
                let _until_the_body_ends = &under_way;
                frame
            }))
        }))
    }
}

/// HTTP/2 names the host in `:authority` and may split the cookies; the rest of the server reads one `Host` and one
/// `Cookie` (RFC 9113 sections 8.3.1 and 8.2.3). The authority of an absolute target replaces `Host` in HTTP/1.1 too
/// (RFC 9112 section 3.2.2).
fn as_in_http1(headers: &mut HeaderMap, authority: Option<String>) {
    if let Some(host) = authority.and_then(|text| HeaderValue::from_maybe_shared(text).ok()) {
        headers.insert(HOST, host);
    }
    let cookies: Vec<&[u8]> = headers
        .get_all(COOKIE)
        .iter()
        .map(HeaderValue::as_bytes)
        .collect();
    if cookies.len() > 1
        && let Ok(joined) = HeaderValue::from_bytes(&cookies.join(&b"; "[..]))
    {
        headers.insert(COOKIE, joined);
    }
}

/// The least buffer that hyper takes.
const LEAST_BUFFER: usize = 8192;
/// Requests at once on one HTTP/2 connection.
const MAX_STREAMS: u32 = 64;
/// For the polite end of a connection whose time is over.
const FAREWELL: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn web_11_http2_requests_look_like_those_of_http1() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_static("a=1"));
        headers.append(COOKIE, HeaderValue::from_static("b=2"));
        headers.append(HOST, HeaderValue::from_static("other.example"));
        as_in_http1(&mut headers, Some("www.example:8443".to_owned()));
        assert_eq!(headers[HOST], "www.example:8443");
        let cookies: Vec<_> = headers.get_all(COOKIE).iter().collect();
        assert_eq!(cookies, ["a=1; b=2"]);
        as_in_http1(&mut headers, None);
        assert_eq!(headers[HOST], "www.example:8443");
    }
}
