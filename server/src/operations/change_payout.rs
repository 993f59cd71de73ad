//! Another payout account: its own action with its own approval, told to all addresses, followed by the cool-off (TXN-05).

use warifu_shared::api::DeviceState;
use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::{ChallengeId, PayoutAccountId};
use warifu_shared::jws::challenge::{Action, Challenge};
use warifu_shared::jws::withdrawal::{Payee, PayoutAccount, Transaction};

use super::create_challenge::{self, Asked, With};
use super::withdrawal::request::Asker;
use super::withdrawal::settle::Approved;
use super::{Caller, Refusal, cool_off_refused, notify, unproven, withdrawal_password};
use crate::app::App;
use crate::audit::{self, Event};
use crate::domain::challenge::StoredChallenge;
use crate::domain::kana::HolderName;
use crate::domain::session::Assurance;
use crate::mail::{CoolOff, Mail, Scene};
use crate::store::accounts::{self, Holds};
use crate::store::payout::{self, StoredPayout};
use crate::store::{Conn, StoreError, challenges, devices, sessions};

/// Asks for another payout account; gives the proposal that waits for its approval now.
///
/// # Errors
/// `PayoutAccountInvalid`, `PayoutAccountNeedsApp` without an active device, `AssuranceTooLow` in a session that no device
/// approved (CODE-12), `PayoutAccountCoolOff`,
/// `PayoutAccountOpen`, `AddressUnproven`, and those of the withdrawal password.
pub async fn request(
    app: &App,
    asker: &Asker<'_>,
    payee: Payee,
    password: &str,
) -> Result<PayoutAccountId, Refusal> {
    let (now, account) = (app.now(), asker.account);
    let change = Transaction::PayoutAccount(PayoutAccount { payee: payee.clone() });
    change.write().map_err(|_| ErrorCode::PayoutAccountInvalid)?;
    // Exactly the form that banks hold: half-width kana were turned at the entry, once (TXN-06).
    HolderName::from_signed(&payee.name).ok_or(ErrorCode::PayoutAccountInvalid)?;
    let mut c = app.store.read().await?;
    let devices = devices::of_account(&mut c, &account.id).await?;
    let session = sessions::bound(&mut c, &account.id, asker.session_hash, now).await?;
    drop(c);
    if !devices.iter().any(|d| d.state == DeviceState::Active) {
        return Err(ErrorCode::PayoutAccountNeedsApp.into());
    }
    // A login without an approval stays what it was, also when a device came later (CODE-12).
    if session.is_none_or(|session| session.assurance != Assurance::App) {
        return Err(ErrorCode::AssuranceTooLow.into());
    }
    unproven::check(app, &account.id).await?;
    if now < account.cool_off_until {
        note(app, asker, "cool_off").await?;
        let who = (asker.caller, account);
        cool_off_refused::run(app, who, CoolOff::PayoutAccount, account.cool_off_until).await?;
        return Err(Refusal::new(ErrorCode::PayoutAccountCoolOff).at(account.cool_off_until));
    }
    withdrawal_password::check(app, asker.caller, account, password).await?;
    let source = &asker.caller.source;
    let proposal = StoredPayout {
        id: PayoutAccountId::at(now),
        account: account.id.clone(),
        state: "proposed".to_owned(),
        payee,
        origin: "customer".to_owned(),
        challenge: None,
        session_hash: asker.session_hash.to_owned(),
        place: source.place.clone(),
        browser: source.browser.clone(),
        created_at: now,
        active_at: None,
    };
    let asked = Asked {
        account: account.id.clone(),
        action: Action::PayoutAccount,
        browser_hash: asker.session_hash.to_owned(),
        known_browser: true,
        txn: Some(change),
        but: None,
    };
    let id = proposal.id.clone();
    create_challenge::run(app, asker.caller, asked, With::Payout(Box::new(proposal))).await?;
    Ok(id)
}

async fn note(app: &App, asker: &Asker<'_>, outcome: &'static str) -> Result<(), Refusal> {
    let (now, caller, account) = (app.now(), asker.caller.clone(), asker.account.id.clone());
    app.store
        .write(move |c| {
            Box::pin(async move {
                let event = Event {
                    action: "payout_account.refused",
                    actor: "customer",
                    subject: account.as_str(),
                    outcome,
                    object: "-",
                    request: &caller.request,
                    details: caller.details(),
                };
                audit::write(c, &event, now).await
            })
        })
        .await?;
    Ok(())
}

/// A device approved a challenge about a payout account: it counts from this transaction on.
///
/// # Errors
/// On a database failure.
pub async fn approved(
    c: &mut Conn,
    app: &App,
    caller: &Caller,
    challenge: &StoredChallenge,
    approved: Approved<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(proposal) = payout::by_challenge(c, &challenge.id).await? else {
        return Err(StoreError::inconsistent(
            "challenges",
            challenge.id.as_str(),
            "no payout account",
        ));
    };
    challenges::consume(c, &challenge.id, &challenge.browser_hash, now).await?;
    let seen = Challenge::reread(approved.copy, app.secrets.challenge_key.public());
    let same = matches!(seen.ok().and_then(|it| it.txn),
        Some(Transaction::PayoutAccount(change)) if change.payee == proposal.payee);
    let outcome = if same && payout::activate(c, &proposal.id, now).await? {
        cool_off(c, app, &proposal, now).await?;
        "ok"
    } else {
        payout::end(c, &proposal.id, "refused", now).await?;
        tracing::error!(event = "payout.details_changed", proposal = %proposal.id, "what was stored differs from what was signed");
        "details_changed"
    };
    let actor = format!("device:{}", approved.device);
    let event = Event {
        action: "payout_account.changed",
        actor: &actor,
        subject: proposal.account.as_str(),
        outcome,
        object: proposal.id.as_str(),
        request: &caller.request,
        details: caller.details(),
    };
    audit::write(c, &event, now).await
}

async fn cool_off(
    c: &mut Conn,
    app: &App,
    proposal: &StoredPayout,
    now: Timestamp,
) -> Result<(), StoreError> {
    let hours = app.config.enrolment.cool_off_hours;
    let until = (hours > 0).then(|| now.plus_secs(hours * 3600));
    let holds = Holds {
        cool_off_until: until,
        ..Holds::default()
    };
    accounts::hold(c, &proposal.account, holds).await?;
    let mail = Mail::PayoutAccountChanged {
        payee: proposal.payee.clone(),
        cool_off_until: until,
        scene: Scene {
            at: proposal.created_at,
            place: proposal.place.clone(),
            browser: proposal.browser.clone(),
        },
    };
    notify::all_addresses(c, app, &proposal.account, mail, now).await
}

/// The customer gives up on the page, before it is approved.
///
/// # Errors
/// On a database failure.
pub async fn cancel(
    app: &App,
    caller: &Caller,
    proposal: StoredPayout,
    challenge: &ChallengeId,
) -> Result<(), Refusal> {
    let (now, caller, asked) = (app.now(), caller.clone(), challenge.clone());
    app.store
        .write_again(move |c| {
            Box::pin(async move {
                if !challenges::cancel(c, &asked, "page", now).await? {
                    return Ok(());
                }
                payout::end(c, &proposal.id, "cancelled", now).await?;
                let event = Event {
                    action: "payout_account.cancelled",
                    actor: "customer",
                    subject: proposal.account.as_str(),
                    outcome: "ok",
                    object: proposal.id.as_str(),
                    request: &caller.request,
                    details: caller.details(),
                };
                audit::write(c, &event, now).await
            })
        })
        .await?;
    app.live.changed(challenge.as_str());
    Ok(())
}

/// The owner denied it.
///
/// # Errors
/// On a database failure.
pub async fn denied(c: &mut Conn, challenge: &ChallengeId, now: Timestamp) -> Result<(), StoreError> {
    if let Some(proposal) = payout::by_challenge(c, challenge).await? {
        payout::end(c, &proposal.id, "denied", now).await?;
    }
    Ok(())
}
