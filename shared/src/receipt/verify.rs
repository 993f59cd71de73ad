//! Verifying a receipt with nothing but the published keys. No clock is asked: the time is that of the decision's entry.

use super::{Included, Logged, Place, Receipt, ReceiptDevice};
use crate::b64;
use crate::jws::approval::{Approval, Decision, DeviceKeys};
use crate::jws::challenge::{Challenge, Expect, Verified};
use crate::jws::enrolment::{Enrolment, EnrolmentKeys};
use crate::jws::withdrawal::Transaction;
use crate::jws::{CLOCK_SKEW_SECS, JwsError, TokenType, Unverified, is_hidden};
use crate::log::entry::evidence_of;
use crate::log::proof::verify_inclusion;
use crate::log::{Checkpoint, Entry, Hash, NoteError, leaf_hash};
use crate::published::PublishedKeys;

/// What a receipt shows.
#[derive(Debug, Clone)]
pub struct Report {
    /// The decision that a device signed; none when it was made by a mailed code.
    pub signed: Option<SignedDecision>,
    /// What was decided by a mailed code, as the log's evidence has it.
    pub txn: Option<String>,
    /// The entry of the decision, then what followed.
    pub entries: Vec<EntryReport>,
}

/// A decision with everything that was signed about it.
#[derive(Debug, Clone)]
pub struct SignedDecision {
    /// What was asked.
    pub challenge: Challenge,
    /// What was answered.
    pub approval: Approval,
    /// Who answered. Its name is not signed.
    pub device: ReceiptDevice,
    /// What the device told when it was registered.
    pub enrolment: Enrolment,
}

/// An entry of a receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryReport {
    /// What it says.
    pub entry: Entry,
    /// Its position and the size of the tree that it is proven in; none while it is pending: then nobody has signed it.
    pub place: Option<(u64, u64)>,
}

/// What does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Not a receipt in its one form.
    Form,
    /// A receipt of another service than the keys are of.
    Service,
    /// Challenge, decision and device belong together: some of them are missing, or there is a text beside them.
    Parts,
    /// The challenge.
    Challenge(JwsError),
    /// The device's enrolment.
    Enrolment(JwsError),
    /// The name or model of the device is not what it told, or cannot be shown.
    Device,
    /// The decision.
    Decision(JwsError),
    /// The decision is about another challenge.
    OtherChallenge,
    /// The decision was signed before the challenge, or outlives it.
    Window,
    /// The text is not what was written down.
    Txn,
    /// An entry, by its place in the receipt.
    Entry(usize, EntryFault),
}

/// What does not hold of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryFault {
    /// Not an entry.
    Form,
    /// Of something else: another action, outcome, device, account or challenge, or another decision.
    Other,
    /// The checkpoint.
    Checkpoint(NoteError),
    /// The proof does not lead to the checkpoint.
    Inclusion,
}

/// Verifies a receipt.
///
/// # Errors
/// [`Fault`]: the first thing that does not hold.
pub fn verify(bytes: &[u8], keys: &PublishedKeys) -> Result<Report, Fault> {
    let receipt = Receipt::read(bytes).map_err(|_| Fault::Form)?;
    if receipt.service != keys.service {
        return Err(Fault::Service);
    }
    let mut entries = Vec::with_capacity(receipt.entries.len());
    for (place, logged) in receipt.entries.iter().enumerate() {
        entries.push(read_entry(logged, keys).map_err(|fault| Fault::Entry(place, fault))?);
    }
    let (first, followed) = entries.split_first().ok_or(Fault::Form)?;
    let signed = match (
        &receipt.challenge,
        &receipt.decision,
        &receipt.device,
        &receipt.txn,
    ) {
        (Some(challenge), Some(decision), Some(device), None) => {
            Some(read_signed(keys, (challenge, decision), device, &first.entry)?)
        }
        (None, None, None, Some(txn)) if evidence_of(txn) != first.entry.evidence => return Err(Fault::Txn),
        (None, None, None, Some(txn)) if !approves(&first.entry, txn) => {
            return Err(Fault::Entry(0, EntryFault::Other));
        }
        (None, None, None, _) => None,
        _ => return Err(Fault::Parts),
    };
    let reference = signed.as_ref().and_then(|it| it.challenge.txn.as_ref());
    let reference = reference.and_then(Transaction::reference);
    for (place, it) in followed.iter().enumerate() {
        if !follows(&it.entry, &first.entry, reference) {
            return Err(Fault::Entry(place + 1, EntryFault::Other));
        }
    }
    Ok(Report {
        signed,
        txn: receipt.txn,
        entries,
    })
}

/// Whether an entry is the approval of the withdrawal in `txn`: other entries about it have the same evidence. Any other text
/// is shown as it is.
fn approves(entry: &Entry, txn: &str) -> bool {
    match Transaction::read(txn) {
        Ok(money) => entry.action == "withdrawal.approved" && money.reference() == Some(&entry.object),
        Err(_) => true,
    }
}

fn read_signed(
    keys: &PublishedKeys,
    (challenge, decision): (&str, &str),
    device: &ReceiptDevice,
    entry: &Entry,
) -> Result<SignedDecision, Fault> {
    let enrolled = read_enrolment(keys, device)?;
    let kid = Unverified::parse(TokenType::Challenge, challenge).map_err(Fault::Challenge)?;
    let key = keys.challenge_key(kid.kid());
    let key = key.ok_or(Fault::Challenge(JwsError::UnknownKey))?;
    let expect = Expect {
        iss: &keys.service,
        device: &device.id,
        now: entry.at,
    };
    let Verified { challenge, hash } =
        Challenge::verify(challenge, key, &expect).map_err(Fault::Challenge)?;
    let device_keys = DeviceKeys {
        device: &device.id,
        request: &enrolled.request,
        approval: &enrolled.approval,
    };
    let approval =
        Approval::verify(decision, &device_keys, &keys.service, entry.at).map_err(Fault::Decision)?;
    if approval.chal != challenge.jti || approval.chal_hash != hash {
        return Err(Fault::OtherChallenge);
    }
    if approval.iat < challenge.iat - CLOCK_SKEW_SECS || approval.exp > challenge.exp {
        return Err(Fault::Window);
    }
    let (action, outcome) = match &approval.decision {
        Decision::Approve { via, .. } => ("challenge.approve", via.name()),
        Decision::Deny { reason } => ("challenge.deny", reason.name()),
    };
    let fits = entry.action == action
        && entry.outcome == outcome
        && entry.actor == format!("device:{}", device.id)
        && entry.subject == challenge.sub
        && entry.object == challenge.jti.as_str()
        && entry.evidence == evidence_of(decision);
    if !fits {
        return Err(Fault::Entry(0, EntryFault::Other));
    }
    Ok(SignedDecision {
        challenge,
        approval,
        device: device.clone(),
        enrolment: enrolled.claims,
    })
}

/// The keys of the device: both have signed, for this service, and it is said which server key the device pinned.
fn read_enrolment(keys: &PublishedKeys, device: &ReceiptDevice) -> Result<EnrolmentKeys, Fault> {
    let enrolled = Enrolment::verify_kept(&device.enrolment, &keys.service).map_err(Fault::Enrolment)?;
    if keys.challenge_key(&enrolled.claims.srv).is_none() {
        return Err(Fault::Enrolment(JwsError::UnknownKey));
    }
    let shown = (1..=40).contains(&device.name.chars().count()) && !device.name.chars().any(is_hidden);
    if shown && device.model == enrolled.claims.model {
        Ok(enrolled)
    } else {
        Err(Fault::Device)
    }
}

fn read_entry(logged: &Logged, keys: &PublishedKeys) -> Result<EntryReport, EntryFault> {
    let bytes = b64::decode(&logged.entry).map_err(|_| EntryFault::Form)?;
    let entry = Entry::read(&bytes).map_err(|_| EntryFault::Form)?;
    let place = match &logged.log {
        Place::Pending(_) => None,
        Place::Included(included) => Some(read_place(&leaf_hash(&bytes), included, keys)?),
    };
    Ok(EntryReport { entry, place })
}

fn read_place(leaf: &Hash, included: &Included, keys: &PublishedKeys) -> Result<(u64, u64), EntryFault> {
    let Checkpoint { size, root, .. } =
        Checkpoint::verify(&included.checkpoint, &keys.log).map_err(EntryFault::Checkpoint)?;
    let proof = included.inclusion.iter().map(|text| b64::decode_array(text));
    let proof = proof
        .collect::<Result<Vec<Hash>, _>>()
        .map_err(|_| EntryFault::Inclusion)?;
    verify_inclusion(leaf, included.position, size, &proof, &root).map_err(|_| EntryFault::Inclusion)?;
    Ok((included.position, size))
}

/// What followed concerns the same account, and the challenge itself, the withdrawal by its reference, or what the same
/// token shows.
#[must_use]
pub fn follows(entry: &Entry, decision: &Entry, reference: Option<&str>) -> bool {
    let same_thing = entry.object == decision.object || Some(entry.object.as_str()) == reference;
    let same_token = entry.evidence == decision.evidence && decision.evidence.len() > 1;
    entry.subject == decision.subject
        && entry.subject.len() > 1
        && (same_thing && entry.object.len() > 1 || same_token)
}
