//! Telling the customer by mail and on their devices, in the transaction of what they are told about (ENROL-07, CHAL-13).

use warifu_shared::clock::Timestamp;
use warifu_shared::ids::AccountId;

use super::notices;
use crate::app::App;
use crate::domain::context::Source;
use crate::mail::{Mail, MailAddress, NewMail, Scene, enqueue, notice_of, seal};
use crate::store::bulk::News;
use crate::store::money_reads::Recipient;
use crate::store::notices::{Hint, told_since};
use crate::store::{Conn, StoreError, accounts, mails};

/// Queues a notice to every proven address of the account, and keeps the same for its devices.
///
/// # Errors
/// On a database failure.
pub async fn all_addresses(
    c: &mut Conn,
    app: &App,
    account: &AccountId,
    mail: Mail,
    now: Timestamp,
) -> Result<(), StoreError> {
    if let Some(what) = notice_of(&mail) {
        notices::keep(c, app, account, &what, now).await?;
    }
    let Some(owner) = accounts::by_id(c, account).await? else {
        return Ok(());
    };
    for address in accounts::addresses(c, account)
        .await?
        .into_iter()
        .filter(|a| a.proven)
    {
        let to = read_address(&address.address)?;
        let new = NewMail {
            account: account.clone(),
            to,
            mail: mail.clone(),
            language: owner.language,
            expires_at: now.plus_secs(NewMail::NOTICE_SECS),
            code: None,
        };
        enqueue(c, &app.secrets.column_sealer, now, new).await?;
    }
    Ok(())
}

/// The same mails and notice, sealed, to be stored with their cause by whoever read the owner already. `hint` says which
/// devices are woken for the notice.
///
/// # Errors
/// When a stored address cannot be read.
pub fn sealed(
    app: &App,
    to: &Recipient,
    mail: &Mail,
    hint: Hint,
    now: Timestamp,
) -> Result<News, StoreError> {
    let notice = match notice_of(mail) {
        Some(what) => Some(notices::sealed(app, &to.account, &what, hint, now)?),
        None => None,
    };
    let mails = to.addresses.iter().map(|address| {
        let new = NewMail {
            account: to.account.clone(),
            to: read_address(address)?,
            mail: mail.clone(),
            language: to.language,
            expires_at: now.plus_secs(NewMail::NOTICE_SECS),
            code: None,
        };
        seal(&app.secrets.column_sealer, now, new)
    });
    Ok(News {
        mails: mails.collect::<Result<_, _>>()?,
        notice,
    })
}

/// The same, at most once in 24 hours for each kind of mail (CHAL-07).
///
/// # Errors
/// On a database failure.
pub async fn once_a_day(
    c: &mut Conn,
    app: &App,
    account: &AccountId,
    mail: Mail,
    now: Timestamp,
) -> Result<(), StoreError> {
    let since = now.plus_secs(-86_400);
    if mails::queued_since(c, account, mail.template(), since).await? {
        return Ok(());
    }
    if let Some(what) = notice_of(&mail)
        && told_since(c, account, notices::kept_as(&what.kind), since).await?
    {
        return Ok(());
    }
    all_addresses(c, app, account, mail, now).await
}

/// What a mail says of when and where.
#[must_use]
pub fn scene(source: &Source, now: Timestamp) -> Scene {
    Scene {
        at: now,
        place: source.place.clone(),
        browser: source.browser.clone(),
    }
}

/// Reads a stored address back.
///
/// # Errors
/// When the stored text is no address.
pub fn read_address(text: &str) -> Result<MailAddress, StoreError> {
    text.parse()
        .map_err(|_| StoreError::inconsistent("addresses", "", "not a mail address"))
}
