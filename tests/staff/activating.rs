//! Another activation letter, by two people (WEB-09, STAFF-03, decisions 25 and 41).

use warifu_server::demo::LETTER;
use warifu_server::pages::paths;
use warifu_tests::customer::{AnonymousBrowser, Answer};
use warifu_tests::databases::for_each_database;
use warifu_tests::server::TARO;

use crate::addresses::team;
use crate::recovering::{CHECKED, allowed, ask, print};
use crate::scene::{Console, refused};

async fn begin(browser: &AnonymousBrowser, code: &str) -> Answer {
    let page = browser.get(paths::ACTIVATE).await;
    let filled = [("account_number", LETTER.number), ("code", code)];
    let answer = browser.submit(&page, paths::ACTIVATE, &filled).await;
    browser.follow(answer).await
}

#[tokio::test]
async fn staff_03_web_09_another_activation_letter_takes_two_and_kills_the_one_before() {
    for_each_database(|db| async move {
        let console = Console::start(&db).await;
        let server = &console.server;
        let (operator, approver) = team(&console).await;
        let wrong = ask(&console, &operator, LETTER.number, ("recovery-letter", &CHECKED)).await;
        assert!(refused(&wrong, 1815), "{}", wrong.body);
        let active = ask(&console, &operator, TARO.number, ("activation-letter", &CHECKED)).await;
        assert!(refused(&active, 1815), "{}", active.body);
        let path = allowed(
            &console,
            (&operator, &approver),
            LETTER.number,
            "activation-letter",
        )
        .await;
        let old = LETTER.code().grouped().to_string();
        let half_way = server.browser();
        let page = begin(&half_way, &old).await;
        assert!(
            page.body.contains("name=\"login\""),
            "the old letter until the new one is printed"
        );
        let printed = print(&operator, &path).await;
        let code = printed.text("#letter-code");
        assert!(printed.body.contains(LETTER.number), "{}", printed.body);
        assert!(refused(&begin(&server.browser(), &old).await, 1660), "dead");
        let page = begin(&server.browser(), &code).await;
        assert!(page.body.contains("name=\"login\""), "{}", page.body);
        assert!(refused(&print(&operator, &path).await, 1763), "once");
        assert_eq!(server.leaves("staff.activation_letter_printed").await, 1);
        assert_eq!(server.leaves("activation_code.issued").await, 2);
    })
    .await;
}
