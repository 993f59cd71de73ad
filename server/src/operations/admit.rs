//! Who may try now, decided before anything expensive: passwords, mailed codes, calls that nobody signed (RISK-07, RISK-08).
//!
//! First this process alone, then all together in one counted write; what is refused costs neither a hash nor a write.
//! The first refusal of a limit in its window is written into the audit log, by one process of all (AUDIT-01).

use std::sync::{MutexGuard, PoisonError};

use tokio::sync::SemaphorePermit;
use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::AccountId;

use super::{Caller, Refusal};
use crate::app::App;
use crate::audit::{self, Event};
use crate::crypto::mac::{token_hash, was_made_by};
use crate::domain::account::AccountNumber;
use crate::domain::admission::{Counts, Use, Window};
use crate::domain::context::client_prefix;
use crate::store::{Counted, accounts, limits};

/// A login that may go on. It holds a place in the queue for hashing.
pub struct Admitted<'a> {
    /// Whether this account has used the browser before.
    pub known: bool,
    _place: SemaphorePermit<'a>,
}

/// Admits a login by the account number as it was typed, whether or not there is such an account (CHAL-11).
///
/// A browser that the account has used before has a small allowance and hashing places of its own: no flood takes them.
///
/// # Errors
/// `LoginBusy` with the time of the next try.
pub async fn login<'a>(
    app: &'a App,
    caller: &Caller,
    typed: &str,
    browser_token: Option<&str>,
) -> Result<Admitted<'a>, Refusal> {
    let window = window(app);
    let number = AccountNumber::from_typed(typed);
    let known = match (&number, browser_token) {
        (Some(number), Some(token)) => knows(app, window, number, token).await?,
        _ => false,
    };
    let account = number.map_or_else(
        || typed.chars().take(64).collect(),
        |number| number.as_str().to_owned(),
    );
    let uses = if known {
        known_login(app, &account)
    } else {
        stranger_login(app, caller, &account)
    };
    here(app, caller, window, &uses, ErrorCode::LoginBusy).await?;
    let queue = if known {
        &app.known_hash_queue
    } else {
        &app.hash_queue
    };
    let Ok(place) = queue.try_acquire() else {
        let full = one(app, "login.queue", if known { "known" } else { "" }, 0);
        refuse(app, caller, window, &full).await;
        let soon = app.now().plus_secs(QUEUE_SECS);
        return Err(Refusal::new(ErrorCode::LoginBusy).at(soon));
    };
    everywhere(app, caller, window, &uses, ErrorCode::LoginBusy).await?;
    Ok(Admitted { known, _place: place })
}

/// Admits a try of an activation code by the account number as it was typed, whether or not there is such an account.
///
/// # Errors
/// `TooManyRequests` with the time of the next try.
pub async fn activation(app: &App, caller: &Caller, typed: &str) -> Result<(), Refusal> {
    let rules = &app.config.admission;
    let number = AccountNumber::from_typed(typed).map_or_else(
        || typed.chars().take(64).collect(),
        |number| number.as_str().to_owned(),
    );
    let address = client_prefix(caller.source.address);
    let uses = [
        one(app, "activation.address", &address, rules.codes_per_address),
        one(app, "activation.account", &number, rules.per_account),
        one(app, "activation.everyone", "", rules.everyone),
    ];
    all(app, caller, &uses, ErrorCode::TooManyRequests).await
}

/// Admits a try of a mailed code, or the wish for another one.
///
/// # Errors
/// `TooManyRequests` with the time of the next try.
pub async fn code(app: &App, caller: &Caller) -> Result<(), Refusal> {
    let most = app.config.admission.codes_per_address;
    let uses = [one(
        app,
        "code.address",
        &client_prefix(caller.source.address),
        most,
    )];
    all(app, caller, &uses, ErrorCode::TooManyRequests).await
}

/// Admits a try of a stop code, which says whose change it stops only when it is right.
///
/// # Errors
/// `TooManyRequests` with the time of the next try.
pub async fn stop_code(app: &App, caller: &Caller) -> Result<(), Refusal> {
    let rules = &app.config.admission;
    let address = client_prefix(caller.source.address);
    let uses = [
        one(app, "stop_code.address", &address, rules.codes_per_address),
        one(app, "stop_code.everyone", "", rules.everyone),
    ];
    all(app, caller, &uses, ErrorCode::TooManyRequests).await
}

/// Admits the beginning of a recovery by the account number as it was typed, whether or not there is such an account.
///
/// # Errors
/// `TooManyRequests` with the time of the next try.
pub async fn recovery(app: &App, caller: &Caller, typed: &str) -> Result<(), Refusal> {
    let rules = &app.config.admission;
    let account = AccountNumber::from_typed(typed).map_or_else(
        || typed.chars().take(64).collect(),
        |number| number.as_str().to_owned(),
    );
    let address = client_prefix(caller.source.address);
    let uses = [
        one(app, "recovery.address", &address, rules.codes_per_address),
        one(app, "recovery.account", &account, rules.per_account),
        one(app, "recovery.everyone", "", rules.everyone),
    ];
    all(app, caller, &uses, ErrorCode::TooManyRequests).await
}

/// Admits a try at something about money, from a session: each may take a password hash.
///
/// # Errors
/// `TooManyRequests` with the time of the next try.
pub async fn money(app: &App, caller: &Caller, account: &AccountId) -> Result<(), Refusal> {
    let most = app.config.admission.per_account;
    let uses = [one(app, "money.account", account.as_str(), most)];
    all(app, caller, &uses, ErrorCode::TooManyRequests).await
}

/// Admits a call to register a device, which nobody has signed.
///
/// # Errors
/// `TooManyRequests` with the time of the next try.
pub async fn enrolment(app: &App, caller: &Caller) -> Result<(), Refusal> {
    let rules = &app.config.admission;
    let address = client_prefix(caller.source.address);
    let uses = [
        one(app, "enrolment.address", &address, rules.enrolments_per_address),
        one(app, "enrolment.everyone", "", rules.enrolments),
    ];
    all(app, caller, &uses, ErrorCode::TooManyRequests).await
}

/// Admits a try to log in to the staff console or to use a setup token. Its limits and its hashing places are not those of
/// strangers at the customers' pages, so that no flood there shuts the staff out.
///
/// # Errors
/// `LoginBusy` with the time of the next try.
pub async fn staff<'a>(app: &'a App, caller: &Caller, typed: &str) -> Result<SemaphorePermit<'a>, Refusal> {
    let rules = &app.config.admission;
    let name: String = typed.chars().take(64).collect();
    let uses = [
        one(
            app,
            "staff.address",
            &client_prefix(caller.source.address),
            rules.per_address,
        ),
        one(app, "staff.name", &name, rules.per_account),
    ];
    all(app, caller, &uses, ErrorCode::LoginBusy).await?;
    app.known_hash_queue
        .try_acquire()
        .map_err(|_| Refusal::new(ErrorCode::LoginBusy).at(app.now().plus_secs(QUEUE_SECS)))
}

/// Admits a search of a staff member (STAFF-07).
///
/// # Errors
/// `TooManyRequests` with the time of the next try.
pub async fn staff_search(app: &App, caller: &Caller, staff: &str) -> Result<(), Refusal> {
    let uses = [one(app, "staff.search", staff, app.config.staff.searches)];
    all(app, caller, &uses, ErrorCode::TooManyRequests).await
}

fn stranger_login(app: &App, caller: &Caller, account: &str) -> Vec<Use> {
    let (rules, source) = (&app.config.admission, &caller.source);
    let network = if source.network.is_empty() {
        &source.prefix
    } else {
        &source.network
    };
    vec![
        one(
            app,
            "login.address",
            &client_prefix(source.address),
            rules.per_address,
        ),
        one(app, "login.network", network, rules.per_network),
        one(app, "login.account", account, rules.per_account),
        one(app, "login.everyone", "", rules.everyone),
    ]
}

fn known_login(app: &App, account: &str) -> Vec<Use> {
    let most = app.config.admission.known_per_account;
    vec![one(app, "login.known", account, most)]
}

fn one(app: &App, limit: &'static str, whose: &str, most: i64) -> Use {
    let key = app
        .secrets
        .csrf_key
        .mac("admission", &[limit.as_bytes(), whose.as_bytes()]);
    Use { limit, key, most }
}

/// Whether this account has used the browser before. A token that we never made is not worth a look into the database,
/// and one that we made is worth a few: a flood of either leaves the database alone.
async fn knows(app: &App, window: Window, number: &AccountNumber, token: &str) -> Result<bool, Refusal> {
    if !was_made_by(&app.secrets.csrf_key, BROWSER_TOKEN, token) {
        return Ok(false);
    }
    let look = [one(
        app,
        "login.look",
        token,
        app.config.admission.known_per_account,
    )];
    if counts(app).admit(window, &look).is_err() {
        return Ok(false);
    }
    let mut c = app.store.read().await?;
    Ok(accounts::number_knows_browser(&mut c, number, &token_hash(token)).await?)
}

async fn all(app: &App, caller: &Caller, uses: &[Use], code: ErrorCode) -> Result<(), Refusal> {
    let window = window(app);
    here(app, caller, window, uses, code).await?;
    everywhere(app, caller, window, uses, code).await
}

/// The first stage: this process alone, without a write.
async fn here(
    app: &App,
    caller: &Caller,
    window: Window,
    uses: &[Use],
    code: ErrorCode,
) -> Result<(), Refusal> {
    let admitted = counts(app).admit(window, uses);
    let Err(over) = admitted else { return Ok(()) };
    refuse(app, caller, window, over).await;
    Err(Refusal::new(code).at(Timestamp::from_secs(window.end)))
}

/// The second stage: all processes together.
async fn everywhere(
    app: &App,
    caller: &Caller,
    window: Window,
    uses: &[Use],
    code: ErrorCode,
) -> Result<(), Refusal> {
    let counted = uses.iter().map(|one| Counted {
        key: one.key.clone(),
        start: window.start,
        end: window.end,
    });
    let shared = app.store.count(counted.collect()).await?;
    let learnt = counts(app).learn(window, uses, &shared);
    let Err(over) = learnt else { return Ok(()) };
    refuse(app, caller, window, over).await;
    Err(Refusal::new(code).at(Timestamp::from_secs(window.end)))
}

/// Writes a refusal down, once for a limit and window among all processes. A database that is out of reach does not turn
/// the refusal into anything else.
async fn refuse(app: &App, caller: &Caller, window: Window, over: &Use) {
    if !counts(app).first_refusal(&over.key) {
        return;
    }
    let (caller, over, now) = (caller.clone(), over.clone(), app.now());
    tracing::warn!(event = "admission.limit", limit = over.limit, key = &over.key[..12], request = %caller.request, "a limit is used up");
    let written = app
        .store
        .write(move |c| {
            Box::pin(async move {
                let told = format!("told:{}", over.key);
                if limits::count(c, &told, window.end - window.start, now).await? > 1 {
                    return Ok(());
                }
                let event = Event {
                    action: "limit.hit",
                    actor: "server",
                    subject: "-",
                    outcome: over.limit,
                    object: &over.key[..12],
                    request: &caller.request,
                    details: caller.details(),
                };
                audit::write(c, &event, now).await
            })
        })
        .await;
    if let Err(error) = written {
        tracing::error!(event = "store.failed", %error, "a used up limit could not be written down");
    }
}

fn window(app: &App) -> Window {
    Window::at(app.now(), app.config.admission.window)
}

fn counts(app: &App) -> MutexGuard<'_, Counts> {
    app.admission.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What browser tokens are made for.
pub const BROWSER_TOKEN: &str = "browser-token";

/// When to come back to a full queue: it empties within seconds.
const QUEUE_SECS: i64 = 5;
