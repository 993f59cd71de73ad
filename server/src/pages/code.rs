//! The mailed code: its page, a try, another mail (CODE-04, CODE-05).

use axum::Form;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::AccountId;
use zeroize::Zeroizing;

use super::attempt::{self, Button};
use super::browser::Browser;
use super::error::PageError;
use super::layout::{ErrorNote, Frame, page};
use super::paths;
use super::views::{CodePage, Ended, MoneyFacts};
use crate::app::App;
use crate::http::retry::with_retry_after;
use crate::mail::{Delivery, MailAddress, delivery};
use crate::operations::{Refusal, admit, send_code, try_code};
use crate::store::attempts::{Attempt, AttemptFactor};
use crate::store::{accounts, codes};

/// The form.
#[derive(Deserialize)]
pub struct CodeForm {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    code: Zeroizing<String>,
}

impl CodeForm {
    /// Token and code, for the fuzz target.
    pub(super) fn parts(self) -> [String; 2] {
        [self.csrf, self.code.to_string()]
    }
}

/// Shows the page of an attempt that takes a mailed code.
pub(super) async fn show(
    app: &App,
    browser: &Browser,
    attempt: &Attempt,
    error: Option<ErrorNote>,
    sent_again: bool,
) -> Result<Response, PageError> {
    let asked = Asked {
        frame: browser.frame(app),
        url: paths::login_attempt(attempt.id.as_str()),
        purpose: attempt.id.as_str(),
        account: &attempt.account,
        created_at: attempt.created_at,
        money: None,
        confirm: false,
    };
    show_for(app, asked, error, sent_again)
        .await
        .map_err(|refusal| browser.refuse(app, refusal.code))
}

/// What asks for a code: a login or a withdrawal.
pub(super) struct Asked<'a> {
    /// The frame of the page.
    pub frame: Frame,
    /// The page's path.
    pub url: String,
    /// The id that the code is bound to.
    pub purpose: &'a str,
    /// Whose it is.
    pub account: &'a AccountId,
    /// When it began.
    pub created_at: Timestamp,
    /// What the money does.
    pub money: Option<MoneyFacts>,
    /// Whether it confirms a session again.
    pub confirm: bool,
}

/// Shows the page of something that takes a mailed code.
///
/// # Errors
/// On a failure of the database.
pub(super) async fn show_for(
    app: &App,
    asked: Asked<'_>,
    error: Option<ErrorNote>,
    sent_again: bool,
) -> Result<Response, Refusal> {
    let view = view(app, asked, error, sent_again).await?;
    let status = error.map_or(StatusCode::OK, |note| {
        StatusCode::from_u16(note.code.status()).unwrap_or(StatusCode::FORBIDDEN)
    });
    Ok(page(status, &view))
}

async fn view(
    app: &App,
    asked: Asked<'_>,
    error: Option<ErrorNote>,
    sent_again: bool,
) -> Result<CodePage, Refusal> {
    let (now, rules) = (app.now(), &app.config.code);
    let mut c = app.store.read().await?;
    let codes = codes::made_for(&mut c, asked.purpose).await?;
    let newest = codes.first();
    let address = accounts::addresses(&mut c, asked.account)
        .await?
        .into_iter()
        .find(|a| a.authentication);
    let mail = match newest {
        Some(code) => delivery(&mut c, &code.id, now).await?,
        None => Delivery::Sent,
    };
    let masked = address
        .and_then(|a| a.address.parse::<MailAddress>().ok())
        .map(|a| a.masked());
    let closed = newest.is_some_and(|code| code.state != "live" || now >= code.expires_at);
    let made_at = newest.map_or(asked.created_at, |code| code.created_at);
    Ok(CodePage {
        frame: asked.frame,
        url: asked.url,
        masked_address: masked.unwrap_or_default(),
        sender: app.config.mail.from.as_str().to_owned(),
        error,
        resend_at: made_at.plus_secs(rules.cooldown),
        expires_at: newest.map_or(made_at.plus_secs(rules.lifetime), |code| code.expires_at),
        now,
        mail_late: matches!(mail, Delivery::Late) && !closed,
        sent_again,
        confirm: asked.confirm,
        money: asked.money,
        closed,
    })
}

/// Tries a code.
pub async fn post(
    State(app): State<App>,
    browser: Browser,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(form): Form<CodeForm>,
) -> Result<Response, PageError> {
    browser.guard(&app, &headers, &form.csrf, browser.pre_token.as_deref())?;
    let attempt = open_attempt(&app, &browser, &id).await?;
    if let Err(refusal) = admit::code(&app, &browser.caller).await {
        return after_refusal(&app, &browser, &attempt, refusal).await;
    }
    let tokens = browser.tokens();
    match try_code::run(&app, &browser.caller, &attempt, &form.code, tokens).await {
        Ok(logged_in) => Ok(attempt::log_in(&browser, &logged_in)),
        Err(refusal) => after_refusal(&app, &browser, &attempt, refusal).await,
    }
}

/// Sends another code.
pub async fn resend(
    State(app): State<App>,
    browser: Browser,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(form): Form<Button>,
) -> Result<Response, PageError> {
    browser.guard(&app, &headers, &form.csrf, browser.pre_token.as_deref())?;
    let attempt = open_attempt(&app, &browser, &id).await?;
    if let Err(refusal) = admit::code(&app, &browser.caller).await {
        return after_refusal(&app, &browser, &attempt, refusal).await;
    }
    match send_code::run(&app, &browser.caller, &(&attempt).into()).await {
        Ok(()) => show(&app, &browser, &attempt, None, true).await,
        // Over the hourly or daily limit: the page looks the same, there is no mail (CODE-05).
        Err(refusal) if refusal.code == ErrorCode::TooManyRequests => {
            show(&app, &browser, &attempt, None, true).await
        }
        Err(refusal) => after_refusal(&app, &browser, &attempt, refusal).await,
    }
}

async fn after_refusal(
    app: &App,
    browser: &Browser,
    attempt: &Attempt,
    refusal: Refusal,
) -> Result<Response, PageError> {
    let ended = match refusal.code {
        ErrorCode::AccountLocked => Ended::Locked(refusal.retry_at),
        ErrorCode::ApproverDisabled => Ended::ApproverDisabled,
        ErrorCode::NotFound => return Ok(back(attempt)),
        code if (1400..1500).contains(&code.number()) || code == ErrorCode::TooManyRequests => {
            let note = ErrorNote::from(Refusal { code, ..refusal });
            let shown = show(app, browser, attempt, Some(note), false).await?;
            return Ok(with_retry_after(shown, refusal, app.now()));
        }
        code => return Err(browser.refuse(app, code)),
    };
    Ok(attempt::ended_page(app, browser, ended))
}

async fn open_attempt(app: &App, browser: &Browser, id: &str) -> Result<Attempt, PageError> {
    let attempt = attempt::find(app, browser, id).await?;
    let open =
        attempt.factor == AttemptFactor::Code && attempt.state == "open" && app.now() < attempt.expires_at;
    if open {
        Ok(attempt)
    } else {
        Err(browser.refuse(app, ErrorCode::NotFound))
    }
}

fn back(attempt: &Attempt) -> Response {
    Redirect::to(&paths::login_attempt(attempt.id.as_str())).into_response()
}
