//! Two of the staff at one withdrawal at once, and a withdrawal of somebody else in the path (STAFF-02, STAFF-03).

use reqwest::StatusCode;
use warifu_server::domain::staff::Role;
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::server::{HANAKO, TARO};

use crate::held::{decide, drain, holding, open, propose, states, withdraw};
use crate::scene::{Console, link, refused};

#[tokio::test(flavor = "multi_thread")]
async fn staff_03_two_operators_release_and_recall_at_once_and_one_of_both_happens() {
    for_each_database(|db| async move {
        let console = Console::with(&db, holding).await;
        let (device, session) = console.server.customer_with_device(TARO).await;
        let operator = console.member("aoi", &[Role::Operator]).await;
        let approver = console.member("ren", &[Role::Approver]).await;
        for round in 0..4 {
            withdraw(&device, &session).await;
            let customer = console.customer(&operator, TARO.number).await;
            let path = propose(&console, &operator, &customer).await;
            let seen = open(&approver, &path).await;
            let recall = link(&customer, "/recall");
            let (released, recalled) = tokio::join!(
                decide(&approver, &seen, &path, "approve"),
                console.act(&operator, &recall, &[])
            );
            let state = states(&console).await.pop().expect("one");
            let both = (released.location.is_some(), recalled.location.is_some());
            match state.as_str() {
                "queued" => assert_eq!(both, (true, false), "{round}: {}", recalled.body),
                "recalled" => assert_eq!(both, (false, true), "{round}: {}", released.body),
                other => panic!("{round}: {other}"),
            }
            drain(&console).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_03_a_lock_and_a_release_at_once_never_pay_from_a_locked_account() {
    for_each_database(|db| async move {
        let console = Console::with(&db, holding).await;
        let (device, session) = console.server.customer_with_device(TARO).await;
        withdraw(&device, &session).await;
        let operator = console.member("aoi", &[Role::Operator]).await;
        let approver = console.member("ren", &[Role::Approver]).await;
        let customer = console.customer(&operator, TARO.number).await;
        let path = propose(&console, &operator, &customer).await;
        let seen = open(&approver, &path).await;
        let lock = format!("{}/lock", customer.path);
        let (_, locked) = tokio::join!(
            decide(&approver, &seen, &path, "approve"),
            console.act(&operator, &lock, &[])
        );
        assert!(locked.location.is_some(), "{}", locked.body);
        // Either it was released first and is held again, or it was never released.
        assert_eq!(states(&console).await, ["held"]);
        drain(&console).await;
        assert_eq!(states(&console).await, ["held"]);
        let screen = console.customer(&operator, TARO.number).await;
        assert!(!screen.body.contains("/release"), "not linked while it is locked");
        let asked = console.act(&operator, &link(&customer, "/release"), &[]).await;
        assert!(refused(&asked, 1650), "{}", asked.body);
        console.server.clock.advance_secs(2 * 86_400);
        drain(&console).await;
        assert_eq!(
            states(&console).await,
            ["refused"],
            "a closed account pays nothing"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_02_a_withdrawal_of_another_customer_in_the_path_is_not_found() {
    let db = Database::sqlite();
    let console = Console::with(&db, holding).await;
    let (device, session) = console.server.customer_with_device(TARO).await;
    withdraw(&device, &session).await;
    let operator = console.member("aoi", &[Role::Operator]).await;
    let taro = console.customer(&operator, TARO.number).await;
    let hanako = console.customer(&operator, HANAKO.number).await;
    for deed in ["/release", "/recall"] {
        let crossed = link(&taro, deed).replace(&taro.path, &hanako.path);
        let form = operator.browser.get(&crossed).await;
        assert_eq!(form.status, StatusCode::NOT_FOUND, "{deed}");
        let own = operator.browser.get(&format!("{}/lock", hanako.path)).await;
        let csrf = own.form("/logout").value("csrf").expect("it is there").to_owned();
        let fields = [
            ("csrf".to_owned(), csrf),
            ("reason".to_owned(), crate::scene::REASON.to_owned()),
            ("identity".to_owned(), "name,callback".to_owned()),
        ];
        let sent = operator.browser.post(&crossed, &fields).await;
        assert_eq!(sent.status, StatusCode::NOT_FOUND, "{deed}: {}", sent.body);
    }
    assert_eq!(states(&console).await, ["held"]);
    let wrong = operator.browser.get("/held?after=nonsense").await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST, "{}", wrong.body);
}
