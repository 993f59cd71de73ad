//! The page for the mailed code: one field of eight digits, a cooldown that can be seen, and words for each mistake.

use warifu_server::pages::paths;
use warifu_tests::databases::Database;
use warifu_tests::server::{HANAKO, TestServer};

use crate::visitor::Visitor;

#[tokio::test]
async fn code_01_code_14_the_field_takes_eight_digits_however_they_come() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let visitor = Visitor::new(&server).await;
    visitor.enter_password(HANAKO).await;
    visitor.inspect("ja").await;
    let field = visitor.find("#code").await;
    for (name, value) in [
        ("autocomplete", "one-time-code"),
        ("inputmode", "numeric"),
        ("name", "code"),
    ] {
        assert_eq!(
            field.attr(name).await.expect("it answers").as_deref(),
            Some(value)
        );
    }
    let code = server.code_for(HANAKO).await;
    assert_eq!(code.len(), 8, "CODE-01");
    let page = visitor.text_of_page().await;
    assert!(
        !page.contains(HANAKO.mail) && page.contains('@'),
        "the address is masked: {page}"
    );
    assert!(!page.contains(&code), "CODE-16");
    let wide: String = code
        .chars()
        .map(|c| char::from_u32(u32::from(c) - 0x30 + 0xff10).expect("a digit"))
        .collect();
    visitor
        .fill("#code", &format!("{} {}", &wide[..12], &wide[12..]))
        .await;
    assert_eq!(
        field.prop("value").await.expect("it answers").as_deref(),
        Some(code.as_str()),
        "tidied"
    );
    visitor.press("/code").await;
    visitor.arrive(paths::ACCOUNT).await;
    visitor.inspect("ja").await;
    assert!(
        visitor.shows(&format!("form[action=\"{}\"]", paths::ENROL)).await,
        "the page urges to register a device"
    );
}

#[tokio::test]
async fn code_05_resending_is_disabled_until_the_cooldown_is_over() {
    let db = Database::sqlite();
    let server = TestServer::with(&db, |config| config.code.cooldown = 4).await;
    let visitor = Visitor::new(&server).await;
    visitor.enter_password(HANAKO).await;
    let first = server.code_for(HANAKO).await;
    let button = visitor.find("button[data-resend]").await;
    assert!(!button.is_enabled().await.expect("it answers"), "too early");
    assert!(
        button.text().await.expect("a text").contains("あと"),
        "it says how long"
    );
    visitor.find("button[data-resend]:enabled").await;
    assert_eq!(button.text().await.expect("a text"), "新しいコードを送る");
    server.clock.advance_secs(5);
    visitor.click("button[data-resend]").await;
    visitor
        .wait_for_text("[role=status]", "新しいコードをお送りしました")
        .await;
    assert!(
        !visitor
            .find("button[data-resend]")
            .await
            .is_enabled()
            .await
            .expect("it answers"),
        "it waits again"
    );
    visitor.inspect("ja").await;
    let second = server.code_for(HANAKO).await;
    assert_ne!(first, second);

    visitor.fill("#code", &first).await;
    visitor.press("/code").await;
    visitor.wait_for_text("#error", "新しいコードを送ったため").await;
    visitor.inspect_refusal("ja", 410).await;
    visitor.fill("#code", &second).await;
    visitor.press("/code").await;
    visitor.arrive(paths::ACCOUNT).await;
}

#[tokio::test]
async fn code_02_code_04_wrong_and_expired_codes_have_their_own_words() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let visitor = Visitor::new(&server).await;
    visitor.enter_password(HANAKO).await;
    let code = server.code_for(HANAKO).await;
    let wrong = if code == "00000000" {
        "00000001"
    } else {
        "00000000"
    };
    visitor.fill("#code", wrong).await;
    visitor.press("/code").await;
    let told = visitor.wait_for_text("#error", "コードが違います").await;
    assert!(told.contains("あと4回") && told.contains("1401"), "{told}");
    assert_eq!(
        visitor
            .find("#code")
            .await
            .attr("aria-invalid")
            .await
            .expect("it answers")
            .as_deref(),
        Some("true")
    );
    visitor.inspect_refusal("ja", 403).await;
    server.clock.advance_secs(301);
    visitor.fill("#code", &code).await;
    visitor.press("/code").await;
    visitor.wait_for_text("#error", "有効時間が過ぎました").await;
    visitor.inspect_refusal("ja", 410).await;
    assert!(!visitor.shows("#code").await, "a dead code is not asked for");
    assert!(
        visitor.shows("button[data-resend]").await,
        "but another can be sent"
    );
}

#[tokio::test]
async fn code_17_a_late_mail_is_said() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let visitor = Visitor::new(&server).await;
    visitor.enter_password(HANAKO).await;
    assert!(!visitor.text_of_page().await.contains("時間がかかっています"));
    server.clock.advance_secs(15);
    visitor.open(&visitor.path().await).await;
    visitor
        .wait_for_text("[role=status]", "時間がかかっています")
        .await;
    visitor.inspect("ja").await;
}
