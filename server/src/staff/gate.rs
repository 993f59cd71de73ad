//! The gate before every room of the console: a live session, a role that may, and for each POST our own form (STAFF-02).

use std::collections::BTreeMap;

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use warifu_shared::error::ErrorCode;

use super::browser::StaffBrowser;
use super::views::Who;
use crate::app::App;
use crate::audit::{self, Event};
use crate::crypto::mac::token_hash;
use crate::domain::staff::Act;
use crate::operations::staff::actor;
use crate::operations::{Caller, Refusal};
use crate::pages::error::PageError;
use crate::pages::layout::Frame;
use crate::store::staff::members::Member;
use crate::store::staff::sessions::{self, StaffSession};

/// A staff member in a room. Only the gate makes one, so a handler that is not behind it never runs.
#[derive(Debug, Clone)]
pub struct At {
    /// The browser.
    pub browser: StaffBrowser,
    /// The session.
    pub session: StaffSession,
}

impl<S: Send + Sync> FromRequestParts<S> for At {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        let found = parts.extensions.get::<Self>().cloned();
        found.ok_or_else(|| StatusCode::INTERNAL_SERVER_ERROR.into_response())
    }
}

impl At {
    /// Who acts.
    #[must_use]
    pub fn member(&self) -> &Member {
        &self.session.member
    }

    /// Their request.
    #[must_use]
    pub fn caller(&self) -> &Caller {
        &self.browser.caller
    }

    /// The frame of a page.
    #[must_use]
    pub fn frame(&self, app: &App) -> Frame {
        self.browser.frame(app, self.browser.session_token.as_deref())
    }

    /// What the page's head says of them.
    #[must_use]
    pub fn who(&self) -> Who {
        Who::of(self.member())
    }

    /// A refusal as a page.
    #[must_use]
    pub fn refuse(&self, app: &App, refusal: impl Into<Refusal>) -> PageError {
        self.browser.refuse(app, refusal)
    }
}

/// The fields of a form whose token was right. A box that may be ticked several times has its values joined by commas.
#[derive(Debug, Clone, Default)]
pub struct Fields(BTreeMap<String, String>);

impl Fields {
    /// Reads `application/x-www-form-urlencoded`.
    #[must_use]
    pub fn read(body: &[u8]) -> Self {
        let mut fields: BTreeMap<String, String> = BTreeMap::new();
        for (name, value) in url::form_urlencoded::parse(body).take(64) {
            let there = fields.entry(name.into_owned()).or_default();
            if !there.is_empty() {
                there.push(',');
            }
            there.push_str(&value);
        }
        Self(fields)
    }

    /// A field, empty when it is not there.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// The values of a group of boxes.
    #[must_use]
    pub fn ticked(&self, name: &str) -> Vec<&str> {
        self.get(name).split(',').filter(|it| !it.is_empty()).collect()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Fields {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_default())
    }
}

/// Lets in whoever has a live session and a role that may `act`; a POST also needs the token of the session.
pub async fn gate(State((app, act)): State<(App, Act)>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let at = match enter(&mut parts, &app, act).await {
        Ok(at) => at,
        Err(error) => return error.into_response(),
    };
    let mut rest = Body::empty();
    if parts.method == Method::POST {
        let Ok(bytes) = to_bytes(body, MOST_BYTES).await else {
            return at.refuse(&app, ErrorCode::TooLarge).into_response();
        };
        let fields = Fields::read(&bytes);
        let secret = at.browser.session_token.as_deref();
        if let Err(error) = at.browser.guard(&app, &parts.headers, fields.get("csrf"), secret) {
            return error.into_response();
        }
        parts.extensions.insert(fields);
    } else {
        rest = body;
    }
    parts.extensions.insert(at);
    next.run(Request::from_parts(parts, rest)).await
}

/// The same for a form that brings a file. What it carries is read by its handler, which must ask for the token before anything
/// else.
pub async fn gate_of_files(State((app, act)): State<(App, Act)>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    match enter(&mut parts, &app, act).await {
        Ok(at) => {
            parts.extensions.insert(at);
            next.run(Request::from_parts(parts, body)).await
        }
        Err(error) => error.into_response(),
    }
}

async fn enter(parts: &mut Parts, app: &App, act: Act) -> Result<At, PageError> {
    let browser = StaffBrowser::from_request_parts(parts, app).await?;
    let found = session_of(app, &browser)
        .await
        .map_err(|refusal| browser.refuse(app, refusal))?;
    let session = found.ok_or(PageError::LogIn)?;
    let at = At { browser, session };
    if at.member().roles.may(act) {
        return Ok(at);
    }
    let written = not_allowed(app, &at, act).await;
    written.map_err(|refusal| at.refuse(app, refusal))?;
    Err(at.refuse(app, ErrorCode::StaffNotAllowed))
}

/// The live session of a browser, its access noted. Roles and state are those of this moment.
///
/// # Errors
/// On a failure of the database only.
pub async fn session_of(app: &App, browser: &StaffBrowser) -> Result<Option<StaffSession>, Refusal> {
    let Some(token) = browser.session_token.as_deref() else {
        return Ok(None);
    };
    let (now, rules) = (app.now(), &app.config.staff);
    let mut c = app.store.read().await?;
    let (idle, begun) = (now.plus_secs(-rules.idle), now.plus_secs(-rules.absolute));
    let found = sessions::live(&mut c, &token_hash(token), idle, begun).await?;
    drop(c);
    // What fetches itself is no sign of a person (SESS-02).
    if let Some(session) = &found
        && !browser.by_itself
        && now.secs_since(session.last_access_at) >= NOTE_SECS
    {
        let id = session.id.clone();
        app.store
            .write(move |c| Box::pin(async move { sessions::touch(c, &id, now).await }))
            .await?;
    }
    Ok(found)
}

/// Somebody tried what their role does not allow: the log has it (AUDIT-01).
async fn not_allowed(app: &App, at: &At, act: Act) -> Result<(), Refusal> {
    let (now, member, caller) = (app.now(), at.member().clone(), at.caller().clone());
    let written = app.store.write(move |c| {
        Box::pin(async move {
            let event = Event {
                action: "staff.not_allowed",
                actor: &actor(&member),
                subject: member.id.as_str(),
                outcome: act.name(),
                object: "-",
                request: &caller.request,
                details: caller.details(),
            };
            audit::write(c, &event, now).await
        })
    });
    Ok(written.await?)
}

/// A form is never larger.
const MOST_BYTES: usize = 64 * 1024;
/// An access is noted at most so often, in seconds.
const NOTE_SECS: i64 = 20;
