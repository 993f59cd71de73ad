//! A request at the console before anybody is known: the right host, the console's own cookies, the language.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use subtle::ConstantTimeEq;
use warifu_shared::error::ErrorCode;

use crate::app::App;
use crate::crypto::mac::token_hash;
use crate::http::Client;
use crate::operations::{Caller, Refusal};
use crate::pages::browser::{csrf, is_from, read_cookie};
use crate::pages::error::PageError;
use crate::pages::layout::{Frame, PageRequest};

/// A browser at the console.
#[derive(Debug, Clone)]
pub struct StaffBrowser {
    /// The page's frame material.
    pub page: PageRequest,
    /// Who asks.
    pub caller: Caller,
    /// The secret before login; attempts and setting up are bound to it.
    pub pre_token: Option<String>,
    /// Token of the session.
    pub session_token: Option<String>,
    /// Whether a page fetches itself anew: that never extends the session (SESS-02).
    pub by_itself: bool,
}

/// The console's cookies. Other names than the customers', so that neither side ever reads the other's (STAFF-01).
#[derive(Debug, Clone, Copy)]
pub enum StaffCookie {
    /// Before login.
    Pre,
    /// The session.
    Session,
}

impl StaffCookie {
    fn name(self, origin: &str) -> String {
        let name = match self {
            Self::Pre => "warifu-staff-login",
            Self::Session => "warifu-staff",
        };
        if origin.starts_with("https:") {
            format!("__Host-{name}")
        } else {
            name.to_owned()
        }
    }

    /// The header that sets it; an empty value ends it. `Strict`: nothing leads into the console from elsewhere.
    #[must_use]
    pub fn set(self, app: &App, value: &str) -> HeaderValue {
        let origin = &app.config.staff.origin;
        let age = if value.is_empty() { "; Max-Age=0" } else { "" };
        let secure = if origin.starts_with("https:") {
            "; Secure"
        } else {
            ""
        };
        let text = format!(
            "{}={value}; Path=/; HttpOnly; SameSite=Strict{secure}{age}",
            self.name(origin)
        );
        HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}

impl FromRequestParts<App> for StaffBrowser {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        let Ok(page) = PageRequest::from_request_parts(parts, app).await;
        let caller = Client::of(parts, app).caller();
        let host = parts.headers.get(header::HOST).and_then(|v| v.to_str().ok());
        let origin = &app.config.staff.origin;
        let here = origin.split_once("://").is_some_and(|(_, at)| Some(at) == host);
        if !here {
            return Err(PageError::bare(app, page, &caller, ErrorCode::NotFound));
        }
        let cookie = |kind: StaffCookie| read_cookie(&parts.headers, &kind.name(origin));
        Ok(Self {
            pre_token: cookie(StaffCookie::Pre),
            session_token: cookie(StaffCookie::Session),
            by_itself: parts.uri.query().is_some_and(reloads) || follows(parts.uri.path()),
            page,
            caller,
        })
    }
}

/// What a waiting page asks by itself.
fn follows(path: &str) -> bool {
    path.ends_with("/events") || path.ends_with("/status")
}

fn reloads(query: &str) -> bool {
    url::form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "reload")
}

impl StaffBrowser {
    /// The frame of a page whose forms are bound to `secret`.
    #[must_use]
    pub fn frame(&self, app: &App, secret: Option<&str>) -> Frame {
        Frame {
            request: self.page.clone(),
            firm: app.service_name(),
            csrf: secret.map_or_else(String::new, |secret| csrf(app, secret)),
            logged_in: false,
            ends: None,
            demo: false,
            mail_refused: false,
        }
    }

    /// Hash of the secret before login; empty without one, which matches nothing.
    #[must_use]
    pub fn pre_hash(&self) -> String {
        self.pre_token.as_deref().map(token_hash).unwrap_or_default()
    }

    /// Refuses a POST that is not from our own page, or not of this browser's secret (WEB-03).
    ///
    /// # Errors
    /// `CrossSite`, `StaleForm`.
    pub fn guard(
        &self,
        app: &App,
        headers: &HeaderMap,
        token: &str,
        secret: Option<&str>,
    ) -> Result<(), PageError> {
        if !is_from(&app.config.staff.origin, headers) {
            return Err(self.refuse(app, ErrorCode::CrossSite));
        }
        let expected = secret.map(|secret| csrf(app, secret)).unwrap_or_default();
        if !expected.is_empty() && bool::from(expected.as_bytes().ct_eq(token.as_bytes())) {
            Ok(())
        } else {
            Err(self.refuse(app, ErrorCode::StaleForm))
        }
    }

    /// A refusal as a page.
    #[must_use]
    pub fn refuse(&self, app: &App, refusal: impl Into<Refusal>) -> PageError {
        PageError::bare(app, self.page.clone(), &self.caller, refusal.into().code)
    }
}
