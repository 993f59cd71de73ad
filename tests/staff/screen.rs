//! The screen of a customer says on one page what somebody has to know who answers the telephone (STAFF-04, STAFF-07).

use reqwest::StatusCode;
use warifu_server::domain::staff::Role;
use warifu_shared::jws::approval::DenyReason;
use warifu_tests::customer::AnonymousBrowser;
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::server::TARO;

use crate::scene::{Console, link};

#[tokio::test]
async fn staff_04_somebody_tried_to_log_in_is_understood_at_a_glance() {
    for_each_database(|db| async move {
        let console = Console::start(&db).await;
        let (device, session) = console.server.customer_with_device(TARO).await;
        let person = console.member("aoi", &[Role::Viewer]).await;
        let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
        let stranger = AnonymousBrowser::at(&console.server.origin).sending("user-agent", firefox);
        drop(stranger.enter_password(TARO.number, "not the password").await);
        let guessed = console.customer(&person, TARO.number).await;
        assert!(guessed.body.contains("誤ったパスワード 1回"), "{}", guessed.body);
        assert!(
            guessed.body.contains("誤ったパスワードが 1 回入力されました"),
            "{}",
            guessed.body
        );

        drop(stranger.enter_password(TARO.number, TARO.password).await);
        let handle = device.only_request().await;
        device.deny(&handle, DenyReason::NotMe).await.expect("refused");
        let page = console.customer(&person, TARO.number).await;
        for words in [
            "正しいパスワードが入力されました",
            "誤ったパスワードが入力されました",
            "アプリで拒否しました(「私ではありません」)",
            "アプリに承認を依頼しました",
            "Firefox",
            "アプリでの拒否 1回",
            "パスワードは知られています",
            "challenge.deny not_me</code>",
        ] {
            assert!(page.body.contains(words), "{words}: {}", page.body);
        }
        drop(session);
    })
    .await;
}

#[tokio::test]
async fn staff_04_the_screen_says_what_is_under_way_and_with_what_the_customer_proves_who_they_are() {
    for_each_database(|db| async move {
        let console = Console::start(&db).await;
        let (_, session) = console.server.customer_with_device(TARO).await;
        let operator = console.member("aoi", &[Role::Operator]).await;
        let page = console.customer(&operator, TARO.number).await;
        for words in [
            "利用中の端末 1台",
            "リカバリーコード 残り0個",
            "ログインパスワード あり",
            "端末「太郎の端末」は、登録したばかりです",
        ] {
            assert!(page.body.contains(words), "{words}: {}", page.body);
        }
        drop(console.act(&operator, &link(&page, "/suspend"), &[]).await);
        let page = console.customer(&operator, TARO.number).await;
        assert!(page.body.contains("一時停止の端末 1台"), "{}", page.body);
        let made = console.act(&operator, &link(&page, "/lift"), &[]).await;
        let proposal = made.location.expect("a proposal");
        let mut c = console.server.server.app.store.read().await.expect("it is there");
        sqlx::query("UPDATE devices SET leaves_at = $1 WHERE state = 'suspended'")
            .bind(console.server.now().plus_secs(3600).0)
            .execute(&mut *c)
            .await
            .expect("announced");
        sqlx::query("UPDATE withdrawal_passwords SET set_at = $1")
            .bind(console.server.now().0)
            .execute(&mut *c)
            .await
            .expect("set");
        drop(c);
        let page = console.customer(&operator, TARO.number).await;
        for words in [
            proposal.as_str(),
            "窓口の提案",
            "に解除されます",
            "出金パスワードが、",
        ] {
            assert!(page.body.contains(words), "{words}: {}", page.body);
        }
        let viewer = console.member("ren", &[Role::Viewer]).await;
        let seen = console.customer(&viewer, TARO.number).await;
        assert!(!seen.body.contains(&proposal), "not linked: not allowed");
        drop(session);
    })
    .await;
}

#[tokio::test]
async fn web_04_staff_07_the_history_goes_on_page_by_page_and_shows_markup_as_text() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let attack = "<script>alert(1)</script>";
    let browser = AnonymousBrowser::at(&console.server.origin).sending("user-agent", attack);
    for _ in 0..60 {
        drop(browser.enter_password(TARO.number, "not the password").await);
        console.server.clock.advance_secs(61);
    }
    let sequencer = &console.server.server.sequencer;
    sequencer.step(console.server.now()).await.expect("a round");
    let person = console.member("aoi", &[Role::Viewer]).await;
    let page = console.customer(&person, TARO.number).await;
    assert!(!page.body.contains(attack));
    let first = person.browser.get(&link(&page, "/events")).await;
    assert!(!first.body.contains(attack), "{}", first.body);
    assert_eq!(first.body.matches("\"muted\">login.password").count(), 50);
    let older = first
        .body
        .split('"')
        .find(|it| it.contains("?before="))
        .expect("older ones");
    let next = person.browser.get(older).await;
    let rest = next.body.matches("</code>").count();
    assert!(
        rest >= 10 && !next.body.contains("?before="),
        "{rest}: {}",
        next.body
    );
    let wrong = person
        .browser
        .get(&format!("{}/events?before=x", page.path))
        .await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST, "{}", wrong.body);
    let nobody = person
        .browser
        .get("/customers/ac_AAAAAAAAAAAAAAAAAAAAAA/events")
        .await;
    assert_eq!(nobody.status, StatusCode::NOT_FOUND);
}
