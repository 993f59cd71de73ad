//! The page that says how safe the account is, and the history of the account (item 8 of the customer's own security).

use reqwest::StatusCode;
use warifu_server::operations::erase_details;
use warifu_server::pages::paths;
use warifu_shared::jws::approval::DenyReason;
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::server::{HANAKO, TARO, TestServer};

#[tokio::test]
async fn s1_the_page_says_what_to_do_next_and_is_calm_when_there_is_nothing() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let first = server.log_in_by_code(TARO).await;
    let page = first.get(paths::SECURITY).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        page.body.contains("認証アプリを登録してください"),
        "{}",
        page.body
    );
    assert!(page.body.contains("使えます(認証アプリがないため)"));
    let sheet = first.get(paths::RECOVERY_CODES).await;
    first.browser().submit(&sheet, paths::RECOVERY_CODES, &[]).await;
    let device = server.enrol(&first).await;
    let page = first.get(paths::SECURITY).await;
    assert!(
        page.body.contains("もう1台の端末"),
        "one device is one that can be lost"
    );
    assert!(page.body.contains("使えません(認証アプリで守っています)"));
    assert!(page.body.contains("少額だけ出金できます"), "the cool-off is said");
    let steps = page.body.matches("class=\"arrow\"").count();
    assert!(steps >= 1, "steps lead somewhere");
    // A sheet of recovery codes is asked for until there is one.
    assert!(
        !page.body.contains("用紙を作って") && page.body.contains("あと10個"),
        "{}",
        page.body
    );
    let (_, other) = server.customer_with_device(HANAKO).await;
    let without = other.get(paths::SECURITY).await;
    assert!(without.body.contains("用紙を作って") && without.body.contains("まだありません"));
    // A refusal as "not me" comes first.
    let stranger = server.browser();
    stranger.enter_password(TARO.number, TARO.password).await;
    let request = device.only_request().await;
    device.deny(&request, DenyReason::NotMe).await.expect("recorded");
    let page = first.get(paths::SECURITY).await;
    assert!(
        page.body.contains("確かめていただきたいことがあります"),
        "{}",
        page.body
    );
}

#[tokio::test]
async fn audit_01_the_history_tells_the_own_account_and_nobody_elses() {
    for_each_database(async |db| {
        let server = TestServer::start(&db).await;
        let taro = server.log_in_by_code(TARO).await;
        let wrong = server.browser();
        wrong.enter_password(TARO.number, "wrong").await;
        let hanako = server.log_in_by_code(HANAKO).await;
        server.enrol(&hanako).await;
        for placed in [false, true] {
            if placed {
                server.server.sequencer.step(server.now()).await.expect("a round");
            }
            let own = taro.get(paths::HISTORY).await;
            assert_eq!(own.status, StatusCode::OK);
            assert!(own.body.contains("パスワードが違います") && own.body.contains("メールのコード"));
            assert!(
                !own.body.contains("端末を登録"),
                "that was somebody else: {placed}"
            );
            let other = hanako.get(paths::HISTORY).await;
            assert!(other.body.contains("端末を登録"));
            assert!(!other.body.contains("パスワードが違います"));
            // Asking for others by hand changes nothing.
            let asked = format!("{}?subject=x&before=au_v&kind=devices", paths::HISTORY);
            assert!(!taro.get(&asked).await.body.contains("端末を登録"));
        }
        let devices = hanako.get(&format!("{}?kind=devices", paths::HISTORY)).await;
        assert!(devices.body.contains("端末を登録"));
        assert!(
            !devices.body.contains("パスワードの入力"),
            "only the kind that was asked for"
        );
        for odd in [
            "?before=x",
            "?before=-5",
            "?kind=%27",
            "?before=99999999999999999999",
        ] {
            let answer = taro.get(&format!("{}{odd}", paths::HISTORY)).await;
            assert!(
                answer.status.is_success() || answer.status.is_client_error(),
                "{odd}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn audit_01_the_history_goes_back_page_by_page_and_loses_nothing() {
    let db = Database::sqlite();
    let server = TestServer::with(&db, |config| {
        config.counters.password_failures = 1000;
    })
    .await;
    let taro = server.log_in_by_code(TARO).await;
    for _ in 0..140 {
        server.browser().enter_password(TARO.number, "wrong").await;
        server.clock.advance_secs(1);
    }
    server.clock.advance_secs(120);
    while server
        .server
        .sequencer
        .step(server.now())
        .await
        .expect("a round")
        .more
    {}
    let (mut path, mut wrong, mut pages) = (format!("{}?kind=logins", paths::HISTORY), 0, 0);
    loop {
        let page = taro.get(&path).await;
        wrong += page.body.matches("class=\"event\"").count();
        pages += 1;
        assert!(pages < 20, "it ends");
        let Some(at) = page
            .body
            .find("kind=logins&#38;before=")
            .or_else(|| page.body.find("kind=logins&amp;before="))
        else {
            break;
        };
        let rest = &page.body[at..];
        let entry: String = rest[rest.find("before=").unwrap() + 7..]
            .chars()
            .take_while(|c| *c != '"')
            .collect();
        path = format!("{}?kind=logins&before={entry}", paths::HISTORY);
    }
    assert!(pages >= 5, "thirty a page");
    let told = wrong;
    let one = server.leaves("login.password").await;
    assert!(told as i64 >= one, "{told} rows for {one} passwords and the rest");
}

#[tokio::test]
async fn audit_08_after_the_erasure_the_history_says_so_and_shows_no_place() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let taro = server.log_in_by_code(TARO).await;
    server.server.sequencer.step(server.now()).await.expect("a round");
    assert!(!taro.get(paths::HISTORY).await.body.contains("詳細の保存期間"));
    server.clock.advance_secs(60);
    let (app, now) = (&server.server.app, server.now());
    erase_details::older_than(app, now, "staff:test")
        .await
        .expect("erased");
    let page = taro.get(paths::HISTORY).await;
    assert!(page.body.contains("詳細の保存期間は終わりました"));
    assert!(page.body.contains("ログイン"), "what happened stays");
}

#[tokio::test]
async fn nobody_reads_either_page_without_a_login() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    for path in [paths::SECURITY, paths::HISTORY] {
        let answer = server.browser().get(path).await;
        assert_eq!(answer.location.as_deref(), Some(paths::LOGIN), "{path}");
    }
}
