//! Cases: somebody takes one, notes what they find, and decides (S4, STAFF-06, decision 39). Each act is a record about the case,
//! not about the account: the customer's history does not tell of it. What is done to the account is told, as always.

use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::CaseId;

use super::customer::{self, Acting};
use super::{Done, Why, record};
use crate::app::App;
use crate::domain::case::State;
use crate::domain::staff::Act;
use crate::operations::{Caller, Refusal};
use crate::store::case_list::{self, Case};
use crate::store::cases::{self, Seen};
use crate::store::staff::members::Member;
use crate::store::{Conn, StoreError};

/// Who works on which case.
#[derive(Debug, Clone)]
pub struct Working {
    /// The request.
    pub caller: Caller,
    /// The staff member.
    pub by: Member,
    /// The case.
    pub case: CaseId,
}

/// Takes an open case, also from a colleague. `seen` is with whom the page showed it: of two at once one gets it.
///
/// # Errors
/// `NotFound`, `CaseClosed`, `CaseTaken`; `StaffNothingToDo` when it is with the asker.
pub async fn take(app: &App, working: Working, seen: String) -> Result<(), Refusal> {
    let now = app.now();
    if seen == working.by.id.as_str() {
        return Err(ErrorCode::StaffNothingToDo.into());
    }
    app.store
        .write_again(move |c| {
            let (working, seen) = (working.clone(), seen.clone());
            Box::pin(async move {
                if !cases::assign(c, &working.case, &seen, &working.by.id, now).await? {
                    return Ok(Err(why_not(c, &working, ErrorCode::CaseTaken).await?));
                }
                let (before, after) = (assigned(&seen), assigned(working.by.id.as_str()));
                let what = ("staff.case_taken", &Why::default());
                write(c, &working, what, (&before, &after), now).await?;
                Ok(Ok(()))
            })
        })
        .await?
}

/// Notes something about a case, open or not.
///
/// # Errors
/// `NotFound`.
pub async fn note(app: &App, working: Working, why: Why) -> Result<(), Refusal> {
    let now = app.now();
    app.store
        .write_again(move |c| {
            let (working, why) = (working.clone(), why.clone());
            Box::pin(async move {
                let Some(case) = case_list::by_id(c, &working.case).await? else {
                    return Ok(Err(ErrorCode::NotFound.into()));
                };
                let facts = facts(&case);
                write(c, &working, ("staff.case_noted", &why), (&facts, &facts), now).await?;
                Ok(Ok(()))
            })
        })
        .await?
}

/// What somebody decides about a case.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// The state it gets.
    pub to: State,
    /// Why.
    pub why: Why,
    /// What they saw: another kind of signal since then wants another look.
    pub seen: Seen,
    /// Whether the account is locked in the same transaction.
    pub lock: bool,
}

/// Decides about an open case that is with the asker. With `lock` and fraud the account is locked and its sessions end at once; a
/// locked account stays as it is.
///
/// # Errors
/// `NotFound`, `CaseClosed`, `CaseNotYours`, `CaseGrew`; `StaffNotAllowed` when they may not lock.
pub async fn decide(app: &App, working: Working, verdict: Verdict) -> Result<(), Refusal> {
    let (now, app_in) = (app.now(), app.clone());
    let Some(action) = verdict.to.verdict() else {
        return Err(ErrorCode::CaseVerdictMissing.into());
    };
    let lock = verdict.lock && verdict.to == State::Compromised;
    if lock && !working.by.roles.may(Act::LockAccount) {
        return Err(ErrorCode::StaffNotAllowed.into());
    }
    let done = app
        .store
        .write_again(move |c| {
            let (working, verdict, app) = (working.clone(), verdict.clone(), app_in.clone());
            Box::pin(async move {
                let Some(before) = case_list::by_id(c, &working.case).await? else {
                    return Ok(Err(ErrorCode::NotFound.into()));
                };
                let by = &working.by.id;
                if !cases::close(c, &working.case, by, verdict.seen, verdict.to, now).await? {
                    return Ok(Err(why_not(c, &working, ErrorCode::CaseGrew).await?));
                }
                let after = case_list::by_id(c, &working.case).await?;
                let after = after.as_ref().map(facts).unwrap_or_default();
                let what = (action, &verdict.why);
                write(c, &working, what, (&facts(&before), &after), now).await?;
                if let Some(account) = before.account.filter(|_| lock) {
                    let acting = Acting {
                        caller: working.caller,
                        by: working.by,
                        account,
                        why: verdict.why,
                    };
                    customer::lock_in(c, &app, &acting, now).await?;
                }
                Ok(Ok(()))
            })
        })
        .await?;
    app.mail_wake.notify_one();
    done
}

/// Why a conditional change found nothing to change.
async fn why_not(c: &mut Conn, working: &Working, otherwise: ErrorCode) -> Result<Refusal, StoreError> {
    let code = match case_list::by_id(c, &working.case).await? {
        None => ErrorCode::NotFound,
        Some(case) if case.state != State::AtRisk => ErrorCode::CaseClosed,
        Some(case)
            if otherwise == ErrorCode::CaseGrew && case.assigned_to.as_ref() != Some(&working.by.id) =>
        {
            ErrorCode::CaseNotYours
        }
        Some(_) => otherwise,
    };
    Ok(code.into())
}

async fn write(
    c: &mut Conn,
    working: &Working,
    (action, why): (&str, &Why),
    (before, after): (&str, &str),
    now: Timestamp,
) -> Result<(), StoreError> {
    let account = case_list::by_id(c, &working.case)
        .await?
        .and_then(|it| it.account);
    let done = Done {
        action,
        subject: working.case.as_str(),
        object: account.as_ref().map_or("-", |it| it.as_str()),
        why,
        before,
        after,
    };
    record(c, &working.caller, &working.by, &done, now).await
}

fn assigned(to: &str) -> String {
    format!("assigned_to={}", if to.is_empty() { "-" } else { to })
}

/// The state of a case as one line.
fn facts(case: &Case) -> String {
    let to = case.assigned_to.as_ref().map_or("", |it| it.as_str());
    format!(
        "state={} why={} level={} kinds={} signals={} {}",
        case.state.name(),
        case.why,
        case.level.name(),
        case.kinds,
        case.amount,
        assigned(to)
    )
}
