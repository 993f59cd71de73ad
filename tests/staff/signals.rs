//! What becomes a signal, made by what customers and strangers really do, and what does not (S4, decision 39).

use reqwest::StatusCode;
use warifu_server::domain::staff::Role;
use warifu_server::jobs;
use warifu_server::pages::paths;
use warifu_shared::jws::approval::DenyReason;
use warifu_tests::customer::{Answer, CustomerSession};
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::load::SeededCustomer;
use warifu_tests::server::{HANAKO, TARO, TestServer};

use crate::cases::{decide, deny, look, only_case, open_cases, signals, take};
use crate::scene::{Console, Person};

async fn ask_for_money(session: &CustomerSession, amount: &str) -> Answer {
    let form = session.get(paths::WITHDRAW).await;
    assert_eq!(form.status, 200, "{}", form.body);
    let filled = [("amount", amount), ("password", TARO.withdrawal_password)];
    let answer = session.browser().submit(&form, paths::WITHDRAW, &filled).await;
    session.browser().follow(answer).await
}

/// Customers whose password is Taro's.
async fn six_customers(server: &TestServer) -> Vec<SeededCustomer> {
    let seeded = warifu_tests::load::seed(&server.server.app, 7_000_001, 6, false).await;
    let accounts = seeded.expect("seeded").customers;
    let hashed = server.server.app.store.write(|c| {
        Box::pin(async move {
            sqlx::query(
                "UPDATE accounts SET password_hash = (SELECT t.password_hash FROM accounts t WHERE t.number = $1) \
                 WHERE password_hash = '-'",
            )
            .bind(TARO.number)
            .execute(c)
            .await?;
            Ok(())
        })
    });
    hashed.await.expect("they have passwords");
    accounts
}

#[tokio::test]
async fn s4_many_accounts_from_one_address_are_one_case_and_the_address_is_forgotten() {
    for_each_database(async |db| {
        let console = Console::start(&db).await;
        let server = &console.server;
        let auditor = console.member("auditor-1", &[Role::Auditor]).await;
        let accounts = six_customers(server).await;
        for customer in accounts.iter().take(4) {
            server.browser().enter_password(&customer.number, "wrong").await;
        }
        look(server).await;
        assert!(open_cases(&auditor).await.is_empty(), "four are no campaign");
        server.browser().enter_password("9999999", "wrong").await;
        server
            .browser()
            .enter_password(&accounts[3].number, "wrong")
            .await;
        look(server).await;
        assert!(
            open_cases(&auditor).await.is_empty(),
            "the same twice, and nobody, are none"
        );
        for customer in &accounts[4..] {
            server.browser().enter_password(&customer.number, "wrong").await;
            look(server).await;
        }
        let page = only_case(&auditor).await;
        assert!(
            page.body.contains("1つのIPアドレスから多くの口座"),
            "{}",
            page.body
        );
        let times = page
            .body
            .matches("同じIPアドレスからパスワードを間違えた口座")
            .count();
        assert_eq!(times, 6, "{}", page.body);
        assert!(
            !page.body.contains("127.0.0.1") && !page.body.contains("/take"),
            "{}",
            page.body
        );
        let marks = async || {
            let mut c = server.server.app.store.read().await.expect("a connection");
            let n: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM address_marks")
                .fetch_one(&mut *c)
                .await
                .expect("read");
            n
        };
        assert_eq!(marks().await, 6);
        server.clock.advance_secs(3601);
        jobs::step(&server.server.app, None).await.expect("cleaned");
        assert_eq!(marks().await, 0, "RISK-09");
    })
    .await;
}

#[tokio::test]
async fn s4_money_soon_after_a_new_device_is_a_signal_and_a_day_later_it_is_none() {
    for_each_database(async |db| {
        let console = Console::start(&db).await;
        let server = &console.server;
        let analyst = console.member("analyst-1", &[Role::FraudAnalyst]).await;
        let (phone, session) = server.customer_with_device(TARO).await;
        ask_for_money(&session, "10000").await;
        look(server).await;
        assert_eq!(signals(server).await, [("new_device_withdrawal", 1)]);
        let page = only_case(&analyst).await;
        assert!(page.body.contains("新しい端末のあとの出金"), "{}", page.body);
        let page = take(&analyst, &page).await;
        decide(&analyst, &page, &[("verdict", "confirmed_safe")]).await;

        server.clock.advance_secs(25 * 3600);
        let browser = server.browser();
        let waiting = browser.enter_password(TARO.number, TARO.password).await;
        let request = phone.only_request().await;
        phone
            .approve(&request, &waiting.number())
            .await
            .expect("approved");
        let session = browser.go_on(&waiting).await;
        ask_for_money(&session, "10000").await;
        look(server).await;
        assert_eq!(
            signals(server).await,
            [("new_device_withdrawal", 1)],
            "a day later it is none"
        );
    })
    .await;
}

#[tokio::test]
async fn s4_locks_and_floods_of_codes_are_signals() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let server = &console.server;
    let viewer = console.member("operator-1", &[Role::Operator]).await;
    for _ in 0..20 {
        server.browser().enter_password(TARO.number, "wrong").await;
    }
    for _ in 0..6 {
        server
            .browser()
            .enter_password(HANAKO.number, HANAKO.password)
            .await;
    }
    look(server).await;
    let found = signals(server).await;
    let names: Vec<&str> = found.iter().map(|it| it.0).collect();
    assert_eq!(names, ["code_flood", "login_locked"], "{found:?}");
    // A case each: on the customer's screen, in the feed of the watch room, and in its number.
    assert_eq!(open_cases(&viewer).await.len(), 2);
    let screen = console.customer(&viewer, TARO.number).await;
    assert!(
        screen.body.contains("パスワードの間違いでログインがロック"),
        "{}",
        screen.body
    );
    let watch = viewer.browser.get("/watch").await;
    assert!(watch.body.contains("コードの送信が続く"), "{}", watch.body);
    assert!(
        watch
            .body
            .contains("未判定の案件(軽い)</dt><dd class=\"tabular\">2<"),
        "{}",
        watch.body
    );
    // Who may see no cases sees neither there.
    let other = console.member("viewer-1", &[Role::Viewer]).await;
    let watch = other.browser.get("/watch").await;
    assert!(!watch.body.contains("コードの送信が続く") && watch.status == StatusCode::OK);
    let screen = console.customer(&other, TARO.number).await;
    assert!(!screen.body.contains("不正の疑い"), "{}", screen.body);
}

#[tokio::test]
async fn s4_audit_08_no_case_of_staff_and_one_of_an_erased_customer_still_opens() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let server = &console.server;
    let analyst = console.member("analyst-1", &[Role::FraudAnalyst]).await;
    let other = console.member("analyst-2", &[Role::FraudAnalyst]).await;
    // A staff member refuses a login to the console: that is no case of a customer.
    let again = Person {
        browser: console.browser(),
        ..other
    };
    console.enter_password(&again).await;
    let asked = again.device.only_request().await;
    again
        .device
        .deny(&asked, DenyReason::NotMe)
        .await
        .expect("refused");
    look(server).await;
    assert!(open_cases(&analyst).await.is_empty());
    let (phone, session) = server.customer_with_device(TARO).await;
    drop(session);
    deny(server, &phone, TARO, DenyReason::NotMe).await;
    look(server).await;
    let page = only_case(&analyst).await;
    let account = page
        .body
        .split("/customers/")
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    let account = account.expect("a link").parse().expect("an account");
    let app = &server.server.app;
    let erased = warifu_server::operations::erase_details::of_account(app, &account, "command line").await;
    assert!(erased.expect("erased") > 0);
    let page = only_case(&analyst).await;
    assert!(page.body.contains("「私ではない」と拒否"), "{}", page.body);
}
