//! What a wrong number and each reason of a denial set in motion (CHAL-05, CHAL-06, CHAL-13).

use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::jws::approval::DenyReason;
use warifu_shared::jws::challenge::Action;

use crate::app::App;
use crate::audit::{self, Event};
use crate::domain::account::UNTIL_PASSWORD_CHANGE;
use crate::domain::challenge::{StoredChallenge, TRIES_USED};
use crate::mail::{Alarm, Mail, Scene};
use crate::operations::withdrawal::{By, end};
use crate::operations::{Caller, Refusal, change_payout, notify};
use crate::store::accounts::{self, Holds, Lane};
use crate::store::devices::Device;
use crate::store::{Conn, StoreError, attempts, challenges, payout, sessions, withdrawals};

/// Counts a wrong number on the challenge and on the account; a new challenge never resets the latter.
pub(super) async fn wrong_number(
    c: &mut Conn,
    app: &App,
    caller: &Caller,
    device: &Device,
    challenge: &StoredChallenge,
    now: Timestamp,
) -> Result<Refusal, StoreError> {
    let most = app.config.challenge.number_tries;
    let Some(used) = challenges::count_wrong_number(c, &challenge.id, now).await? else {
        return Ok(ErrorCode::ChallengeClosed.into());
    };
    let rule = app.factor_lock();
    let counter = accounts::count_mistake(c, &challenge.account, Lane::Factor, &rule, now).await?;
    let dead = used >= most || counter.locked_at(now);
    if dead {
        challenges::cancel(c, &challenge.id, TRIES_USED, now).await?;
        match challenge.action {
            Action::Withdrawal => end::died(c, &By::device(&device.id, caller), &challenge.id, now).await?,
            Action::PayoutAccount => change_payout::denied(c, &challenge.id, now).await?,
            Action::Login | Action::Test | Action::Confirm => {}
        }
    }
    super::write_event(
        c,
        caller,
        device,
        challenge,
        "challenge.approve",
        "wrong_number",
        now,
    )
    .await?;
    if counter.locked_at(now) {
        let until = (!counter.stopped(&rule)).then_some(counter.locked_until);
        let mail = Mail::AccountLocked {
            scene: notify::scene(&caller.source, now),
            until,
        };
        notify::all_addresses(c, app, &challenge.account, mail, now).await?;
        return Ok(Refusal::new(ErrorCode::AccountLocked).at(counter.locked_until));
    }
    if dead {
        return Ok(ErrorCode::NumberTriesUsed.into());
    }
    Ok(Refusal::new(ErrorCode::NumberWrong).tries((most - used).min(counter.tries_left(&rule))))
}

/// "I cancelled" ends this request. "Not me" also stops unknown browsers until the password is changed (known ones for
/// 15 minutes) and tells the owner. "Someone on the phone" does the same and holds withdrawals for 24 hours.
pub(super) async fn of_denial(
    c: &mut Conn,
    app: &App,
    caller: &Caller,
    device: &Device,
    challenge: &StoredChallenge,
    reason: DenyReason,
    now: Timestamp,
) -> Result<(), StoreError> {
    let by = By::device(&device.id, caller);
    match challenge.action {
        Action::Withdrawal => end::denied(c, &by, &challenge.id, reason.name(), now).await?,
        Action::PayoutAccount => change_payout::denied(c, &challenge.id, now).await?,
        Action::Login | Action::Test | Action::Confirm => {}
    }
    let alarm = match reason {
        DenyReason::Cancelled | DenyReason::WrongDetails => return Ok(()),
        DenyReason::NotMe => Alarm::NotMe,
        DenyReason::Phone => Alarm::Phone,
    };
    if challenge.action == Action::Test {
        // The page that asked for a test is the customer's own.
        return Ok(());
    }
    let withdrawals_held_until = (alarm == Alarm::Phone).then_some(now.plus_secs(HOLD_SECS));
    if let Some(until) = withdrawals_held_until {
        withdrawals::hold_longer(c, &challenge.account, until).await?;
    }
    end_session_of(c, challenge, now).await?;
    let holds = Holds {
        unknown_blocked_until: Some(UNTIL_PASSWORD_CHANGE),
        known_blocked_until: challenge.known_browser.then_some(now.plus_secs(KNOWN_BLOCK_SECS)),
        withdrawals_held_until,
        ..Holds::default()
    };
    accounts::hold(c, &challenge.account, holds).await?;
    attempts::end_of_account(c, &challenge.account, "ended:1504").await?;
    for ended in challenges::cancel_of_strangers(c, &challenge.account, now).await? {
        let event = Event {
            action: "challenge.cancelled",
            actor: "server",
            subject: challenge.account.as_str(),
            outcome: "owner_denied_another",
            object: &ended,
            request: &caller.request,
            details: audit::Details::default(),
        };
        audit::write(c, &event, now).await?;
    }
    // The refused operation, not the device that refused it.
    let (place, browser) = scene_of(c, challenge).await?;
    let scene = Scene {
        at: challenge.created_at,
        place,
        browser,
    };
    let mail = Mail::LoginDenied {
        alarm,
        scene,
        withdrawals_held_until,
    };
    notify::all_addresses(c, app, &challenge.account, mail, now).await
}

/// Whoever asked for money or a change sits in this session.
async fn end_session_of(c: &mut Conn, challenge: &StoredChallenge, now: Timestamp) -> Result<(), StoreError> {
    if challenge.action == Action::Login {
        return Ok(());
    }
    let (account, bound) = (&challenge.account, &challenge.browser_hash);
    sessions::end_bound(c, account, bound, "owner_denied", now)
        .await
        .map(drop)
}

/// Place and browser of what asked: the attempt to log in, the withdrawal, the change of the payout account.
async fn scene_of(c: &mut Conn, challenge: &StoredChallenge) -> Result<(String, String), StoreError> {
    let found = match challenge.action {
        Action::Login | Action::Test => attempts::scene_of(c, &challenge.id).await?,
        Action::Confirm => sessions::scene_of(c, &challenge.account, &challenge.browser_hash).await?,
        Action::Withdrawal => withdrawals::by_challenge(c, &challenge.id)
            .await?
            .map(|it| (it.place, it.browser)),
        Action::PayoutAccount => payout::by_challenge(c, &challenge.id)
            .await?
            .map(|it| (it.place, it.browser)),
    };
    Ok(found.unwrap_or_default())
}

const KNOWN_BLOCK_SECS: i64 = 15 * 60;
const HOLD_SECS: i64 = 24 * 3600;
