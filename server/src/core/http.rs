//! The core system by signed HTTP: one URL, Standard Webhooks headers, short strict answers (decision 21).

use std::path::PathBuf;
use std::time::Duration;

use http::{HeaderMap, StatusCode, header};
use reqwest::{Certificate, Client, Response};
use url::{Host, Url};
use warifu_shared::clock::{SharedClock, Timestamp};
use warifu_shared::ids::{RequestId, WithdrawalId};

use super::sign::{BadSecret, Signer};
use super::wire::{self, Call};
use super::{Answer, Balance, Core, CoreError, Order, OrderState};
use crate::config::CoreSystem;
use crate::domain::account::AccountNumber;

/// Why the core system cannot be spoken to.
#[derive(Debug, thiserror::Error)]
pub enum BadCore {
    /// The URL.
    #[error("core.url must be https without user and fragment (http to a loopback address only)")]
    Url,
    /// A secret.
    #[error(transparent)]
    Secret(#[from] BadSecret),
    /// The authority's file could not be read.
    #[error("core.authority_file: {0}: {1}")]
    Authority(PathBuf, std::io::Error),
    /// The authority's file holds no certificate.
    #[error("core.authority_file: {0} holds no certificate in PEM")]
    NoAuthority(PathBuf),
    /// The authority's certificate is damaged, or the system has none to trust.
    #[error("core.authority_file or the system's certificates cannot be used: {0}")]
    Tls(reqwest::Error),
}

/// A core system at the other end of a connection.
#[derive(Debug)]
pub struct HttpCore {
    client: Client,
    url: Url,
    signer: Signer,
    clock: SharedClock,
}

impl HttpCore {
    /// Reads the secrets and makes the client; nothing is sent.
    ///
    /// # Errors
    /// [`BadCore`] with a sentence for the operator.
    pub fn new(config: &CoreSystem, clock: SharedClock) -> Result<Self, BadCore> {
        let url = read_url(&config.url).ok_or(BadCore::Url)?;
        let timeout = Duration::from_millis(u64::try_from(config.timeout_ms).unwrap_or_default());
        let mut client = Client::builder()
            .timeout(timeout)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy();
        if let Some(path) = &config.authority_file {
            let pem = std::fs::read(path).map_err(|e| BadCore::Authority(path.clone(), e))?;
            // What is no PEM at all reads as no certificate, and would only show as calls that fail.
            let trusted = Certificate::from_pem_bundle(&pem).map_err(BadCore::Tls)?;
            if trusted.is_empty() {
                return Err(BadCore::NoAuthority(path.clone()));
            }
            client = client.tls_certs_only(trusted);
        }
        Ok(Self {
            client: client.build().map_err(BadCore::Tls)?,
            url,
            signer: Signer::load(&config.secret_files)?,
            clock,
        })
    }

    /// Posts a call and reads at most [`LONGEST`] bytes of a good answer.
    async fn ask(&self, call: Call<'_>) -> Result<Vec<u8>, CoreError> {
        let now = self.clock.now();
        let body = call.write(now)?;
        let headers = self.headers(&call, now, &body)?;
        let request = self.client.post(self.url.clone()).headers(headers).body(body);
        let answer = match request.send().await {
            Ok(response) => match judge(response.status(), response.headers()) {
                Ok(()) => read(response).await,
                Err(error) => Err(error),
            },
            Err(error) => Err(out_of_reach(error)),
        };
        if let Err(error) = &answer {
            tell(call.name(), *error);
        }
        answer
    }

    /// An order keeps its id on every try, so that the core system knows it again; any other call has an id of its own.
    fn headers(&self, call: &Call<'_>, now: Timestamp, body: &[u8]) -> Result<HeaderMap, CoreError> {
        let id = call
            .order()
            .map_or_else(|| RequestId::random().to_string(), ToString::to_string);
        let mut lines = vec![
            ("content-type", "application/json".to_owned()),
            ("accept", "application/json".to_owned()),
            ("webhook-timestamp", now.secs().to_string()),
            ("webhook-signature", self.signer.sign(&id, now, body)),
        ];
        if call.order().is_some() {
            lines.push(("idempotency-key", id.clone()));
        }
        lines.push(("webhook-id", id));
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.insert(name, value.parse().map_err(|_| CoreError::Garbled)?);
        }
        Ok(headers)
    }

    async fn ask_order(&self, call: Call<'_>, key: &WithdrawalId) -> Result<OrderState, CoreError> {
        let answer = self.ask(call).await?;
        let state = match call {
            Call::Place(_) => wire::read_placed(&answer, key),
            Call::Balance(_) | Call::State(_) => wire::read_state(&answer, key),
        };
        state.inspect_err(|error| tell(call.name(), *error))
    }
}

impl Core for HttpCore {
    fn balance<'a>(&'a self, account: &'a AccountNumber) -> Answer<'a, Balance> {
        Box::pin(async move {
            let call = Call::Balance(account);
            let answer = self.ask(call).await?;
            wire::read_balance(&answer, account).inspect_err(|error| tell(call.name(), *error))
        })
    }

    fn place<'a>(&'a self, order: &'a Order) -> Answer<'a, OrderState> {
        Box::pin(self.ask_order(Call::Place(order), &order.key))
    }

    fn state<'a>(&'a self, key: &'a WithdrawalId) -> Answer<'a, OrderState> {
        Box::pin(self.ask_order(Call::State(key), key))
    }
}

/// The URL when it may be posted to: the operator chose it, so private addresses are fine, but nobody may listen in.
pub(crate) fn read_url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let loopback = match url.host()? {
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
        // A name may point elsewhere tomorrow.
        Host::Domain(_) => false,
    };
    let private = url.scheme() == "https" || (url.scheme() == "http" && loopback);
    let bare = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    (private && bare).then_some(url)
}

/// What a status says, before anything of the body is read.
fn judge(status: StatusCode, headers: &HeaderMap) -> Result<(), CoreError> {
    match status.as_u16() {
        200 => Ok(()),
        201..=299 => Err(CoreError::Garbled),
        409 => Err(CoreError::Conflict),
        408 | 425 | 429 | 500..=599 => {
            let asked = headers.get(header::RETRY_AFTER);
            let secs: Option<u64> = asked.and_then(|value| value.to_str().ok()?.parse().ok());
            // The cap keeps a foreign number out of our sums.
            Err(CoreError::Busy {
                retry_after: secs.map(|secs| Duration::from_secs(secs.min(3600))),
            })
        }
        other => Err(CoreError::Refused(other)),
    }
}

async fn read(mut response: Response) -> Result<Vec<u8>, CoreError> {
    let mut answer = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(out_of_reach)? {
        if answer.len() + chunk.len() > LONGEST {
            return Err(CoreError::Garbled);
        }
        answer.extend_from_slice(&chunk);
    }
    Ok(answer)
}

fn out_of_reach(error: reqwest::Error) -> CoreError {
    let reason = error.without_url();
    tracing::warn!(event = "core.unreachable", %reason, "the core system is out of reach");
    CoreError::Unreachable
}

/// What an operator has to know. Nothing of a request or an answer is told: they hold amounts and payees (TXN-04).
fn tell(call: &'static str, error: CoreError) {
    match error {
        CoreError::Unreachable => {}
        CoreError::Busy { .. } => tracing::warn!(event = "core.busy", call, "the core system is busy"),
        CoreError::Refused(status) => {
            tracing::error!(
                event = "core.refused",
                call,
                status,
                "the core system refuses our request"
            );
        }
        CoreError::Conflict => {
            tracing::error!(
                event = "core.conflict",
                call,
                "the core system knows another order under this key"
            );
        }
        CoreError::Garbled => {
            tracing::error!(
                event = "core.garbled",
                call,
                "the core system's answer cannot be read"
            );
        }
    }
}

/// Most bytes of an answer that are read.
const LONGEST: usize = 16 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn txn_03_each_status_has_its_meaning() {
        let judged = |status: u16| judge(StatusCode::from_u16(status).unwrap(), &HeaderMap::new());
        assert_eq!(judged(200), Ok(()));
        assert_eq!(judged(409), Err(CoreError::Conflict));
        for status in [301, 302, 307, 308, 400, 401, 403, 404, 413, 422] {
            assert_eq!(judged(status), Err(CoreError::Refused(status)));
        }
        for status in [201, 202, 204] {
            assert_eq!(judged(status), Err(CoreError::Garbled), "{status}");
        }
        for status in [408, 429, 500, 502, 503, 504] {
            assert_eq!(judged(status), Err(CoreError::Busy { retry_after: None }));
        }
        let mut headers = HeaderMap::new();
        for (value, secs) in [
            ("7", Some(7)),
            ("99999999999", Some(3600)),
            ("soon", None),
            ("-1", None),
        ] {
            headers.insert(header::RETRY_AFTER, value.parse().unwrap());
            let expected = CoreError::Busy {
                retry_after: secs.map(Duration::from_secs),
            };
            assert_eq!(
                judge(StatusCode::SERVICE_UNAVAILABLE, &headers),
                Err(expected),
                "{value}"
            );
        }
    }

    #[test]
    fn ops_01_requests_leave_over_tls_or_stay_on_this_machine() {
        for good in [
            "https://core.example/warifu",
            "https://10.0.0.7:8443/x?y=1",
            "http://127.0.0.1:9000/",
            "http://[::1]/",
        ] {
            assert!(read_url(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "core.example",
            "http://core.example/",
            "http://10.0.0.7/",
            "http://localhost/",
            "ftp://127.0.0.1/",
            "https://user@core.example/",
            "https://user:pass@core.example/",
            "https://core.example/#x",
            "file:///etc/passwd",
        ] {
            assert!(read_url(bad).is_none(), "{bad}");
        }
    }
}
