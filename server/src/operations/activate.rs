//! An account becomes the customer's own: code, passwords, proven mail address, in this order and in one browser (WEB-09).
//!
//! Until the code is right, every account number looks alike (CHAL-11). The code is used up with the last step only.

use unicode_normalization::UnicodeNormalization;
use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::{AccountId, ActivationId};
use zeroize::Zeroizing;

use super::finish_login::{self, BrowserTokens, LoggedIn, Proof};
use super::send_code::{self, Purpose, What};
use super::try_code::{self, Typed};
use super::{Caller, Refusal, activation_code, admit, new_password, notify};
use crate::app::App;
use crate::audit::{self, Event};
use crate::config::{SecondFactor, Site};
use crate::domain::account::{Account, AccountNumber};
use crate::domain::paper_code::PaperCode;
use crate::domain::password_rules::{self, Context};
use crate::domain::session::Assurance;
use crate::mail::{Mail, MailAddress};
use crate::store::activations::{self, Activation, StoredCode};
use crate::store::attempts::{self, Attempt, AttemptFactor};
use crate::store::{Conn, StoreError, accounts, addresses, payout};

/// The first step: account number and activation code. Gives the way that goes on in this browser.
///
/// Unknown number, active account, wrong, used, dead or old code: the same refusal after the same work.
///
/// # Errors
/// `ActivationCodeMistyped` when it cannot be a code at all; `ActivationRefused`; `TooManyRequests`.
pub async fn begin(
    app: &App,
    caller: &Caller,
    number: &str,
    code: &str,
    browser_hash: &str,
) -> Result<ActivationId, Refusal> {
    admit::activation(app, caller, number).await?;
    let code = PaperCode::from_typed(code).ok_or(ErrorCode::ActivationCodeMistyped)?;
    let mut c = app.store.read().await?;
    let account = match AccountNumber::from_typed(number) {
        Some(number) => accounts::by_number(&mut c, &number).await?,
        None => None,
    };
    let waiting = account.as_ref().filter(|found| found.opened && !found.disabled);
    let id = waiting.map_or_else(AccountId::random, |found| found.id.clone());
    let stored = activations::code(&mut c, &id).await?;
    drop(c);
    let mac = stored.as_ref().map_or(NO_MAC, |it| it.mac.as_str());
    let same = activation_code::matches(&app.secrets.code_pepper, &id, &code, mac);
    let works = |it: &StoredCode| it.state == "live" && app.now() < it.expires_at;
    let outcome = match (&account, waiting, &stored) {
        (None, _, _) => "unknown_account",
        (Some(_), None, _) => "already_active",
        (_, _, Some(it)) if same && works(it) => "ok",
        (_, _, Some(_)) if same => "code_over",
        _ => "wrong_code",
    };
    let begun = Activation {
        id: ActivationId::random(),
        account: id,
        step: activations::PASSWORDS.to_owned(),
        browser_hash: browser_hash.to_owned(),
        code_mac: mac.to_owned(),
        login_hash: None,
        withdrawal_hash: None,
        address: None,
        place: caller.source.place.clone(),
        browser: caller.source.browser.clone(),
        created_at: app.now(),
        expires_at: app.now().plus_secs(app.config.activation.lifetime),
    };
    record(app, caller, account.map(|it| it.id), begun, outcome).await
}

/// Writes the try down; a right code begins.
async fn record(
    app: &App,
    caller: &Caller,
    account: Option<AccountId>,
    begun: Activation,
    outcome: &'static str,
) -> Result<ActivationId, Refusal> {
    let (now, most, caller) = (app.now(), app.config.activation.tries, caller.clone());
    app.store
        .write_again(move |c| {
            Box::pin(async move {
                accounts::take_turn(c, &begun.account).await?;
                let mut outcome = outcome;
                if outcome == "ok" {
                    // Parallel guesses may have killed the code, or staff replaced it, since it was read.
                    let still = activations::code(c, &begun.account).await?;
                    if still.is_some_and(|it| it.state == "live" && it.mac == begun.code_mac) {
                        activations::begin(c, &begun).await?;
                    } else {
                        outcome = "code_over";
                    }
                } else if activations::count_wrong(c, &begun.account, most).await? {
                    outcome = "wrong_code_now_dead";
                }
                let event = Event {
                    action: "activation.begun",
                    actor: "customer",
                    subject: account.as_ref().map_or("-", |id| id.as_str()),
                    outcome,
                    object: if outcome == "ok" { begun.id.as_str() } else { "-" },
                    request: &caller.request,
                    details: caller.details(),
                };
                audit::write(c, &event, now).await?;
                Ok(if outcome == "ok" {
                    Ok(begun.id)
                } else {
                    Err(ErrorCode::ActivationRefused.into())
                })
            })
        })
        .await?
}

/// Both passwords, each typed twice.
#[derive(Debug)]
pub struct Passwords {
    /// The login password.
    pub login: Zeroizing<String>,
    /// The login password again.
    pub login_again: Zeroizing<String>,
    /// The withdrawal password.
    pub withdrawal: Zeroizing<String>,
    /// The withdrawal password again.
    pub withdrawal_again: Zeroizing<String>,
}

/// Which of the two cannot be used, and why: the same words as wherever a password is chosen (PASS-03). With the withdrawal
/// password a second factor is always asked for.
#[must_use]
pub fn unfit(app: &App, account: &Account, passwords: &Passwords) -> [Option<ErrorCode>; 2] {
    let context = Context {
        account: account.number.as_str(),
        name: &account.customer_name,
        firm: [&app.config.service.name_ja, &app.config.service.name_en],
    };
    let policy = app.config.login.second_factor;
    let login = password_rules::check_login(&passwords.login, policy, &context);
    let withdrawal = password_rules::check(&passwords.withdrawal, &context);
    [
        login.err().map(|unfit| unfit.code(policy)),
        withdrawal.err().map(|unfit| unfit.code(SecondFactor::Always)),
    ]
}

/// The second step: both passwords. They are kept as hashes until the last one.
///
/// # Errors
/// `PasswordsDiffer`, `PasswordUnfit`, `PasswordSame`, what [`new_password::judge`] says, `LoginBusy`; `ActivationStepOver`.
pub async fn set_passwords(
    app: &App,
    account: &Account,
    activation: &Activation,
    passwords: &Passwords,
) -> Result<(), Refusal> {
    expect(activation, activations::PASSWORDS)?;
    if unfit(app, account, passwords).iter().any(Option::is_some) {
        return Err(ErrorCode::PasswordUnfit.into());
    }
    if *passwords.login != *passwords.login_again || *passwords.withdrawal != *passwords.withdrawal_again {
        return Err(ErrorCode::PasswordsDiffer.into());
    }
    if passwords.login.nfc().eq(passwords.withdrawal.nfc()) {
        return Err(ErrorCode::PasswordSame.into());
    }
    new_password::judge(app, account, &passwords.login).await?;
    let _place = app.hash_queue.try_acquire().map_err(|_| ErrorCode::LoginBusy)?;
    let login = app.passwords.hash(&passwords.login).await?;
    let withdrawal = app.passwords.hash(&passwords.withdrawal).await?;
    let (now, id) = (app.now(), activation.id.clone());
    let done = app
        .store
        .write(move |c| {
            Box::pin(async move { activations::set_passwords(c, &id, &login, &withdrawal, now).await })
        })
        .await?;
    done.then_some(()).ok_or(ErrorCode::ActivationStepOver.into())
}

/// The third step: the mail address. Its code is on the way afterwards.
///
/// # Errors
/// `AddressInvalid`, `ActivationStepOver`, `TooManyRequests`.
pub async fn set_address(
    app: &App,
    caller: &Caller,
    activation: &Activation,
    typed: &str,
) -> Result<(), Refusal> {
    expect(activation, activations::ADDRESS)?;
    let address: MailAddress = typed.trim().parse().map_err(|_| ErrorCode::AddressInvalid)?;
    let (now, id, text) = (app.now(), activation.id.clone(), address.as_str().to_owned());
    let done = app
        .store
        .write(move |c| Box::pin(async move { activations::set_address(c, &id, Some(&text), now).await }))
        .await?;
    if !done {
        return Err(ErrorCode::ActivationStepOver.into());
    }
    send_code::run(app, caller, &purpose(activation, address)).await
}

/// Back to the address: it was mistyped, or the mail does not come.
///
/// # Errors
/// `ActivationStepOver`.
pub async fn other_address(app: &App, activation: &Activation) -> Result<(), Refusal> {
    expect(activation, activations::CODE)?;
    let (now, id) = (app.now(), activation.id.clone());
    let done = app
        .store
        .write(move |c| Box::pin(async move { activations::set_address(c, &id, None, now).await }))
        .await?;
    done.then_some(()).ok_or(ErrorCode::ActivationStepOver.into())
}

/// Mails another code to the address.
///
/// # Errors
/// `ActivationStepOver`, `CodeResendTooSoon`, `TooManyRequests`.
pub async fn resend(app: &App, caller: &Caller, activation: &Activation) -> Result<(), Refusal> {
    send_code::run(app, caller, &proving(activation)?).await
}

/// The last step: the mailed code. The account is the customer's from this transaction on, and a session of low assurance
/// begins, which may register the first device (CODE-12, ENROL-03).
///
/// # Errors
/// Those of the mailed code; `ActivationEnded` when the activation code no longer works; `ActivationStepOver`.
pub async fn finish(
    app: &App,
    caller: &Caller,
    activation: &Activation,
    typed: &str,
    site: Site,
    browser: BrowserTokens,
) -> Result<LoggedIn, Refusal> {
    let (now, purpose, typed) = (app.now(), proving(activation)?, Typed::read(typed));
    let (app_in, caller, activation) = (app.clone(), caller.clone(), activation.clone());
    let outcome = app
        .store
        .write_again(move |c| {
            Box::pin(async move {
                accounts::take_turn(c, &activation.account).await?;
                let checked = try_code::check(c, &app_in, &caller, &purpose, &typed, now).await?;
                let done = match checked {
                    Err(refusal) => Err(refusal),
                    Ok(()) => become_active(c, &app_in, &caller, &activation, now).await?,
                };
                let event = Event {
                    action: "account.activated",
                    actor: "customer",
                    subject: activation.account.as_str(),
                    outcome: done.map_or_else(|refusal: Refusal| refusal.code.name(), |()| "ok"),
                    object: activation.id.as_str(),
                    request: &caller.request,
                    details: caller.details(),
                };
                audit::write(c, &event, now).await?;
                match done {
                    Err(refusal) => Ok(Err(refusal)),
                    Ok(()) => log_in(c, &app_in, &caller, &activation, (site, browser), now).await,
                }
            })
        })
        .await?;
    app.mail_wake.notify_one();
    outcome
}

async fn become_active(
    c: &mut Conn,
    app: &App,
    caller: &Caller,
    activation: &Activation,
    now: Timestamp,
) -> Result<Result<(), Refusal>, StoreError> {
    let account = &activation.account;
    let all = (
        &activation.login_hash,
        &activation.withdrawal_hash,
        &activation.address,
    );
    let (Some(login), Some(withdrawal), Some(address)) = all else {
        return Ok(Err(ErrorCode::ActivationStepOver.into()));
    };
    if !activations::use_code(c, account, &activation.code_mac, now).await? {
        return Ok(Err(ErrorCode::ActivationEnded.into()));
    }
    let odd = |what: &str| StoreError::inconsistent("activations", activation.id.as_str(), what);
    // Whoever comes here has taken the account's turn and used its code: anything else undoes it all.
    if !activations::finish(c, &activation.id, now).await? {
        return Err(odd("step"));
    }
    if !accounts::activate(c, account, login).await? {
        return Err(odd("account"));
    }
    payout::set_password(c, account, withdrawal, now).await?;
    addresses::set_authentication(c, account, address, now).await?;
    let mail = Mail::AccountActivated {
        scene: notify::scene(&caller.source, now),
    };
    notify::all_addresses(c, app, account, mail, now).await?;
    Ok(Ok(()))
}

async fn log_in(
    c: &mut Conn,
    app: &App,
    caller: &Caller,
    activation: &Activation,
    (site, browser): (Site, BrowserTokens),
    now: Timestamp,
) -> Result<Result<LoggedIn, Refusal>, StoreError> {
    let lifetime = app.config.login.attempt_lifetime;
    let (account, hash) = (&activation.account, &activation.browser_hash);
    let attempt = Attempt {
        factor: AttemptFactor::Code,
        ..Attempt::begin(account, hash, site, false, now, lifetime).seen(&caller.source)
    };
    attempts::insert(c, &attempt).await?;
    let proof = Proof {
        browser,
        device: None,
    };
    finish_login::open(c, app, caller, &attempt, Assurance::Code, proof, now).await
}

/// Steps go in their order only.
fn expect(activation: &Activation, step: &str) -> Result<(), Refusal> {
    if activation.step == step {
        Ok(())
    } else {
        Err(ErrorCode::ActivationStepOver.into())
    }
}

fn proving(activation: &Activation) -> Result<Purpose, Refusal> {
    expect(activation, activations::CODE)?;
    let address = activation.address.as_deref().and_then(|text| text.parse().ok());
    let address = address.ok_or(ErrorCode::ActivationStepOver)?;
    Ok(purpose(activation, address))
}

/// What its mailed code is bound to: this way, this browser, this address.
fn purpose(activation: &Activation, address: MailAddress) -> Purpose {
    Purpose {
        id: activation.id.to_string(),
        account: activation.account.clone(),
        browser_hash: activation.browser_hash.clone(),
        place: activation.place.clone(),
        browser: activation.browser.clone(),
        what: What::Address(address),
    }
}

/// Compared with in place of a stored hash, for the same work.
const NO_MAC: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
