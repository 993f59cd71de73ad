//! Mails about logins: completed, not finished, bursts (RISK-06, CODE-07, CODE-09).

use warifu_server::operations::login_notices;
use warifu_server::pages::paths;
use warifu_tests::customer::{Answer, CustomerSession};
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::outbox::Mail;
use warifu_tests::server::{TARO, TestServer};

/// Sends every mail that waits; one step takes a handful.
async fn deliver(server: &TestServer) {
    loop {
        let step = server.server.mail.step(server.now()).await;
        if step.expect("the mail worker steps").sent == 0 {
            break;
        }
    }
}

async fn mails(server: &TestServer, part: &str) -> Vec<Mail> {
    deliver(server).await;
    let all = server.outbox.to(TARO.mail);
    all.into_iter()
        .filter(|mail| mail.subject.contains(part))
        .collect()
}

const DONE: &str = "ログインがありました";
const UNFINISHED: &str = "ログインは完了していません";
const SUMMARY: &str = "ログインのまとめ";

/// Lets time go by, then what the server does by itself.
async fn work(server: &TestServer, secs: i64) {
    server.clock.advance_secs(secs);
    login_notices::step(&server.server.app).await.expect("a step");
}

/// Begins logins in browsers of their own; their codes are out of the way.
async fn begin(server: &TestServer, times: usize) {
    for _ in 0..times {
        server.browser().enter_password(TARO.number, TARO.password).await;
    }
    deliver(server).await;
}

/// A server that mails a code whenever one is asked for.
async fn with_codes(db: &Database) -> TestServer {
    TestServer::with(db, |config| {
        config.code.per_hour = 1_000;
        config.code.per_day = 1_000;
        config.code.per_hour_and_address = 1_000;
        config.code.cooldown = 0;
    })
    .await
}

/// A login whose mailed code was asked for a while ago: codes have a time between them.
async fn log_in(server: &TestServer) {
    server.clock.advance_secs(61);
    let _session = server.log_in_by_code(TARO).await;
}

#[tokio::test]
async fn risk_06_code_07_code_09_a_completed_login_is_told_at_once_and_only_once() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let _session = server.log_in_by_code(TARO).await;
        work(&server, 1).await;
        let told = mails(&server, DONE).await;
        assert_eq!(told.len(), 1);
        let (text, head) = (&told[0].text, &told[0].raw);
        for said in ["JST", "UTC", "Chrome 145 / Windows", "メールの認証コード", "電話"] {
            assert!(text.contains(said), "{said}: {text}");
        }
        assert!(!text.contains("http") && !text.contains("www."), "{text}");
        assert!(head.contains("Auto-Submitted: auto-generated"), "{head}");
        work(&server, 901).await;
        work(&server, 700).await;
        assert!(mails(&server, UNFINISHED).await.is_empty(), "not both");
        assert_eq!(mails(&server, DONE).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn risk_06_a_right_password_without_the_second_step_has_a_mail_of_its_own_when_its_time_is_over() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        begin(&server, 1).await;
        work(&server, 60).await;
        assert!(
            mails(&server, UNFINISHED).await.is_empty(),
            "it may still be finished"
        );
        work(&server, 850).await;
        assert_eq!(mails(&server, UNFINISHED).await.len(), 1);
        work(&server, 60).await;
        work(&server, 900).await;
        assert_eq!(mails(&server, UNFINISHED).await.len(), 1, "once");
        assert!(mails(&server, DONE).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn risk_06_a_login_begun_again_in_the_same_browser_tells_only_of_the_one_that_succeeded() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let browser = server.browser();
        browser.enter_password(TARO.number, TARO.password).await;
        deliver(&server).await;
        server.clock.advance_secs(61);
        let page = browser.enter_password(TARO.number, TARO.password).await;
        let code = server.code_for(TARO).await;
        browser.enter_code(&page, &code).await;
        // A stranger's own login in the meantime is told; what is begun afterwards in that browser is told as well.
        begin(&server, 1).await;
        work(&server, 1_000).await;
        assert_eq!(mails(&server, DONE).await.len(), 1);
        assert_eq!(mails(&server, UNFINISHED).await.len(), 1);
        browser.enter_password(TARO.number, TARO.password).await;
        work(&server, 2_000).await;
        assert_eq!(mails(&server, UNFINISHED).await.len(), 2, "after the login");
    })
    .await;
}

#[tokio::test]
async fn risk_06_a_storm_of_begun_logins_is_few_mails_and_hides_no_completed_one() {
    for_each_database(|db| async move {
        let server = with_codes(&db).await;
        begin(&server, 100).await;
        work(&server, 915).await;
        let summary = mails(&server, SUMMARY).await;
        assert_eq!(summary.len(), 1);
        let text = &summary[0].text;
        assert!(text.contains("100件") && text.contains("ほかに80件"), "{text}");
        // It goes on for two hours, and in the middle somebody gets in.
        for round in 0..24 {
            begin(&server, 1).await;
            if round == 12 {
                server.clock.advance_secs(1);
                let _session = server.log_in_by_code(TARO).await;
                work(&server, 1).await;
                assert_eq!(mails(&server, DONE).await.len(), 1, "at once");
            }
            work(&server, 300).await;
        }
        work(&server, 4 * 3_600).await;
        work(&server, 4 * 3_600).await;
        let summaries = mails(&server, SUMMARY).await;
        assert!(summaries.len() <= 7, "{}", summaries.len());
        let counted: i64 = summaries.iter().map(|mail| count(&mail.text)).sum();
        assert_eq!(
            counted + i64::try_from(mails(&server, UNFINISHED).await.len()).expect("few"),
            124,
            "all are counted"
        );
    })
    .await;
}

fn count(text: &str) -> i64 {
    let (before, _) = text.split_once("件)").expect("a count");
    let digits = before.rsplit('(').next().expect("digits");
    digits.parse().expect("a number")
}

#[tokio::test]
async fn risk_06_completed_logins_in_a_row_are_told_within_a_minute_each() {
    for_each_database(|db| async move {
        let server = with_codes(&db).await;
        for _ in 0..4 {
            let _session = server.log_in_by_code(TARO).await;
            work(&server, 5).await;
            deliver(&server).await;
        }
        assert_eq!(mails(&server, DONE).await.len(), 1);
        work(&server, 45).await;
        let summary = mails(&server, SUMMARY).await;
        assert_eq!(summary.len(), 1);
        assert_eq!(count(&summary[0].text), 3, "{}", summary[0].text);
        log_in(&server).await;
        work(&server, 1).await;
        assert_eq!(
            mails(&server, DONE).await.len(),
            2,
            "a quiet minute later: at once"
        );
    })
    .await;
}

#[tokio::test]
async fn risk_06_restarts_lose_nothing_and_tell_nothing_twice() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    work(&server, 0).await;
    begin(&server, 3).await;
    log_in(&server).await;
    let server = server.restart().await;
    work(&server, 1).await;
    let server = server.restart().await;
    assert_eq!(mails(&server, DONE).await.len(), 1);
    // Down for a day, and again between the row and the mail.
    server.clock.advance_secs(86_400);
    let server = server.restart().await;
    work(&server, 1).await;
    let server = server.restart().await;
    work(&server, 1).await;
    work(&server, 4_000).await;
    let summaries = mails(&server, SUMMARY).await;
    assert_eq!(summaries.len(), 1);
    assert_eq!(count(&summaries[0].text), 3);
    assert_eq!(mails(&server, DONE).await.len(), 1);
    assert!(mails(&server, UNFINISHED).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn risk_06_two_servers_on_one_database_tell_each_login_once() {
    let db = Database::postgres().await;
    let one = TestServer::start(&db).await;
    let two = one.twin().await;
    begin(&one, 1).await;
    log_in(&one).await;
    for _ in 0..40 {
        one.clock.advance_secs(30);
        let (first, second) = tokio::join!(
            login_notices::step(&one.server.app),
            login_notices::step(&two.server.app)
        );
        first.expect("a step");
        second.expect("a step");
    }
    assert_eq!(mails(&one, DONE).await.len(), 1);
    assert_eq!(mails(&one, UNFINISHED).await.len(), 1);
    assert!(mails(&one, SUMMARY).await.is_empty());
}

#[tokio::test]
async fn risk_06_code_07_a_user_agent_puts_nothing_into_a_mail() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let agent = "Mozilla/5.0\tBcc: evil@example.com Firefox/http://evil.example/=0D=0ASubject: x";
    let browser = server.browser().sending("user-agent", agent);
    browser.enter_password(TARO.number, TARO.password).await;
    work(&server, 915).await;
    let told = mails(&server, UNFINISHED).await;
    assert_eq!(told.len(), 1);
    assert!(!told[0].raw.contains("evil") && !told[0].text.contains("evil"));
}

/// Presses the button of the page; gives the page that follows.
async fn choose(session: &CustomerSession, which: &str) -> Answer {
    let page = session.get(paths::NOTICES).await;
    let csrf = page.form(paths::NOTICES).fields;
    let mut fields: Vec<_> = csrf.into_iter().filter(|(name, _)| name == "csrf").collect();
    fields.push(("which".to_owned(), which.to_owned()));
    let answer = session.browser().post(paths::NOTICES, &fields).await;
    session.browser().follow(answer).await
}

#[tokio::test]
async fn risk_06_who_asks_for_less_is_told_of_new_browsers_and_regions_only() {
    for_each_database(|db| async move {
        let server = with_codes(&db).await;
        let session = server.log_in_by_code(TARO).await;
        work(&server, 1).await;
        assert!(choose(&session, "new").await.body.contains("設定を変えました"));
        assert_eq!(mails(&server, "お知らせの設定").await.len(), 1);
        assert_eq!(server.leaves("login_notices.changed").await, 1);
        choose(&session, "new").await;
        assert_eq!(
            server.leaves("login_notices.changed").await,
            1,
            "it was that already"
        );
        // The same browser, from the same place: not told.
        server.clock.advance_secs(120);
        let (known, _) = session.log_out().await;
        let read = async || server.code_for(TARO).await;
        let session = known.log_in_by_code(TARO.number, TARO.password, read).await;
        work(&server, 60).await;
        assert_eq!(mails(&server, DONE).await.len(), 1);
        // Another browser: told, and at once, though one was held back a moment ago.
        let _other = server.log_in_by_code(TARO).await;
        work(&server, 1).await;
        assert_eq!(mails(&server, DONE).await.len(), 2);
        // Begun ones are told in any case; and more is asked for without another proof.
        begin(&server, 1).await;
        work(&server, 1_000).await;
        assert_eq!(mails(&server, UNFINISHED).await.len(), 1);
        choose(&session, "every").await;
        assert_eq!(server.leaves("login_notices.changed").await, 2);
    })
    .await;
}

#[tokio::test]
async fn risk_06_sess_07_less_is_asked_for_with_a_fresh_proof_only() {
    let db = Database::sqlite();
    let server = with_codes(&db).await;
    let session = server.log_in_by_code(TARO).await;
    server.clock.advance_secs(301);
    let refused = choose(&session, "new").await;
    assert_eq!(refused.status, 403, "{}", refused.body);
    assert!(refused.body.contains(paths::CONFIRM), "{}", refused.body);
    let forged = [("which".to_owned(), "every".to_owned())];
    let forged = session.browser().post(paths::NOTICES, &forged).await;
    assert_eq!(forged.status, 403, "no token");
    assert_eq!(choose(&session, "none").await.status, 404);
    assert_eq!(server.leaves("login_notices.changed").await, 0);
    assert!(mails(&server, "お知らせの設定").await.is_empty());
}
