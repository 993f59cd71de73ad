//! From the right password to the second factor: one attempt, bound to one browser.

use warifu_shared::api::DeviceState;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::AttemptId;
use warifu_shared::jws::challenge::Action;

use super::create_challenge::{self, Asked, With};
use super::{Caller, Refusal, send_code};
use crate::app::App;
use crate::audit::{self, Event};
use crate::config::Site;
use crate::domain::account::Account;
use crate::domain::factor::{Factor, Risk, Situation, decide};
use crate::store::accounts::{self, Lane};
use crate::store::addresses::{self, Standing};
use crate::store::attempts::{self, Attempt, AttemptFactor};
use crate::store::devices;

/// Starts an attempt and asks for the second factor. The attempt exists in every case: its page says what is next or why
/// it ended at once.
///
/// # Errors
/// On a failure of the database only.
pub async fn run(
    app: &App,
    caller: &Caller,
    account: &Account,
    site: Site,
    browser_hash: &str,
    known_browser: bool,
) -> Result<AttemptId, Refusal> {
    let now = app.now();
    let mut c = app.store.read().await?;
    let devices = devices::of_account(&mut c, &account.id).await?;
    let counter = accounts::counter(&mut c, &account.id, Lane::Factor).await?;
    drop(c);
    let factor = decide(Situation {
        policy: app.config.login.second_factor,
        registered: devices
            .iter()
            .any(|d| matches!(d.state, DeviceState::Active | DeviceState::Suspended)),
        active: devices.iter().any(|d| d.state == DeviceState::Active),
        known_browser,
        risk: Risk::Ordinary,
    });
    let lifetime = app.config.login.attempt_lifetime;
    let attempt =
        Attempt::begin(&account.id, browser_hash, site, known_browser, now, lifetime).seen(&caller.source);
    if counter.stopped(&app.factor_lock()) {
        return end_at_once(app, caller, attempt, ErrorCode::ApproverDisabled).await;
    }
    if counter.locked_at(now) {
        return end_at_once(app, caller, attempt, ErrorCode::AccountLocked).await;
    }
    if account.blocks(known_browser, now) {
        return end_at_once(app, caller, attempt, ErrorCode::BrowserBlocked).await;
    }
    match factor {
        Factor::Approval => by_approval(app, caller, account, attempt).await,
        Factor::MailedCode if now < account.fallback_opens_at => {
            end_at_once(app, caller, attempt, ErrorCode::FallbackClosed).await
        }
        Factor::MailedCode => by_code(app, caller, account, attempt).await,
        Factor::NoUsableDevice => end_at_once(app, caller, attempt, ErrorCode::DeviceSuspended).await,
        Factor::PasswordAlone | Factor::Held => {
            end_at_once(app, caller, attempt, ErrorCode::Unavailable).await
        }
    }
}

async fn by_approval(
    app: &App,
    caller: &Caller,
    account: &Account,
    attempt: Attempt,
) -> Result<AttemptId, Refusal> {
    let asked = Asked {
        account: account.id.clone(),
        action: Action::Login,
        browser_hash: attempt.browser_hash.clone(),
        known_browser: attempt.known_browser,
        txn: None,
        but: None,
    };
    let attempt = Attempt {
        factor: AttemptFactor::App,
        ..attempt
    };
    let id = attempt.id.clone();
    let with = With::Attempt(Box::new(attempt.clone()));
    match create_challenge::run(app, caller, asked, with).await {
        Ok(_) => Ok(id),
        Err(refusal) if refusal.code == ErrorCode::TooManyOpenLogins => {
            end_at_once(
                app,
                caller,
                Attempt {
                    factor: AttemptFactor::Nothing,
                    ..attempt
                },
                refusal.code,
            )
            .await
        }
        Err(refusal) => Err(refusal),
    }
}

async fn by_code(
    app: &App,
    caller: &Caller,
    account: &Account,
    attempt: Attempt,
) -> Result<AttemptId, Refusal> {
    let attempt = Attempt {
        factor: AttemptFactor::Code,
        ..attempt
    };
    let id = attempt.id.clone();
    let mut c = app.store.read().await?;
    let found = addresses::authentication(&mut c, &account.id).await?;
    drop(c);
    if !found.is_some_and(|(_, standing)| standing != Standing::Unproven) {
        return end_at_once(
            app,
            caller,
            Attempt {
                factor: AttemptFactor::Nothing,
                ..attempt
            },
            ErrorCode::NoProvenAddress,
        )
        .await;
    }
    let stored = attempt.clone();
    app.store
        .write(move |c| Box::pin(async move { attempts::insert(c, &stored).await }))
        .await?;
    match send_code::run(app, caller, &(&attempt).into()).await {
        // Over a limit: the page looks the same, there is just no further mail (CODE-05).
        Ok(()) => Ok(id),
        Err(refusal)
            if matches!(
                refusal.code,
                ErrorCode::CodeResendTooSoon | ErrorCode::TooManyRequests
            ) =>
        {
            Ok(id)
        }
        Err(refusal) => Err(refusal),
    }
}

async fn end_at_once(
    app: &App,
    caller: &Caller,
    attempt: Attempt,
    why: ErrorCode,
) -> Result<AttemptId, Refusal> {
    let attempt = Attempt {
        state: format!("ended:{}", why.number()),
        ..attempt
    };
    let (id, now, caller) = (attempt.id.clone(), app.now(), caller.clone());
    app.store
        .write(move |c| {
            Box::pin(async move {
                attempts::insert(c, &attempt).await?;
                let event = Event {
                    action: "login.stopped",
                    actor: "server",
                    subject: attempt.account.as_str(),
                    outcome: why.name(),
                    object: attempt.id.as_str(),
                    request: &caller.request,
                    details: caller.details(),
                };
                audit::write(c, &event, now).await
            })
        })
        .await?;
    Ok(id)
}
