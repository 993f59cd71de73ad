//! The ordinary approval: recorded together with many others (decision 19). Whatever is not ordinary is decided by `run`.

use std::sync::Arc;

use warifu_shared::clock::Timestamp;
use warifu_shared::ids::ChallengeId;
use warifu_shared::jws::approval::{Decision, MatchVia};
use warifu_shared::jws::challenge::Action;

use super::{Judged, Nonce, actor, decision_event, link_counts, open_number, verify};
use crate::app::App;
use crate::audit;
use crate::crypto::mac::token_hash;
use crate::domain::challenge::StoredChallenge;
use crate::operations::withdrawal::settle;
use crate::operations::{Caller, Refusal, dismiss};
use crate::store::bulk::{Hot, OrdinaryApproval};
use crate::store::devices::Device;
use crate::store::hot_reads::Copy;

/// Records the approval in `token` when everything about it is ordinary; false: nothing was done, [`run`] decides. Device and
/// challenge may come from memory: whatever of them can change is a condition of the statement that records.
///
/// # Errors
/// On a failure of the database only.
pub async fn ordinary(
    app: &App,
    caller: &Caller,
    device: &Device,
    id: &ChallengeId,
    token: &str,
    nonce: &Nonce,
) -> Result<bool, Refusal> {
    let now = app.now();
    let copy = match app.recent_challenges.get(id, &device.id) {
        Some(copy) => copy,
        None => match app.store.hot.copy(id, &device.id).await? {
            Some(copy) => Arc::new(copy),
            None => return Ok(false),
        },
    };
    let Copy { jws, challenge, .. } = &*copy;
    let ordinary = matches!(
        challenge.action,
        Action::Login | Action::Test | Action::Confirm | Action::Withdrawal
    );
    if !ordinary {
        return Ok(false);
    }
    let Ok(approval) = verify(app, device, challenge, jws, token, now) else {
        return Ok(false);
    };
    let judged = Judged {
        approval,
        token: token.to_owned(),
        copy: jws.clone(),
        number: open_number(app, challenge)?,
    };
    let recorded = approve_ordinary(app, caller, device, challenge, &judged, nonce, now).await?;
    if recorded {
        app.live.changed(id.as_str());
        dismiss::others(app, id, Some(&device.id));
    }
    Ok(recorded)
}

/// The usual case, together with many others: the number is right, and whatever else must hold is a condition of the
/// statement (`store::bulk::OrdinaryApproval`). False: nothing was written, the plain road decides.
async fn approve_ordinary(
    app: &App,
    caller: &Caller,
    device: &Device,
    challenge: &StoredChallenge,
    judged: &Judged,
    nonce: &Nonce,
    now: Timestamp,
) -> Result<bool, Refusal> {
    let Decision::Approve { number, via, .. } = &judged.approval.decision else {
        return Ok(false);
    };
    let usual = *via != MatchVia::Link || link_counts(challenge, caller);
    if !usual || !judged.number.matches(number) {
        return Ok(false);
    }
    let payment = match challenge.action {
        Action::Withdrawal => {
            let payment = settle::ahead(app, caller, device, challenge, &judged.copy, now).await?;
            let Some(payment) = payment else { return Ok(false) };
            Some(Box::new(payment))
        }
        _ => None,
    };
    let via = via.name();
    let actor = actor(device);
    let event = decision_event(caller, &actor, challenge, "challenge.approve", via);
    let token_hash = token_hash(&judged.token);
    let approval = OrdinaryApproval {
        challenge: challenge.id.clone(),
        device: device.id.clone(),
        request_kid: nonce.kid.clone(),
        approval_kid: device.approval_key.thumbprint().to_string(),
        nonce: nonce.value.clone(),
        token: judged.token.clone(),
        via,
        payment,
        request: caller.request.clone(),
        now,
        leaf: audit::leaf_shown(&event, &token_hash, now)?,
        token_hash,
    };
    // Workers that have nothing to do are not woken: each would look into the database.
    let payment = approval.payment.as_deref();
    let mails = payment.is_some_and(|it| !it.news.mails.is_empty());
    let orders = payment.is_some_and(|it| it.step.next_at.is_some_and(|at| at <= now));
    let recorded = app.store.write_hot(Hot::Approval(Box::new(approval))).await?;
    if recorded && mails {
        app.mail_wake.notify_one();
    }
    if recorded && orders {
        app.orders_wake.notify_one();
    }
    Ok(recorded)
}
