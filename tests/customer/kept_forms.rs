//! A half-filled withdrawal over the automatic logout, and pages that reload themselves (SESS-02, SESS-09).

use reqwest::StatusCode;
use warifu_server::pages::paths;
use warifu_tests::customer::{Answer, CustomerSession};
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::server::{HANAKO, TARO, TestServer};

const AMOUNT: &str = "１５０，０００";

fn fields(page: &Answer, amount: &str) -> Vec<(String, String)> {
    let mut fields = page.form(paths::WITHDRAW).fields;
    for (name, value) in &mut fields {
        match name.as_str() {
            "amount" => amount.clone_into(value),
            "password" => "not-kept-anywhere".clone_into(value),
            _ => {}
        }
    }
    fields
}

async fn kept(session: &CustomerSession) -> bool {
    let account = session.get(paths::ACCOUNT).await;
    let form = session.get(paths::WITHDRAW).await;
    assert_eq!(form.status, StatusCode::OK, "{}", form.body);
    let (noted, filled) = (account.body.contains(AMOUNT), form.body.contains(AMOUNT));
    assert_eq!(noted, filled, "the home page and the form agree");
    noted
}

#[tokio::test]
async fn sess_09_a_form_sent_after_the_timeout_asks_for_a_login_and_is_there_again_for_the_same_account_only()
{
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let session = server.log_in_by_code(TARO).await;
        let page = session.get(paths::WITHDRAW).await;
        server.clock.advance_secs(180 * 60);
        let late = session
            .browser()
            .post(paths::WITHDRAW, &fields(&page, AMOUNT))
            .await;
        assert_eq!(
            late.location.as_deref(),
            Some(paths::LOGIN),
            "nothing is carried out"
        );

        let other = server.log_in_by_code(HANAKO).await;
        assert!(!kept(&other).await, "another account sees nothing of it");
        let again = server.log_in_by_code(TARO).await;
        assert!(kept(&again).await);
        let form = again.get(paths::WITHDRAW).await;
        assert!(
            !form.body.contains("not-kept-anywhere"),
            "the password is not kept"
        );
        let list = again.get(paths::WITHDRAWALS).await;
        assert!(!list.body.contains("150,000"), "no withdrawal was made");

        // A day later nobody came back for it.
        server.clock.advance_secs(86_400);
        let late = server.log_in_by_code(TARO).await;
        assert!(!kept(&late).await);
    })
    .await;
}

#[tokio::test]
async fn sess_09_what_is_kept_is_forgotten_when_asked_or_when_the_withdrawal_is_made() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let session = server.log_in_by_code(TARO).await;
        let page = session.get(paths::WITHDRAW).await;
        let keep = |amount: &str| {
            let mut fields = fields(&page, amount);
            fields.retain(|(name, _)| name == "csrf" || name == "amount");
            fields
        };
        let sent = session.browser().post(paths::WITHDRAW_KEEP, &keep(AMOUNT)).await;
        assert_eq!(sent.status, StatusCode::NO_CONTENT);
        assert!(kept(&session).await);
        let sent = session.browser().post(paths::WITHDRAW_KEEP, &keep("")).await;
        assert_eq!(sent.location.as_deref(), Some(paths::ACCOUNT));
        assert!(!kept(&session).await);

        let sent = session.browser().post(paths::WITHDRAW_KEEP, &keep(AMOUNT)).await;
        assert_eq!(sent.status, StatusCode::NO_CONTENT);
        let form = session.get(paths::WITHDRAW).await;
        let password = TARO.withdrawal_password;
        let made = session
            .browser()
            .submit(
                &form,
                paths::WITHDRAW,
                &[("amount", "1,000"), ("password", password)],
            )
            .await;
        let place = made.location.as_deref().unwrap_or_default();
        assert!(place.starts_with("/withdrawals/wd_"), "{place} {}", made.body);
        assert!(!kept(&session).await);
    })
    .await;
}

#[tokio::test]
async fn sess_09_web_03_a_forged_ended_or_oversized_form_is_not_kept() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let session = server.log_in_by_code(TARO).await;
    let page = session.get(paths::WITHDRAW).await;
    let mut forged = fields(&page, AMOUNT);
    forged.retain(|(name, _)| name == "amount");
    let refused = session.browser().post(paths::WITHDRAW_KEEP, &forged).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "no token");
    let foreign = server.log_in_by_code(HANAKO).await.get(paths::WITHDRAW).await;
    let refused = session
        .browser()
        .post(paths::WITHDRAW_KEEP, &fields(&foreign, AMOUNT))
        .await;
    assert_eq!(
        refused.status,
        StatusCode::FORBIDDEN,
        "the token of another session"
    );
    for bad in [&"9".repeat(33), "1\r\n2"] {
        let sent = session
            .browser()
            .post(paths::WITHDRAW_KEEP, &fields(&page, bad))
            .await;
        assert_eq!(sent.status, StatusCode::NO_CONTENT);
        let form = session.get(paths::WITHDRAW).await;
        assert!(!form.body.contains("name=\"kept\""), "{bad:?} was kept");
    }
    // After logout the cookie keeps nothing, though it would have run out later.
    let home = session.get(paths::ACCOUNT).await;
    session.browser().submit(&home, paths::LOGOUT, &[]).await;
    let sent = session
        .browser()
        .post(paths::WITHDRAW_KEEP, &fields(&page, AMOUNT))
        .await;
    assert!(sent.status.is_redirection(), "{}", sent.status);
    server.clock.advance_secs(120);
    let again = server.log_in_by_code(TARO).await;
    assert!(!kept(&again).await);
}

#[tokio::test]
async fn sess_02_a_page_that_reloads_itself_without_scripts_is_logged_out_on_time() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let session = server.log_in_by_code(TARO).await;
    server.clock.advance_secs(178 * 60);
    let at = format!("{}?reload", paths::ACCOUNT);
    for _ in 0..3 {
        assert_eq!(session.get(&at).await.status, StatusCode::OK);
        server.clock.advance_secs(20);
    }
    server.clock.advance_secs(60);
    assert_eq!(session.get(&at).await.location.as_deref(), Some(paths::LOGIN));
}
