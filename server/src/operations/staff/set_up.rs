//! A new staff member with a one-time token: name, login id, password, and the device of their own (STAFF-01, STAFF-08).

use warifu_shared::error::ErrorCode;
use warifu_shared::ids::{EnrolmentId, SessionId};
use warifu_shared::jws::is_hidden;
use zeroize::Zeroizing;

use super::actor;
use crate::app::App;
use crate::audit::{self, Event};
use crate::crypto::mac::token_hash;
use crate::domain::password_rules::{self, Context};
use crate::domain::session::{Assurance, Session};
use crate::domain::staff::{SHORTEST_PASSWORD, login_id};
use crate::operations::{Caller, Refusal, admit, issue_enrolment, new_password};
use crate::store::staff::members::{self, Member, SetUp};

/// What somebody types on the first page.
#[derive(Debug)]
pub struct Typed {
    /// The one-time token.
    pub token: String,
    /// Their name.
    pub name: String,
    /// What they want to type to log in.
    pub login_id: String,
    /// The password.
    pub password: Zeroizing<String>,
    /// And once more.
    pub again: Zeroizing<String>,
}

/// Uses the token, once, and issues the code for the device. From now on the browser behind `setup_hash` goes on.
///
/// # Errors
/// `StaffTokenInvalid`, `StaffNameUnfit`, `StaffLoginIdUnfit`, `StaffPasswordUnfit`, `PasswordsDiffer`, `LoginBusy`.
pub async fn run(
    app: &App,
    caller: &Caller,
    typed: &Typed,
    setup_hash: &str,
) -> Result<EnrolmentId, Refusal> {
    let _place = admit::staff(app, caller, "token").await?;
    let now = app.now();
    let hash = token_hash(typed.token.trim());
    let mut c = app.store.read().await?;
    let invited = members::by_token(&mut c, &hash, now).await?;
    drop(c);
    if invited.is_none() {
        return Err(ErrorCode::StaffTokenInvalid.into());
    }
    let name = clean(&typed.name).ok_or(ErrorCode::StaffNameUnfit)?;
    let login_id = login_id(&typed.login_id).ok_or(ErrorCode::StaffLoginIdUnfit)?;
    fit(app, typed, &name, &login_id)?;
    new_password::not_leaked(app, &typed.password).await?;
    let new = SetUp {
        token_hash: hash,
        name,
        login_id,
        password_hash: app.known_passwords.hash(&typed.password).await?,
        setup_hash: setup_hash.to_owned(),
        until: now.plus_secs(SETUP_SECS),
    };
    let in_write = caller.clone();
    let done = app
        .store
        .write(move |c| {
            Box::pin(async move {
                let Some(member) = members::set_up(c, &new, now).await? else {
                    return Ok(None);
                };
                write(c, &in_write, &member, "staff.set_up", now).await?;
                Ok(Some(member))
            })
        })
        .await;
    match done {
        Ok(Some(member)) => issue(app, caller, &member).await,
        Ok(None) => Err(ErrorCode::StaffTokenInvalid.into()),
        Err(error) if error.is_unique_violation() => Err(ErrorCode::StaffLoginIdUnfit.into()),
        Err(error) => Err(error.into()),
    }
}

/// Issues a (further) code for the device of a member who sets up.
///
/// # Errors
/// On a failure of the database only.
pub async fn issue(app: &App, caller: &Caller, member: &Member) -> Result<EnrolmentId, Refusal> {
    let session = stand_in(app, member, SessionId::random());
    issue_enrolment::issue(app, caller, &session, "staff", "staff").await
}

/// The session that the codes of an enrolment hang on: setting up has none of its own.
fn stand_in(app: &App, member: &Member, id: SessionId) -> Session {
    let now = app.now();
    Session {
        id,
        account: member.account.clone(),
        assurance: Assurance::App,
        created_at: now,
        expires_at: now,
        absolute_expires_at: now,
        approved_at: now,
        last_access_at: now,
    }
}

/// The device is confirmed: the member begins to be one. Asked again it changes nothing.
///
/// # Errors
/// `StaffStateChanged` when there is another first administrator by now.
pub async fn finish(app: &App, caller: &Caller, member: &Member) -> Result<(), Refusal> {
    let (now, caller, member) = (app.now(), caller.clone(), member.clone());
    let done = app
        .store
        .write_again(move |c| {
            Box::pin(async move {
                if !members::activate(c, &member.id).await? {
                    return Ok(false);
                }
                write(c, &caller, &member, "staff.activated", now).await?;
                Ok(true)
            })
        })
        .await?;
    if done {
        Ok(())
    } else {
        Err(ErrorCode::StaffStateChanged.into())
    }
}

async fn write(
    c: &mut crate::store::Conn,
    caller: &Caller,
    member: &Member,
    action: &str,
    now: warifu_shared::clock::Timestamp,
) -> Result<(), crate::store::StoreError> {
    let event = Event {
        action,
        actor: &actor(member),
        subject: member.id.as_str(),
        outcome: "ok",
        object: "-",
        request: &caller.request,
        details: caller.details(),
    };
    audit::write(c, &event, now).await
}

/// A name of 1 to 40 characters, none of them hidden.
#[must_use]
pub fn clean(text: &str) -> Option<String> {
    let name = text.trim();
    let good = (1..=40).contains(&name.chars().count()) && !name.chars().any(is_hidden);
    good.then(|| name.to_owned())
}

fn fit(app: &App, typed: &Typed, name: &str, login_id: &str) -> Result<(), Refusal> {
    let service = &app.config.service;
    let context = Context {
        account: login_id,
        name,
        firm: [&service.name_ja, &service.name_en],
    };
    let long_enough = typed.password.chars().count() >= SHORTEST_PASSWORD;
    if !long_enough || password_rules::check(&typed.password, &context).is_err() {
        return Err(ErrorCode::StaffPasswordUnfit.into());
    }
    if *typed.password == *typed.again {
        Ok(())
    } else {
        Err(ErrorCode::PasswordsDiffer.into())
    }
}

/// How long the browser may take from the password to the confirmed device.
const SETUP_SECS: i64 = 1800;
