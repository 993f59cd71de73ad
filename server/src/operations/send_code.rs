//! A mailed one-time code: drawn, bound, queued; never more often than the limits allow (CODE-01..06, CODE-17, TXN-07).

use warifu_shared::b64;
use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::{AccountId, CodeId};
use warifu_shared::jws::challenge::Action;
use warifu_shared::jws::withdrawal::Transaction;

use super::{Caller, Refusal, notify};
use crate::app::App;
use crate::audit::{self, Event};
use crate::domain::code::{self, Binding};
use crate::domain::context::client_prefix;
use crate::domain::recovery::Lost;
use crate::mail::{CodeText, Mail, MailAddress, NewMail, Scene, enqueue, void_code};
use crate::store::addresses::{self, Standing};
use crate::store::attempts::Attempt;
use crate::store::codes::StoredCode;
use crate::store::recoveries::Recovery;
use crate::store::withdrawals::Withdrawal;
use crate::store::{Conn, StoreError, accounts, codes, limits};

/// What a code is asked for, in which browser.
#[derive(Debug, Clone)]
pub struct Purpose {
    /// The id of the login attempt or of the withdrawal.
    pub id: String,
    /// Whose code it is.
    pub account: AccountId,
    /// Hash of the secret of the browser or session that asks.
    pub browser_hash: String,
    /// Where the mail says it was asked for.
    pub place: String,
    /// With which browser.
    pub browser: String,
    /// What it confirms.
    pub what: What,
}

/// What a code confirms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A login.
    Login,
    /// A withdrawal, with its exact text.
    Withdrawal(String),
    /// That the owner of a session is present (SESS-07).
    Confirm,
    /// The address that it goes to. Every other code goes to the proven authentication address; that of a login also to one
    /// that the firm's staff put in (CODE-12).
    Address(MailAddress),
    /// The way back of somebody who lost something (ENROL-11).
    Recovery(Lost),
}

impl From<&Attempt> for Purpose {
    fn from(attempt: &Attempt) -> Self {
        Self {
            id: attempt.id.to_string(),
            account: attempt.account.clone(),
            browser_hash: attempt.browser_hash.clone(),
            place: attempt.place.clone(),
            browser: attempt.browser.clone(),
            what: What::Login,
        }
    }
}

impl From<&Withdrawal> for Purpose {
    fn from(withdrawal: &Withdrawal) -> Self {
        Self {
            id: withdrawal.id.to_string(),
            account: withdrawal.account.clone(),
            browser_hash: withdrawal.session_hash.clone(),
            place: withdrawal.place.clone(),
            browser: withdrawal.browser.clone(),
            what: What::Withdrawal(withdrawal.txn.clone()),
        }
    }
}

impl From<&Recovery> for Purpose {
    fn from(recovery: &Recovery) -> Self {
        Self {
            id: recovery.id.to_string(),
            account: recovery.account.clone(),
            browser_hash: recovery.browser_hash.clone(),
            place: recovery.place.clone(),
            browser: recovery.browser.clone(),
            what: What::Recovery(recovery.lost),
        }
    }
}

impl Purpose {
    /// What the code confirms, as it is bound (CODE-03): a withdrawal, an address, or a login.
    pub(super) fn action(&self) -> &str {
        match &self.what {
            What::Withdrawal(txn) => txn,
            What::Address(address) => address.as_str(),
            What::Recovery(lost) => lost.action(),
            What::Login | What::Confirm => self.name(),
        }
    }

    /// The same in a word, for the code's row.
    const fn name(&self) -> &'static str {
        match self.what {
            What::Login => "login",
            What::Withdrawal(_) => "withdrawal",
            What::Confirm => "confirm",
            What::Address(_) => "address",
            What::Recovery(_) => "recovery",
        }
    }

    /// What a code for this is bound to (CODE-03).
    #[must_use]
    pub fn binding(&self) -> Binding<'_> {
        Binding {
            purpose: &self.id,
            browser_hash: &self.browser_hash,
            account: &self.account,
            action: self.action(),
        }
    }
}

/// Sends a code.
///
/// # Errors
/// `CodeResendTooSoon` within the cooldown; `TooManyRequests` above an hourly or daily limit; `NoProvenAddress`.
pub async fn run(app: &App, caller: &Caller, purpose: &Purpose) -> Result<(), Refusal> {
    let now = app.now();
    let (app_in, caller, purpose) = (app.clone(), caller.clone(), purpose.clone());
    let outcome = app
        .store
        .write_again(move |c| Box::pin(async move { make(c, &app_in, &caller, &purpose, now).await }))
        .await?;
    app.mail_wake.notify_one();
    outcome
}

/// The same inside a transaction.
///
/// # Errors
/// On a database failure.
pub(super) async fn make(
    c: &mut Conn,
    app: &App,
    caller: &Caller,
    purpose: &Purpose,
    now: Timestamp,
) -> Result<Result<(), Refusal>, StoreError> {
    accounts::take_turn(c, &purpose.account).await?;
    if let Err(refusal) = within_limits(c, app, caller, purpose, now).await? {
        let why = if refusal.code == ErrorCode::CodeResendTooSoon {
            "too_soon"
        } else {
            "limit"
        };
        write_event(c, caller, purpose, why, now).await?;
        return Ok(Err(refusal));
    }
    let Some(owner) = accounts::by_id(c, &purpose.account).await? else {
        return Ok(Err(ErrorCode::NotFound.into()));
    };
    let Some(to) = receiver(c, purpose).await? else {
        return Ok(Err(ErrorCode::NoProvenAddress.into()));
    };
    for older in codes::made_for(c, &purpose.id)
        .await?
        .iter()
        .filter(|code| code.state == "live")
    {
        void_code(c, &older.id).await?;
    }
    let digits = code::draw();
    let stored = stored_code(app, purpose, &digits, now);
    codes::insert(c, &stored, purpose.name()).await?;
    let code =
        CodeText::new(&digits).map_err(|e| StoreError::inconsistent("codes", stored.id.as_str(), e))?;
    let new = NewMail {
        account: purpose.account.clone(),
        to,
        mail: mail(app, purpose, code, stored.expires_at, now)?,
        language: owner.language,
        expires_at: stored.expires_at,
        code: Some(stored.id.clone()),
    };
    enqueue(c, &app.secrets.column_sealer, now, new).await?;
    write_event(c, caller, purpose, "ok", now).await?;
    Ok(Ok(()))
}

/// Where the code goes.
async fn receiver(c: &mut Conn, purpose: &Purpose) -> Result<Option<MailAddress>, StoreError> {
    if let What::Address(address) = &purpose.what {
        return Ok(Some(address.clone()));
    }
    let found = addresses::authentication(c, &purpose.account).await?;
    let login = purpose.what == What::Login;
    let own = found.filter(|(_, standing)| match standing {
        Standing::Proven => true,
        Standing::Given => login,
        Standing::Unproven => false,
    });
    own.map(|(address, _)| notify::read_address(&address)).transpose()
}

/// The mail says what the code is for; for a withdrawal also how much goes where (TXN-07, CODE-14).
fn mail(
    app: &App,
    purpose: &Purpose,
    code: CodeText,
    expires_at: Timestamp,
    now: Timestamp,
) -> Result<Mail, StoreError> {
    let scene = Scene {
        at: now,
        place: purpose.place.clone(),
        browser: purpose.browser.clone(),
    };
    let domain = app.page_host();
    if matches!(purpose.what, What::Address(_)) {
        return Ok(Mail::AddressCode {
            code,
            domain,
            expires_at,
            scene,
        });
    }
    if let What::Recovery(lost) = purpose.what {
        return Ok(Mail::RecoveryMailCode {
            code,
            lost,
            domain,
            expires_at,
            scene,
        });
    }
    let What::Withdrawal(txn) = &purpose.what else {
        let action = if purpose.what == What::Confirm {
            Action::Confirm
        } else {
            Action::Login
        };
        return Ok(Mail::LoginCode {
            code,
            action,
            domain,
            expires_at,
            scene,
        });
    };
    match Transaction::read(txn) {
        Ok(Transaction::Withdrawal(withdrawal)) => Ok(Mail::WithdrawalCode {
            code,
            withdrawal,
            domain,
            expires_at,
            scene,
        }),
        _ => Err(StoreError::inconsistent("withdrawals", &purpose.id, "txn")),
    }
}

async fn within_limits(
    c: &mut Conn,
    app: &App,
    caller: &Caller,
    purpose: &Purpose,
    now: Timestamp,
) -> Result<Result<(), Refusal>, StoreError> {
    let rules = &app.config.code;
    // The cooldown is of this attempt; a login begun anew gets its code at once, within the hourly limit.
    if let Some(newest) = codes::made_for(c, &purpose.id).await?.first() {
        let next = newest.created_at.plus_secs(rules.cooldown);
        if now < next {
            return Ok(Err(Refusal::new(ErrorCode::CodeResendTooSoon).at(next)));
        }
    }
    let hour = codes::made_since(c, &purpose.account, now.plus_secs(-3600)).await?;
    let day = codes::made_since(c, &purpose.account, now.plus_secs(-86_400)).await?;
    let from_here = limits::count(
        c,
        &format!("code:{}", client_prefix(caller.source.address)),
        3600,
        now,
    )
    .await?;
    if hour >= rules.per_hour || day >= rules.per_day || from_here > rules.per_hour_and_address {
        return Ok(Err(ErrorCode::TooManyRequests.into()));
    }
    Ok(Ok(()))
}

fn stored_code(app: &App, purpose: &Purpose, digits: &str, now: Timestamp) -> StoredCode {
    let salt = b64::encode(warifu_shared::random::bytes::<16>());
    StoredCode {
        id: CodeId::random(),
        purpose: purpose.id.clone(),
        account: purpose.account.clone(),
        state: "live".to_owned(),
        mac: purpose.binding().mac(&app.secrets.code_pepper, &salt, digits),
        salt,
        wrong_tries: 0,
        created_at: now,
        expires_at: now.plus_secs(app.config.code.lifetime),
    }
}

async fn write_event(
    c: &mut Conn,
    caller: &Caller,
    purpose: &Purpose,
    outcome: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let event = Event {
        action: "code.sent",
        actor: "customer",
        subject: purpose.account.as_str(),
        outcome,
        object: &purpose.id,
        request: &caller.request,
        details: caller.details(),
    };
    audit::write(c, &event, now).await
}
