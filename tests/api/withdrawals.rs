//! Withdrawals through the pages: by app, by mailed code, held and recalled, with two approvals; receipts checked offline.

use warifu_server::domain::yen::Yen;
use warifu_server::operations::withdrawal::work;
use warifu_server::pages::paths;
use warifu_shared::receipt;
use warifu_tests::customer::{Answer, CustomerSession};
use warifu_tests::databases::for_each_database;
use warifu_tests::server::{HANAKO, TARO, TestServer};

/// Opens the form and sends it.
async fn ask(session: &CustomerSession, amount: &str, password: &str) -> Answer {
    let form = session.get(paths::WITHDRAW).await;
    assert_eq!(form.status, 200, "{}", form.body);
    let filled = [("amount", amount), ("password", password)];
    let answer = session.browser().submit(&form, paths::WITHDRAW, &filled).await;
    session.browser().follow(answer).await
}

async fn published(server: &TestServer) -> warifu_shared::published::PublishedKeys {
    sequence(server).await;
    let keys = server.browser().get("/.well-known/warifu-keys").await;
    warifu_shared::published::PublishedKeys::read(keys.body.as_bytes()).expect("keys")
}

/// Gives every leaf its position.
async fn sequence(server: &TestServer) {
    server
        .server
        .sequencer
        .step(server.now())
        .await
        .expect("the log goes on");
}

async fn go(session: &CustomerSession, page: &Answer, what: &str) -> Answer {
    let action = format!("{}/{what}", page.path);
    let answer = session.browser().submit(page, &action, &[]).await;
    session.browser().follow(answer).await
}

/// Lets the worker finish what it can by now and later.
async fn settle(server: &TestServer) {
    for _ in 0..3 {
        work::step(&server.server.app).await.expect("orders move on");
        server.clock.advance_secs(30);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn txn_01_txn_03_txn_08_a_withdrawal_by_app_from_the_form_to_a_receipt_that_verifies() {
    for_each_database(async |db| {
        let server = TestServer::start(&db).await;
        let (device, session) = server.customer_with_device(TARO).await;
        let page = ask(&session, "１５０，０００", TARO.withdrawal_password).await;
        // The page and the app show the same money.
        for shown in ["150,000円", "あおば銀行 (0991) 渋谷支店 (201)", "ヤマダ タロウ"] {
            assert!(page.body.contains(shown), "{shown}: {}", page.body);
        }
        let handle = device.only_request().await;
        let screen = format!("{:?}", device.core.challenge(&handle).expect("a screen"));
        for shown in [
            "150,000円",
            "あおば銀行 (0991) 渋谷支店 (201)",
            "普通 1234567",
            "ヤマダ タロウ",
            "0円",
            "W-",
        ] {
            assert!(screen.contains(shown), "{shown}: {screen}");
        }
        device.approve(&handle, &page.number()).await.expect("approved");
        let page = session.get(&page.path).await;
        assert!(
            page.body.contains("承認されました") && page.body.contains("W-"),
            "{}",
            page.body
        );
        settle(&server).await;
        let page = session.get(&page.path).await;
        assert!(page.body.contains("振り込みました"), "{}", page.body);
        assert!(page.body.contains("3,100,000円"), "the new balance");
        sequence(&server).await;
        let receipt = session.get(&format!("{}/receipt", page.path)).await;
        assert_eq!(receipt.status, 200, "{}", receipt.body);
        let report = receipt::verify(receipt.body.as_bytes(), &published(&server).await).expect("it holds");
        let signed = report.signed.expect("signed");
        let txn = signed.challenge.txn.expect("money");
        assert!(txn.write().expect("text").contains("\"amount\":\"150000\""));
        let said: Vec<_> = report.entries.iter().map(|it| it.entry.action.clone()).collect();
        assert_eq!(said[0], "challenge.approve");
        assert!(said.contains(&"withdrawal.paid".to_owned()), "{said:?}");
        assert!(report.entries.iter().all(|it| it.place.is_some()));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn txn_07_txn_04_without_a_device_the_mailed_code_says_amount_and_payee() {
    for_each_database(async |db| {
        let server = TestServer::start(&db).await;
        let session = server.log_in_by_code(HANAKO).await;
        // The mail of the login is older.
        server.clock.advance_secs(1);
        let page = ask(&session, "20,000", HANAKO.withdrawal_password).await;
        assert!(
            page.body.contains("20,000円") && page.body.contains("8桁"),
            "{}",
            page.body
        );
        let code = server.code_for(HANAKO).await;
        let mails = server.outbox.to(HANAKO.mail);
        let mail = mails
            .iter()
            .find(|mail| mail.text.contains(&code))
            .expect("the mail");
        for said in ["20,000円", "みなと信用金庫", "0048213", "サトウ ハナコ"] {
            assert!(mail.text.contains(said), "{said}: {}", mail.text);
        }
        assert!(!mail.subject.contains("20,000"), "{}", mail.subject);
        let wrong = session
            .browser()
            .submit(&page, &format!("{}/code", page.path), &[("code", "00000000")])
            .await;
        assert_eq!(wrong.status, 403);
        let done = session
            .browser()
            .submit(&page, &format!("{}/code", page.path), &[("code", &code)])
            .await;
        let done = session.browser().follow(done).await;
        assert!(done.body.contains("承認されました"), "{}", done.body);
        settle(&server).await;
        sequence(&server).await;
        let receipt = session.get(&format!("{}/receipt", page.path)).await;
        let report = receipt::verify(receipt.body.as_bytes(), &published(&server).await).expect("it holds");
        assert!(report.signed.is_none() && report.txn.expect("text").contains("\"amount\":\"20000\""));
        assert_eq!(report.entries[0].entry.action, "withdrawal.approved");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn txn_05_txn_09_a_held_one_can_be_recalled_and_nothing_is_paid() {
    let db = warifu_tests::databases::Database::sqlite();
    let server = TestServer::with(&db, |config| {
        config.withdrawal.hold_from = Yen::new(100_000).expect("yen");
    })
    .await;
    let (device, session) = server.customer_with_device(TARO).await;
    let page = ask(&session, "100000", TARO.withdrawal_password).await;
    device
        .approve(&device.only_request().await, &page.number())
        .await
        .expect("approved");
    let page = session.get(&page.path).await;
    assert!(page.body.contains("お預かりしています"), "{}", page.body);
    settle(&server).await;
    let page = go(&session, &page, "recall").await;
    assert!(page.body.contains("出金を取り消しました"), "{}", page.body);
    let list = session.get(paths::WITHDRAWALS).await;
    assert!(
        list.body.contains("取り消し済み") && list.body.contains("3,250,000円"),
        "{}",
        list.body
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn txn_06_web_08_refusals_say_why_and_what_is_possible() {
    let db = warifu_tests::databases::Database::sqlite();
    let server = TestServer::start(&db).await;
    let session = server.log_in_by_code(HANAKO).await;
    for (amount, password, said) in [
        ("1e6", HANAKO.withdrawal_password, "エラー番号 1601"),
        ("0", HANAKO.withdrawal_password, "エラー番号 1601"),
        ("480,001", HANAKO.withdrawal_password, "480,000円 まで"),
        ("1000001", HANAKO.withdrawal_password, "エラー番号 1610"),
        ("10000001", HANAKO.withdrawal_password, "エラー番号 1607"),
        ("1000", "wrong", "エラー番号 1602"),
    ] {
        let page = ask(&session, amount, password).await;
        assert!(page.body.contains(said), "{amount}: {}", page.body);
        assert!(
            !page.body.contains(HANAKO.withdrawal_password),
            "never printed again"
        );
    }
}
