//! A device's decision: approved or denied, exactly once (APPR-01..03, APPR-10, APPR-12, CHAL-05, CHAL-09).

mod consequences;
mod ordinary;

use warifu_shared::api::{DeviceState, Outcome};
use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::{ChallengeId, DeviceId};
use warifu_shared::jws::approval::{Approval, Decision, DenyReason, DeviceKeys, MatchVia};
use warifu_shared::jws::challenge::{Action, ChallengeHash};
use warifu_shared::number::MatchNumber;

use super::withdrawal::settle::{self, Approved};
use super::{Caller, Refusal, change_payout};
use crate::app::App;
use crate::audit::{self, Event};
use crate::crypto::mac::token_hash;
use crate::domain::challenge::{ChallengeState, StoredChallenge};
use crate::store::accounts::{self, Lane};
use crate::store::challenges::{self, DecisionRecord};
use crate::store::devices::{self, Device};
use crate::store::hot_reads::Copy;
use crate::store::{Conn, StoreError};

pub use ordinary::ordinary;

/// The signed request that carried the decision: its nonce is used up in the transaction of the effect (APPR-07).
#[derive(Debug, Clone)]
pub struct Nonce {
    /// Thumbprint of the key that signed the request.
    pub kid: String,
    /// The nonce.
    pub value: String,
}

/// Records the decision in `token` on the challenge `id`.
///
/// # Errors
/// `SignatureReplayed`, `ChallengeNotFound`, `ChallengeExpired`, `ChallengeClosed`, `ApprovalInvalid`, `NumberWrong` (with
/// the tries left), `NumberTriesUsed`, `LinkNotAccepted`, `AccountLocked`, `ApproverDisabled`, `DeviceNotActive`.
pub async fn run(
    app: &App,
    caller: &Caller,
    device: &Device,
    id: &ChallengeId,
    token: &str,
    nonce: Nonce,
) -> Result<Outcome, Refusal> {
    let now = app.now();
    // A challenge of another device or account is as absent as one that never was.
    let found = app.store.hot.copy(id, &device.id).await?;
    let Copy { jws, challenge, .. } = found.ok_or(ErrorCode::ChallengeNotFound)?;
    if challenge.decision_hash.as_deref() == Some(&token_hash(token)) {
        // The very token that was recorded, sent again: the answer got lost (APPR-10). Also after its end.
        let fresh = app.store.write_again(move |c| {
            Box::pin(async move { devices::use_nonce(c, &nonce.kid, &nonce.value, now).await })
        });
        return if fresh.await? {
            already(&challenge, token, now)
        } else {
            Err(ErrorCode::SignatureReplayed.into())
        };
    }
    let approval = verify(app, device, &challenge, &jws, token, now)?;
    let number = open_number(app, &challenge)?;
    let judged = Judged {
        approval,
        token: token.to_owned(),
        copy: jws,
        number,
    };
    let (app_in, caller, device) = (app.clone(), caller.clone(), device.clone());
    let outcome = app
        .store
        .write_again(move |c| {
            Box::pin(async move {
                if !devices::use_nonce(c, &nonce.kid, &nonce.value, now).await? {
                    return Ok(Err(ErrorCode::SignatureReplayed.into()));
                }
                judge(c, &app_in, &caller, &device, &challenge, &judged, now).await
            })
        })
        .await?;
    app.live.changed(id.as_str());
    app.mail_wake.notify_one();
    app.orders_wake.notify_one();
    outcome
}

#[derive(Clone)]
struct Judged {
    approval: Approval,
    token: String,
    /// The challenge as it was signed for this device.
    copy: String,
    number: MatchNumber,
}

fn verify(
    app: &App,
    device: &Device,
    challenge: &StoredChallenge,
    copy: &str,
    token: &str,
    now: Timestamp,
) -> Result<Approval, Refusal> {
    let keys = DeviceKeys {
        device: &device.id,
        request: &device.request_key,
        approval: &device.approval_key,
    };
    let aud = &app.config.service.device_origin;
    let approval = Approval::verify(token, &keys, aud, now).map_err(|error| {
        tracing::info!(event = "approval.invalid", %error, device = %device.id, "an approval did not verify");
        Refusal::new(ErrorCode::ApprovalInvalid)
    })?;
    let same = approval.chal == challenge.id && approval.chal_hash == ChallengeHash::of(copy);
    if same {
        Ok(approval)
    } else {
        Err(ErrorCode::ApprovalInvalid.into())
    }
}

/// Opens the number of a challenge: for its page and for the comparison, nothing else (CHAL-03).
///
/// # Errors
/// `Internal` when it does not open (another key, a damaged row).
pub fn open_number(app: &App, challenge: &StoredChallenge) -> Result<MatchNumber, Refusal> {
    challenge.number(&app.secrets.column_sealer).ok_or_else(|| {
        tracing::error!(event = "number.unreadable", challenge = %challenge.id, "a stored number does not open");
        Refusal::new(ErrorCode::Internal)
    })
}

async fn judge(
    c: &mut Conn,
    app: &App,
    caller: &Caller,
    device: &Device,
    before: &StoredChallenge,
    judged: &Judged,
    now: Timestamp,
) -> Result<Result<Outcome, Refusal>, StoreError> {
    let Some(challenge) = challenges::by_id(c, &before.id).await? else {
        return Ok(Err(ErrorCode::ChallengeNotFound.into()));
    };
    if challenge.state_at(now) != ChallengeState::Pending {
        return Ok(already(&challenge, &judged.token, now));
    }
    match &judged.approval.decision {
        Decision::Approve { number, via, .. } => {
            let number = Transferred { number, via: *via };
            approve(c, app, caller, device, &challenge, judged, &number, now).await
        }
        Decision::Deny { reason } => deny(c, app, caller, device, &challenge, judged, *reason, now).await,
    }
}

/// The same token again gives the same outcome; anything else comes too late (APPR-10).
fn already(challenge: &StoredChallenge, token: &str, now: Timestamp) -> Result<Outcome, Refusal> {
    let same = challenge.decision_hash.as_deref() == Some(&token_hash(token));
    match challenge.state_at(now) {
        ChallengeState::Approved | ChallengeState::Consumed if same => Ok(Outcome::Approved),
        ChallengeState::Denied if same => Ok(Outcome::Denied),
        ChallengeState::Expired => Err(ErrorCode::ChallengeExpired.into()),
        _ => Err(ErrorCode::ChallengeClosed.into()),
    }
}

/// The update found nothing to decide: another decision was faster, on PostgreSQL also one of another process, or the
/// device ended meanwhile.
async fn too_late(
    c: &mut Conn,
    id: &ChallengeId,
    token: &str,
    now: Timestamp,
) -> Result<Result<Outcome, Refusal>, StoreError> {
    Ok(match challenges::by_id(c, id).await? {
        Some(current) if current.state_at(now) != ChallengeState::Pending => already(&current, token, now),
        Some(_) => Err(ErrorCode::DeviceNotActive.into()),
        None => Err(ErrorCode::ChallengeNotFound.into()),
    })
}

struct Transferred<'a> {
    number: &'a MatchNumber,
    via: MatchVia,
}

#[expect(
    clippy::too_many_arguments,
    reason = "the parts of one judgement, used here only"
)]
async fn approve(
    c: &mut Conn,
    app: &App,
    caller: &Caller,
    device: &Device,
    challenge: &StoredChallenge,
    judged: &Judged,
    transferred: &Transferred<'_>,
    now: Timestamp,
) -> Result<Result<Outcome, Refusal>, StoreError> {
    if device.state != DeviceState::Active {
        return Ok(Err(ErrorCode::DeviceNotActive.into()));
    }
    let counter = accounts::counter(c, &challenge.account, Lane::Factor).await?;
    if counter.stopped(&app.factor_lock()) {
        return Ok(Err(ErrorCode::ApproverDisabled.into()));
    }
    if counter.locked_at(now) {
        return Ok(Err(
            Refusal::new(ErrorCode::AccountLocked).at(counter.locked_until)
        ));
    }
    if transferred.via == MatchVia::Link && !link_counts(challenge, caller) {
        write_event(
            c,
            caller,
            device,
            challenge,
            "challenge.approve",
            "link_not_accepted",
            now,
        )
        .await?;
        return Ok(Err(ErrorCode::LinkNotAccepted.into()));
    }
    if !judged.number.matches(transferred.number) {
        return consequences::wrong_number(c, app, caller, device, challenge, now)
            .await
            .map(Err);
    }
    let via = transferred.via.name();
    let record = record(device, judged, ChallengeState::Approved, None, Some(via));
    if !challenges::decide(c, &challenge.id, &record, now).await? {
        return too_late(c, &challenge.id, &judged.token, now).await;
    }
    accounts::reset_counter(c, &challenge.account, Lane::Factor).await?;
    challenges::forgive_pushes(c, &challenge.account).await?;
    write_decision(c, caller, challenge, &record, ("challenge.approve", via), now).await?;
    let approved = Approved {
        device: &device.id,
        copy: &judged.copy,
        token_hash: &record.token_hash,
    };
    match challenge.action {
        Action::Login | Action::Test | Action::Confirm => {}
        Action::Withdrawal => settle::by_device(c, app, caller, challenge, approved, now).await?,
        Action::PayoutAccount => change_payout::approved(c, app, caller, challenge, approved, now).await?,
    }
    Ok(Ok(Outcome::Approved))
}

/// A link counts only from a known browser in the device's own network (APPR-12).
fn link_counts(challenge: &StoredChallenge, caller: &Caller) -> bool {
    challenge.known_browser && challenge.source_prefix == caller.source.prefix
}

#[expect(
    clippy::too_many_arguments,
    reason = "the parts of one judgement, used here only"
)]
async fn deny(
    c: &mut Conn,
    app: &App,
    caller: &Caller,
    device: &Device,
    challenge: &StoredChallenge,
    judged: &Judged,
    reason: DenyReason,
    now: Timestamp,
) -> Result<Result<Outcome, Refusal>, StoreError> {
    let name = reason.name();
    let record = record(device, judged, ChallengeState::Denied, Some(name), None);
    if !challenges::decide(c, &challenge.id, &record, now).await? {
        return too_late(c, &challenge.id, &judged.token, now).await;
    }
    consequences::of_denial(c, app, caller, device, challenge, reason, now).await?;
    write_decision(c, caller, challenge, &record, ("challenge.deny", name), now).await?;
    Ok(Ok(Outcome::Denied))
}

fn record(
    device: &Device,
    judged: &Judged,
    state: ChallengeState,
    deny_reason: Option<&'static str>,
    match_via: Option<&'static str>,
) -> DecisionRecord {
    let token = judged.token.clone();
    let token_hash = token_hash(&token);
    DecisionRecord {
        state,
        device: device.id.clone(),
        token,
        token_hash,
        deny_reason,
        match_via,
    }
}

/// Writes the leaf of a decision, with the hash of its token: by it a receipt and its entry belong together (TXN-08).
async fn write_decision(
    c: &mut Conn,
    caller: &Caller,
    challenge: &StoredChallenge,
    record: &DecisionRecord,
    (action, outcome): (&str, &str),
    now: Timestamp,
) -> Result<(), StoreError> {
    let actor = device_actor(&record.device);
    let event = decision_event(caller, &actor, challenge, action, outcome);
    audit::write_shown(c, &event, &record.token_hash, now).await
}

/// Writes the leaf of a try that decided nothing.
pub(super) async fn write_event(
    c: &mut Conn,
    caller: &Caller,
    device: &Device,
    challenge: &StoredChallenge,
    action: &str,
    outcome: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let actor = actor(device);
    audit::write(
        c,
        &decision_event(caller, &actor, challenge, action, outcome),
        now,
    )
    .await
}

fn actor(device: &Device) -> String {
    device_actor(&device.id)
}

fn device_actor(device: &DeviceId) -> String {
    format!("device:{device}")
}

fn decision_event<'a>(
    caller: &'a Caller,
    actor: &'a str,
    challenge: &'a StoredChallenge,
    action: &'a str,
    outcome: &'a str,
) -> Event<'a> {
    Event {
        action,
        actor,
        subject: challenge.account.as_str(),
        outcome,
        object: challenge.id.as_str(),
        request: &caller.request,
        details: caller.details(),
    }
}
