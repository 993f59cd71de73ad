//! Amounts and payees as people, machines and attackers type them (TXN-01, TXN-06).

use warifu_server::domain::kana::HolderName;
use warifu_server::operations::change_payout;
use warifu_server::operations::withdrawal::request::Asker;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::RequestId;
use warifu_shared::jws::challenge::Challenge;
use warifu_shared::jws::withdrawal::{Payee, Transaction};
use warifu_tests::databases::Database;

use crate::scene::{Owner, PASSWORD, Scene, caller, form, payee, yen};

#[tokio::test]
async fn txn_06_an_amount_is_signed_as_it_was_meant_or_refused() {
    let db = Database::sqlite();
    let scene = Scene::open(&db).await;
    let owner = scene.owner(1).await;
    for typed in ["10000", "１０，０００", "10,000円", "¥10,000", " ￥１００００　"] {
        let id = scene.ask(&owner, typed).await.expect(typed);
        let found = scene.withdrawal(&id).await;
        assert_eq!(found.amount.get(), 10_000, "{typed}");
        let challenge = scene.challenge(&id).await;
        let (_, jws) = scene.seen(&owner.devices[0], &challenge).await.unwrap();
        let public = scene.app().secrets.challenge_key.public();
        let signed = Challenge::reread(&jws, public).unwrap().txn.unwrap();
        assert_eq!(signed.write().unwrap(), found.txn, "{typed}");
        assert!(found.txn.contains(r#""amount":"10000""#), "{}", found.txn);
        scene.cancel(&id).await;
    }
    for typed in [
        "",
        "0",
        "-1",
        "－１",
        "+1",
        "1.0",
        "10.5",
        "１．５",
        "1e6",
        "1E6",
        "0x10",
        "²",
        "10²",
        "①",
        "十",
        "1万",
        "٣",
        "١٠٠",
        "१",
        "𝟏𝟎",
        "1_000",
        "1 000",
        "1\u{a0}000",
        "1,00",
        "10000000000000000",
        "1000000000000000",
        "9223372036854775808",
        "18446744073709551617",
        "1\u{202e}000",
        "\u{200b}10",
        "1\u{0}",
        "NaN",
        "10000; DROP",
    ] {
        let refused = scene.ask(&owner, typed).await.map_err(|refusal| refusal.code);
        assert_eq!(refused, Err(ErrorCode::AmountInvalid), "{typed:?}");
    }
    let counter = scene
        .leaves(&owner, "withdrawal.password", "WithdrawalPasswordWrong")
        .await;
    assert_eq!(counter, 0);
}

#[tokio::test]
async fn txn_01_what_is_too_much_says_what_is_possible() {
    let db = Database::sqlite();
    let scene = Scene::with(&db, |config| config.withdrawal.fee = yen(110)).await;
    let owner = scene.owner(1).await;
    for (typed, code, possible) in [
        ("10000001", ErrorCode::AmountAboveLimit, 10_000_000),
        ("999999999999999", ErrorCode::AmountAboveLimit, 10_000_000),
        ("3000000", ErrorCode::BalanceTooLow, 2_999_890),
        ("2999891", ErrorCode::BalanceTooLow, 2_999_890),
    ] {
        let refused = scene.ask(&owner, typed).await.expect_err(typed);
        assert_eq!(
            (refused.code, refused.possible),
            (code, Some(yen(possible))),
            "{typed}"
        );
    }
    // Exactly what is possible is possible, and then nothing is left.
    let id = scene.approved(&owner, "2999890").await;
    let refused = scene.ask(&owner, "1").await.expect_err("nothing is left");
    assert_eq!(
        (refused.code, refused.possible),
        (ErrorCode::BalanceTooLow, Some(yen(0)))
    );
    scene.drain().await;
    assert_eq!(scene.book(&owner).await.paid, 3_000_000);
    assert_eq!(scene.state(&id).await.as_str(), "paid");
}

#[tokio::test]
async fn txn_01_what_stands_in_no_account_is_asked_for_in_vain() {
    let db = Database::sqlite();
    let scene = Scene::open(&db).await;
    let owner = scene.owner(1).await;
    scene
        .tamper(format!(
            "DELETE FROM ledger_accounts WHERE account_number = '{}'",
            owner.number.as_str()
        ))
        .await;
    let refused = scene.ask(&owner, "1").await.expect_err("no money");
    assert_eq!(
        (refused.code, refused.possible),
        (ErrorCode::BalanceTooLow, Some(yen(0)))
    );
    scene.core.dark.store(true, std::sync::atomic::Ordering::Relaxed);
    let refused = scene.ask(&owner, "1").await.expect_err("nobody knows");
    assert_eq!(refused.code, ErrorCode::BalanceUnknown);
}

async fn propose(scene: &Scene, owner: &Owner, payee: Payee) -> Result<(), ErrorCode> {
    let (caller, account) = (caller(), scene.account(owner).await);
    let asker = Asker {
        caller: &caller,
        account: &account,
        session_hash: &owner.session,
    };
    let asked = change_payout::request(scene.app(), &asker, payee, PASSWORD).await;
    asked.map(drop).map_err(|refusal| refusal.code)
}

fn named(name: &str) -> Payee {
    Payee {
        name: name.to_owned(),
        ..payee()
    }
}

/// Payees of which something could not be shown, sent, or told from something else.
fn misleading() -> Vec<Payee> {
    let long = "ア".repeat(49);
    let voiced = "ガ".repeat(25);
    let mut bad: Vec<Payee> = [
        "",
        " ",
        "ヤマダ\u{202e}タロウ",
        "ヤマダ\u{200b}タロウ",
        "ヤマダ\nタロウ",
        "ヤマダ\tタロウ",
        "ヤマダ\u{0}",
        "ヤマダ\u{7f}",
        "ﾔﾏﾀﾞ ﾀﾛｳ",
        "ヤマダ　タロウ",
        "ヤマダ タロウ ",
        "やまだ",
        "山田",
        "ハ\u{3099}ハ",
        "キョウ",
        "<b>ア</b>",
        "ア&イ",
        "É",
        &long,
        &voiced,
    ]
    .map(named)
    .to_vec();
    let odd = |change: fn(&mut Payee, String)| {
        [
            "",
            "\u{202e}1234567",
            "123\n456",
            "１２３４５６７",
            "12345678",
            "123456",
            "٠١٢٣٤٥٦",
            "-123456",
        ]
        .map(move |text| {
            let mut changed = payee();
            change(&mut changed, text.to_owned());
            changed
        })
    };
    bad.extend(odd(|payee, text| payee.acct = text));
    bad.extend(odd(|payee, text| payee.bank = text));
    bad.extend(odd(|payee, text| payee.branch = text));
    for text in ["", "銀\u{202e}行", "銀\u{0}行", "銀\n行", &"銀".repeat(41)] {
        bad.push(Payee {
            bank_name: text.to_owned(),
            ..payee()
        });
        bad.push(Payee {
            branch_name: text.to_owned(),
            ..payee()
        });
    }
    bad
}

#[tokio::test]
async fn txn_06_a_payee_that_could_mislead_is_refused() {
    let db = Database::sqlite();
    let scene = Scene::open(&db).await;
    let owner = scene.owner(1).await;
    for payee in misleading() {
        let said = propose(&scene, &owner, payee.clone()).await;
        assert_eq!(said, Err(ErrorCode::PayoutAccountInvalid), "{payee:?}");
    }
    // Half-width kana are turned at the entry, once: what is signed is full-width.
    let typed = HolderName::from_typed("ﾔﾏﾀﾞ ﾀﾛｳ").unwrap();
    propose(&scene, &owner, named(typed.as_str())).await.unwrap();
    let (_, jws) = owner.devices[0].newest_challenge(scene.server().now()).await;
    let signed = Challenge::reread(&jws, scene.app().secrets.challenge_key.public()).unwrap();
    let Some(Transaction::PayoutAccount(change)) = signed.txn else {
        panic!("a payout account");
    };
    assert_eq!(change.payee.name, "ヤマダ タロウ");
}

#[tokio::test]
async fn txn_04_the_amount_is_in_no_subject_and_no_push() {
    let db = Database::sqlite();
    let scene = Scene::open(&db).await;
    let owner = scene.owner(1).await;
    scene.approved(&owner, "1234567").await;
    for _ in 0..3 {
        scene.work().await;
        scene.wait(30);
    }
    let mails = scene.mails(&owner).await;
    assert!(mails.len() >= 3, "{mails:#?}");
    for mail in &mails {
        for secret in ["1,234,567", "1234567", "あおば銀行", "ヤマダ"] {
            assert!(!mail.subject.contains(secret), "{}", mail.subject);
        }
    }
    let mistyped = form("1234567", "wrong", &RequestId::random().to_string());
    let refused = scene.submit(&owner, &owner.session, mistyped).await;
    assert_eq!(
        refused.map_err(|r| r.code),
        Err(ErrorCode::WithdrawalPasswordWrong)
    );
}
