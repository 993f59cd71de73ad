//! What every page has: the frame (firm, language, nonce, logout) and how a page becomes an answer.

use std::fmt::Display;

use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use warifu_shared::api::Bilingual;
use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;

use super::back::Back;
use super::headers::Nonce;
use super::language::{self, Language};
use super::{assets, paths, text};
use crate::app::App;
use crate::domain::yen::Yen;
use crate::http::retry::with_retry_after;
use crate::operations::Refusal;

/// What a page needs to know of its request. An extractor; needs [`super::headers::page_headers`] around it.
#[derive(Clone, Debug)]
pub struct PageRequest {
    /// The nonce of this response.
    pub nonce: Nonce,
    /// The language that the customer chose or the browser asks for.
    pub language: Language,
    /// The path of the request, for the way back from the language switch.
    pub path: String,
}

impl PageRequest {
    fn of(headers: &HeaderMap, nonce: Option<Nonce>, path: &str) -> Self {
        let nonce = nonce.unwrap_or_else(Nonce::random);
        Self {
            nonce,
            language: language::of_request(headers),
            path: path.to_owned(),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for PageRequest {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::of(
            &parts.headers,
            parts.extensions.get::<Nonce>().cloned(),
            parts.uri.path(),
        ))
    }
}

/// The end of a session as a page counts down to it, by the server's time.
#[derive(Clone, Copy, Debug)]
pub struct Ends {
    /// When.
    pub at: Timestamp,
    /// The server's time as the page is rendered.
    pub now: Timestamp,
    /// How many seconds before the end the page says so.
    pub near: i64,
    /// An access in that time extends it; false at the absolute limit.
    pub renewable: bool,
}

impl Ends {
    /// Seconds until a page without scripts goes to the login.
    #[must_use]
    pub fn reload_secs(&self) -> i64 {
        self.at.secs_since(self.now).max(0) + 1
    }
}

/// The frame around every page.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The request that is answered.
    pub request: PageRequest,
    /// The firm whose page this is, in both languages.
    pub firm: Bilingual,
    /// The CSRF token of the session or of the browser before login, printed into every form (WEB-03).
    pub csrf: String,
    /// Whether someone is logged in: shows the menu and the logout button (SESS-05).
    pub logged_in: bool,
    /// Whether a mail server refuses one of the customer's addresses: says so on every page.
    pub mail_refused: bool,
    /// When the session ends, on pages after login (SESS-09).
    pub ends: Option<Ends>,
    /// Whether this is the demo: says so on every page and links to its landing page.
    pub demo: bool,
}

impl Frame {
    /// `1,500,000円` or `JPY 1,500,000`.
    #[must_use]
    pub fn yen(&self, yen: &Yen) -> String {
        warifu_shared::display::money::write(&yen.digits(), "JPY", self.request.language)
    }

    /// The sentence of a refusal.
    #[must_use]
    pub fn sentence(&self, code: ErrorCode) -> &'static str {
        self.request.language.pick(code.ja(), code.en())
    }

    /// The words behind a key, in the language of the page.
    #[must_use]
    pub fn t(&self, key: &str) -> String {
        text::text(self.request.language, key)
    }

    /// The same with one value filled in.
    #[must_use]
    pub fn t1(&self, key: &str, name: &str, value: impl Display) -> String {
        text::fill(self.request.language, key, &[(name, &value)])
    }

    /// The words before and after one value that gets an element of its own.
    #[must_use]
    pub fn around(&self, key: &str, name: &str) -> (String, String) {
        let words = self.t(key);
        let (before, after) = words.split_once(&format!("{{{name}}}")).unwrap_or((&words, ""));
        (before.to_owned(), after.to_owned())
    }

    /// `1,000,000`.
    #[must_use]
    pub fn count(&self, count: &u64) -> String {
        text::grouped(*count)
    }

    /// `14:05:09.123`: for lists where the order of moments matters.
    #[must_use]
    pub fn exact_time(&self, at: &Timestamp) -> String {
        text::sortable(*at).split_off("2026-11-22 ".len())
    }

    /// `2026年11月22日(日) 14:05`.
    #[must_use]
    pub fn date_time(&self, at: &Timestamp) -> String {
        text::date_time(self.request.language, *at)
    }

    /// `14:05`.
    #[must_use]
    pub fn time_of_day(&self, at: &Timestamp) -> String {
        text::time_of_day(*at)
    }

    /// `1分22秒`, from `now` to `until`.
    #[must_use]
    pub fn left(&self, now: &Timestamp, until: &Timestamp) -> String {
        text::duration(self.request.language, until.secs_since(*now))
    }

    /// The language tag of the page.
    #[must_use]
    pub fn lang(&self) -> &'static str {
        language::code(self.request.language)
    }

    /// The nonce of this response.
    #[must_use]
    pub fn nonce(&self) -> &str {
        self.request.nonce.as_str()
    }

    /// The address of an asset.
    #[must_use]
    pub fn asset(&self, name: &str) -> String {
        assets::url(name)
    }

    /// Whether the page being shown is `path` (marks the place in the menu).
    #[must_use]
    pub fn is_at(&self, path: &str) -> bool {
        self.request.path == path
    }

    /// The firm's name in the language of the page.
    #[must_use]
    pub fn firm_name(&self) -> &str {
        self.bilingual(&self.firm)
    }

    /// The firm's name as it is set in the header: its own name, and its trade in the second weight.
    #[must_use]
    pub fn firm_parts(&self) -> (&str, &str) {
        let name = self.firm_name();
        let trade = ["証券", "銀行", "信託銀行"]
            .iter()
            .find(|trade| name.len() > trade.len() && name.ends_with(**trade));
        let cut = trade.map_or_else(
            || name.find(' ').unwrap_or(name.len()),
            |trade| name.len() - trade.len(),
        );
        name.split_at(cut)
    }

    /// The text of a pair in the language of the page.
    #[must_use]
    pub fn bilingual<'a>(&self, pair: &'a Bilingual) -> &'a str {
        self.request.language.pick(&pair.ja, &pair.en)
    }

    /// The tag of the other language, where the switch leads.
    #[must_use]
    pub fn other_lang(&self) -> &'static str {
        language::code(language::other(self.request.language))
    }

    /// What stands in place of the page when the time ran out: its `title` or `meaning` (SESS-09).
    #[must_use]
    pub fn timed_out(&self, part: &str) -> String {
        let table = "logged_out.timed_out";
        self.t(&format!("{table}.{part}"))
    }

    /// The page of the list that this one belongs to, for ways back.
    #[must_use]
    pub fn back_path(&self) -> &'static str {
        Back::nearest(&self.request.path).path()
    }

    /// Where this page's customer confirms again and comes back (SESS-07).
    #[must_use]
    pub fn confirm_url(&self) -> String {
        Back::nearest(&self.request.path).confirm_url()
    }

    /// The address of the language switch.
    #[must_use]
    pub fn language_url(&self) -> String {
        let back = language::safe_back(&self.request.path);
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("to", self.other_lang())
            .append_pair("back", back)
            .finish();
        format!("{}?{query}", paths::LANGUAGE)
    }
}

/// A refusal shown on a page: its sentence, what is left, and the small number below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorNote {
    /// What was refused.
    pub code: ErrorCode,
    /// How many tries are left, where that matters.
    pub tries_left: Option<u32>,
    /// When it can be tried again, where that is known.
    pub retry_at: Option<Timestamp>,
    /// What amount would be possible.
    pub possible: Option<Yen>,
}

impl From<Refusal> for ErrorNote {
    fn from(refusal: Refusal) -> Self {
        Self {
            code: refusal.code,
            tries_left: refusal.tries_left,
            retry_at: refusal.retry_at,
            possible: refusal.possible,
        }
    }
}

impl ErrorNote {
    /// A refusal without further detail.
    #[must_use]
    pub const fn of(code: ErrorCode) -> Self {
        Self {
            code,
            tries_left: None,
            retry_at: None,
            possible: None,
        }
    }

    /// Whether confirming again may help (SESS-07).
    #[must_use]
    pub fn wants_confirmation(&self) -> bool {
        self.code == ErrorCode::AssuranceTooLow
    }

    /// The sentence in the language of the frame.
    #[must_use]
    pub fn sentence(&self, frame: &Frame) -> &'static str {
        frame.sentence(self.code)
    }
}

/// A form's page: shown for the first time, or again with what was refused; then with its status, and with `Retry-After`
/// where there were too many tries.
pub fn form_page<T: Template>(app: &App, refusal: Option<Refusal>, view: &T) -> Response {
    let Some(refusal) = refusal else {
        return page(StatusCode::OK, view);
    };
    let status = StatusCode::from_u16(refusal.code.status()).unwrap_or(StatusCode::FORBIDDEN);
    with_retry_after(page(status, view), refusal, app.now())
}

/// Renders a page. A template that fails (it cannot, short of a fault in it) becomes a bare 500.
pub fn page<T: Template>(status: StatusCode, view: &T) -> Response {
    match view.render() {
        Ok(body) => (status, Html(body)).into_response(),
        Err(fault) => {
            tracing::error!(%fault, "a page could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
