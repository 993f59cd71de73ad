//! Answers of a firm's core system: what is read is bounded, belongs to the question, and is read again from plain JSON.

use serde_json::{Value, json};
use warifu_server::core::wire::{read_balance, read_placed, read_state};
use warifu_server::core::{CoreError, OrderState, RefusedBy};
use warifu_server::domain::account::AccountNumber;
use warifu_server::domain::kana::HolderName;
use warifu_server::domain::yen::Yen;
use warifu_shared::ids::WithdrawalId;
use warifu_shared::jws::can_be_shown;

use crate::bytes::{choice, text};

/// Answers, amounts as they are typed, and names of account holders.
pub(crate) fn core_answer(data: &[u8]) {
    let Some((way, rest)) = choice(data) else { return };
    match way & 3 {
        0 => balance(rest),
        1 => order(rest),
        2 => text(rest).into_iter().for_each(amount),
        _ => text(rest).into_iter().for_each(holder),
    }
}

fn balance(answer: &[u8]) {
    let account = AccountNumber::from_typed("1002001").expect("a number");
    match read_balance(answer, &account) {
        Ok(held) => {
            // A second reader finds the same number, of the same account.
            let value: Value = serde_json::from_slice(answer).expect("what is read is JSON");
            assert_eq!(value["available"].as_i64(), Some(held.available.get()));
            assert!(held.available <= Yen::MAX && value["account"] == "1002001");
        }
        Err(error) => assert_eq!(error, CoreError::Garbled),
    }
}

fn order(answer: &[u8]) {
    let key: WithdrawalId = "wd_9f3K".parse().expect("an id");
    let read = read_state(answer, &key);
    match read_placed(answer, &key) {
        Ok(state) => assert_eq!(read, Ok(state)),
        Err(error) => {
            assert!(error == CoreError::Garbled && matches!(read, Err(_) | Ok(OrderState::Unknown)));
        }
    }
    let Ok(state) = read else { return };
    let value: Value = serde_json::from_slice(answer).expect("what is read is JSON");
    assert_eq!(value["key"], "wd_9f3K");
    let expected = match state {
        OrderState::Unknown => json!("unknown"),
        OrderState::Accepted => json!("accepted"),
        OrderState::Paid { at } => {
            assert!((946_684_800_000..4_102_444_800_000).contains(&at.0));
            json!("paid")
        }
        OrderState::Refused { reason } => {
            let named = value["reason"].as_str().and_then(RefusedBy::from_name);
            assert_eq!(reason, named.unwrap_or(RefusedBy::Other));
            json!("refused")
        }
    };
    assert_eq!(value["state"], expected);
}

fn amount(typed: &str) {
    if let Some(sum) = Yen::from_typed(typed) {
        assert!(sum > Yen::ZERO && sum <= Yen::MAX);
        assert_eq!(Yen::from_typed(&sum.to_string()), Some(sum));
        assert_eq!(Yen::from_digits(&sum.digits()), Some(sum));
        // Nothing was typed that could be another digit.
        let typed_digits = typed
            .chars()
            .filter(|c| c.is_ascii_digit() || ('０'..='９').contains(c));
        assert_eq!(typed_digits.count(), sum.digits().len());
    }
}

fn holder(typed: &str) {
    if let Some(name) = HolderName::from_typed(typed) {
        assert!(can_be_shown(name.as_str(), 48));
        let half = name.half_width();
        assert!((1..=48).contains(&half.chars().count()));
        assert_eq!(HolderName::from_typed(&half), Some(name.clone()));
        assert_eq!(HolderName::from_signed(name.as_str()), Some(name));
    }
}
