//! Withdrawals: approving one, the list, taking one back, and the receipt.

use std::path::PathBuf;

use super::*;

impl Bench {
    fn service(&self) -> String {
        self.core.view().services[0].handle.clone()
    }

    /// Approves a withdrawal; gives the result and its reference.
    async fn approved_withdrawal(&self) -> (ResultView, String) {
        let reference = self.fake.ask_for_withdrawal();
        self.core.refresh().await.unwrap();
        let handle = self.core.view().challenges.last().unwrap().handle.clone();
        let result = self.core.approve(&handle, &typed("493817"), PIN).await.unwrap();
        (result, reference)
    }

    fn receipt_file(&self) -> PathBuf {
        self.dir.path().join("receipt.json")
    }
}

#[tokio::test]
async fn txn_08_after_an_approval_the_reference_and_what_comes_next_are_said() {
    let bench = Bench::active(None).await;
    let (result, reference) = bench.approved_withdrawal().await;
    let until = "2026年1月2日(金) 09:00 まで取り消せます。";
    assert!(
        result.message.starts_with(until) && result.message.ends_with(&reference),
        "{}",
        result.message
    );
    let link = result.withdrawal.unwrap();
    assert!(!link.refused);
    let view = bench.core.withdrawal(&link.service, &link.handle).unwrap();
    assert_eq!(
        (view.amount.as_str(), view.state_label.as_str()),
        ("1,500,000円", "お預かり中")
    );
    assert!(view.recallable && view.has_receipt);

    bench.fake.book().withdrawn.at_once = true;
    bench.core.set_language(Language::En);
    let (result, reference) = bench.approved_withdrawal().await;
    assert_eq!(
        result.message,
        format!("It will be paid now.\nReference: {reference}")
    );

    bench.fake.book().withdrawn.down = true;
    let (result, reference) = bench.approved_withdrawal().await;
    assert_eq!(
        result.outcome,
        Outcome::Approved,
        "the approval counts all the same"
    );
    assert!(
        result.withdrawal.is_none() && result.message.contains(&reference),
        "{}",
        result.message
    );
}

#[tokio::test]
async fn txn_01_the_list_shows_every_state_and_every_field() {
    let bench = Bench::active(None).await;
    use WithdrawalState::*;
    let states = [
        Pending, Second, Held, Queued, Placed, Paid, Refused, Denied, Expired, Cancelled, Recalled,
    ];
    for state in states {
        bench.fake.add_withdrawal(state);
    }
    let service = bench.service();
    for language in [Language::Ja, Language::En] {
        bench.core.set_language(language);
        let list = bench.core.withdrawals(&service).await.unwrap();
        assert_eq!(
            (list.withdrawals.len(), list.more, list.rest_elsewhere),
            (11, false, false)
        );
        for (card, state) in list.withdrawals.iter().rev().zip(states) {
            let view = bench.core.withdrawal(&service, &card.handle).unwrap();
            assert_eq!(
                (card.state, card.state_label.is_empty(), view.message.is_empty()),
                (state, false, false)
            );
            let values: Vec<&str> = view.rows.iter().map(|row| row.value.as_str()).collect();
            for part in [
                &card.reference,
                "ヤマダ タロウ",
                "あおば銀行 (0001) 渋谷支店 (123)",
            ] {
                assert!(values.contains(&part), "{part} in {values:?}");
            }
            assert_eq!(view.recallable, matches!(state, Held | Second));
            if state == Refused {
                assert!(
                    view.reason == Some(1606) && view.message.len() > 40,
                    "{}",
                    view.message
                );
            }
        }
    }
}

#[tokio::test]
async fn txn_01_older_pages_follow_and_the_list_is_bounded() {
    let bench = Bench::active(None).await;
    for _ in 0..230 {
        bench.fake.add_withdrawal(WithdrawalState::Paid);
    }
    bench.clock.advance_secs(230);
    let service = bench.service();
    let mut list = bench.core.withdrawals(&service).await.unwrap();
    let mut counts = vec![list.withdrawals.len()];
    while list.more {
        list = bench.core.older_withdrawals(&service).await.unwrap();
        counts.push(list.withdrawals.len());
    }
    assert_eq!(counts, (1..=10).map(|page| 20 * page).collect::<Vec<_>>());
    assert!(list.rest_elsewhere, "the rest is on the firm's page");
    assert!(
        list.withdrawals
            .windows(2)
            .all(|two| two[0].reference > two[1].reference)
    );
    let again = bench.core.withdrawals(&service).await.unwrap();
    assert_eq!(
        again.withdrawals.len(),
        20,
        "looked at anew, it begins with the newest"
    );
    bench.core.remove_service(&service).await.unwrap();
    let gone = bench.core.withdrawal(&service, &again.withdrawals[0].handle);
    assert_eq!(code(gone), LocalCode::ServiceUnknown.number());
}

#[tokio::test]
async fn txn_06_a_list_with_a_text_that_misleads_or_out_of_order_is_not_shown() {
    let bench = Bench::active(None).await;
    bench.fake.add_withdrawal(WithdrawalState::Held);
    bench.fake.add_withdrawal(WithdrawalState::Held);
    let service = bench.service();
    let good = bench.fake.book().withdrawn.all.clone();
    let mut bad = vec![good.clone(), good.clone(), good.clone(), good.clone()];
    bad[0][0].payee.name = "\u{202e}ウロタ".into();
    bad[1][0].amount = "0150".into();
    bad[2][0].reference = "W 1".into();
    bad[3].reverse();
    for all in bad {
        bench.fake.book().withdrawn.all = all;
        let refused = bench.core.withdrawals(&service).await;
        assert_eq!(code(refused), LocalCode::AnswerUnreadable.number());
    }
    bench.fake.book().withdrawn.all = good;
    assert_eq!(
        bench.core.withdrawals(&service).await.unwrap().withdrawals.len(),
        2
    );
}

#[tokio::test]
async fn txn_08_a_held_withdrawal_is_taken_back_without_a_pin() {
    let bench = Bench::active(None).await;
    bench.fake.add_withdrawal(WithdrawalState::Held);
    let service = bench.service();
    let handle = bench.core.withdrawals(&service).await.unwrap().withdrawals[0]
        .handle
        .clone();
    let after = bench.core.recall(&service, &handle).await.unwrap();
    assert_eq!(
        (after.state, after.recallable),
        (WithdrawalState::Recalled, false)
    );
    assert!(
        after.rows.iter().any(|row| row.label == "取り消し"),
        "{:?}",
        after.rows
    );
    let unknown = bench.core.recall(&service, "w_unknown").await;
    assert_eq!(code(unknown), LocalCode::WithdrawalUnknown.number());
}

#[tokio::test]
async fn appr_10_a_lost_recall_is_sent_again_with_the_same_bytes() {
    let bench = Bench::active(None).await;
    bench.fake.add_withdrawal(WithdrawalState::Held);
    let service = bench.service();
    let handle = bench.core.withdrawals(&service).await.unwrap().withdrawals[0]
        .handle
        .clone();
    bench.fake.book().lose = 2;
    let lost = bench.core.recall(&service, &handle).await;
    assert_eq!(code(lost), LocalCode::ServerUnreachable.number());
    let after = bench.core.recall(&service, &handle).await.unwrap();
    assert_eq!(after.state, WithdrawalState::Recalled);
    let sent = bench.fake.book().withdrawn.recalls.clone();
    assert_eq!(
        (sent.len(), sent.iter().all(|token| *token == sent[0])),
        (3, true)
    );

    // Much later the token has ended, and a new one hears that it is over: which is what was wanted.
    bench.fake.add_withdrawal(WithdrawalState::Held);
    let handle = bench.core.withdrawals(&service).await.unwrap().withdrawals[0]
        .handle
        .clone();
    bench.fake.book().lose = 2;
    assert!(bench.core.recall(&service, &handle).await.is_err());
    for clock in [&bench.clock, &bench.fake.clock] {
        clock.advance_secs(700);
    }
    assert_eq!(
        bench.core.recall(&service, &handle).await.unwrap().state,
        WithdrawalState::Recalled
    );
}

#[tokio::test]
async fn txn_08_what_has_left_is_not_taken_back_and_the_list_says_so() {
    let bench = Bench::active(None).await;
    bench.fake.add_withdrawal(WithdrawalState::Held);
    let service = bench.service();
    let handle = bench.core.withdrawals(&service).await.unwrap().withdrawals[0]
        .handle
        .clone();
    {
        let mut book = bench.fake.book();
        let item = &mut book.withdrawn.all[0];
        (item.state, item.recallable) = (WithdrawalState::Paid, false);
    }
    assert_eq!(code(bench.core.recall(&service, &handle).await), 1613);
    let view = bench.core.withdrawal(&service, &handle).unwrap();
    assert_eq!((view.state, view.recallable), (WithdrawalState::Paid, false));
}

#[tokio::test]
async fn txn_08_a_receipt_is_verified_before_it_is_kept() {
    let bench = Bench::active(None).await;
    let (result, reference) = bench.approved_withdrawal().await;
    let link = result.withdrawal.unwrap();
    for (logged, says) in [(false, "もう一度保存"), (true, "保存しました")] {
        bench.fake.book().withdrawn.logged = logged;
        let receipt = bench.core.receipt(&link.service, &link.handle).await.unwrap();
        assert_eq!(receipt.file_name, format!("warifu-receipt-{reference}.json"));
        let saved = bench
            .core
            .save_receipt(receipt, &bench.receipt_file())
            .await
            .unwrap();
        assert_eq!(
            (saved.in_log, saved.message.contains(says)),
            (logged, true),
            "{}",
            saved.message
        );
        let kept = std::fs::read(bench.receipt_file()).unwrap();
        assert!(
            warifu_shared::receipt::Receipt::read(&kept).is_ok(),
            "kept as it was written"
        );
    }
}

#[tokio::test]
async fn txn_08_a_receipt_of_something_else_or_by_other_keys_is_not_kept() {
    let bench = Bench::active(None).await;
    let (first, _) = bench.approved_withdrawal().await;
    let (second, _) = bench.approved_withdrawal().await;
    let (first, second) = (first.withdrawal.unwrap(), second.withdrawal.unwrap());
    let invalid = LocalCode::ReceiptInvalid.number();

    let good = bench.core.receipt(&first.service, &first.handle).await.unwrap();
    bench
        .core
        .save_receipt(good, &bench.receipt_file())
        .await
        .unwrap();
    let text = std::fs::read_to_string(bench.receipt_file()).unwrap();
    bench.fake.book().withdrawn.other_receipt = Some(text);
    let other = bench.core.receipt(&second.service, &second.handle).await;
    assert_eq!(code(other), invalid, "the receipt of another withdrawal");
    bench.fake.book().withdrawn.other_receipt = Some("{}".into());
    let garbage = bench.core.receipt(&first.service, &first.handle).await;
    assert_eq!(code(garbage), invalid);
    bench.fake.book().withdrawn.other_receipt = None;

    let amount = std::mem::replace(&mut bench.fake.book().withdrawn.all[0].amount, "15".into());
    bench.core.withdrawals(&first.service).await.unwrap();
    let differs = bench.core.receipt(&first.service, &first.handle).await;
    assert_eq!(
        code(differs),
        invalid,
        "the list says another amount than was signed"
    );
    bench.fake.book().withdrawn.all[0].amount = amount;
    bench.core.withdrawals(&first.service).await.unwrap();

    bench.fake.book().withdrawn.other_keys = true;
    let keys = bench.core.receipt(&first.service, &first.handle).await;
    assert_eq!(
        code(keys),
        invalid,
        "the pinned key is not among the published ones"
    );

    bench.fake.add_withdrawal(WithdrawalState::Paid);
    let list = bench.core.withdrawals(&first.service).await.unwrap();
    let none = bench
        .core
        .receipt(&first.service, &list.withdrawals[0].handle)
        .await;
    assert_eq!(code(none), LocalCode::ReceiptNone.number());
}
