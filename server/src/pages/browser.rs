//! A request of a customer's browser: which origin, which cookies, which language; and the guard of every POST.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use subtle::ConstantTimeEq;
use warifu_shared::error::ErrorCode;

use super::error::PageError;
use super::layout::{Frame, PageRequest};
use crate::app::App;
use crate::config::{Origin, Site};
use crate::crypto::mac::token_hash;
use crate::http::Client;
use crate::operations::Caller;
use crate::operations::finish_login::BrowserTokens;

/// A browser before any login.
#[derive(Debug, Clone)]
pub struct Browser {
    /// The page's frame material.
    pub page: PageRequest,
    /// Who asks.
    pub caller: Caller,
    /// The site, from the origin (never from the user agent).
    pub site: Site,
    /// The origin that was asked.
    pub origin: String,
    /// Secret of the browser before login; binds attempts to it (CHAL-08).
    pub pre_token: Option<String>,
    /// Token of the session.
    pub session_token: Option<String>,
    /// Token by which the browser is known.
    pub browser_token: Option<String>,
}

/// The cookies by what they are for.
#[derive(Debug, Clone, Copy)]
pub enum Cookie {
    /// Before login.
    Pre,
    /// The session: ends with the browser.
    Session,
    /// The known browser: a risk signal, never a factor.
    Browser,
}

impl Cookie {
    /// `__Host-` wherever the origin is https. The loopback demo speaks plain HTTP, where browsers refuse that prefix.
    fn name(self, origin: &str) -> String {
        let name = match self {
            Self::Pre => "warifu-login",
            Self::Session => "warifu-session",
            Self::Browser => "warifu-browser",
        };
        if origin.starts_with("https:") {
            format!("__Host-{name}")
        } else {
            name.to_owned()
        }
    }

    /// The header that sets it (SESS-04); an empty value ends it.
    #[must_use]
    pub fn set(self, origin: &str, value: &str) -> HeaderValue {
        let age = match self {
            _ if value.is_empty() => "; Max-Age=0",
            Self::Browser => "; Max-Age=34560000",
            Self::Pre | Self::Session => "",
        };
        let secure = if origin.starts_with("https:") {
            "; Secure"
        } else {
            ""
        };
        let text = format!(
            "{}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{age}",
            self.name(origin)
        );
        HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}

impl FromRequestParts<App> for Browser {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        let Ok(page) = PageRequest::from_request_parts(parts, app).await;
        let caller = Client::of(parts, app).caller();
        let host = parts.headers.get(header::HOST).and_then(|v| v.to_str().ok());
        let Some(origin) = origin_of(app, host) else {
            return Err(PageError::bare(app, page, &caller, ErrorCode::NotFound));
        };
        let cookie = |kind: Cookie| read_cookie(&parts.headers, &kind.name(&origin.url));
        Ok(Self {
            pre_token: cookie(Cookie::Pre),
            session_token: cookie(Cookie::Session),
            browser_token: cookie(Cookie::Browser),
            page,
            caller,
            site: origin.site,
            origin: origin.url.clone(),
        })
    }
}

impl Browser {
    /// The frame of a page before login.
    #[must_use]
    pub fn frame(&self, app: &App) -> Frame {
        Frame {
            request: self.page.clone(),
            firm: app.service_name(),
            csrf: self
                .pre_token
                .as_deref()
                .map_or_else(String::new, |token| csrf(app, token)),
            logged_in: false,
            demo: app.config.demo,
        }
    }

    /// Hash of the secret that binds attempts to this browser; empty for a browser without one, which matches nothing.
    #[must_use]
    pub fn pre_hash(&self) -> String {
        self.pre_token.as_deref().map(token_hash).unwrap_or_default()
    }

    /// What it brings to the end of a login.
    #[must_use]
    pub fn tokens(&self) -> BrowserTokens {
        BrowserTokens {
            known_as: self.browser_token.clone(),
            session: self.session_token.clone(),
        }
    }

    /// Refuses a POST that did not come from our own page: other origin, other site, or a token of another session
    /// (WEB-03).
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
        if !is_from(&self.origin, headers) {
            return Err(self.refuse(app, ErrorCode::CrossSite));
        }
        let expected = secret.map(|secret| csrf(app, secret)).unwrap_or_default();
        let right = !expected.is_empty() && bool::from(expected.as_bytes().ct_eq(token.as_bytes()));
        if right {
            Ok(())
        } else {
            Err(self.refuse(app, ErrorCode::StaleForm))
        }
    }

    /// A refusal as a page.
    #[must_use]
    pub fn refuse(&self, app: &App, code: ErrorCode) -> PageError {
        PageError::bare(app, self.page.clone(), &self.caller, code)
    }
}

/// Whether a POST says that it comes from a page of `origin`.
///
/// Our pages ask for no referrer (WEB-02), and browsers then name no origin either: `Origin: null`. That is taken only
/// together with `Sec-Fetch-Site: same-origin`, which no page can forge; a sandboxed or foreign page has another value.
pub(crate) fn is_from(origin: &str, headers: &HeaderMap) -> bool {
    let text = |name: &str| {
        headers
            .get(name)
            .map(|value| value.to_str().unwrap_or("unreadable"))
    };
    let site = text("sec-fetch-site");
    let same_origin = match text("origin") {
        Some("null") => site == Some("same-origin"),
        named => named.is_none_or(|named| named == origin),
    };
    same_origin && site.is_none_or(|site| matches!(site, "same-origin" | "none"))
}

/// The CSRF token of a secret that only this browser and we have.
#[must_use]
pub fn csrf(app: &App, secret: &str) -> String {
    app.secrets.csrf_key.mac("csrf", &[secret.as_bytes()])
}

fn origin_of<'a>(app: &'a App, host: Option<&str>) -> Option<&'a Origin> {
    let host = host?;
    app.config
        .origins
        .iter()
        .find(|origin| origin.url.split_once("://").is_some_and(|(_, at)| at == host))
}

/// The value of a cookie, when it is one of ours: 43 characters of base64url, and there exactly once.
pub(crate) fn read_cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|v| v.to_str().ok());
    let mut values = lines
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter_map(|(key, value)| (key == name).then_some(value));
    let value = values.next()?;
    let ours = value.len() == 43
        && value
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    (ours && values.next().is_none()).then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn web_03_a_post_comes_from_our_own_page_or_is_refused() {
        let own = "https://login.example.jp";
        let asked = |named: Option<&'static str>, site: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            named.map(|named| headers.insert("origin", HeaderValue::from_static(named)));
            site.map(|site| headers.insert("sec-fetch-site", HeaderValue::from_static(site)));
            is_from(own, &headers)
        };
        for (named, site) in [
            (Some(own), Some("same-origin")),
            (Some(own), None),
            (Some("null"), Some("same-origin")),
            (None, Some("none")),
            (None, None),
        ] {
            assert!(asked(named, site), "{named:?} {site:?}");
        }
        for (named, site) in [
            (Some("https://login.example.jp.evil.example"), Some("same-origin")),
            (Some("https://evil.example"), None),
            (Some("null"), None),
            (Some("null"), Some("none")),
            (Some("null"), Some("same-site")),
            (Some("null"), Some("cross-site")),
            (Some(own), Some("cross-site")),
            (Some(own), Some("same-site")),
            (None, Some("cross-site")),
        ] {
            assert!(!asked(named, site), "{named:?} {site:?}");
        }
    }
}
