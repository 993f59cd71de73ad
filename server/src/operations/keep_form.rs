//! Keeps a half-filled withdrawal over the automatic logout, for the same account only (SESS-09).
//!
//! A session that ran out by itself may still say what was typed; it reads nothing and changes nothing else. One that was
//! ended (logout, another login, the owner, staff) may not. The password is never part of it.

use warifu_shared::clock::Timestamp;
use warifu_shared::ids::AccountId;

use super::Refusal;
use crate::app::App;
use crate::store::{StoreError, kept_forms, sessions};

/// Keeps the amount of the form that the browser with this session had open. Whether there is such a session shows in no
/// answer. What is empty, too long or unchanged is not written.
///
/// # Errors
/// On a database failure.
pub async fn run(app: &App, token_hash: &str, typed: &str) -> Result<(), Refusal> {
    let amount = typed.trim();
    if amount.is_empty() || amount.chars().count() > LONGEST || amount.chars().any(char::is_control) {
        return Ok(());
    }
    let now = app.now();
    let mut c = app.store.read().await?;
    let Some(account) = sessions::timed_out(&mut c, token_hash, oldest(now)).await? else {
        return Ok(());
    };
    let before = kept_forms::of_account(&mut c, &account, oldest(now)).await?;
    drop(c);
    if before.as_deref() == Some(amount) {
        return Ok(());
    }
    let amount = amount.to_owned();
    let kept = app
        .store
        .write(move |c| Box::pin(async move { kept_forms::keep(c, &account, &amount, now).await }));
    Ok(kept.await?)
}

/// What is kept for an account, as it was typed.
///
/// # Errors
/// On a database failure.
pub async fn kept(app: &App, account: &AccountId) -> Result<Option<String>, StoreError> {
    let mut c = app.store.read().await?;
    kept_forms::of_account(&mut c, account, oldest(app.now())).await
}

/// Forgets it: the withdrawal was asked for, or the customer does not want it any more.
///
/// # Errors
/// On a database failure.
pub async fn forget(app: &App, account: &AccountId) -> Result<(), Refusal> {
    let account = account.clone();
    let done = app
        .store
        .write(move |c| Box::pin(async move { kept_forms::drop_of(c, &account).await }));
    Ok(done.await?)
}

/// What was kept before this moment is forgotten.
#[must_use]
pub const fn oldest(now: Timestamp) -> Timestamp {
    now.plus_secs(-KEPT_SECS)
}

/// A day: whoever comes back the next morning still finds it.
const KEPT_SECS: i64 = 86_400;
/// As long as the field of the form.
const LONGEST: usize = 32;
