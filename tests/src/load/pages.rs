//! The browser's half through the real pages: a session asks for a test approval and reads the number off its page. Works on
//! every server, without anything added to it.

use reqwest::header::{COOKIE, LOCATION, ORIGIN};
use reqwest::{Client, Response, redirect};
use warifu_shared::link::{self, Link};

use super::run::{Front, Waiting};
use super::seed::SeededCustomer;

/// The pages of a service.
pub struct Pages {
    origin: String,
    client: Client,
}

impl Pages {
    /// The pages at `origin`.
    ///
    /// # Errors
    /// When there is no HTTP client to be had.
    pub fn at(origin: &str) -> Result<Self, String> {
        let client = crate::plain_http::client()
            .redirect(redirect::Policy::none())
            .build();
        Ok(Self {
            origin: origin.to_owned(),
            client: client.map_err(|error| error.to_string())?,
        })
    }

    fn cookie(&self, customer: &SeededCustomer) -> String {
        let prefix = if self.origin.starts_with("https:") {
            "__Host-"
        } else {
            ""
        };
        format!("{prefix}warifu-session={}", customer.session)
    }

    async fn get(&self, customer: &SeededCustomer, path: &str) -> Result<String, String> {
        let request = self
            .client
            .get(format!("{}{path}", self.origin))
            .header(COOKIE, self.cookie(customer));
        ok(request.send().await)?.text().await.map_err(|e| e.to_string())
    }
}

impl Front for Pages {
    async fn begin(&self, customer: &SeededCustomer) -> Result<Waiting, String> {
        let devices = self.get(customer, "/devices").await?;
        let csrf =
            between(&devices, "name=\"csrf\" value=\"", "\"").ok_or("no form on the page of devices")?;
        let request = self
            .client
            .post(format!("{}/test", self.origin))
            .header(COOKIE, self.cookie(customer))
            .header(ORIGIN, &self.origin)
            .form(&[("csrf", csrf)]);
        let made = ok(request.send().await)?;
        let page = made.headers().get(LOCATION).and_then(|to| to.to_str().ok());
        let page = page.ok_or("the test approval did not begin")?.to_owned();
        let shown = self.get(customer, &page).await?;
        let start = shown.find("warifu://").ok_or("no link on the waiting page")?;
        let end = shown[start..].find('"').unwrap_or_default();
        let text = shown[start..start + end]
            .replace("&#38;", "&")
            .replace("&amp;", "&");
        let Ok(Link::Challenge(found)) = link::read(&text) else {
            return Err(format!("the waiting page has another link: {text}"));
        };
        Ok(Waiting {
            challenge: found.challenge,
            number: found.number.reveal().to_owned(),
            page,
        })
    }

    async fn status(&self, customer: &SeededCustomer, waiting: &Waiting) -> Result<String, String> {
        let text = self.get(customer, &format!("{}/status", waiting.page)).await?;
        between(&text, "\"state\":\"", "\"")
            .map(str::to_owned)
            .ok_or(text)
    }
}

fn ok(answer: reqwest::Result<Response>) -> Result<Response, String> {
    let answer = answer.map_err(|error| error.to_string())?;
    let status = answer.status();
    if status.is_client_error() || status.is_server_error() {
        return Err(format!("{status} from {}", answer.url().path()));
    }
    Ok(answer)
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    text.split_once(before)?
        .1
        .split_once(after)
        .map(|(found, _)| found)
}
