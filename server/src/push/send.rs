//! Sending of hints and what each answer of a push service means (PUSH-03, PUSH-04).

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use http::{HeaderMap, Method, StatusCode};
use tokio::sync::{Semaphore, mpsc};
use tower::ServiceExt;
use url::Url;
use warifu_shared::clock::Timestamp;
use warifu_shared::ids::DeviceId;
use warifu_shared::{b64, push_payload};
use web_push::request_builder::build_request;
use web_push::{ContentEncoding, Urgency, WebPushMessage, WebPushPayload};

use super::{PushJob, encrypt, endpoint};
use crate::app::App;
use crate::relay::{self, Relay};
use crate::store::devices::{self, StoredSubscription};
use crate::store::push_health::Fared;

/// Sends hints until the queue closes. Several are under way at once; one slow service does not hold up the others.
/// `relay` is the relay of this process, when it runs one.
pub async fn run(app: App, relay: Option<Relay>, mut jobs: mpsc::Receiver<PushJob>) {
    let Ok(clients) = Clients::new(&app.config.push.names, relay) else {
        tracing::error!(event = "push.client", "no HTTP client for pushes");
        return;
    };
    let (clients, at_once) = (Arc::new(clients), Arc::new(Semaphore::new(AT_ONCE)));
    while let Some(job) = jobs.recv().await {
        let Ok(permit) = Arc::clone(&at_once).acquire_owned().await else {
            return;
        };
        let (app, clients) = (app.clone(), Arc::clone(&clients));
        tokio::spawn(async move {
            send_with_retries(&app, &clients, &job).await;
            drop(permit);
        });
    }
}

struct Clients {
    /// For foreign push services: public addresses only.
    outside: reqwest::Client,
    /// For our own relay, which may be on loopback.
    relay: reqwest::Client,
    /// Our own relay when it runs in this process: called without a socket.
    here: Option<Router>,
}

impl Clients {
    fn new(names: &endpoint::Names, here: Option<Relay>) -> reqwest::Result<Self> {
        let base = || {
            reqwest::Client::builder()
                .timeout(Duration::from_secs(5))
                .redirect(reqwest::redirect::Policy::none())
                .no_proxy()
        };
        Ok(Self {
            outside: base()
                .dns_resolver(Arc::new(endpoint::PublicOnly(names.clone())))
                .build()?,
            relay: base().build()?,
            here: here.map(relay::router),
        })
    }
}

/// What to do after one try.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Delivered,
    /// The subscription is gone.
    Gone,
    /// Our fault or theirs; trying again does not help.
    GiveUp,
    /// Try again after so long.
    Later(Duration),
}

async fn send_with_retries(app: &App, clients: &Clients, job: &PushJob) {
    let begun = app.now();
    let failed = |why: String| {
        app.push_health
            .note(&job.device, Fared::Failed { why }, app.now());
    };
    for round in 0..MAX_TRIES {
        let Ok((verdict, why)) = send_once(app, clients, job, round).await else {
            return;
        };
        let wait = match verdict {
            Verdict::Delivered => {
                let took_ms = app.now().0 - begun.0;
                return app
                    .push_health
                    .note(&job.device, Fared::Taken { took_ms }, app.now());
            }
            Verdict::GiveUp => return failed(why),
            Verdict::Gone => {
                failed(why);
                return drop_subscription(app, &job.device).await;
            }
            Verdict::Later(wait) => wait,
        };
        failed(why);
        let jitter = Duration::from_millis(u64::from(warifu_shared::random::below(500)));
        let wait = wait.max(Duration::from_secs(1 << round)) + jitter;
        let wait_ms = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
        if Timestamp(app.now().0.saturating_add(wait_ms)) >= job.expires_at {
            return;
        }
        tokio::time::sleep(wait).await;
    }
}

/// Nothing to send: no subscription, or it cannot be used.
struct Skip;

/// One try: what follows from it, and the answer in a word.
async fn send_once(
    app: &App,
    clients: &Clients,
    job: &PushJob,
    round: u32,
) -> Result<(Verdict, String), Skip> {
    let (url, message) = build(app, job, round).await?;
    let own = endpoint::is_own_relay(&url, &app.config);
    let request = build_request::<Vec<u8>>(message);
    let headers = request.headers().iter();
    let headers =
        headers.map(|(name, value)| Some((name.as_str().parse().ok()?, value.as_bytes().try_into().ok()?)));
    // The crate's request is of an older version of `http`.
    let headers: HeaderMap = headers.collect::<Option<_>>().ok_or(Skip)?;
    let body = request.into_body();
    if own && let Some(relay) = &clients.here {
        let Ok(response) = relay.clone().oneshot(as_received(&url, headers, body)).await;
        return Ok(judge(response.status(), response.headers()));
    }
    let client = if own { &clients.relay } else { &clients.outside };
    match client.post(url).headers(headers).body(body).send().await {
        // The body is never read: whatever a push service sends after its headers ends with the connection (PUSH-06).
        Ok(response) => Ok(judge(response.status(), response.headers())),
        Err(error) => {
            // The URL is a capability: it must not reach the log (PUSH-07).
            tracing::warn!(event = "push.unreachable", reason = %error.without_url(), "push service out of reach");
            Ok((Verdict::Later(Duration::ZERO), "unreachable".to_owned()))
        }
    }
}

/// The request as our own relay would read it off a socket.
fn as_received(url: &Url, headers: HeaderMap, body: Vec<u8>) -> Request {
    let mut request = Request::new(Body::from(body));
    *request.method_mut() = Method::POST;
    // What an endpoint's URL holds is a valid path; another one would be refused by the relay.
    *request.uri_mut() = url.path().parse().unwrap_or_default();
    *request.headers_mut() = headers;
    request
}

fn judge(status: StatusCode, headers: &HeaderMap) -> (Verdict, String) {
    let retry_after = headers
        .get("retry-after")
        .and_then(|v| v.to_str().ok()?.parse().ok());
    let verdict = verdict(status.as_u16(), retry_after);
    if verdict == Verdict::GiveUp {
        tracing::error!(
            event = "push.refused",
            status = status.as_u16(),
            "push service refused"
        );
    }
    (verdict, status.as_u16().to_string())
}

async fn subscription(app: &App, job: &PushJob, round: u32) -> Result<StoredSubscription, Skip> {
    if round == 0 {
        return job.subscription.clone().ok_or(Skip);
    }
    let mut c = app.store.read().await.map_err(|_| Skip)?;
    let stored = devices::subscription(&mut c, &job.device).await;
    stored.ok().flatten().ok_or(Skip)
}

async fn build(app: &App, job: &PushJob, round: u32) -> Result<(Url, WebPushMessage), Skip> {
    let now = app.now();
    let left = job.expires_at.secs_since(now);
    if left <= 0 {
        return Err(Skip);
    }
    let stored = subscription(app, job, round).await?;
    let sealer = &app.secrets.column_sealer;
    let open = |what: &str, sealed: &[u8]| {
        sealer
            .open(&format!("{what}:{}", job.device), sealed)
            .map_err(|_| Skip)
    };
    let url = open("endpoint", &stored.endpoint_sealed)?;
    let url = std::str::from_utf8(&url).map_err(|_| Skip)?;
    let url = endpoint::check(url, &app.config).map_err(|_| Skip)?;
    let auth = open("push-auth", &stored.auth_sealed)?;
    let receiver = b64::decode(&stored.p256dh).map_err(|_| Skip)?;
    let content = encrypt::encrypt(&push_payload::write(&job.hinted), &receiver, &auth).map_err(|_| Skip)?;
    let authorization = app
        .vapid
        .authorization(&url.origin().ascii_serialization(), now)
        .map_err(|error| {
            tracing::error!(event = "push.vapid", %error, "VAPID token could not be signed");
            Skip
        })?;
    let message = WebPushMessage {
        endpoint: url.as_str().parse().map_err(|_| Skip)?,
        ttl: u32::try_from(left).unwrap_or(u32::MAX),
        urgency: Some(if job.urgent { Urgency::High } else { Urgency::Low }),
        topic: Some(job.topic.clone()),
        payload: Some(WebPushPayload {
            content,
            crypto_headers: vec![("Authorization", authorization)],
            content_encoding: ContentEncoding::Aes128Gcm,
        }),
    };
    Ok((url, message))
}

fn verdict(status: u16, retry_after: Option<u64>) -> Verdict {
    // No challenge lives longer; the cap keeps a foreign number out of our sums.
    let asked = Duration::from_secs(retry_after.unwrap_or(0).min(3600));
    match status {
        200..=202 => Verdict::Delivered,
        404 | 410 => Verdict::Gone,
        429 | 500..=599 => Verdict::Later(asked),
        _ => Verdict::GiveUp,
    }
}

async fn drop_subscription(app: &App, device: &DeviceId) {
    let id = device.clone();
    let gone = app
        .store
        .write(move |c| Box::pin(async move { devices::unsubscribe(c, &id).await }))
        .await;
    tracing::info!(event = "push.gone", device = %device, removed = ?gone.ok(), "push subscription is gone");
}

const AT_ONCE: usize = 32;
const MAX_TRIES: u32 = 5;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn push_04_each_answer_has_its_consequence() {
        assert_eq!(verdict(201, None), Verdict::Delivered);
        assert_eq!(verdict(202, None), Verdict::Delivered);
        assert_eq!(verdict(404, None), Verdict::Gone);
        assert_eq!(verdict(410, None), Verdict::Gone);
        for status in [400, 401, 403, 413] {
            assert_eq!(verdict(status, None), Verdict::GiveUp, "{status}");
        }
        assert_eq!(verdict(429, Some(7)), Verdict::Later(Duration::from_secs(7)));
        let never = verdict(503, Some(u64::MAX));
        assert_eq!(never, Verdict::Later(Duration::from_secs(3600)));
        assert_eq!(verdict(503, None), Verdict::Later(Duration::ZERO));
    }
}
