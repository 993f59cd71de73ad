//! A mailed one-time code: drawn, bound, queued; never more often than the limits allow (CODE-01..06, CODE-17).

use warifu_shared::b64;
use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::CodeId;
use warifu_shared::jws::challenge::Action;

use super::{Caller, Refusal, notify};
use crate::app::App;
use crate::audit::{self, Event};
use crate::domain::code::{self, Binding};
use crate::domain::context::client_prefix;
use crate::mail::{CodeText, Mail, NewMail, Scene, enqueue, void_code};
use crate::store::attempts::Attempt;
use crate::store::codes::StoredCode;
use crate::store::{Conn, StoreError, accounts, codes, limits};

/// Sends a code for an open attempt.
///
/// # Errors
/// `CodeResendTooSoon` within the cooldown; `TooManyRequests` above an hourly or daily limit; `NoProvenAddress`.
pub async fn run(app: &App, caller: &Caller, attempt: &Attempt) -> Result<(), Refusal> {
    let now = app.now();
    let (app_in, caller, attempt) = (app.clone(), caller.clone(), attempt.clone());
    let outcome = app
        .store
        .write(move |c| Box::pin(async move { make(c, &app_in, &caller, &attempt, now).await }))
        .await?;
    app.mail_wake.notify_one();
    outcome
}

async fn make(
    c: &mut Conn,
    app: &App,
    caller: &Caller,
    attempt: &Attempt,
    now: Timestamp,
) -> Result<Result<(), Refusal>, StoreError> {
    accounts::take_turn(c, &attempt.account).await?;
    if let Err(refusal) = within_limits(c, app, caller, attempt, now).await? {
        let why = if refusal.code == ErrorCode::CodeResendTooSoon {
            "too_soon"
        } else {
            "limit"
        };
        write_event(c, caller, attempt, why, now).await?;
        return Ok(Err(refusal));
    }
    let Some(owner) = accounts::by_id(c, &attempt.account).await? else {
        return Ok(Err(ErrorCode::NotFound.into()));
    };
    let addresses = accounts::addresses(c, &attempt.account).await?;
    let Some(address) = addresses.into_iter().find(|a| a.authentication && a.proven) else {
        return Ok(Err(ErrorCode::NoProvenAddress.into()));
    };
    for older in codes::of_attempt(c, &attempt.id)
        .await?
        .iter()
        .filter(|code| code.state == "live")
    {
        void_code(c, &older.id).await?;
    }
    let digits = code::draw();
    let stored = stored_code(app, attempt, &digits, now);
    codes::insert(c, &stored, "login").await?;
    let code =
        CodeText::new(&digits).map_err(|e| StoreError::inconsistent("codes", stored.id.as_str(), e))?;
    let mail = Mail::LoginCode {
        code,
        action: Action::Login,
        domain: app.page_host(),
        expires_at: stored.expires_at,
        scene: Scene {
            at: now,
            place: attempt.place.clone(),
            browser: attempt.browser.clone(),
        },
    };
    let new = NewMail {
        account: attempt.account.clone(),
        to: notify::read_address(&address.address)?,
        mail,
        language: owner.language,
        expires_at: stored.expires_at,
        code: Some(stored.id.clone()),
    };
    enqueue(c, &app.secrets.column_sealer, now, new).await?;
    write_event(c, caller, attempt, "ok", now).await?;
    Ok(Ok(()))
}

async fn within_limits(
    c: &mut Conn,
    app: &App,
    caller: &Caller,
    attempt: &Attempt,
    now: Timestamp,
) -> Result<Result<(), Refusal>, StoreError> {
    let rules = &app.config.code;
    // The cooldown is of this attempt; a login begun anew gets its code at once, within the hourly limit.
    if let Some(newest) = codes::of_attempt(c, &attempt.id).await?.first() {
        let next = newest.created_at.plus_secs(rules.cooldown);
        if now < next {
            return Ok(Err(Refusal::new(ErrorCode::CodeResendTooSoon).at(next)));
        }
    }
    let hour = codes::made_since(c, &attempt.account, now.plus_secs(-3600)).await?;
    let day = codes::made_since(c, &attempt.account, now.plus_secs(-86_400)).await?;
    let from_here = limits::count(
        c,
        &format!("code:{}", client_prefix(caller.source.address)),
        3600,
        now,
    )
    .await?;
    if hour >= rules.per_hour || day >= rules.per_day || from_here > rules.per_hour_and_address {
        return Ok(Err(ErrorCode::TooManyRequests.into()));
    }
    Ok(Ok(()))
}

fn stored_code(app: &App, attempt: &Attempt, digits: &str, now: Timestamp) -> StoredCode {
    let salt = b64::encode(warifu_shared::random::bytes::<16>());
    let binding = binding(attempt);
    StoredCode {
        id: CodeId::random(),
        attempt: attempt.id.clone(),
        account: attempt.account.clone(),
        state: "live".to_owned(),
        mac: binding.mac(&app.secrets.code_pepper, &salt, digits),
        salt,
        wrong_tries: 0,
        created_at: now,
        expires_at: now.plus_secs(app.config.code.lifetime),
    }
}

/// What a login code is bound to (CODE-03).
#[must_use]
pub fn binding(attempt: &Attempt) -> Binding<'_> {
    Binding {
        attempt: &attempt.id,
        browser_hash: &attempt.browser_hash,
        account: &attempt.account,
        action: "login",
    }
}

async fn write_event(
    c: &mut Conn,
    caller: &Caller,
    attempt: &Attempt,
    outcome: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let event = Event {
        action: "code.sent",
        actor: "customer",
        subject: attempt.account.as_str(),
        outcome,
        object: attempt.id.as_str(),
        request: &caller.request,
        details: caller.details(),
    };
    audit::write(c, &event, now).await
}
