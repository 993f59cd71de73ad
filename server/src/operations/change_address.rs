//! Another authentication mail address: approved on a device, proven by a code, told to the old side, followed by the
//! cool-off (S1, ENROL-07, ENROL-09, CODE-12).

pub mod by_staff;
mod news;

use warifu_shared::api::DeviceState;
use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::{AddressChangeId, ChallengeId};
use warifu_shared::jws::challenge::{Action, Challenge};
use warifu_shared::jws::withdrawal::{self as signed, Transaction};

use super::confirm_again::{self, Asker};
use super::create_challenge::{self, Asked, With};
use super::send_code::{self, Purpose, What};
use super::try_code::{self, Typed};
use super::withdrawal::settle::Approved;
use super::{Caller, Refusal, cool_off_refused, notify, second_address, stop_address};
use crate::app::App;
use crate::domain::challenge::StoredChallenge;
use crate::domain::session::Assurance;
use crate::mail::{AddressNews, CoolOff, MailAddress, StopText};
use crate::store::accounts::{self, Address, Holds};
use crate::store::address_changes::{self, ASKED, AddressChange, PROVING};
use crate::store::addresses::Standing;
use crate::store::{Conn, StoreError, addresses, challenges, devices};

pub(super) use news::{mail, note, scene, to_one, void_codes, write_event};

/// Asks for another authentication address; gives the change that waits for its approval now.
///
/// # Errors
/// `AddressInvalid`; `AddressNeedsApp` without an active device; `AssuranceTooLow` in a session that no device approved in
/// the last five minutes (CODE-12, SESS-07); `AddressCoolOff`, `AddressSame`, `AddressChangeOpen`.
pub async fn request(app: &App, asker: &Asker, typed: &str) -> Result<AddressChangeId, Refusal> {
    let now = app.now();
    let new: MailAddress = typed.trim().parse().map_err(|_| ErrorCode::AddressInvalid)?;
    let mut c = app.store.read().await?;
    let devices = devices::of_account(&mut c, &asker.account.id).await?;
    let known = accounts::addresses(&mut c, &asker.account.id).await?;
    drop(c);
    if !devices.iter().any(|d| d.state == DeviceState::Active) {
        return Err(ErrorCode::AddressNeedsApp.into());
    }
    if asker.session.assurance != Assurance::App || !confirm_again::fresh(app, &asker.session) {
        return Err(ErrorCode::AssuranceTooLow.into());
    }
    if now < asker.account.cool_off_until {
        note(app, asker, "address.refused", "cool_off").await?;
        let until = asker.account.cool_off_until;
        cool_off_refused::run(app, (&asker.caller, &asker.account), CoolOff::MailAddress, until).await?;
        return Err(Refusal::new(ErrorCode::AddressCoolOff).at(until));
    }
    if known.iter().any(|it| it.proven && same(&it.address, &new)) {
        return Err(ErrorCode::AddressSame.into());
    }
    let old = authentication(&known)
        .map(|it| it.address.clone())
        .unwrap_or_default();
    let change = AddressChange {
        authentication: true,
        state: ASKED.to_owned(),
        old_address: old.clone(),
        ..begin(asker, &new, now, now)
    };
    let asked = Asked {
        account: asker.account.id.clone(),
        action: Action::MailAddress,
        browser_hash: asker.bound.clone(),
        known_browser: true,
        txn: Some(Transaction::MailAddress(signed::MailAddress {
            old,
            new: new.as_str().to_owned(),
        })),
        but: None,
    };
    let id = change.id.clone();
    create_challenge::run(app, &asker.caller, asked, With::Address(Box::new(change))).await?;
    Ok(id)
}

/// The proven authentication address.
pub(super) fn authentication(known: &[Address]) -> Option<&Address> {
    known.iter().find(|it| it.authentication && it.proven)
}

/// Mailboxes whose names differ only in case are one to nearly every mail server, and always one to people.
pub(super) fn same(stored: &str, new: &MailAddress) -> bool {
    stored.eq_ignore_ascii_case(new.as_str())
}

/// A change of the second address, as it begins.
pub(super) fn begin(
    asker: &Asker,
    new: &MailAddress,
    expires_at: Timestamp,
    now: Timestamp,
) -> AddressChange {
    let source = &asker.caller.source;
    AddressChange {
        id: AddressChangeId::at(now),
        account: asker.account.id.clone(),
        authentication: false,
        state: PROVING.to_owned(),
        address: new.as_str().to_owned(),
        old_address: String::new(),
        old_standing: Standing::Proven,
        by_staff: None,
        challenge: None,
        session_hash: asker.bound.clone(),
        place: source.place.clone(),
        browser: source.browser.clone(),
        stop_until: None,
        created_at: now,
        expires_at,
    }
}

/// A device approved it: the code goes to the new address in the same transaction.
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
    let Some(change) = address_changes::by_challenge(c, &challenge.id).await? else {
        let id = challenge.id.as_str();
        return Err(StoreError::inconsistent(
            "challenges",
            id,
            "no change of an address",
        ));
    };
    challenges::consume(c, &challenge.id, &challenge.browser_hash, now).await?;
    let seen = Challenge::reread(approved.copy, app.secrets.challenge_key.public());
    let same = matches!(seen.ok().and_then(|it| it.txn),
        Some(Transaction::MailAddress(it)) if it.new == change.address && it.old == change.old_address);
    let expires_at = now.plus_secs(app.config.addresses.lifetime);
    let outcome = if same && address_changes::approve(c, &change.id, expires_at, now).await? {
        if let Some(purpose) = purpose(&change) {
            // A limit of mails is no reason to lose the approval: the page can ask for the code again.
            send_code::make(c, app, caller, &purpose, now).await?.ok();
        }
        "ok"
    } else {
        address_changes::end(c, &change.id, "refused", now).await?;
        tracing::error!(event = "address.details_changed", change = %change.id, "what was stored differs from what was signed");
        "details_changed"
    };
    let actor = format!("device:{}", approved.device);
    write_event(c, (&actor, caller), &change, ("address.approved", outcome), now).await
}

/// The owner denied it, or its number was tried too often.
///
/// # Errors
/// On a database failure.
pub async fn denied(c: &mut Conn, challenge: &ChallengeId, now: Timestamp) -> Result<(), StoreError> {
    if let Some(change) = address_changes::by_challenge(c, challenge).await? {
        address_changes::end(c, &change.id, "denied", now).await?;
    }
    Ok(())
}

/// The customer gives up on a page; any session of the account may, since nothing has changed yet.
///
/// # Errors
/// On a database failure.
pub async fn cancel(app: &App, caller: &Caller, change: AddressChange) -> Result<(), Refusal> {
    let (now, caller, challenge) = (app.now(), caller.clone(), change.challenge.clone());
    app.store
        .write_again(move |c| {
            Box::pin(async move {
                if !address_changes::end(c, &change.id, "cancelled", now).await? {
                    return Ok(());
                }
                if let Some(challenge) = &change.challenge {
                    challenges::cancel(c, challenge, "page", now).await?;
                }
                write_event(
                    c,
                    ("customer", &caller),
                    &change,
                    ("address.cancelled", "ok"),
                    now,
                )
                .await
            })
        })
        .await?;
    if let Some(challenge) = challenge {
        app.live.changed(challenge.as_str());
    }
    Ok(())
}

/// What its mailed code is bound to: this change, this session, this address.
#[must_use]
pub fn purpose(change: &AddressChange) -> Option<Purpose> {
    Some(Purpose {
        id: change.id.to_string(),
        account: change.account.clone(),
        browser_hash: change.session_hash.clone(),
        place: change.place.clone(),
        browser: change.browser.clone(),
        what: What::Address(change.address.parse().ok()?),
    })
}

/// Mails another code to the new address.
///
/// # Errors
/// `AddressChangeEnded`, `CodeResendTooSoon`, `TooManyRequests`.
pub async fn resend(app: &App, caller: &Caller, change: &AddressChange) -> Result<(), Refusal> {
    let proving = change.state == PROVING && change.open_at(app.now());
    let purpose = purpose(change).filter(|_| proving);
    let purpose = purpose.ok_or(ErrorCode::AddressChangeEnded)?;
    send_code::run(app, caller, &purpose).await
}

/// The mailed code: the right one makes the address count.
///
/// # Errors
/// Those of the mailed code; `AddressChangeEnded`; `AddressChangeDiffers`, `AddressSame`, `SecondAddressTaken` when the
/// account's addresses became others meanwhile.
pub async fn prove(app: &App, asker: &Asker, change: &AddressChangeId, typed: &str) -> Result<(), Refusal> {
    let (now, typed, id) = (app.now(), Typed::read(typed), change.clone());
    let (app_in, asker) = (app.clone(), asker.clone());
    let outcome = app
        .store
        .write_again(move |c| {
            Box::pin(async move {
                accounts::take_turn(c, &asker.account.id).await?;
                let ended = || Ok(Err(ErrorCode::AddressChangeEnded.into()));
                let Some(change) = address_changes::by_id(c, &id).await? else {
                    return ended();
                };
                let own = change.account == asker.account.id && change.session_hash == asker.bound;
                let Some(purpose) = purpose(&change).filter(|_| own && change.open_at(now)) else {
                    return ended();
                };
                if change.state != PROVING {
                    return ended();
                }
                let checked = try_code::check(c, &app_in, &asker.caller, &purpose, &typed, now).await?;
                let done = match checked {
                    Err(refusal) => Err(refusal),
                    Ok(()) if change.authentication => take(c, &app_in, &asker.caller, &change, now).await?,
                    Ok(()) => second_address::take(c, &app_in, &asker.caller, &change, now).await?,
                };
                if let Err(refusal) = &done {
                    let what = ("address.refused", refusal.code.name());
                    write_event(c, ("customer", &asker.caller), &change, what, now).await?;
                }
                Ok(done)
            })
        })
        .await?;
    app.mail_wake.notify_one();
    outcome
}

/// The new address counts from here on; the old side hears of it and can stop it.
async fn take(
    c: &mut Conn,
    app: &App,
    caller: &Caller,
    change: &AddressChange,
    now: Timestamp,
) -> Result<Result<(), Refusal>, StoreError> {
    let known = accounts::addresses(c, &change.account).await?;
    let before = authentication(&known).map_or("", |it| it.address.as_str());
    if before != change.old_address {
        address_changes::end(c, &change.id, "refused", now).await?;
        return Ok(Err(ErrorCode::AddressChangeDiffers.into()));
    }
    let hours = app.config.enrolment.cool_off_hours;
    let until = (hours > 0).then(|| now.plus_secs(hours * 3600));
    let stop = until
        .filter(|_| !before.is_empty())
        .map(|until| (stop_address::draw(app), until));
    let kept = stop.as_ref().map(|((_, mac), until)| (mac.as_str(), *until));
    if !address_changes::finish(c, change, kept, now).await? {
        return Ok(Err(ErrorCode::AddressChangeEnded.into()));
    }
    replace(c, change, before, now).await?;
    let holds = Holds {
        cool_off_until: until,
        ..Holds::default()
    };
    accounts::hold(c, &change.account, holds).await?;
    let scene = scene(change, now);
    if !before.is_empty() {
        let stop = stop.map(|((code, _), _)| StopText::new(&code.grouped()));
        let news = AddressNews::Changed { until, stop };
        to_one(c, app, change, before, mail(news, &change.address, &scene), now).await?;
    }
    let news = AddressNews::Changed { until, stop: None };
    let mail = mail(news, &change.address, &scene);
    notify::all_addresses(c, app, &change.account, mail, now).await?;
    write_event(c, ("customer", caller), change, ("address.changed", "ok"), now).await?;
    Ok(Ok(()))
}

async fn replace(
    c: &mut Conn,
    change: &AddressChange,
    before: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    if before.is_empty() {
        addresses::set_authentication(c, &change.account, &change.address, now).await?;
    } else if !addresses::replace_authentication(
        c,
        &change.account,
        before,
        (&change.address, Standing::Proven),
        now,
    )
    .await?
    {
        return Err(StoreError::inconsistent(
            "address_changes",
            change.id.as_str(),
            "address",
        ));
    }
    void_codes(c, change).await
}
