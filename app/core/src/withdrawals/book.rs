//! What a service told about its account's withdrawals, in memory, bounded.

use std::collections::HashMap;

use sha2::{Digest, Sha256};
use warifu_shared::api::{WITHDRAWALS_A_PAGE, WithdrawalItem, WithdrawalState, Withdrawals};
use warifu_shared::clock::Timestamp;
use warifu_shared::ids::WithdrawalId;
use warifu_shared::jws::withdrawal::{Transaction, Withdrawal};

/// Most withdrawals that are kept; older ones are to be looked at on the firm's page.
const MOST: usize = 200;

/// The withdrawals of one service, newest first.
#[derive(Default)]
pub(crate) struct Book {
    items: Vec<WithdrawalItem>,
    more: bool,
    /// Recalls whose answer was lost, with their end.
    sent: HashMap<WithdrawalId, (String, Timestamp)>,
}

impl Book {
    /// Begins anew with the newest page.
    pub(crate) fn begin(&mut self, page: Withdrawals) {
        (self.items, self.more) = (page.withdrawals, page.more);
    }

    /// Adds the page after `last`, unless the list was begun anew meanwhile.
    pub(crate) fn extend(&mut self, last: &WithdrawalId, page: Withdrawals) {
        if self.items.last().is_some_and(|item| item.id == *last) {
            self.items.extend(page.withdrawals);
            self.items.truncate(MOST);
            self.more = page.more;
        }
    }

    /// The oldest one that is known, when there are older ones that may be asked for.
    pub(crate) fn oldest(&self) -> Option<WithdrawalId> {
        self.items
            .last()
            .filter(|_| self.can_go_on())
            .map(|item| item.id.clone())
    }

    /// All of them.
    pub(crate) fn items(&self) -> &[WithdrawalItem] {
        &self.items
    }

    /// Whether older ones can be asked for.
    pub(crate) fn can_go_on(&self) -> bool {
        self.more && self.items.len() < MOST
    }

    /// Whether there are older ones that are not kept here.
    pub(crate) fn is_full(&self) -> bool {
        self.more && !self.can_go_on()
    }

    /// One of them by its handle.
    pub(crate) fn get(&self, service: &str, handle: &str) -> Option<&WithdrawalItem> {
        self.items
            .iter()
            .find(|item| handle_of(service, &item.id) == handle)
    }

    /// One of them by its reference.
    pub(crate) fn by_reference(&self, reference: &str) -> Option<&WithdrawalItem> {
        self.items.iter().find(|item| item.reference == reference)
    }

    /// A recall that may be sent again at `now`.
    pub(super) fn sent(&self, id: &WithdrawalId, now: Timestamp) -> Option<String> {
        let (token, end) = self.sent.get(id)?;
        (now < *end).then(|| token.clone())
    }

    /// Keeps a recall until its answer is known.
    pub(super) fn keep_sent(&mut self, id: &WithdrawalId, token: &str, end: Timestamp) {
        self.sent.insert(id.clone(), (token.to_owned(), end));
    }

    /// The answer is known.
    pub(super) fn forget_sent(&mut self, id: &WithdrawalId) {
        self.sent.remove(id);
    }

    /// The server has said that it is taken back.
    pub(super) fn recalled(&mut self, id: &WithdrawalId, now: Timestamp) {
        if let Some(item) = self.items.iter_mut().find(|item| item.id == *id) {
            item.state = WithdrawalState::Recalled;
            item.recallable = false;
            item.ended_at = Some(now);
        }
    }
}

/// The handle of a withdrawal: the same in every process of this device, and no id of the protocol.
pub(crate) fn handle_of(service: &str, id: &WithdrawalId) -> String {
    let digest = Sha256::digest(format!("{service}\0{id}"));
    format!("w_{}", warifu_shared::b64::encode(&digest[..12]))
}

/// Whether a page can be shown: its texts hold nothing that misleads (TXN-06), and it goes back in time from `before`.
pub(super) fn is_good(page: &Withdrawals, before: Option<&WithdrawalId>) -> bool {
    let shown = |item: &WithdrawalItem| {
        let withdrawal = Withdrawal {
            amount: item.amount.clone(),
            fee: item.fee.clone(),
            currency: item.currency.clone(),
            payee: item.payee.clone(),
            reference: item.reference.clone(),
        };
        Transaction::Withdrawal(withdrawal).write().is_ok()
    };
    let ids = before
        .into_iter()
        .chain(page.withdrawals.iter().map(|item| &item.id));
    page.withdrawals.len() <= WITHDRAWALS_A_PAGE
        && (!page.more || !page.withdrawals.is_empty())
        && page.withdrawals.iter().all(shown)
        && ids.is_sorted_by(|newer, older| older < newer)
}
