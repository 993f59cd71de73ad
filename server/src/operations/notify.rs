//! Telling the customer by mail, in the transaction of what they are told about (ENROL-07, CHAL-13).

use warifu_shared::clock::Timestamp;
use warifu_shared::ids::AccountId;

use crate::app::App;
use crate::domain::context::Source;
use crate::mail::{Mail, MailAddress, NewMail, Scene, enqueue, seal};
use crate::store::mails::MailRow;
use crate::store::money_reads::Owner;
use crate::store::{Conn, StoreError, accounts, mails};

/// Queues a notice to every proven address of the account.
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

/// The same mails, sealed, to be queued with their cause by whoever read the owner already.
///
/// # Errors
/// When a stored address cannot be read.
pub fn to_addresses(
    app: &App,
    owner: &Owner,
    mail: &Mail,
    now: Timestamp,
) -> Result<Vec<MailRow>, StoreError> {
    let mails = owner.addresses.iter().map(|address| {
        let new = NewMail {
            account: owner.account.id.clone(),
            to: read_address(address)?,
            mail: mail.clone(),
            language: owner.account.language,
            expires_at: now.plus_secs(NewMail::NOTICE_SECS),
            code: None,
        };
        seal(&app.secrets.column_sealer, now, new)
    });
    mails.collect()
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
    if mails::queued_since(c, account, mail.template(), now.plus_secs(-86_400)).await? {
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
