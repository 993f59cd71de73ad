//! A request of a logged-in customer: the session behind the cookie, extended by the rule of S7 (SESS-01..03).

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use warifu_shared::error::ErrorCode;

use super::browser::{Browser, csrf};
use super::error::PageError;
use super::layout::{Ends, Frame};
use crate::app::App;
use crate::config::Site;
use crate::crypto::mac::token_hash;
use crate::domain::account::Account;
use crate::domain::session::{Session, extended};
use crate::operations::Refusal;
use crate::operations::confirm_again::{self, Asker};
use crate::store::{session_list, sessions};

/// A logged-in customer.
#[derive(Debug, Clone)]
pub struct Customer {
    /// The browser.
    pub browser: Browser,
    /// The session.
    pub session: Session,
    /// What challenges, withdrawals and codes of this session are bound to; it stays when the token changes.
    pub session_hash: String,
    /// Hash of its token.
    pub token_hash: String,
    /// The site it began at: its rules count.
    pub site: Site,
    /// The account.
    pub account: Account,
}

impl FromRequestParts<App> for Customer {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        let customer = Background::from_request_parts(parts, app).await?.0;
        if parts.uri.query() == Some(RELOAD) {
            return Ok(customer);
        }
        let rules = app.config.session_rules(customer.site);
        let now = app.now();
        let until = extended(rules, &customer.session, now);
        // True to the minute, without a write at each request.
        let noted = now.secs_since(customer.session.last_access_at) < NOTED_SECS;
        if until.is_none() && noted {
            return Ok(customer);
        }
        let id = customer.session.id.clone();
        let done = app
            .store
            .write(move |c| {
                Box::pin(async move {
                    match until {
                        Some(until) => sessions::extend(c, &id, until, now).await,
                        None => session_list::touch(c, &id, now).await,
                    }
                })
            })
            .await;
        done.map_err(|error| customer.browser.refuse(app, Refusal::from(error).code))?;
        Ok(Self {
            session: Session {
                expires_at: until.unwrap_or(customer.session.expires_at),
                ..customer.session
            },
            ..customer
        })
    }
}

/// The same for requests that no person made (polling, live status): they never extend the session (SESS-02).
pub struct Background(pub Customer);

impl FromRequestParts<App> for Background {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        let browser = Browser::from_request_parts(parts, app).await?;
        let Some(token) = browser.session_token.as_deref() else {
            return Err(PageError::LogIn);
        };
        let token_hash = token_hash(token);
        let found = app.store.hot.session(&token_hash, app.now()).await;
        let found = found.map_err(|error| browser.refuse(app, Refusal::from(error).code))?;
        // A session counts at the site it began at only: the sites have rules of their own.
        let own = found.filter(|(live, _)| live.site == browser.site);
        let (live, account) = own.ok_or(PageError::LogIn)?;
        Ok(Self(Customer {
            browser,
            site: live.site,
            session: live.session,
            session_hash: live.bound,
            token_hash,
            account,
        }))
    }
}

impl Customer {
    /// When the session ends unless its owner stays (SESS-09). With a plain sliding rule the page speaks up in the last five
    /// minutes as well.
    #[must_use]
    pub fn ends(&self, app: &App) -> Ends {
        let rules = app.config.session_rules(self.site);
        Ends {
            at: self.session.expires_at,
            now: app.now(),
            near: rules.renewal_window.min(NEAR_SECS),
            renewable: self.session.expires_at < self.session.absolute_expires_at,
        }
    }

    /// Who asks, for operations of the session itself.
    #[must_use]
    pub fn asker(&self) -> Asker {
        Asker {
            caller: self.browser.caller.clone(),
            account: self.account.clone(),
            session: self.session.clone(),
            bound: self.session_hash.clone(),
            token_hash: self.token_hash.clone(),
        }
    }

    /// The frame of a page after login.
    #[must_use]
    pub fn frame(&self, app: &App) -> Frame {
        let csrf = self
            .browser
            .session_token
            .as_deref()
            .map_or_else(String::new, |token| csrf(app, token));
        Frame {
            csrf,
            logged_in: true,
            mail_refused: self.account.mail_refused,
            ends: Some(self.ends(app)),
            ..self.browser.frame(app)
        }
    }

    /// Refuses a POST that did not come from this session's own page (WEB-03).
    ///
    /// # Errors
    /// `CrossSite`, `StaleForm`.
    pub fn guard(&self, app: &App, headers: &HeaderMap, token: &str) -> Result<(), PageError> {
        self.browser
            .guard(app, headers, token, self.browser.session_token.as_deref())
    }

    /// A refusal as a page.
    #[must_use]
    pub fn refuse(&self, app: &App, refusal: impl Into<Refusal>) -> PageError {
        let code: ErrorCode = refusal.into().code;
        match self.browser.refuse(app, code) {
            PageError::Refused(mut view) => {
                view.frame = self.frame(app);
                view.confirm =
                    code == ErrorCode::AssuranceTooLow && confirm_again::may_help(app, &self.session);
                PageError::Refused(view)
            }
            PageError::LogIn => PageError::LogIn,
        }
    }
}

/// The query of pages that reload themselves where scripts are off: no person's doing, so it never extends (SESS-02).
const RELOAD: &str = "reload";
/// How often an access is written down.
const NOTED_SECS: i64 = 60;
/// The page speaks up this long before the end.
const NEAR_SECS: i64 = 300;
