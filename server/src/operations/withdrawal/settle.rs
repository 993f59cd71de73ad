//! What an approval leads to, in the transaction that recorded it: on its way, held, a second approval, or refused after all
//! (TXN-02, TXN-03, TXN-09).

use std::sync::Arc;

use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::DeviceId;
use warifu_shared::jws::challenge::Challenge;
use warifu_shared::jws::withdrawal::{self as signed, Transaction};

use super::{By, facts, leaf_of, notice, write_event};
use crate::app::App;
use crate::domain::challenge::StoredChallenge;
use crate::domain::withdrawal::{How, Plan, State, assess, day_start};
use crate::domain::yen::Yen;
use crate::memory::AskedFor;
use crate::operations::Caller;
use crate::store::bulk::{News, OrdinaryPayment};
use crate::store::devices::Device;
use crate::store::notices::Hint;
use crate::store::withdrawals::{self, Step, Withdrawal};
use crate::store::{Conn, StoreError, accounts, challenges, payout};

/// A device approved a challenge that may be about a withdrawal. The approval is used up here, in the same transaction: no
/// page has to come back for it.
///
/// # Errors
/// On a database failure.
pub async fn by_device(
    c: &mut Conn,
    app: &App,
    caller: &Caller,
    challenge: &StoredChallenge,
    approved: Approved<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(withdrawal) = withdrawals::by_challenge(c, &challenge.id).await? else {
        return Err(StoreError::inconsistent(
            "challenges",
            challenge.id.as_str(),
            "no withdrawal",
        ));
    };
    let by = By::device(approved.device, caller);
    challenges::consume(c, &challenge.id, &challenge.browser_hash, now).await?;
    let seen = Challenge::reread(approved.copy, app.secrets.challenge_key.public());
    let seen = seen.ok().and_then(|it| it.txn).and_then(|txn| txn.write().ok());
    if seen.as_deref() != Some(&withdrawal.txn) {
        return refuse(c, app, &by, &withdrawal, ErrorCode::DetailsChanged, now).await;
    }
    let evidence = Some(approved.token_hash).filter(|_| withdrawal.state == State::Pending);
    settle(c, app, &by, &withdrawal, evidence, now).await
}

/// What the approval of `copy` leads to if nothing changes until it is recorded; `None`: the plain road decides, in words.
/// Everything that is read or remembered here is a condition of the statement that records ([`OrdinaryPayment`]).
///
/// # Errors
/// On a database failure.
pub async fn ahead(
    app: &App,
    caller: &Caller,
    device: &Device,
    challenge: &StoredChallenge,
    copy: &str,
    now: Timestamp,
) -> Result<Option<OrdinaryPayment>, StoreError> {
    let day = day_start(now);
    let known = app.recent_challenges.asked(&challenge.id);
    let known = match known.filter(|it| it.judged.day == day) {
        Some(known) => known,
        None => match read_asked(app, challenge, copy, day).await? {
            Some(read) => Arc::new(read),
            None => return Ok(None),
        },
    };
    let AskedFor { withdrawal, judged } = &*known;
    let Some(signed) = signed_text(withdrawal) else {
        return Ok(None);
    };
    let usual = withdrawal.state_at(now) == State::Pending
        && withdrawal.account == challenge.account
        && signed.payee == judged.pays_to;
    let facts = facts::of_judged(judged, withdrawal.how, now);
    let (true, Ok(plan)) = (usual, assess(&app.config.withdrawal, withdrawal.amount, &facts)) else {
        return Ok(None);
    };
    let step = next(State::Pending, plan, None, now);
    let after = Withdrawal {
        state: step.to,
        release_at: step.release_at,
        ..withdrawal.clone()
    };
    let by = By::device(&device.id, caller);
    let news = match notice::stage_of(&after) {
        Some(stage) => {
            let hint = Hint::Others(device.id.clone());
            notice::sealed(app, &judged.to, &after, (stage, hint), now)?
        }
        None => News::default(),
    };
    Ok(Some(OrdinaryPayment {
        leaf: leaf_of(&by, &after, "withdrawal.approved", step.to.as_str(), now)?,
        news,
        step,
        withdrawal: withdrawal.clone(),
        judged: judged.clone(),
    }))
}

/// What was asked for by the challenge that was signed as `copy`, by another process or long ago, with its owner as of now.
async fn read_asked(
    app: &App,
    challenge: &StoredChallenge,
    copy: &str,
    day: Timestamp,
) -> Result<Option<AskedFor>, StoreError> {
    let reads = &app.store.money;
    let read = tokio::try_join!(
        reads.by_challenge(&challenge.id),
        reads.owner(&challenge.account, day, "")
    );
    let (Some(withdrawal), Some(owner)) = (match read {
        Err(error) if error.is_unreadable() => return Ok(None),
        read => read?,
    }) else {
        return Ok(None);
    };
    let seen = Challenge::reread(copy, app.secrets.challenge_key.public());
    let seen = seen.ok().and_then(|it| it.txn).and_then(|txn| txn.write().ok());
    let signed = seen.as_deref() == Some(&withdrawal.txn);
    let judged = owner.judged(day).filter(|_| signed);
    Ok(judged.map(|judged| AskedFor { withdrawal, judged }))
}

/// What a device approved.
#[derive(Debug, Clone, Copy)]
pub struct Approved<'a> {
    /// The device.
    pub device: &'a DeviceId,
    /// The challenge as it was signed for that device.
    pub copy: &'a str,
    /// SHA-256 of the approval token.
    pub token_hash: &'a str,
}

/// Moves an approved withdrawal on. `evidence` comes with the first approval.
pub(super) async fn settle(
    c: &mut Conn,
    app: &App,
    by: &By,
    withdrawal: &Withdrawal,
    evidence: Option<&str>,
    now: Timestamp,
) -> Result<(), StoreError> {
    // Approvals of one account follow each other, so that two of them cannot both be the last within a limit.
    accounts::take_turn(c, &withdrawal.account).await?;
    let from = withdrawal.state;
    if !matches!(from, State::Pending | State::Second) || withdrawal.state_at(now) == State::Expired {
        return Ok(());
    }
    if !holds_together(c, withdrawal).await? {
        return refuse(c, app, by, withdrawal, ErrorCode::DetailsChanged, now).await;
    }
    let plan = match judge(c, app, withdrawal, now).await? {
        Ok(plan) => plan,
        Err(code) => return refuse(c, app, by, withdrawal, code, now).await,
    };
    let step = next(from, plan, evidence, now);
    if !withdrawals::advance(c, &withdrawal.id, step).await? {
        return Ok(());
    }
    let after = Withdrawal {
        state: step.to,
        release_at: step.release_at.or(withdrawal.release_at),
        ..withdrawal.clone()
    };
    write_event(c, by, &after, "withdrawal.approved", step.to.as_str(), now).await?;
    match notice::stage_of(&after) {
        Some(stage) => notice::send(c, app, &after, stage, now).await,
        None => Ok(()),
    }
}

fn next<'a>(from: State, plan: Plan, evidence: Option<&'a str>, now: Timestamp) -> Step<'a> {
    let first = from == State::Pending;
    let (to, next_at) = match plan.release_at {
        _ if first && plan.second => (State::Second, now.plus_secs(SECOND_SECS)),
        Some(until) => (State::Held, until),
        None => (State::Queued, now),
    };
    Step {
        approved_at: first.then_some(now),
        release_at: plan.release_at,
        evidence,
        expires_at: (to == State::Second).then_some(now.plus_secs(SECOND_SECS)),
        ..Step::new(from, to, Some(next_at))
    }
}

/// The limits once more: others may have been approved since it was asked for. The balance is the core system's to judge.
async fn judge(
    c: &mut Conn,
    app: &App,
    withdrawal: &Withdrawal,
    now: Timestamp,
) -> Result<Result<Plan, ErrorCode>, StoreError> {
    let Some(account) = accounts::by_id(c, &withdrawal.account).await? else {
        return Ok(Err(ErrorCode::CoreRefused));
    };
    if account.disabled {
        return Ok(Err(ErrorCode::CoreRefused));
    }
    let (known, _) = facts::of(c, &account, withdrawal.how, Some(&withdrawal.id), now).await?;
    Ok(assess(&app.config.withdrawal, withdrawal.amount, &known).map_err(|limit| limit.code))
}

/// Whether the row says what its signed text says, and the payee still is the customer's payout account (TXN-02, TXN-05).
async fn holds_together(c: &mut Conn, withdrawal: &Withdrawal) -> Result<bool, StoreError> {
    let Some(signed) = signed_text(withdrawal) else {
        return Ok(false);
    };
    payout::is_active(c, &withdrawal.account, &signed.payee).await
}

/// The signed text of a row, when the row's own columns agree with it.
#[must_use]
pub fn signed_text(withdrawal: &Withdrawal) -> Option<signed::Withdrawal> {
    let txn = Transaction::read(&withdrawal.txn).ok()?;
    // Exactly the text: its hash stands in the log.
    let exact = txn.write().is_ok_and(|text| text == withdrawal.txn);
    let (Transaction::Withdrawal(signed), true) = (txn, exact) else {
        return None;
    };
    let same = Yen::from_digits(&signed.amount) == Some(withdrawal.amount)
        && Yen::from_digits(&signed.fee) == Some(withdrawal.fee)
        && signed.currency == "JPY"
        && signed.reference == withdrawal.reference;
    same.then_some(signed)
}

/// Ends a withdrawal that may not go on, from whatever state it is in. The approval is void.
pub(super) async fn refuse(
    c: &mut Conn,
    app: &App,
    by: &By,
    withdrawal: &Withdrawal,
    code: ErrorCode,
    now: Timestamp,
) -> Result<(), StoreError> {
    let step = Step {
        reason: Some(code),
        ..Step::end(withdrawal.state, State::Refused, now)
    };
    if !withdrawals::advance(c, &withdrawal.id, step).await? {
        return Ok(());
    }
    if code == ErrorCode::DetailsChanged {
        tracing::error!(event = "withdrawal.details_changed", withdrawal = %withdrawal.id, "what was stored differs from what was signed");
    }
    let after = Withdrawal {
        state: State::Refused,
        reason: Some(code),
        ..withdrawal.clone()
    };
    write_event(c, by, &after, "withdrawal.refused", code.name(), now).await?;
    let how_told = notice::stage_of(&after);
    match how_told {
        Some(stage) if withdrawal.how == How::App || withdrawal.state != State::Pending => {
            notice::send(c, app, &after, stage, now).await
        }
        _ => Ok(()),
    }
}

/// How long a second approval may take: over a weekend and a holiday.
const SECOND_SECS: i64 = 5 * 86_400;
