//! The order of an approved withdrawal, made anew from what was signed; without a proof there is no order (TXN-02, TXN-08).

use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::{ChallengeId, WithdrawalId};
use warifu_shared::jws::approval::{Approval, Decision, DeviceKeys};
use warifu_shared::jws::challenge::{Challenge, ChallengeHash, device_urn};
use warifu_shared::jws::withdrawal::{self as signed, Transaction};

use super::settle::signed_text;
use crate::app::App;
use crate::core::Order;
use crate::crypto::mac::token_hash;
use crate::domain::withdrawal::{self as domain, How};
use crate::domain::yen::Yen;
use crate::store::StoreError;
use crate::store::challenges::Evidence;
use crate::store::devices::Device;
use crate::store::money_reads::Owner;
use crate::store::withdrawals::Withdrawal;

/// Makes the order of an approved withdrawal from its evidence. Refused is what does not follow from what was signed, and,
/// before the first call only, what goes to an account that is no longer the customer's payout account or leaves one that was
/// closed meanwhile: an order that may have left stays what it was.
///
/// # Errors
/// On a database failure.
pub async fn order(app: &App, withdrawal: &Withdrawal) -> Result<Result<Order, ErrorCode>, StoreError> {
    let kept = match Kept::read(app, withdrawal).await {
        // What cannot even be read is not what was written.
        Err(error) if error.is_unreadable() => {
            tracing::error!(event = "withdrawal.evidence", %error, "evidence cannot be read");
            return Ok(Err(ErrorCode::DetailsChanged));
        }
        kept => kept?,
    };
    Ok(match proven(app, withdrawal, &kept) {
        Some(order) if withdrawal.may_have_left() => Ok(order),
        Some(order) if !kept.pays_to(&order) => Err(ErrorCode::DetailsChanged),
        Some(_) if kept.is_closed() => Err(ErrorCode::CoreRefused),
        Some(order) => Ok(order),
        None => Err(ErrorCode::DetailsChanged),
    })
}

/// Whether what is stored of an approved withdrawal is what was signed, wherever it would go by now.
///
/// # Errors
/// On a database failure.
pub(super) async fn holds(app: &App, withdrawal: &Withdrawal) -> Result<bool, StoreError> {
    match Kept::read(app, withdrawal).await {
        Err(error) if error.is_unreadable() => Ok(false),
        kept => Ok(proven(app, withdrawal, &kept?).is_some()),
    }
}

/// What is stored of a withdrawal beside its row: read anew for each order, and verified anew.
struct Kept {
    first: Option<(Evidence, Device)>,
    second: Option<(Evidence, Device)>,
    owner: Option<Owner>,
}

impl Kept {
    async fn read(app: &App, withdrawal: &Withdrawal) -> Result<Self, StoreError> {
        let reads = &app.store.money;
        let approved = async |id: &Option<ChallengeId>| match id {
            Some(id) => reads.approved(id).await,
            None => Ok(None),
        };
        let (first, second, owner) = tokio::try_join!(
            approved(&withdrawal.challenge),
            approved(&withdrawal.second),
            reads.owner(&withdrawal.account, domain::day_start(app.now()), "")
        )?;
        Ok(Self { first, second, owner })
    }

    fn pays_to(&self, order: &Order) -> bool {
        self.owner.as_ref().is_some_and(|it| it.pays_to(&order.payee))
    }

    fn is_closed(&self) -> bool {
        self.owner.as_ref().is_none_or(|it| it.account.disabled)
    }
}

fn proven(app: &App, withdrawal: &Withdrawal, kept: &Kept) -> Option<Order> {
    let row = signed_text(withdrawal)?;
    let proven = match (withdrawal.how, &withdrawal.challenge) {
        (How::App, Some(first)) => approved(app, withdrawal, first, kept.first.as_ref()),
        (How::Code, None) => by_code(app, withdrawal).then(|| row.clone()),
        _ => None,
    };
    let again = match &withdrawal.second {
        Some(second) => approved(app, withdrawal, second, kept.second.as_ref()),
        None => proven.clone(),
    };
    let named = reference(app, &withdrawal.id, withdrawal.created_at);
    let proven = proven
        .filter(|proven| *proven == row && again.as_ref() == Some(proven) && proven.reference == named)?;
    to_order(withdrawal, proven, kept.owner.as_ref()?.account.number.clone())
}

/// The reference of a withdrawal follows from its id by a keyed hash. It is signed, so one approval serves one id, and the core
/// system sees one order, whatever is copied in the database.
#[must_use]
pub fn reference(app: &App, id: &WithdrawalId, created_at: Timestamp) -> String {
    let tag = app
        .secrets
        .code_pepper
        .short_tag("withdrawal-reference", id.as_str().as_bytes());
    let mut mark = [0; 8];
    mark.copy_from_slice(&tag[..8]);
    domain::reference(created_at, mark)
}

fn to_order(
    withdrawal: &Withdrawal,
    proven: signed::Withdrawal,
    account: crate::domain::account::AccountNumber,
) -> Option<Order> {
    Some(Order {
        key: withdrawal.id.clone(),
        account,
        amount: Yen::from_digits(&proven.amount)?,
        fee: Yen::from_digits(&proven.fee)?,
        reference: proven.reference,
        payee: proven.payee,
        approved_at: withdrawal.approved_at?,
        evidence: withdrawal.evidence.clone()?,
    })
}

/// What a device signed its approval over: challenge by our key, approval by the device's, number compared when it came.
fn approved(
    app: &App,
    withdrawal: &Withdrawal,
    id: &ChallengeId,
    kept: Option<&(Evidence, Device)>,
) -> Option<signed::Withdrawal> {
    // Of a device that is gone by now the keys are still known: what it approved before stays approved.
    let (kept, device) = kept?;
    let first = withdrawal.challenge.as_ref() == Some(id);
    if first && withdrawal.evidence.as_deref() != Some(&token_hash(&kept.token)) {
        return None;
    }
    let keys = DeviceKeys {
        device: &device.id,
        request: &device.request_key,
        approval: &device.approval_key,
    };
    let service = &app.config.service.device_origin;
    let challenge = Challenge::reread(&kept.copy, app.secrets.challenge_key.public()).ok()?;
    let approval = Approval::verify(&kept.token, &keys, service, kept.decided_at).ok()?;
    let fits = matches!(approval.decision, Decision::Approve { .. })
        && approval.chal == *id
        && approval.chal_hash == ChallengeHash::of(&kept.copy)
        && challenge.jti == *id
        && challenge.iss == *service
        && challenge.aud == device_urn(&device.id)
        && challenge.sub == withdrawal.account.as_str();
    match challenge.txn {
        Some(Transaction::Withdrawal(signed)) if fits => Some(signed),
        _ => None,
    }
}

/// The keyed hash that stands for an approval by mailed code: made when the code was right, over what it was bound to.
#[must_use]
pub fn of_code(app: &App, withdrawal: &Withdrawal) -> String {
    app.secrets
        .code_pepper
        .mac("withdrawal-by-code", &parts(withdrawal))
}

fn by_code(app: &App, withdrawal: &Withdrawal) -> bool {
    withdrawal.evidence.as_deref().is_some_and(|evidence| {
        app.secrets
            .code_pepper
            .verify("withdrawal-by-code", &parts(withdrawal), evidence)
    })
}

fn parts(withdrawal: &Withdrawal) -> [&[u8]; 3] {
    [
        withdrawal.id.as_str().as_bytes(),
        withdrawal.account.as_str().as_bytes(),
        withdrawal.txn.as_bytes(),
    ]
}
