//! Customers without a browser: plain HTTP with cookies, as the pages would be used with scripts off.

use std::path::Path;

use reqwest::header::{ACCEPT_LANGUAGE, HeaderMap, LOCATION, ORIGIN, SET_COOKIE};
use reqwest::{Client, ClientBuilder, RequestBuilder, Response, StatusCode};
use serde::Deserialize;
use url::Url;
use warifu_server::pages::paths;

use crate::form::{Form, text_of};
use crate::plain_http;

/// Somebody's browser before login. It keeps cookies and follows no redirect by itself.
pub struct AnonymousBrowser {
    http: Client,
    origin: Url,
    language: &'static str,
    headers: Vec<(&'static str, String)>,
}

/// A browser that has logged in.
pub struct CustomerSession {
    browser: AnonymousBrowser,
    /// The page that the login led to.
    pub landed_at: String,
}

/// An answer with its body read.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status code.
    pub status: StatusCode,
    /// Where a redirect leads: path and query, or the whole URL when it leaves the origin.
    pub location: Option<String>,
    /// The cookies it sets, whole lines.
    pub cookies: Vec<String>,
    /// All headers.
    pub headers: HeaderMap,
    /// The path that was asked.
    pub path: String,
    /// The body.
    pub body: String,
}

/// What `…/status` and the events of a waiting page say.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct LiveStatus {
    /// `pending`, `approved`, `denied`, `expired`, `cancelled` or `tries_used`.
    pub state: String,
    /// When the waiting ends, in ms.
    pub expires_at: i64,
    /// The server's time, in ms.
    pub now: i64,
}

impl AnonymousBrowser {
    /// A Japanese browser with no cookies.
    ///
    /// # Panics
    /// When `origin` is no URL.
    #[must_use]
    pub fn at(origin: &str) -> Self {
        Self::over(plain_http::client(), origin)
    }

    /// The same for a server with TLS whose authority lies in the PEM file `authority`.
    ///
    /// # Panics
    /// When `origin` is no URL or the file no certificate.
    #[must_use]
    pub fn trusting(authority: &Path, origin: &str) -> Self {
        Self::over(plain_http::trusting(authority), origin)
    }

    fn over(client: ClientBuilder, origin: &str) -> Self {
        let http = client.cookie_store(true);
        let http = http.user_agent(USER_AGENT).build().expect("a client");
        Self {
            http,
            origin: Url::parse(origin).expect("an origin"),
            language: "ja",
            headers: Vec::new(),
        }
    }

    /// The same, sending a header with each request. It stands in place of one that a browser sends by itself.
    #[must_use]
    pub fn sending(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// The same in another language.
    #[must_use]
    pub fn speaking(self, language: &'static str) -> Self {
        Self { language, ..self }
    }

    /// Opens a page.
    ///
    /// # Panics
    /// When the server does not answer.
    pub async fn get(&self, path: &str) -> Answer {
        let request = self.dressed(self.http.get(self.url(path)));
        Answer::read(path, request.send().await.expect("the server answers")).await
    }

    /// Submits fields as a form of our own page does: with its `Origin`.
    ///
    /// # Panics
    /// When the server does not answer.
    pub async fn post(&self, path: &str, fields: &[(String, String)]) -> Answer {
        let request = self.dressed(self.http.post(self.url(path)));
        let request = request
            .header(ORIGIN, self.origin.origin().ascii_serialization())
            .form(fields);
        Answer::read(path, request.send().await.expect("the server answers")).await
    }

    /// Sends a body of any kind as a form of our own page does: with its `Origin`.
    ///
    /// # Panics
    /// When the server does not answer.
    pub async fn post_body(&self, path: &str, kind: &str, body: Vec<u8>) -> Answer {
        let request = self.dressed(self.http.post(self.url(path)));
        let request = request
            .header(ORIGIN, self.origin.origin().ascii_serialization())
            .header(reqwest::header::CONTENT_TYPE, kind)
            .body(body);
        Answer::read(path, request.send().await.expect("the server answers")).await
    }

    /// Submits the form of `page` whose action ends in `action`, with these fields filled in and its hidden ones
    /// (`csrf` among them) as they are.
    ///
    /// # Panics
    /// When the page has no such form.
    pub async fn submit(&self, page: &Answer, action: &str, filled: &[(&str, &str)]) -> Answer {
        let mut form = page.form(action);
        for (name, value) in filled {
            form.fill(name, value);
        }
        let target = if form.action.is_empty() {
            page.path.clone()
        } else {
            form.action.clone()
        };
        self.post(&target, &form.fields).await
    }

    /// Follows redirects from `answer` to a page.
    ///
    /// # Panics
    /// When they go in circles or leave the origin.
    pub async fn follow(&self, mut answer: Answer) -> Answer {
        for _ in 0..MOST_REDIRECTS {
            match answer.location.take() {
                Some(path) => answer = self.get(&path).await,
                None => return answer,
            }
        }
        panic!("redirected in circles, last from {}", answer.path);
    }

    /// Enters account number and password; the answer is the page that follows (waiting, code, or login again).
    pub async fn enter_password(&self, account: &str, password: &str) -> Answer {
        let page = self.get(paths::LOGIN).await;
        let filled = [("account_number", account), ("password", password)];
        let answer = self.submit(&page, paths::LOGIN, &filled).await;
        self.follow(answer).await
    }

    /// Enters a mailed code on the code page.
    pub async fn enter_code(&self, page: &Answer, code: &str) -> Answer {
        let answer = self.submit(page, "/code", &[("code", code)]).await;
        self.follow(answer).await
    }

    /// The state of a waiting page (`/login/lg_…`).
    ///
    /// # Panics
    /// When it has none.
    pub async fn live_status(&self, waiting: &Answer) -> LiveStatus {
        let answer = self.get(&format!("{}/status", waiting.path)).await;
        serde_json::from_str(&answer.body).unwrap_or_else(|error| panic!("{error}: {answer:?}"))
    }

    /// The open stream of events that a waiting page follows.
    ///
    /// # Panics
    /// When it does not open.
    pub async fn events(&self, waiting: &Answer) -> Response {
        let url = self.origin.join(&format!("{}/events", waiting.path));
        let stream = self.http.get(url.expect("a path")).send().await;
        stream.expect("an answer").error_for_status().expect("events")
    }

    /// Goes on from a waiting page that was approved.
    ///
    /// # Panics
    /// When that does not lead to a session.
    pub async fn go_on(self, waiting: &Answer) -> CustomerSession {
        let page = self.get(&waiting.path).await;
        let answer = self.submit(&page, "/continue", &[]).await;
        let page = self.follow(answer).await;
        self.logged_in(&page)
    }

    /// Logs in by password and mailed code; `read_code` gets the code that arrived meanwhile.
    ///
    /// # Panics
    /// When that does not lead to a session.
    pub async fn log_in_by_code(
        self,
        account: &str,
        password: &str,
        read_code: impl AsyncFnOnce() -> String,
    ) -> CustomerSession {
        let page = self.enter_password(account, password).await;
        let code = read_code().await;
        let page = self.enter_code(&page, &code).await;
        self.logged_in(&page)
    }

    fn logged_in(self, page: &Answer) -> CustomerSession {
        assert!(
            page.status.is_success() && !page.path.starts_with(paths::LOGIN),
            "not logged in: {page:?}"
        );
        CustomerSession {
            landed_at: page.path.clone(),
            browser: self,
        }
    }

    fn dressed(&self, request: RequestBuilder) -> RequestBuilder {
        let request = request.header(ACCEPT_LANGUAGE, self.language);
        // `headers` replaces what stands there already.
        let mut own = HeaderMap::new();
        for (name, value) in &self.headers {
            own.insert(*name, value.parse().expect("a header value"));
        }
        request.headers(own)
    }

    fn url(&self, path: &str) -> Url {
        let url = self.origin.join(path).expect("a path");
        assert_eq!(url.origin(), self.origin.origin(), "{path} leaves the origin");
        url
    }
}

impl CustomerSession {
    /// The browser, for everything else.
    #[must_use]
    pub fn browser(&self) -> &AnonymousBrowser {
        &self.browser
    }

    /// Opens a page.
    pub async fn get(&self, path: &str) -> Answer {
        self.browser.get(path).await
    }

    /// Asks for an enrolment; the answer is the page with QR code, link and typed code.
    pub async fn begin_enrolment(&self) -> Answer {
        let devices = self.get(paths::DEVICES).await;
        let answer = self.browser.submit(&devices, paths::ENROL, &[]).await;
        self.browser.follow(answer).await
    }

    /// Logs out; the browser stays as it is, cookies and all.
    pub async fn log_out(self) -> (AnonymousBrowser, Answer) {
        let page = self.get(paths::ACCOUNT).await;
        let answer = self.browser.submit(&page, paths::LOGOUT, &[]).await;
        let page = self.browser.follow(answer).await;
        (self.browser, page)
    }
}

impl Answer {
    /// The form whose action ends in `action` (a form without an action goes to its page).
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn form(&self, action: &str) -> Form {
        let forms = Form::all(&self.body);
        let found = forms.iter().find(|form| {
            let target = if form.action.is_empty() {
                &self.path
            } else {
                &form.action
            };
            target
                .split(['?', '#'])
                .next()
                .is_some_and(|target| target.ends_with(action))
        });
        found
            .cloned()
            .unwrap_or_else(|| panic!("{} has no form to {action}: {forms:#?}\n{}", self.path, self.body))
    }

    /// The text of the element that is `what` (see [`text_of`]).
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn text(&self, what: &str) -> String {
        text_of(&self.body, what).unwrap_or_else(|| panic!("{} has no {what}:\n{}", self.path, self.body))
    }

    /// Whether the page has an element that is `what` (see [`text_of`]).
    #[must_use]
    pub fn has(&self, what: &str) -> bool {
        text_of(&self.body, what).is_some()
    }

    async fn read(path: &str, response: Response) -> Self {
        let own = response.url().origin().ascii_serialization();
        let headers = response.headers().clone();
        let text = |value: &reqwest::header::HeaderValue| value.to_str().unwrap_or_default().to_owned();
        let location = headers.get(LOCATION).map(text);
        Self {
            status: response.status(),
            location: location.map(|to| to.strip_prefix(&own).map_or(to.clone(), str::to_owned)),
            cookies: headers.get_all(SET_COOKIE).iter().map(text).collect(),
            path: path.split(['?', '#']).next().unwrap_or(path).to_owned(),
            headers,
            body: response.text().await.expect("a body"),
        }
    }
}

const USER_AGENT: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/145.0.0.0 Safari/537.36";
const MOST_REDIRECTS: u32 = 8;
