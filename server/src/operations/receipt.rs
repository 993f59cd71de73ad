//! Makes the receipt of a decision: what was signed, and where the log has it (TXN-08).

use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::{AccountId, ChallengeId, EntryId};
use warifu_shared::jws::challenge::{Challenge, Expect};
use warifu_shared::jws::withdrawal::Transaction;
use warifu_shared::log::Entry;
use warifu_shared::log::entry::evidence_of;
use warifu_shared::receipt::{FORMAT, Logged, MOST_ENTRIES, Receipt, ReceiptDevice, follows};

use super::Refusal;
use crate::app::App;
use crate::audit::tree;
use crate::store::log::{self, Head, Placed};
use crate::store::receipts::{self, Signed};
use crate::store::{Conn, StoreError};

/// The receipt of a decision that a device signed. Entries about the challenge, about the reference of its withdrawal and
/// about `objects` follow, as far as they belong to it and have their position.
///
/// # Errors
/// `ChallengeNotFound` when the account has no such challenge, or no device has decided it.
pub async fn of_challenge(
    app: &App,
    account: &AccountId,
    id: &ChallengeId,
    objects: &[&str],
) -> Result<String, Refusal> {
    let mut c = app.store.read().await?;
    let signed = receipts::signed(&mut c, account, id).await?;
    let signed = signed.ok_or(ErrorCode::ChallengeNotFound)?;
    let reference = reference(app, &signed);
    let asked = Asked {
        subject: account.as_str(),
        evidence: evidence_of(&signed.decision),
        at: signed.decided_at,
        object: id.as_str(),
        action: None,
        reference: reference.as_deref(),
        objects,
    };
    let entries = asked.entries(&mut c).await?;
    write(&Receipt {
        format: FORMAT.to_owned(),
        service: app.config.service.device_origin.clone(),
        challenge: Some(signed.challenge),
        decision: Some(signed.decision),
        device: Some(ReceiptDevice {
            id: signed.device,
            name: signed.name,
            model: signed.model,
            enrolment: signed.enrolment,
        }),
        txn: None,
        entries,
    })
}

/// The receipt of a decision by a mailed code, where no device signed. Its entry is about `object`, was written at `at` with
/// the hash of `txn` as evidence ([`evidence_of`]).
///
/// # Errors
/// `ChallengeNotFound` when the log has no such entry.
pub async fn of_code(
    app: &App,
    account: &AccountId,
    object: &str,
    at: Timestamp,
    txn: String,
    objects: &[&str],
) -> Result<String, Refusal> {
    let mut c = app.store.read().await?;
    let asked = Asked {
        subject: account.as_str(),
        evidence: evidence_of(&txn),
        at,
        object,
        // Other entries about a withdrawal show the same text.
        action: Transaction::read(&txn).is_ok().then_some("withdrawal.approved"),
        reference: None,
        objects,
    };
    let entries = asked.entries(&mut c).await?;
    write(&Receipt {
        format: FORMAT.to_owned(),
        service: app.config.service.device_origin.clone(),
        challenge: None,
        decision: None,
        device: None,
        txn: Some(txn),
        entries,
    })
}

/// What a withdrawal is called in the log beside its challenge.
fn reference(app: &App, signed: &Signed) -> Option<String> {
    let expect = Expect {
        iss: &app.config.service.device_origin,
        device: &signed.device,
        now: signed.decided_at,
    };
    let verified = Challenge::verify(&signed.challenge, app.secrets.challenge_key.public(), &expect).ok()?;
    let txn = verified.challenge.txn?;
    txn.reference().map(str::to_owned)
}

fn write(receipt: &Receipt) -> Result<String, Refusal> {
    receipt.write().map_err(|_| {
        tracing::error!(
            event = "receipt.too_long",
            "a receipt would be longer than readers take"
        );
        Refusal::new(ErrorCode::Internal)
    })
}

/// The decision that is looked for in the log.
struct Asked<'a> {
    subject: &'a str,
    evidence: String,
    at: Timestamp,
    object: &'a str,
    action: Option<&'a str>,
    reference: Option<&'a str>,
    objects: &'a [&'a str],
}

impl Asked<'_> {
    /// The entry of the decision, with or without its position, and what follows from it.
    async fn entries(&self, c: &mut Conn) -> Result<Vec<Logged>, Refusal> {
        let head = log::head(c).await?;
        let mut placed = self.placed(c, head.size).await?;
        let Some(first) = placed.iter().position(|(_, entry)| self.is_decision(entry)) else {
            return Ok(vec![self.pending(c).await?]);
        };
        let (first, decision) = placed.remove(first);
        let mut entries = vec![logged(c, &first, &head).await?];
        // Positions do not tell what came first: a leaf may get its own before one of an earlier moment.
        placed.retain(|(_, entry)| {
            let later = entry.at >= decision.at && entry.action != "challenge.created";
            later && follows(entry, &decision, self.reference)
        });
        for (it, _) in placed.iter().take(MOST_ENTRIES - 1) {
            entries.push(logged(c, it, &head).await?);
        }
        Ok(entries)
    }

    /// Everything about the objects that is in the tree of `size` leaves, in order of positions.
    async fn placed(&self, c: &mut Conn, size: u64) -> Result<Vec<(Placed, Entry)>, StoreError> {
        let mut all = Vec::new();
        let objects = [self.object].into_iter().chain(self.reference);
        for object in objects.chain(self.objects.iter().copied()) {
            for it in log::about(c, object, MOST_READ).await? {
                let entry = it.entry.as_deref().map(Entry::read);
                if let Some(Ok(entry)) = entry
                    && it.position < size
                {
                    all.push((it, entry));
                }
            }
        }
        all.sort_by_key(|(it, _)| it.position);
        all.dedup_by_key(|(it, _)| it.position);
        Ok(all)
    }

    fn is_decision(&self, entry: &Entry) -> bool {
        entry.evidence == self.evidence
            && entry.object == self.object
            && entry.subject == self.subject
            && entry.at == self.at
            && self.action.is_none_or(|action| entry.action == action)
    }

    /// The leaf as its transaction wrote it: ids begin with the moment.
    async fn pending(&self, c: &mut Conn) -> Result<Logged, Refusal> {
        let from = EntryId::from_moment(self.at);
        let to = EntryId::from_moment(Timestamp(self.at.0 + 1));
        let leaves = log::leaves_of(c, self.subject, &from, &to).await?;
        let mut leaves = leaves.into_iter();
        let found = leaves.find(|it| Entry::read(&it.entry).is_ok_and(|entry| self.is_decision(&entry)));
        match found {
            Some(leaf) => Ok(Logged::pending(&leaf.entry)),
            None => Err(ErrorCode::ChallengeNotFound.into()),
        }
    }
}

async fn logged(c: &mut Conn, it: &Placed, head: &Head) -> Result<Logged, StoreError> {
    let entry = it.entry.as_deref().unwrap_or_default();
    let proof = tree::inclusion(c, it.position, head.size).await?;
    let proof = proof.unwrap_or_default();
    Ok(Logged::included(entry, it.position, &proof, &head.note))
}

/// Newest entries about one object that are looked at.
const MOST_READ: i64 = 64;
