//! A withdrawal is asked for: amount, payout account, withdrawal password, limits; then the second factor (TXN-01, TXN-07).

use warifu_shared::api::DeviceState;
use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::{ChallengeId, DeviceId, WithdrawalId};
use warifu_shared::jws::challenge::Action;
use warifu_shared::jws::withdrawal::{self as signed, Transaction};
use zeroize::Zeroizing;

use super::{By, evidence, facts, leaf_of, notice, write_event};
use crate::app::App;
use crate::audit;
use crate::domain::account::Account;
use crate::domain::withdrawal::{How, State, assess, day_start};
use crate::domain::yen::Yen;
use crate::mail::{CoolOff, Stage};
use crate::memory::AskedFor;
use crate::operations::create_challenge::{self, Asked, With};
use crate::operations::{Caller, Refusal, cool_off_refused, send_code, unproven, withdrawal_password};
use crate::store::bulk::OrdinaryRequest;
use crate::store::money_reads::Owner;
use crate::store::notices::Hint;
use crate::store::withdrawals::{self, Withdrawal};
use crate::store::{Conn, StoreError, accounts, devices};

/// Who asks, in which session.
#[derive(Debug, Clone)]
pub struct Asker<'a> {
    /// The request.
    pub caller: &'a Caller,
    /// The account.
    pub account: &'a Account,
    /// Hash of the session's secret.
    pub session_hash: &'a str,
}

/// The form as it was sent.
#[derive(Debug)]
pub struct Form {
    /// The amount as typed.
    pub amount: String,
    /// The withdrawal password.
    pub password: Zeroizing<String>,
    /// The form's own key: the same form twice is one withdrawal (TXN-03).
    pub key: String,
}

/// Asks for a withdrawal; gives the one that waits for its second factor now.
///
/// # Errors
/// `AmountInvalid`, `PayoutAccountMissing`, `WithdrawalPasswordWrong` and its kin, the limits of the policy with what would
/// be possible, `BalanceUnknown`, `WithdrawalOpen`, `DeviceSuspended`, `FallbackClosed`, `NoProvenAddress`,
/// `AddressUnproven`.
pub async fn run(app: &App, asker: &Asker<'_>, form: Form) -> Result<WithdrawalId, Refusal> {
    if !(16..=64).contains(&form.key.len()) {
        return Err(ErrorCode::BadRequest.into());
    }
    let key = form.key.clone();
    let done = ask(app, asker, form).await;
    if let Err(refusal) = &done
        && refusal.code == ErrorCode::CoolOffLimit
    {
        let until = asker.account.cool_off_until;
        let who = (asker.caller, asker.account);
        cool_off_refused::run(app, who, CoolOff::Withdrawal, until).await?;
    }
    match done {
        // Perhaps by this very form, sent twice at once.
        Err(refusal) if refusal.code == ErrorCode::WithdrawalOpen => {
            let owner = read(app, asker, &key).await?;
            sent_before(asker, &owner)?.ok_or(refusal)
        }
        done => done,
    }
}

async fn ask(app: &App, asker: &Asker<'_>, form: Form) -> Result<WithdrawalId, Refusal> {
    let owner = read(app, asker, &form.key).await?;
    if let Some(same) = sent_before(asker, &owner)? {
        return Ok(same);
    }
    let amount = Yen::from_typed(&form.amount).ok_or(ErrorCode::AmountInvalid)?;
    unproven::allows(app, owner.authentic)?;
    let how = factor(app, asker.account).await?;
    let new = prepare(app, asker, &owner, how, amount).await?;
    let stored = owner.password_hash.as_deref();
    let right = withdrawal_password::is_right(app, stored, &owner.counter, &form.password).await?;
    let id = new.id.clone();
    if right && how == How::App {
        by_app(app, asker, ordinary(app, asker, &owner, new, form.key)?).await?;
    } else {
        withdrawal_password::record(app, asker.caller, &new.account, right).await?;
        by_code(app, asker, new, form.key).await?;
    }
    Ok(id)
}

/// Everything that is known of the account, and what the form made before.
async fn read(app: &App, asker: &Asker<'_>, key: &str) -> Result<Owner, Refusal> {
    let (account, day) = (&asker.account.id, day_start(app.now()));
    let owner = app.store.money.owner(account, day, key).await?;
    owner.ok_or_else(|| ErrorCode::NotFound.into())
}

/// The withdrawal that this very form made before. Somebody else's key is nobody's business.
fn sent_before(asker: &Asker<'_>, owner: &Owner) -> Result<Option<WithdrawalId>, Refusal> {
    match &owner.sent_before {
        Some((id, session)) if session == asker.session_hash => Ok(Some(id.clone())),
        Some(_) => Err(ErrorCode::StaleForm.into()),
        None => Ok(None),
    }
}

/// Which second factor: a device as soon as there is one, active or not (CODE-10, ENROL-13).
async fn factor(app: &App, account: &Account) -> Result<How, Refusal> {
    if !app.store.hot.receivers(&account.id).await?.is_empty() {
        return Ok(How::App);
    }
    let mut c = app.store.read().await?;
    let devices = devices::of_account(&mut c, &account.id).await?;
    if devices.iter().any(|d| d.state == DeviceState::Suspended) {
        return Err(ErrorCode::DeviceSuspended.into());
    }
    if app.now() < account.fallback_opens_at {
        return Err(ErrorCode::FallbackClosed.into());
    }
    let addresses = accounts::addresses(&mut c, &account.id).await?;
    if addresses.iter().any(|a| a.authentication && a.proven) {
        Ok(How::Code)
    } else {
        Err(ErrorCode::NoProvenAddress.into())
    }
}

/// Everything that is decided before the password: payee, limits, balance.
async fn prepare(
    app: &App,
    asker: &Asker<'_>,
    owner: &Owner,
    how: How,
    amount: Yen,
) -> Result<Withdrawal, Refusal> {
    let (now, account, rules) = (app.now(), &owner.account, &app.config.withdrawal);
    let (_, payee) = owner.payout.as_ref().ok_or(ErrorCode::PayoutAccountMissing)?;
    let payee = payee.clone().ok_or_else(|| {
        tracing::error!(event = "payout.unreadable", account = %account.id, "a stored payout account cannot be read");
        Refusal::new(ErrorCode::Internal)
    })?;
    if owner.password_hash.is_none() {
        return Err(ErrorCode::WithdrawalPasswordMissing.into());
    }
    if owner.pending_until > now {
        return Err(ErrorCode::WithdrawalOpen.into());
    }
    let mut known = facts::of_owner(owner, how, now);
    // What no balance could change is said first, also while the core system is down.
    assess(rules, amount, &known).map_err(Refusal::from)?;
    let available = facts::available(app, account, owner.promised).await.map_err(|error| {
        tracing::error!(event = "core.balance", %error, request = %asker.caller.request, "the balance could not be read");
        Refusal::new(ErrorCode::BalanceUnknown)
    })?;
    known.available = Some(available);
    assess(rules, amount, &known).map_err(Refusal::from)?;
    let id = WithdrawalId::at(now);
    let reference = evidence::reference(app, &id, now);
    let txn = to_sign(amount, rules.fee, payee, &reference)?;
    let lifetime = match how {
        How::App => app.config.challenge.lifetime,
        How::Code => app.config.login.attempt_lifetime,
    };
    let source = &asker.caller.source;
    Ok(Withdrawal {
        id,
        reference,
        account: account.id.clone(),
        state: State::Pending,
        reason: None,
        amount,
        fee: rules.fee,
        txn,
        how,
        session_hash: asker.session_hash.to_owned(),
        challenge: None,
        second: None,
        evidence: None,
        place: source.place.clone(),
        browser: source.browser.clone(),
        created_at: now,
        expires_at: now.plus_secs(lifetime),
        approved_at: None,
        release_at: None,
        ended_at: None,
        tries: 0,
    })
}

/// The exact text that will be signed or bound to the code.
fn to_sign(amount: Yen, fee: Yen, payee: signed::Payee, reference: &str) -> Result<String, Refusal> {
    let txn = signed::Withdrawal {
        amount: amount.digits(),
        fee: fee.digits(),
        currency: "JPY".to_owned(),
        payee,
        reference: reference.to_owned(),
    };
    Transaction::Withdrawal(txn).write().map_err(|error| {
        tracing::error!(event = "withdrawal.unsigned", %error, "a withdrawal cannot be signed");
        Refusal::new(ErrorCode::Internal)
    })
}

/// A withdrawal of an owner whose password was right, as it is stored with its challenge in the usual case.
///
/// # Errors
/// When a stored address cannot be read.
pub fn ordinary(
    app: &App,
    asker: &Asker<'_>,
    owner: &Owner,
    new: Withdrawal,
    key: String,
) -> Result<OrdinaryRequest, StoreError> {
    let (now, caller) = (new.created_at, asker.caller);
    let password = withdrawal_password::event(caller, &new.account, "ok");
    let by = By::customer(caller);
    Ok(OrdinaryRequest {
        leaves: [
            audit::leaf(&password, now)?,
            leaf_of(&by, &new, "withdrawal.requested", new.how.as_str(), now)?,
        ],
        // The challenge's own push wakes the same devices at the same moment.
        news: notice::sealed(app, &owner.to, &new, (Stage::Requested, Hint::Told), now)?,
        judged: owner.judged(day_start(now)),
        password_hash: owner.password_hash.clone().unwrap_or_default(),
        withdrawal: new,
        key,
    })
}

/// Remembers what a stored challenge asks for, so that its approval need not read it again. Only what was `signed` word for
/// word. `made` is the challenge, one of its devices and its end.
pub fn remember(
    app: &App,
    request: &OrdinaryRequest,
    signed: Option<&Transaction>,
    (challenge, device, expires_at): (&ChallengeId, &DeviceId, Timestamp),
) {
    let signed = signed.and_then(|txn| txn.write().ok());
    let (Some(judged), true) = (&request.judged, signed.as_ref() == Some(&request.withdrawal.txn)) else {
        return;
    };
    let asked = AskedFor {
        withdrawal: Withdrawal {
            challenge: Some(challenge.clone()),
            expires_at,
            ..request.withdrawal.clone()
        },
        judged: judged.clone(),
    };
    app.recent_challenges.remember_asked(challenge, device, asked);
}

async fn by_app(app: &App, asker: &Asker<'_>, request: OrdinaryRequest) -> Result<(), Refusal> {
    let new = &request.withdrawal;
    let asked = Asked {
        account: new.account.clone(),
        action: Action::Withdrawal,
        browser_hash: new.session_hash.clone(),
        known_browser: true,
        txn: Transaction::read(&new.txn).ok(),
        but: None,
    };
    let with = With::Withdrawal(Box::new(request));
    create_challenge::run(app, asker.caller, asked, with).await?;
    Ok(())
}

async fn by_code(app: &App, asker: &Asker<'_>, new: Withdrawal, key: String) -> Result<(), Refusal> {
    let (now, stored) = (app.now(), new.clone());
    let (app_in, caller) = (app.clone(), asker.caller.clone());
    let done = app
        .store
        .write_again(move |c| {
            Box::pin(async move {
                accounts::take_turn(c, &stored.account).await?;
                if withdrawals::one_is_pending(c, &stored.account, now).await? {
                    return Ok(false);
                }
                insert(c, &app_in, &caller, &stored, &key).await
            })
        })
        .await?;
    if !done {
        return Err(ErrorCode::WithdrawalOpen.into());
    }
    match send_code::run(app, asker.caller, &(&new).into()).await {
        // Over a limit: the page looks the same, there is just no further mail (CODE-05).
        Err(refusal) if refusal.code == ErrorCode::TooManyRequests => Ok(()),
        done => done,
    }
}

/// Stores a withdrawal with its leaf; false when the same form was sent before. With a device the owner is told by mail as
/// well; without one the code's mail says it.
///
/// # Errors
/// On a database failure.
pub async fn insert(
    c: &mut Conn,
    app: &App,
    caller: &Caller,
    new: &Withdrawal,
    key: &str,
) -> Result<bool, StoreError> {
    if !withdrawals::insert(c, new, key).await? {
        return Ok(false);
    }
    let (by, now) = (By::customer(caller), new.created_at);
    write_event(c, &by, new, "withdrawal.requested", new.how.as_str(), now).await?;
    if new.how == How::App {
        notice::send(c, app, new, Stage::Requested, now).await?;
    }
    Ok(true)
}
