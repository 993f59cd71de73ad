//! How withdrawals are shown: display strings in the customer's language and opaque handles.

use warifu_shared::api::{WithdrawalItem, WithdrawalState};
use warifu_shared::display::{Language, Row, dates, money, payee_rows};

use super::book::{Book, handle_of};
use super::words;
use crate::service::Service;
use crate::view::{WithdrawalCard, WithdrawalLink, WithdrawalView, WithdrawalsView};
use crate::words::say;

/// The list.
pub(super) fn list(service: &Service, book: &Book, language: Language) -> WithdrawalsView {
    let cards = book.items().iter().map(|item| card(service, item, language));
    WithdrawalsView {
        service: service.name(language),
        withdrawals: cards.collect(),
        more: book.can_go_on(),
        rest_elsewhere: book.is_full(),
    }
}

fn card(service: &Service, item: &WithdrawalItem, language: Language) -> WithdrawalCard {
    let payee = &item.payee;
    let held = item.state == WithdrawalState::Held;
    WithdrawalCard {
        handle: handle_of(&service.id, &item.id),
        reference: item.reference.clone(),
        amount: money::write(&item.amount, &item.currency, language),
        state: item.state,
        state_label: say(words::state(item.state), language),
        payee: format!("{} {}", payee.bank_name, payee.name),
        created_at: dates::in_full(item.created_at, language),
        until: item
            .release_at
            .filter(|_| held)
            .map(|at| dates::in_full(at, language)),
        recallable: item.recallable,
    }
}

/// One withdrawal with everything that is known of it.
pub(super) fn detail(service: &Service, item: &WithdrawalItem, language: Language) -> WithdrawalView {
    let until = item.release_at.map(|at| dates::in_full(at, language));
    WithdrawalView {
        handle: handle_of(&service.id, &item.id),
        service: service.name(language),
        reference: item.reference.clone(),
        amount: money::write(&item.amount, &item.currency, language),
        state: item.state,
        state_label: say(words::state(item.state), language),
        message: words::meaning(item.state, until.as_deref(), item.reason, language),
        reason: item.reason,
        rows: rows(item, until, language),
        recallable: item.recallable,
        has_receipt: item.challenge.is_some(),
    }
}

/// Payee in full, fee, reference, and when what happened.
fn rows(item: &WithdrawalItem, until: Option<String>, language: Language) -> Vec<Row> {
    let row = |(ja, en): (&str, &str), value: String| Row {
        label: language.pick(ja, en).to_owned(),
        value,
        note: None,
    };
    let time = |label, at: Option<_>| at.map(|at| row(label, dates::in_full(at, language)));
    let mut rows = payee_rows(&item.payee, language);
    rows.push(row(
        ("手数料", "Fee"),
        money::write(&item.fee, &item.currency, language),
    ));
    rows.push(row(("受付番号", "Reference"), item.reference.clone()));
    rows.extend(time(("ご依頼", "Requested"), Some(item.created_at)));
    rows.extend(time(("承認", "Approved"), item.approved_at));
    let held = item.state == WithdrawalState::Held;
    rows.extend(
        until
            .filter(|_| held)
            .map(|at| row(("お預かりの期限", "On hold until"), at)),
    );
    rows.extend(time(ended(item.state), item.ended_at));
    rows
}

const fn ended(state: WithdrawalState) -> (&'static str, &'static str) {
    match state {
        WithdrawalState::Paid => ("振込", "Paid"),
        WithdrawalState::Recalled => ("取り消し", "Taken back"),
        _ => ("終了", "Ended"),
    }
}

/// What an approved withdrawal became, in words for the result.
pub(crate) fn became(reference: &str, item: Option<&WithdrawalItem>, language: Language) -> String {
    let until = item
        .and_then(|item| item.release_at)
        .map(|at| dates::in_full(at, language));
    let state = item.map(|item| (item.state, until.as_deref(), item.reason));
    words::approved(reference, state, language)
}

/// Where it is found.
pub(crate) fn link(service: &str, item: &WithdrawalItem) -> WithdrawalLink {
    WithdrawalLink {
        service: service.to_owned(),
        handle: handle_of(service, &item.id),
        refused: item.state == WithdrawalState::Refused,
    }
}

/// The heading when an approved withdrawal was refused at once.
pub(crate) fn refused_heading(item: Option<&WithdrawalItem>, language: Language) -> Option<String> {
    let refused = item.is_some_and(|item| item.state == WithdrawalState::Refused);
    refused.then(|| say(words::REFUSED_AFTER, language))
}
