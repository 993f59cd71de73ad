//! The second address of an account: it hears of events, never gets codes (S1, ENROL-08).

use warifu_shared::api::DeviceState;
use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::AddressChangeId;

use super::change_address::{begin, mail, purpose, same, scene, write_event};
use super::confirm_again::{self, Asker};
use super::{Caller, Refusal, notify, send_code};
use crate::app::App;
use crate::audit::{self, Event};
use crate::mail::{AddressNews, MailAddress};
use crate::store::accounts::{self, Address};
use crate::store::address_changes::{self, AddressChange};
use crate::store::{Conn, StoreError, addresses, devices};

/// Whether this session may add or remove one now: a proof of the last five minutes, the highest that the account has.
///
/// # Errors
/// On a database failure.
pub async fn allowed(app: &App, asker: &Asker) -> Result<bool, Refusal> {
    let mut c = app.store.read().await?;
    let devices = devices::of_account(&mut c, &asker.account.id).await?;
    let registered = devices.iter().any(|d| d.state != DeviceState::Pending);
    Ok(confirm_again::fresh_enough(app, &asker.session, registered))
}

/// Mails a code to a second address; gives the change that waits for it.
///
/// # Errors
/// `AddressInvalid`, `AssuranceTooLow` (SESS-07), `AddressSame`, `SecondAddressTaken`, `AddressChangeOpen`, and the limits of
/// mailed codes.
pub async fn add(app: &App, asker: &Asker, typed: &str) -> Result<AddressChangeId, Refusal> {
    let new: MailAddress = typed.trim().parse().map_err(|_| ErrorCode::AddressInvalid)?;
    if !allowed(app, asker).await? {
        return Err(ErrorCode::AssuranceTooLow.into());
    }
    let (now, app_in, asker) = (app.now(), app.clone(), asker.clone());
    let outcome = app
        .store
        .write_again(move |c| {
            Box::pin(async move {
                accounts::take_turn(c, &asker.account.id).await?;
                if let Err(refusal) = fits(c, &asker, &new).await? {
                    return Ok(Err(refusal));
                }
                let expires_at = now.plus_secs(app_in.config.addresses.lifetime);
                let change = begin(&asker, &new, expires_at, now);
                if !address_changes::insert(c, &change).await? {
                    return Ok(Err(ErrorCode::AddressChangeOpen.into()));
                }
                let purpose = purpose(&change).ok_or_else(|| {
                    StoreError::inconsistent("address_changes", change.id.as_str(), "address")
                })?;
                if let Err(refusal) = send_code::make(c, &app_in, &asker.caller, &purpose, now).await? {
                    address_changes::end(c, &change.id, "refused", now).await?;
                    return Ok(Err(refusal));
                }
                let what = ("address.second_asked", "ok");
                write_event(c, ("customer", &asker.caller), &change, what, now).await?;
                Ok(Ok(change.id))
            })
        })
        .await?;
    app.mail_wake.notify_one();
    outcome
}

async fn fits(c: &mut Conn, asker: &Asker, new: &MailAddress) -> Result<Result<(), Refusal>, StoreError> {
    let known = accounts::addresses(c, &asker.account.id).await?;
    if known.iter().any(|it| same(&it.address, new)) {
        return Ok(Err(ErrorCode::AddressSame.into()));
    }
    if known.iter().any(|it| !it.authentication) {
        return Ok(Err(ErrorCode::SecondAddressTaken.into()));
    }
    Ok(Ok(()))
}

/// Its code was right: it is told of events from here on.
///
/// # Errors
/// On a database failure.
pub(super) async fn take(
    c: &mut Conn,
    app: &App,
    caller: &Caller,
    change: &AddressChange,
    now: Timestamp,
) -> Result<Result<(), Refusal>, StoreError> {
    let known = accounts::addresses(c, &change.account).await?;
    if known.iter().any(|it| !it.authentication) {
        address_changes::end(c, &change.id, "refused", now).await?;
        return Ok(Err(ErrorCode::SecondAddressTaken.into()));
    }
    if !address_changes::finish(c, change, None, now).await? {
        return Ok(Err(ErrorCode::AddressChangeEnded.into()));
    }
    let second = Address {
        address: change.address.clone(),
        authentication: false,
        proven: true,
    };
    accounts::add_address(c, &change.account, &second, now).await?;
    let mail = mail(AddressNews::Added, &change.address, &scene(change, now));
    notify::all_addresses(c, app, &change.account, mail, now).await?;
    write_event(
        c,
        ("customer", caller),
        change,
        ("address.second_added", "ok"),
        now,
    )
    .await?;
    Ok(Ok(()))
}

/// Removes it. The mail about that goes to it too.
///
/// # Errors
/// `AssuranceTooLow` (SESS-07); `NotFound` when there is none.
pub async fn remove(app: &App, asker: &Asker) -> Result<(), Refusal> {
    if !allowed(app, asker).await? {
        return Err(ErrorCode::AssuranceTooLow.into());
    }
    let (now, app_in, asker) = (app.now(), app.clone(), asker.clone());
    let outcome = app
        .store
        .write_again(move |c| {
            Box::pin(async move {
                let account = &asker.account.id;
                accounts::take_turn(c, account).await?;
                let known = accounts::addresses(c, account).await?;
                let Some(second) = known.into_iter().find(|it| !it.authentication) else {
                    return Ok(Err(ErrorCode::NotFound.into()));
                };
                let scene = notify::scene(&asker.caller.source, now);
                let mail = mail(AddressNews::Removed, &second.address, &scene);
                notify::all_addresses(c, &app_in, account, mail, now).await?;
                addresses::remove_second(c, account).await?;
                let event = Event {
                    action: "address.second_removed",
                    actor: "customer",
                    subject: account.as_str(),
                    outcome: "ok",
                    object: "-",
                    request: &asker.caller.request,
                    details: asker.caller.details(),
                };
                audit::write(c, &event, now).await?;
                Ok(Ok(()))
            })
        })
        .await?;
    app.mail_wake.notify_one();
    outcome
}
