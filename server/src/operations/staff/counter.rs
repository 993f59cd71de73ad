//! A device registered at the counter: two of the firm's people allow it, whoever proposed shows the code to the customer, who
//! scans it, and both compare the fingerprint (ENROL-01..06, STAFF-03, decision 40).

use warifu_shared::api::DeviceState;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::{AccountId, ProposalId};

use super::granted::{self, Grant};
use super::{actor, proposals::not_carried_out};
use crate::app::App;
use crate::domain::staff::Act;
use crate::mail::Scene;
use crate::operations::confirm_enrolment::{self, COUNTER, Verdict};
use crate::operations::{Caller, Refusal, issue_enrolment};
use crate::store::enrolments::{self, StoredEnrolment};
use crate::store::staff::customers;
use crate::store::staff::proposals;
use crate::store::staff::sessions::StaffSession;
use crate::store::{Conn, StoreError, accounts, devices};

/// Whether the customer can get a device at the counter now.
///
/// # Errors
/// On a database failure. The inner one: `NotFound`; `StaffNothingToDo` for an account that nobody has activated, or that is
/// locked; `TooManyDevices`.
pub(super) async fn fits(
    c: &mut Conn,
    app: &App,
    account: &AccountId,
) -> Result<Result<(), Refusal>, StoreError> {
    let Some(owner) = accounts::by_id(c, account).await? else {
        return Ok(Err(ErrorCode::NotFound.into()));
    };
    if owner.opened || owner.disabled {
        return Ok(Err(ErrorCode::StaffNothingToDo.into()));
    }
    let all = devices::of_account(c, account).await?;
    let registered = all.iter().filter(|d| d.state != DeviceState::Pending).count();
    if i64::try_from(registered).unwrap_or(i64::MAX) >= app.config.enrolment.max_devices {
        return Ok(Err(ErrorCode::TooManyDevices.into()));
    }
    Ok(Ok(()))
}

/// What stops the account and its devices; those that wait for their confirmation aside, for the customer's own is one.
///
/// # Errors
/// On a database failure.
pub(super) async fn facts(c: &mut Conn, account: &AccountId) -> Result<Option<String>, StoreError> {
    let all = customers::facts(c, account).await?;
    Ok(all.map(|text| {
        let settled = text.split(' ').filter(|it| !it.ends_with("=pending"));
        settled.collect::<Vec<_>>().join(" ")
    }))
}

/// Issues the code, or another one in its place: it is shown in this session of whoever proposed, and in no other.
///
/// # Errors
/// Those of [`granted::own`] and [`granted::stands`]; `ProposalUsed` when a device came of it; `TooManyDevices`.
pub async fn issue(
    app: &App,
    caller: &Caller,
    session: &StaffSession,
    id: &ProposalId,
) -> Result<(), Refusal> {
    let now = app.now();
    let (app_in, caller, session, id) = (app.clone(), caller.clone(), session.clone(), id.clone());
    let done = app.store.write_again(move |c| {
        Box::pin(async move {
            let by = &session.member;
            let asked = (&id, Act::ProposeEnrolment);
            if let Some(StoredEnrolment { state, .. }) = made(c, &id).await?
                && state == "confirmed"
            {
                return Ok(Err(ErrorCode::ProposalUsed.into()));
            }
            let grant = match granted::take(c, &app_in, (&caller, by), asked, now).await? {
                Ok(grant) => grant,
                Err(refusal) => return Ok(Err(refusal)),
            };
            if let Err(refusal) = fits(c, &app_in, &grant.account).await? {
                let why = (refusal.code.name(), now);
                not_carried_out(c, &caller, by, &grant.proposal, why).await?;
                return Ok(Err(refusal));
            }
            let drawn = issue_enrolment::draw(&app_in, &grant.account, &session.id, COUNTER);
            issue_enrolment::issue_in(c, &caller, &drawn, &actor(by), now).await?;
            proposals::set_made(c, &id, drawn.id.as_str()).await?;
            Ok(Ok(()))
        })
    });
    done.await?
}

async fn made(c: &mut Conn, id: &ProposalId) -> Result<Option<StoredEnrolment>, StoreError> {
    let made = proposals::by_id(c, id).await?.and_then(|it| it.made);
    match made.map(|text| text.parse()) {
        Some(Ok(enrolment)) => enrolments::by_id(c, &enrolment).await,
        _ => Ok(None),
    }
}

/// The present enrolment of this session's proposal, and whether it may still go on.
///
/// # Errors
/// `NotFound` when it was issued in another session, or not at all; those of [`granted::own`].
pub async fn find(
    app: &App,
    session: &StaffSession,
    id: &ProposalId,
) -> Result<(Grant, StoredEnrolment), Refusal> {
    let mut c = app.store.read().await?;
    let grant = granted::own(&mut c, &session.member, id, Act::ProposeEnrolment).await??;
    let found = made(&mut c, id).await?;
    let found = found.filter(|it| it.session == session.id);
    Ok((grant, found.ok_or(ErrorCode::NotFound)?))
}

/// Whether its code may be shown, and its device confirmed, at this moment.
///
/// # Errors
/// Those of [`granted::stands`].
pub async fn stands(app: &App, grant: &Grant) -> Result<(), Refusal> {
    let mut c = app.store.read().await?;
    granted::stands(&mut c, app, grant, app.now()).await?
}

/// The customer and whoever proposed compared the fingerprints, or stop. A device counts from here on, if everything still is as
/// it was approved.
///
/// # Errors
/// `NotFound`, `EnrolmentCodeExpired`; for the same fingerprint also those of [`granted::stands`].
pub async fn decide(
    app: &App,
    caller: &Caller,
    session: &StaffSession,
    id: &ProposalId,
    verdict: Verdict,
) -> Result<(), Refusal> {
    let now = app.now();
    let (_, enrolment) = find(app, session, id).await?;
    let (app_in, caller, by, id) = (app.clone(), caller.clone(), session.member.clone(), id.clone());
    let stored = enrolment.clone();
    let done = app
        .store
        .write_again(move |c| {
            Box::pin(async move {
                if verdict == Verdict::Same {
                    let asked = (&id, Act::ProposeEnrolment);
                    if let Err(refusal) = granted::take(c, &app_in, (&caller, &by), asked, now).await? {
                        return Ok(Err(refusal));
                    }
                }
                // Where the firm's people sit is nobody's business.
                let who = confirm_enrolment::By {
                    actor: &actor(&by),
                    caller: &caller,
                    scene: Scene {
                        at: now,
                        place: String::new(),
                        browser: String::new(),
                    },
                };
                let done = confirm_enrolment::decide(c, &app_in, &who, &stored, verdict, now).await?;
                Ok(done.then_some(()).ok_or(ErrorCode::EnrolmentCodeExpired.into()))
            })
        })
        .await?;
    confirm_enrolment::wake(app, &enrolment);
    done
}
