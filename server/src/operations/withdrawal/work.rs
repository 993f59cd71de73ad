//! The transactional outbox: approved withdrawals reach the core system once in effect, however often it is called (TXN-03).
//!
//! A row is the message. It is leased before the core system is called and moved on after the answer, so that a crash in
//! between only repeats a call that has no further effect.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;

use super::{By, end, evidence, leaf_of, notice, settle, write_event};
use crate::app::App;
use crate::core::{CoreError, OrderState, RefusedBy};
use crate::domain::withdrawal::{State, day_start};
use crate::mail::Stage;
use crate::store::StoreError;
use crate::store::bulk::{Hot, Lease, News, OrdinaryStep};
use crate::store::notices::Hint;
use crate::store::withdrawals::{self, Step, Withdrawal};

/// Works until the server stops: whenever something was approved, and once a second.
pub async fn run(app: App) {
    let mut tick = tokio::time::interval(EVERY);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            () = app.orders_wake.notified() => {}
        }
        if let Err(error) = step(&app).await {
            tracing::warn!(event = "orders.failed", %error, "withdrawals could not be moved on");
        }
    }
}

/// Moves everything on that is due; gives how many rows were looked at.
///
/// # Errors
/// On a database failure.
pub async fn step(app: &App) -> Result<usize, StoreError> {
    let mut c = app.store.read().await?;
    let (due, unreadable) = withdrawals::due(&mut c, app.now(), AT_ONCE).await?;
    drop(c);
    for id in unreadable {
        let until = app.now().plus_secs(MOST_SECS);
        app.store
            .write(move |c| Box::pin(async move { withdrawals::put_off(c, &id, until).await }))
            .await?;
    }
    // Side by side, so that their reads and writes go together; each to its end, whatever becomes of the others.
    let looked_at = due.len();
    let done = stream::iter(due).map(|withdrawal| move_on(app.clone(), withdrawal));
    let done: Vec<_> = done.buffer_unordered(TOGETHER).collect().await;
    done.into_iter().collect::<Result<(), _>>()?;
    Ok(looked_at)
}

async fn move_on(app: App, withdrawal: Withdrawal) -> Result<(), StoreError> {
    match one(&app, &withdrawal).await {
        // Something about this one cannot be read: the others go on.
        Err(error) if error.is_unreadable() => {
            tracing::error!(event = "withdrawal.stuck", %error, withdrawal = %withdrawal.id, "a withdrawal cannot go on");
            later(&app, &withdrawal, app.now(), None).await?;
        }
        done => done?,
    }
    app.live.changed(withdrawal.id.as_str());
    Ok(())
}

async fn one(app: &App, withdrawal: &Withdrawal) -> Result<(), StoreError> {
    match withdrawal.state {
        State::Pending | State::Second => expire(app, withdrawal).await,
        State::Held => release(app, withdrawal).await,
        State::Queued => place(app, withdrawal).await,
        State::Placed => ask(app, withdrawal).await,
        // Ends are never due.
        _ => Ok(()),
    }
}

async fn expire(app: &App, withdrawal: &Withdrawal) -> Result<(), StoreError> {
    let (now, own) = (app.now(), withdrawal.clone());
    let done = app
        .store
        .write_again(move |c| Box::pin(async move { end::expire(c, &By::server(), &own, now).await }));
    done.await?;
    app.mail_wake.notify_one();
    Ok(())
}

/// The hold is over: the order goes on its way.
async fn release(app: &App, withdrawal: &Withdrawal) -> Result<(), StoreError> {
    let step = Step::new(State::Held, State::Queued, Some(app.now()));
    advance(app, withdrawal, step, "withdrawal.released").await
}

async fn place(app: &App, withdrawal: &Withdrawal) -> Result<(), StoreError> {
    let until = app.now().plus_secs(LEASE_SECS);
    let Some(leased) = lease(app, withdrawal, until).await? else {
        return Ok(());
    };
    match evidence::order(app, &leased).await? {
        Ok(order) => {
            let answer = app.core.place(&order).await;
            after(app, &leased, answer).await
        }
        Err(code) if !leased.may_have_left() => refuse(app, &leased, code).await,
        // An earlier call may have been heard although its answer was not: only the core system knows.
        Err(code) => match app.core.state(&leased.id).await {
            Ok(OrderState::Unknown) => refuse(app, &leased, code).await,
            answer => after(app, &leased, answer).await,
        },
    }
}

/// Asks what became of an order. The lease ends when the next question is due, so that "not paid yet" is no further write; a
/// question that takes longer may be asked twice, which changes nothing.
async fn ask(app: &App, withdrawal: &Withdrawal) -> Result<(), StoreError> {
    let now = app.now();
    // Twice as fast as failed calls: each of those counts two tries.
    let doubled = 1_i64 << withdrawal.tries.saturating_mul(2).clamp(0, 9);
    let next = now.plus_secs(doubled.clamp(NEXT_QUESTION_SECS, MOST_SECS));
    let Some(leased) = lease(app, withdrawal, next).await? else {
        return Ok(());
    };
    match app.core.state(&leased.id).await {
        // Taken, and not paid yet: asked again, ever more slowly.
        Ok(OrderState::Accepted) => Ok(()),
        answer => after(app, &leased, answer).await,
    }
}

/// Takes the row for this process until the call must have ended. Whatever happens then, it comes up again.
async fn lease(
    app: &App,
    withdrawal: &Withdrawal,
    until: Timestamp,
) -> Result<Option<Withdrawal>, StoreError> {
    let got = look_again(app, withdrawal, until).await?;
    Ok(got.then(|| Withdrawal {
        tries: withdrawal.tries + 1,
        ..withdrawal.clone()
    }))
}

/// Says when a withdrawal is looked at again; false when it is no longer as it was read.
async fn look_again(app: &App, withdrawal: &Withdrawal, until: Timestamp) -> Result<bool, StoreError> {
    let hot = Hot::Lease(Lease {
        id: withdrawal.id.clone(),
        state: withdrawal.state,
        tries: withdrawal.tries,
        until,
    });
    if app.store.write_hot(hot).await? {
        return Ok(true);
    }
    let own = withdrawal.clone();
    app.store
        .write(move |c| Box::pin(async move { withdrawals::lease(c, &own, until).await }))
        .await
}

async fn after(
    app: &App,
    withdrawal: &Withdrawal,
    answer: Result<OrderState, CoreError>,
) -> Result<(), StoreError> {
    let now = app.now();
    match answer {
        Ok(OrderState::Paid { .. }) => {
            let step = Step::end(withdrawal.state, State::Paid, now);
            advance(app, withdrawal, step, "withdrawal.paid").await
        }
        Ok(OrderState::Accepted) if withdrawal.state == State::Queued => {
            let step = Step::new(
                State::Queued,
                State::Placed,
                Some(now.plus_secs(FIRST_QUESTION_SECS)),
            );
            advance(app, withdrawal, step, "withdrawal.placed").await
        }
        Ok(OrderState::Refused { reason }) => refuse(app, withdrawal, code(reason)).await,
        // Taken, and not paid yet: asked again, ever more slowly.
        Ok(OrderState::Accepted) => {
            later(
                app,
                withdrawal,
                now,
                Some(Duration::from_secs(NEXT_QUESTION_SECS.unsigned_abs())),
            )
            .await
        }
        // It forgot an order that it had taken, or never had it: placing it once more is harmless and necessary.
        Ok(OrderState::Unknown) => {
            tracing::error!(event = "core.unknown_order", withdrawal = %withdrawal.id, "the core system does not know an order");
            let step = Step::new(withdrawal.state, State::Queued, Some(now.plus_secs(30)));
            advance(app, withdrawal, step, "withdrawal.queued_again").await
        }
        Err(error) => {
            let wait = match error {
                CoreError::Busy { retry_after } => retry_after,
                _ => None,
            };
            match error {
                CoreError::Unreachable | CoreError::Busy { .. } => {
                    tracing::warn!(event = "core.call", %error, withdrawal = %withdrawal.id, tries = withdrawal.tries, "the core system gave no answer");
                }
                CoreError::Refused(_) | CoreError::Conflict | CoreError::Garbled => {
                    tracing::error!(event = "core.call", %error, withdrawal = %withdrawal.id, tries = withdrawal.tries, "an operator has to act");
                }
            }
            later(app, withdrawal, now, wait).await
        }
    }
}

const fn code(reason: RefusedBy) -> ErrorCode {
    match reason {
        RefusedBy::InsufficientFunds => ErrorCode::BalanceTooLow,
        RefusedBy::PayeeRejected => ErrorCode::PayeeRejected,
        RefusedBy::AccountClosed | RefusedBy::Other => ErrorCode::CoreRefused,
    }
}

async fn refuse(app: &App, withdrawal: &Withdrawal, code: ErrorCode) -> Result<(), StoreError> {
    let (now, app_in, own) = (app.now(), app.clone(), withdrawal.clone());
    let done = app.store.write_again(move |c| {
        Box::pin(async move { settle::refuse(c, &app_in, &By::server(), &own, code, now).await })
    });
    done.await?;
    app.mail_wake.notify_one();
    Ok(())
}

async fn advance(
    app: &App,
    withdrawal: &Withdrawal,
    step: Step<'static>,
    action: &'static str,
) -> Result<(), StoreError> {
    let now = app.now();
    let after = Withdrawal {
        state: step.to,
        ..withdrawal.clone()
    };
    // A second way to the core system is nothing new to the customer.
    let told = matches!((step.from, step.to), (State::Held, _) | (_, State::Paid));
    let stage = notice::stage_of(&after).filter(|_| told);
    if ordinary(app, &after, step, action, stage, now).await? {
        return Ok(());
    }
    let app_in = app.clone();
    let done = app.store.write_again(move |c| {
        Box::pin(async move {
            if !withdrawals::advance(c, &after.id, step).await? {
                return Ok(());
            }
            write_event(c, &By::server(), &after, action, step.to.as_str(), now).await?;
            match stage {
                Some(stage) => notice::send(c, &app_in, &after, stage, now).await,
                None => Ok(()),
            }
        })
    });
    done.await?;
    app.mail_wake.notify_one();
    Ok(())
}

/// The usual case: nobody touched it since it was leased, and it is written together with others. False: nothing was done.
async fn ordinary(
    app: &App,
    after: &Withdrawal,
    step: Step<'static>,
    action: &str,
    stage: Option<Stage>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let news = match stage {
        Some(stage) => {
            let owner = app.store.money.owner(&after.account, day_start(now), "").await?;
            let Some(owner) = owner else { return Ok(false) };
            notice::sealed(app, &owner.to, after, (stage, Hint::Due), now)?
        }
        None => News::default(),
    };
    let step = OrdinaryStep {
        id: after.id.clone(),
        from: step.from,
        tries: after.tries,
        to: step.to,
        next_at: step.next_at,
        ended_at: step.ended_at,
        leaf: leaf_of(&By::server(), after, action, step.to.as_str(), now)?,
        news,
    };
    let mails = !step.news.mails.is_empty();
    let done = app.store.write_hot(Hot::Step(Box::new(step))).await?;
    if done && mails {
        app.mail_wake.notify_one();
    }
    Ok(done)
}

/// Looks again later: at least as late as asked, twice as late with each try, five minutes at most.
async fn later(
    app: &App,
    withdrawal: &Withdrawal,
    now: Timestamp,
    wait: Option<Duration>,
) -> Result<(), StoreError> {
    let asked = wait.map_or(0, |wait| i64::try_from(wait.as_secs()).unwrap_or(i64::MAX));
    let doubled = 1_i64 << withdrawal.tries.clamp(0, 9);
    let next = now.plus_secs(doubled.min(MOST_SECS).max(asked.min(3600)));
    look_again(app, withdrawal, next).await.map(drop)
}

const EVERY: Duration = Duration::from_secs(1);
const AT_ONCE: i64 = 100;
/// How many of them are moved on side by side.
const TOGETHER: usize = 32;
/// An order that was taken is seldom paid at once.
const FIRST_QUESTION_SECS: i64 = 5;
const NEXT_QUESTION_SECS: i64 = 10;
/// Longer than a call may take (`core.timeout_ms` is at most a minute).
const LEASE_SECS: i64 = 90;
const MOST_SECS: i64 = 300;
