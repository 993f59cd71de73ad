//! The activation code of an account that the firm opened: drawn, kept as a keyed hash, replaced; given out once (S11).

use warifu_shared::display::Language;
use warifu_shared::ids::{AccountId, RequestId};

use crate::app::App;
use crate::audit::{self, Event};
use crate::crypto::mac::MacKey;
use crate::domain::account::AccountNumber;
use crate::domain::paper_code::PaperCode;
use crate::mail::MailAddress;
use crate::store::accounts::{self, Address, NewAccount};
use crate::store::activations::{self, StoredCode};
use crate::store::{Conn, StoreError};

/// An account as the firm opens it.
#[derive(Debug, Clone)]
pub struct Opened {
    /// Its number.
    pub number: AccountNumber,
    /// The customer's name.
    pub name: String,
    /// The customer's language.
    pub language: Language,
    /// A mail address that the firm knows: nobody has proven it, and it receives no codes until somebody does.
    pub mail: Option<MailAddress>,
}

/// Why an account was not opened, or no code was issued.
#[derive(Debug, thiserror::Error)]
pub enum CannotIssue {
    /// There is an account with this number.
    #[error("there is an account with this number already")]
    Taken,
    /// There is none.
    #[error("there is no account with this number")]
    Unknown,
    /// It was activated before.
    #[error("this account was activated already; a lost password or device is another matter")]
    Active,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Opens an account that waits for its customer, and issues its first code. `by` stands in the audit log, e.g. `staff:…` or
/// `command line`.
///
/// # Errors
/// `Taken`; `Store`.
pub async fn open_account(app: &App, new: &Opened, by: &str) -> Result<(AccountId, PaperCode), CannotIssue> {
    let code = PaperCode::draw();
    let id = open_with(app, new, &code, by).await?;
    Ok((id, code))
}

/// The same with a code that is known before: the letter of the demo.
///
/// # Errors
/// `Taken`; `Store`.
pub async fn open_with(
    app: &App,
    new: &Opened,
    code: &PaperCode,
    by: &str,
) -> Result<AccountId, CannotIssue> {
    let (now, new, by, app_in, code) = (app.now(), new.clone(), by.to_owned(), app.clone(), code.clone());
    let opened = app
        .store
        .write_again(move |c| {
            Box::pin(async move {
                if accounts::by_number(c, &new.number).await?.is_some() {
                    return Ok(None);
                }
                let account = NewAccount {
                    id: AccountId::random(),
                    number: new.number,
                    customer_name: new.name,
                    language: new.language,
                    password_hash: String::new(),
                    created_at: now,
                };
                accounts::insert_opened(c, &account).await?;
                if let Some(mail) = &new.mail {
                    let address = Address {
                        address: mail.as_str().to_owned(),
                        authentication: true,
                        proven: false,
                    };
                    accounts::add_address(c, &account.id, &address, now).await?;
                }
                write_event(c, &app_in, "account.opened", &account.id, &by).await?;
                store(c, &app_in, &account.id, &code, &by).await?;
                Ok(Some(account.id))
            })
        })
        .await?;
    opened.ok_or(CannotIssue::Taken)
}

/// Issues another code for an account that still waits; the older one no longer works, and who was half-way with it starts
/// again.
///
/// # Errors
/// `Unknown`, `Active`; `Store`.
pub async fn reissue(app: &App, number: &AccountNumber, by: &str) -> Result<PaperCode, CannotIssue> {
    let code = PaperCode::draw();
    let (app_in, number, by, drawn) = (app.clone(), number.clone(), by.to_owned(), code.clone());
    let found = app
        .store
        .write_again(move |c| {
            Box::pin(async move {
                let Some(account) = accounts::by_number(c, &number).await? else {
                    return Ok(None);
                };
                Ok(Some(replace(c, &app_in, &account.id, &drawn, &by).await?))
            })
        })
        .await?;
    match found {
        None => Err(CannotIssue::Unknown),
        Some(false) => Err(CannotIssue::Active),
        Some(true) => Ok(code),
    }
}

/// Puts `code` in the place of the one before, if the account still waits; false otherwise.
///
/// # Errors
/// On a database failure.
pub(super) async fn replace(
    c: &mut Conn,
    app: &App,
    account: &AccountId,
    code: &PaperCode,
    by: &str,
) -> Result<bool, StoreError> {
    accounts::take_turn(c, account).await?;
    // Read here: the customer may have finished while we waited.
    let waits = accounts::by_id(c, account).await?.is_some_and(|it| it.opened);
    if waits {
        activations::end_all(c, account).await?;
        store(c, app, account, code, by).await?;
    }
    Ok(waits)
}

async fn store(
    c: &mut Conn,
    app: &App,
    account: &AccountId,
    code: &PaperCode,
    by: &str,
) -> Result<(), StoreError> {
    let now = app.now();
    let stored = StoredCode {
        state: "live".to_owned(),
        mac: hash(&app.secrets.code_pepper, account, code),
        expires_at: now.plus_secs(app.config.activation.code_days * 86_400),
    };
    activations::set_code(c, account, &stored, by, now).await?;
    write_event(c, app, "activation_code.issued", account, by).await
}

async fn write_event(
    c: &mut Conn,
    app: &App,
    action: &str,
    account: &AccountId,
    by: &str,
) -> Result<(), StoreError> {
    let event = Event {
        action,
        actor: by,
        subject: account.as_str(),
        outcome: "ok",
        object: "-",
        request: &RequestId::random(),
        details: audit::Details::default(),
    };
    audit::write(c, &event, app.now()).await
}

/// The keyed hash of a code for one account, as the table has it.
#[must_use]
pub fn hash(key: &MacKey, account: &AccountId, code: &PaperCode) -> String {
    key.mac(LABEL, &[account.as_str().as_bytes(), code.reveal().as_bytes()])
}

/// Whether `code` is the one behind `mac`, in constant time.
#[must_use]
pub fn matches(key: &MacKey, account: &AccountId, code: &PaperCode, mac: &str) -> bool {
    let parts = [account.as_str().as_bytes(), code.reveal().as_bytes()];
    key.verify(LABEL, &parts, mac)
}

const LABEL: &str = "activation-code";
