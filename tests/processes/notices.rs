//! Notices, vetoes and the code for a new login password on the command line of a device (ENROL-09, ENROL-14, CHAL-13).

use serde_json::Value;
use warifu_server::pages::paths;
use warifu_shared::error::ErrorCode;
use warifu_tests::customer::{AnonymousBrowser, Answer, CustomerSession};
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::server::TARO;

use crate::authenticator::Authenticator;
use crate::firm::Firm;

const NEW: &str = "yuki-no-hi-ni-yomu-hon";
const TWO_DAYS: i64 = 2 * 86_400;

/// Logs in with the approval of `device`.
async fn log_in_with(firm: &Firm, device: &Authenticator, password: &str) -> CustomerSession {
    let browser = firm.browser();
    let waiting = browser.enter_password(TARO.number, password).await;
    device.run(["approve", "--number", &waiting.number()]).await;
    browser.go_on(&waiting).await
}

/// The handle of the notice of a device with this heading. Others may be newer: a login is told when its mail is sent.
async fn notice(device: &Authenticator, heading: &str) -> String {
    let list = device.run(["notices"]).await.json("notices");
    let cards = list["notices"].as_array().expect("a list");
    let found = cards.iter().find(|card| card["heading"] == heading);
    let handle = found.and_then(|card| card["handle"].as_str());
    handle
        .unwrap_or_else(|| panic!("no {heading} in {list}"))
        .to_owned()
}

#[tokio::test]
async fn enrol_09_a_new_device_is_stopped_from_a_terminal_without_a_pin() {
    for_each_database(|db| async move {
        let firm = Firm::open(&db).await;
        let old = firm.customer_with_device(TARO).await;
        let new = firm.device();
        let session = log_in_with(&firm, &old, TARO.password).await;
        firm.enrol(&session, &new).await;

        let handle = notice(&old, "新しい端末が登録されました").await;
        let unknown = old.attempt(["veto", "n_none"], "").await.refusal();
        assert_eq!(unknown["code"], 2029, "{unknown}");
        let done = old.attempt(["veto", &handle[..10]], "").await;
        let done = (done.code, done.json("vetoed"));
        assert_eq!(done.0, 0, "{done:?}");
        assert_eq!(done.1["device"], "台所の端末");
        assert_eq!(done.1["veto"], Value::Null, "nothing is left to object to");
        let again = old.attempt(["veto", &handle], "").await.refusal();
        assert_eq!(again["code"], 2030, "{again}");

        // The new one is out, on both sides; the old one goes on as before.
        let refused = new.refused(["list"]).await;
        assert_eq!(refused["code"], 1207, "{refused}");
        let vetoed = "SELECT COUNT(*) FROM audit_leaves WHERE action = 'device.vetoed'";
        assert_eq!(firm.count(vetoed).await, 1);
        let active = "SELECT COUNT(*) FROM devices WHERE state = 'active'";
        assert_eq!(firm.count(active).await, 1);
        log_in_with(&firm, &old, TARO.password).await;
    })
    .await;
}

#[tokio::test]
async fn enrol_14_the_last_device_keeps_itself_from_a_terminal() {
    let db = Database::sqlite();
    let firm = Firm::open(&db).await;
    let device = firm.customer_with_device(TARO).await;
    let session = log_in_with(&firm, &device, TARO.password).await;
    let list = session.get(paths::DEVICES).await;
    let from = list.body.find("href=\"/devices/d").expect("a device") + 6;
    let page = list.body[from..].split('"').next().expect("an address");
    let ask = session.get(&format!("{page}/remove")).await;
    let asked = session.browser().submit(&ask, "/remove", &[]).await;
    let waits = session.browser().follow(asked).await;
    assert!(waits.body.contains("/keep\""), "{}", waits.body);

    let handle = notice(&device, "最後の端末の解除を受け付けました").await;
    let kept = device.attempt(["veto", &handle], "").await.json("vetoed");
    assert!(
        kept["vetoed"]
            .as_str()
            .is_some_and(|text| text.contains("取りやめました")),
        "{kept}"
    );
    let page = session.get(page).await;
    assert!(!page.body.contains("/keep\""), "{}", page.body);
}

/// Types account number and code on the page of the recovery.
async fn enter_code(browser: &AnonymousBrowser, code: &str) -> Answer {
    let page = browser.get(paths::RECOVER).await;
    let filled = [("account_number", TARO.number), ("code", code)];
    let answer = browser.submit(&page, paths::RECOVER, &filled).await;
    browser.follow(answer).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chal_13_enrol_09_a_code_from_a_terminal_replaces_the_password_after_the_first_day() {
    for_each_database(|db| async move {
        let mut firm = Firm::prepare(&db, &crate::firm::Plan::new()).await;
        // The device is registered two days ago: on its first day it gets no code.
        let past = firm.server_behind_secs(TWO_DAYS).await;
        let device = firm.customer_with_device(TARO).await;
        let early = device.refused(["reset-password"]).await;
        assert_eq!(early["code"], ErrorCode::DeviceTooNewToReset.number(), "{early}");
        past.stop().await;

        firm.start().await;
        let wrong = device.attempt(["reset-password"], "518263").await.refusal();
        assert_eq!(wrong["code"], 2001, "{wrong}");
        let given = device.run(["reset-password"]).await.json("code");
        let code = given["code"].as_str().expect("a code");
        let browser = firm.browser();
        let page = enter_code(&browser, code).await;
        let done = browser.submit(&page, "/password", &[("new", NEW)]).await;
        let done = browser.follow(done).await;
        assert!(done.body.contains("新しいパスワードを設定しました"), "{done:?}");
        let again = enter_code(&firm.browser(), code).await;
        assert!(again.body.contains(ErrorCode::RecoveryRefused.ja()), "{again:?}");
        let old = firm.browser().enter_password(TARO.number, TARO.password).await;
        assert!(old.body.contains(ErrorCode::LoginRefused.ja()), "{old:?}");
        log_in_with(&firm, &device, NEW).await;
        let log = device.run(["notices"]).await.log;
        assert!(!log.contains(code), "shown once, kept nowhere");
    })
    .await;
}
