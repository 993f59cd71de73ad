//! What is told and written about changes of mail addresses.

use warifu_shared::clock::Timestamp;

use crate::app::App;
use crate::audit::{self, Event};
use crate::mail::{AddressNews, Mail, MailAddress, NewMail, Scene, enqueue, void_code};
use crate::operations::confirm_again::Asker;
use crate::operations::{Caller, Refusal, notify};
use crate::store::address_changes::AddressChange;
use crate::store::{Conn, StoreError, accounts, codes};

/// Codes on their way to another address than the one that counts open nothing any more.
pub(in crate::operations) async fn void_codes(
    c: &mut Conn,
    change: &AddressChange,
) -> Result<(), StoreError> {
    for code in codes::void_all(c, &change.account).await? {
        void_code(c, &code).await?;
    }
    Ok(())
}

/// When it was done, and where it was asked for.
pub(in crate::operations) fn scene(change: &AddressChange, now: Timestamp) -> Scene {
    Scene {
        at: now,
        place: change.place.clone(),
        browser: change.browser.clone(),
    }
}

/// A mail about `address`.
pub(in crate::operations) fn mail(news: AddressNews, address: &str, scene: &Scene) -> Mail {
    let masked = address.parse::<MailAddress>().map(|it| it.masked());
    Mail::AddressNews {
        news,
        masked: masked.unwrap_or_default(),
        scene: scene.clone(),
    }
}

/// Queues a mail to an address that is not one of the account's any more.
pub(in crate::operations) async fn to_one(
    c: &mut Conn,
    app: &App,
    change: &AddressChange,
    to: &str,
    mail: Mail,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(owner) = accounts::by_id(c, &change.account).await? else {
        return Ok(());
    };
    let new = NewMail {
        account: change.account.clone(),
        to: notify::read_address(to)?,
        mail,
        language: owner.language,
        expires_at: now.plus_secs(NewMail::NOTICE_SECS),
        code: None,
    };
    enqueue(c, &app.secrets.column_sealer, now, new).await.map(drop)
}

/// Writes what happened to a change. Addresses themselves are not in the log.
pub(in crate::operations) async fn write_event(
    c: &mut Conn,
    (actor, caller): (&str, &Caller),
    change: &AddressChange,
    (action, outcome): (&str, &str),
    now: Timestamp,
) -> Result<(), StoreError> {
    let event = Event {
        action,
        actor,
        subject: change.account.as_str(),
        outcome,
        object: change.id.as_str(),
        request: &caller.request,
        details: caller.details(),
    };
    audit::write(c, &event, now).await
}

/// Writes what was refused before there was a change.
pub(in crate::operations) async fn note(
    app: &App,
    asker: &Asker,
    action: &'static str,
    outcome: &'static str,
) -> Result<(), Refusal> {
    let (now, caller, account) = (app.now(), asker.caller.clone(), asker.account.id.clone());
    app.store
        .write(move |c| {
            Box::pin(async move {
                let event = Event {
                    action,
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
