//! Notices about logins: completed ones within a minute, begun ones when nobody can finish them any more, a burst in one
//! mail (RISK-06).
//!
//! A login leaves one row in its own transaction; everything else happens here, so that no login waits for it and nothing is
//! lost with a process.

use std::time::Duration;

use warifu_shared::clock::Timestamp;
use warifu_shared::ids::{AccountId, AttemptId};

use super::notify;
use crate::app::App;
use crate::mail::{LoginLine, LoginWhat, Mail};
use crate::store::login_notices::{self, Kind, Waiting};
use crate::store::{Conn, StoreError};

/// Looks every second.
pub async fn run(app: App) {
    let mut tick = tokio::time::interval(EVERY);
    loop {
        tick.tick().await;
        if let Err(error) = step(&app).await {
            tracing::warn!(event = "login_notices.failed", %error, "notices about logins wait for the next look");
        }
    }
}

/// One look: judges what ran out, then tells what is due. Several processes may do it at once.
///
/// # Errors
/// On a database failure; what is left is told the next time.
pub async fn step(app: &App) -> Result<(), StoreError> {
    judge(app).await?;
    let now = app.now();
    let mut c = app.store.read().await?;
    let due = login_notices::due(&mut c, now, now.plus_secs(-GATHER_SECS), AT_ONCE).await?;
    drop(c);
    for (account, kind) in due {
        let app_in = app.clone();
        let told = app
            .store
            .write_again(move |c| Box::pin(async move { tell(c, &app_in, &account, kind, now).await }))
            .await?;
        if told {
            app.mail_wake.notify_one();
        }
    }
    Ok(())
}

/// An attempt is judged once, when its time is over: a login that was only slow sends one mail, not two. The owner knew at once
/// by the request in the app or by the mailed code.
async fn judge(app: &App) -> Result<(), StoreError> {
    let over = app.now().plus_secs(-app.config.login.attempt_lifetime);
    while judge_some(app, over).await? {}
    Ok(())
}

/// True when there is more.
async fn judge_some(app: &App, over: Timestamp) -> Result<bool, StoreError> {
    let mut c = app.store.read().await?;
    let seen = login_notices::judged(&mut c).await?;
    if seen > AttemptId::from_moment(over.plus_secs(-JUDGE_SECS)) {
        return Ok(false);
    }
    let from = if seen.is_empty() {
        AttemptId::from_moment(over.plus_secs(-FIRST_SECS))
    } else {
        seen.clone()
    };
    let to = AttemptId::from_moment(Timestamp(over.0 + 1));
    let found = login_notices::unfinished(&mut c, &from, &to, AT_ONCE).await?;
    drop(c);
    let more = i64::try_from(found.len()).is_ok_and(|len| len >= AT_ONCE);
    let last = found.last().filter(|_| more).map(|it| it.id.as_str().to_owned());
    let to = last.unwrap_or(to);
    app.store
        .write_again(move |c| {
            Box::pin(async move {
                // Otherwise another process was faster, and has put them down.
                if login_notices::judge(c, &seen, &to).await? {
                    for attempt in &found {
                        login_notices::put(c, attempt, LoginWhat::Unfinished, attempt.created_at).await?;
                    }
                }
                Ok(())
            })
        })
        .await?;
    Ok(more)
}

/// Tells what waits, unless a window is open. True when something was told.
async fn tell(
    c: &mut Conn,
    app: &App,
    account: &AccountId,
    kind: Kind,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let before = login_notices::window(c, account, kind).await?;
    let secs = next_window(kind, before, now);
    if !login_notices::open_window(c, account, kind, now, secs).await? {
        return Ok(false);
    }
    let waiting = login_notices::take(c, account, kind).await?;
    let mail = if kind == Kind::Lock {
        // One mail for both: the wrong passwords are what led to it.
        let wrong = login_notices::take(c, account, Kind::Wrong).await?;
        lock_mail(waiting, &wrong, now)
    } else {
        mail_of(wanted(c, account, kind, waiting).await?)
    };
    let Some(mail) = mail else {
        login_notices::put_back(c, account, kind, before).await?;
        return Ok(false);
    };
    notify::all_addresses(c, app, account, mail, now).await?;
    Ok(true)
}

/// Completed logins are told within a minute, always. The others are somebody trying: the longer it goes on, the rarer the mails.
/// Wrong passwords need nothing but an account number, so their mails become rarer still, and only a quiet day begins anew: at most
/// eight of a kind in any 24 hours, and two a day when it goes on.
fn next_window(kind: Kind, before: Option<(Timestamp, i64)>, now: Timestamp) -> i64 {
    match (kind, before) {
        (Kind::Done, _) => DONE_SECS,
        (Kind::Begun, Some((until, secs))) if now < until.plus_secs(secs) => {
            (secs * 2).clamp(BEGUN_SECS, BEGUN_MOST_SECS)
        }
        (Kind::Lock | Kind::Wrong, Some((until, secs))) if now < until.plus_secs(WRONG_QUIET_SECS) => {
            (secs * 2).clamp(BEGUN_SECS, WRONG_MOST_SECS)
        }
        (Kind::Begun | Kind::Lock | Kind::Wrong, _) => BEGUN_SECS,
    }
}

/// What the customer wants to be told: every login, or those from a new browser or a new region. All others always.
async fn wanted(
    c: &mut Conn,
    account: &AccountId,
    kind: Kind,
    waiting: Vec<Waiting>,
) -> Result<Vec<LoginLine>, StoreError> {
    if kind != Kind::Done {
        return Ok(waiting.into_iter().map(|it| it.line).collect());
    }
    let only_new = login_notices::only_new(c, account).await?;
    let mut lines = Vec::with_capacity(waiting.len());
    for it in waiting {
        let new_region = login_notices::is_new_region(c, account, &it.region, it.line.scene.at).await?;
        if !only_new || new_region || !it.known_browser {
            lines.push(it.line);
        }
    }
    Ok(lines)
}

/// One login has its own mail, several have one together; the first [`LISTED`] are listed and all are counted.
fn mail_of(mut lines: Vec<LoginLine>) -> Option<Mail> {
    let count = i64::try_from(lines.len()).unwrap_or(i64::MAX);
    if lines.first().is_some_and(|line| line.what == LoginWhat::Wrong) {
        lines.truncate(LISTED);
        return Some(Mail::PasswordsWrong { lines, count });
    }
    if count > 1 {
        lines.truncate(LISTED);
        return Some(Mail::LoginSummary { lines, count });
    }
    let LoginLine { what, scene } = lines.pop()?;
    Some(match what {
        LoginWhat::Unfinished => Mail::LoginUnfinished { scene },
        LoginWhat::App | LoginWhat::Code => Mail::LoginDone { what, scene },
        LoginWhat::Wrong | LoginWhat::Locked => return None,
    })
}

/// The newest lock stands for all. A lock of known browsers, where the owner sits, is named while it holds.
fn lock_mail(mut locks: Vec<Waiting>, wrong: &[Waiting], now: Timestamp) -> Option<Mail> {
    let all = i64::try_from(locks.len()).unwrap_or(i64::MAX);
    // Each lock is itself a wrong password.
    let tries = all.saturating_add(i64::try_from(wrong.len()).unwrap_or(i64::MAX));
    let owners = locks.iter().rposition(|it| it.known_browser && now < it.until);
    let newest = locks.len().checked_sub(1)?;
    let told = locks.swap_remove(owners.unwrap_or(newest));
    Some(Mail::PasswordLocked {
        scene: told.line.scene,
        until: told.until,
        known: told.known_browser,
        tries,
        locks: all,
    })
}

const EVERY: Duration = Duration::from_secs(1);
/// Accounts, and attempts, of one look.
const AT_ONCE: i64 = 200;
/// How long completed logins are gathered: less than the minute in which they must be told.
const DONE_SECS: i64 = 50;
/// How long begun logins are gathered at first, and at most.
const BEGUN_SECS: i64 = 600;
const BEGUN_MOST_SECS: i64 = 3 * 3_600;
/// How long wrong passwords are gathered before they are told: less than the minute in which they must be.
const GATHER_SECS: i64 = 50;
/// How long wrong passwords and locks are gathered at most, and after how quiet a time it begins anew.
const WRONG_MOST_SECS: i64 = 12 * 3_600;
const WRONG_QUIET_SECS: i64 = 24 * 3_600;
/// How often attempts that ran out are looked for.
const JUDGE_SECS: i64 = 15;
/// How far the very first look goes back: what is older is no news.
const FIRST_SECS: i64 = 3_600;
/// How many logins a mail lists.
const LISTED: usize = 20;
/// Days after which an unused region counts as new again.
pub const KNOWN_DAYS: i64 = 180;
