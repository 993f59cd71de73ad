//! The withdrawals of the service for tests: told, approved, taken back; and receipts as a server makes them.

use serde_json::{Value, json};
use warifu_shared::api::*;
use warifu_shared::clock::{Clock, Timestamp};
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::{ChallengeId, WithdrawalId};
use warifu_shared::jws::approval::{Approval, Decision};
use warifu_shared::jws::challenge::{AccountKind, Action, Payee, Transaction, Withdrawal};
use warifu_shared::jws::recall::Recall;
use warifu_shared::keys::SigningKey;
use warifu_shared::log::entry::{Entry, Words, evidence_of};
use warifu_shared::log::{Checkpoint, LogKey, leaf_hash};
use warifu_shared::published::KeysFile;
use warifu_shared::receipt::{FORMAT, Logged, Receipt, ReceiptDevice};

use super::fake::{Answer, Book, Fake};

/// What the service knows of withdrawals, and how it misbehaves.
#[derive(Default)]
pub(super) struct Withdrawn {
    /// Oldest first.
    pub(super) all: Vec<WithdrawalItem>,
    /// Every recall token that came, in order.
    pub(super) recalls: Vec<String>,
    /// The signed challenge and the decision on it.
    pub(super) decided: Vec<(ChallengeId, String, String, Timestamp)>,
    /// Approvals go on their way at once instead of being held.
    pub(super) at_once: bool,
    /// Entries of receipts have their place in the log.
    pub(super) logged: bool,
    /// Publishes other challenge keys than its own.
    pub(super) other_keys: bool,
    /// Replaces the receipt.
    pub(super) other_receipt: Option<String>,
    /// The list cannot be asked for.
    pub(super) down: bool,
}

const LOG: &str = "fake.example/audit";

pub(super) fn payee() -> Payee {
    Payee {
        bank: "0001".into(),
        bank_name: "あおば銀行".into(),
        branch: "123".into(),
        branch_name: "渋谷支店".into(),
        kind: AccountKind::Ordinary,
        acct: "1234567".into(),
        name: "ヤマダ タロウ".into(),
    }
}

impl Fake {
    /// Asks to approve a withdrawal of 1,500,000 yen; gives its reference.
    pub(super) fn ask_for_withdrawal(&self) -> String {
        self.clock.advance_secs(1);
        let id = WithdrawalId::at(self.clock.now());
        let reference = format!("W-261122-{:0>8}", self.book().withdrawn.all.len());
        let txn = Withdrawal {
            amount: "1500000".into(),
            fee: "330".into(),
            currency: "JPY".into(),
            payee: payee(),
            reference: reference.clone(),
        };
        let txn = Some(Transaction::Withdrawal(txn));
        let challenge = self.open_about(Action::Withdrawal, txn, &self.key.clone());
        let mut item = self.item(id, &reference, WithdrawalState::Pending);
        item.challenge = Some(challenge);
        self.book().withdrawn.all.push(item);
        reference
    }

    /// A withdrawal that is there already.
    pub(super) fn add_withdrawal(&self, state: WithdrawalState) -> String {
        // Ids tell the moment, and the newest comes first.
        self.clock.advance_secs(1);
        let id = WithdrawalId::at(self.clock.now());
        let reference = format!("W-261121-{:0>8}", self.book().withdrawn.all.len());
        let item = self.item(id, &reference, state);
        self.book().withdrawn.all.push(item);
        reference
    }

    fn item(&self, id: WithdrawalId, reference: &str, state: WithdrawalState) -> WithdrawalItem {
        let now = self.clock.now();
        WithdrawalItem {
            id,
            reference: reference.into(),
            state,
            reason: (state == WithdrawalState::Refused).then_some(ErrorCode::BalanceTooLow.number()),
            amount: "1500000".into(),
            fee: "330".into(),
            currency: "JPY".into(),
            payee: payee(),
            created_at: now,
            approved_at: None,
            release_at: None,
            ended_at: None,
            recallable: matches!(state, WithdrawalState::Held | WithdrawalState::Second),
            challenge: None,
        }
    }

    pub(super) fn withdrawal_decided(
        &self,
        book: &mut Book,
        decision: &Approval,
        challenge: String,
        token: &str,
    ) {
        let (now, at_once) = (self.clock.now(), book.withdrawn.at_once);
        let kept = (decision.chal.clone(), challenge, token.to_owned(), now);
        let mut all = book.withdrawn.all.iter_mut();
        let Some(item) = all.find(|item| item.challenge.as_ref() == Some(&decision.chal)) else {
            return;
        };
        book.withdrawn.decided.push(kept);
        if matches!(decision.decision, Decision::Deny { .. }) {
            (item.state, item.ended_at) = (WithdrawalState::Denied, Some(now));
            return;
        }
        item.approved_at = Some(now);
        if at_once {
            item.state = WithdrawalState::Queued;
        } else {
            (item.state, item.release_at) = (WithdrawalState::Held, Some(now.plus_secs(86_400)));
            item.recallable = true;
        }
    }

    pub(super) fn withdrawals(&self, book: &mut Book, path: &str, body: &Value) -> Answer {
        if path.ends_with("/recall") {
            return self.take_back(book, path, body["token"].as_str().unwrap());
        }
        if book.withdrawn.down {
            return Err((ErrorCode::Unavailable, None));
        }
        let before = path.split_once("?before=").map(|(_, id)| id);
        let all: Vec<_> = book.withdrawn.all.iter().rev().collect();
        let older = |item: &&WithdrawalItem| before.is_none_or(|id| item.id.as_str() < id);
        let mut rest = all.into_iter().filter(older);
        let page: Vec<_> = rest.by_ref().take(WITHDRAWALS_A_PAGE).cloned().collect();
        Ok(json!(Withdrawals {
            withdrawals: page,
            more: rest.next().is_some(),
            now: self.clock.now(),
        }))
    }

    fn take_back(&self, book: &mut Book, path: &str, token: &str) -> Answer {
        let (request, _) = book.keys.clone().unwrap();
        let again = book
            .withdrawn
            .recalls
            .last()
            .is_some_and(|earlier| earlier == token);
        book.withdrawn.recalls.push(token.to_owned());
        let recall = Recall::verify(token, &book.device, &request, &self.origin, self.clock.now()).unwrap();
        assert_eq!(path, paths::recall(&recall.wd));
        let mut all = book.withdrawn.all.iter_mut();
        let item = all.find(|item| item.id == recall.wd).unwrap();
        assert_eq!(item.reference, recall.reference);
        if item.recallable {
            item.state = WithdrawalState::Recalled;
            (item.recallable, item.ended_at) = (false, Some(self.clock.now()));
            return Ok(Value::Null);
        }
        let done = again && item.state == WithdrawalState::Recalled;
        if done {
            Ok(Value::Null)
        } else {
            Err((ErrorCode::WithdrawalEnded, None))
        }
    }

    pub(super) fn keys(&self) -> Value {
        let own = if self.book().withdrawn.other_keys {
            SigningKey::generate().public().clone()
        } else {
            self.key.public().clone()
        };
        let log = LogKey::new(LOG, self.key.public()).unwrap();
        json!(KeysFile::of(&self.origin, &[&own], &log))
    }

    pub(super) fn receipt(&self, book: &Book, path: &str) -> Answer {
        if let Some(other) = &book.withdrawn.other_receipt {
            return Ok(Value::String(other.clone()));
        }
        let id = path.split('/').nth(4).unwrap();
        let found = book
            .withdrawn
            .decided
            .iter()
            .find(|(chal, ..)| chal.as_str() == id);
        let (id, challenge, decision, at) = found.ok_or((ErrorCode::ChallengeNotFound, None))?;
        let actor = format!("device:{}", book.device);
        let words = Words {
            actor: &actor,
            subject: "ac_1",
            action: "challenge.approve",
            outcome: "typed",
            object: id.as_str(),
            request: "rq_1",
        };
        let entry = Entry::new(
            "au_1",
            *at,
            words,
            &evidence_of("details"),
            &evidence_of(decision),
        );
        let bytes = entry.encode().unwrap();
        let logged = if book.withdrawn.logged {
            let (origin, root) = (LOG.to_owned(), leaf_hash(&bytes));
            let note = Checkpoint {
                origin,
                size: 1,
                root,
            }
            .sign(&self.key)
            .unwrap();
            Logged::included(&bytes, 0, &[], &note)
        } else {
            Logged::pending(&bytes)
        };
        let receipt = Receipt {
            format: FORMAT.into(),
            service: self.origin.clone(),
            challenge: Some(challenge.clone()),
            decision: Some(decision.clone()),
            device: Some(ReceiptDevice {
                id: book.device.clone(),
                name: book.name.clone(),
                model: model_of(&book.enrolled),
                enrolment: book.enrolled.clone(),
            }),
            txn: None,
            entries: vec![logged],
        };
        // Its exact bytes count.
        Ok(Value::String(receipt.write().unwrap()))
    }
}

/// The model that the device told when it was registered.
fn model_of(enrolled: &str) -> String {
    let general: Value = serde_json::from_str(enrolled).unwrap();
    let payload = warifu_shared::b64::decode(general["payload"].as_str().unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&payload).unwrap();
    claims["model"].as_str().unwrap().to_owned()
}
