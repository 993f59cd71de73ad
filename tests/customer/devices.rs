//! Devices on the pages: renamed, suspended, lifted, removed, the last one, keys that end (ENROL-07..15, CODE-10).

use reqwest::Method;
use warifu_server::pages::paths;
use warifu_server::store::device_life;
use warifu_shared::api::paths as api;
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::raw_device::RawDevice;
use warifu_tests::server::{HANAKO, TARO};

use crate::device_home::{Home, force, page_of, press};

#[tokio::test]
async fn enrol_13_code_10_suspended_by_the_session_alone_and_no_mailed_code_opens() {
    for_each_database(|db| async move {
        let home = Home::open(&db).await;
        let session = home.session(&home.old).await;
        // An hour later nothing is fresh any more: one factor is enough all the same.
        home.server.clock.advance_secs(3600);
        let other = home.server.browser();
        let waiting = other.enter_password(TARO.number, TARO.password).await;
        let challenge = home.old.newest_challenge(home.server.now()).await;
        let number = waiting.number();
        let page = press(&session, &home.old, "suspend").await;
        assert!(page.body.contains("一時停止しました"), "{}", page.body);
        assert_eq!(home.state(&home.old).await, "suspended");
        assert_eq!(home.hears(&home.old).await, 1208);
        assert_eq!(home.mails_with("一時停止しました").await, 1, "ENROL-07");
        let token = home.old.token(&challenge, Some(&number), home.server.now());
        let late = home.old.carry(&challenge.0, &token, home.server.now());
        assert_eq!(home.old.send(&late).await.status, 403, "no signature counts");
        assert_eq!(other.live_status(&waiting).await.state, "cancelled");
        for path in [api::DEVICE, api::DEVICE_NAME] {
            let body: &[u8] = if path == api::DEVICE {
                b""
            } else {
                br#"{"name":"x"}"#
            };
            let method = if body.is_empty() {
                Method::DELETE
            } else {
                Method::PUT
            };
            let signed = home.old.sign(method, path, body, home.server.now());
            assert_eq!(home.old.send(&signed).await.refusal(), (403, 1208), "{path}");
        }
        assert!(!home.code_opens().await, "it still counts as a device");
        home.server.clock.advance_secs(3 * 86_400);
        home.work().await;
        assert!(!home.code_opens().await, "nor days later");
        assert_eq!(home.server.leaves("device.suspended").await, 1);
    })
    .await;
}

#[tokio::test]
async fn enrol_13_chal_11_without_a_session_all_devices_stand_still_and_a_stranger_learns_nothing() {
    let db = Database::sqlite();
    let home = Home::open(&db).await;
    let new = home.another().await;
    let browser = home.server.browser();
    let login = browser.get(paths::LOGIN).await;
    assert!(login.body.contains(paths::LOST), "reachable from the login page");
    let lost = async |number: &str, password: &str| {
        let page = browser.get(paths::LOST).await;
        let filled = [("account_number", number), ("password", password)];
        browser.submit(&page, paths::LOST, &filled).await
    };
    let unknown = lost("9999999", TARO.password).await;
    let wrong = lost(TARO.number, "wrong").await;
    assert_eq!(unknown.status, wrong.status);
    assert!(unknown.body.contains("1501") && wrong.body.contains("1501"));
    assert_eq!(home.state(&home.old).await, "active");
    let none = lost(HANAKO.number, HANAKO.password).await;
    let done = lost(TARO.number, TARO.password).await;
    for page in [&none, &done] {
        assert!(
            page.body.contains("すべての端末を止めました"),
            "with and without devices alike"
        );
    }
    for device in [&home.old, &new] {
        assert_eq!(home.state(device).await, "suspended");
    }
    assert!(!home.code_opens().await);
    let foreign = browser.get(paths::LOST).await;
    let mut form = foreign.form(paths::LOST);
    form.fill("csrf", "x");
    let refused = browser.post(paths::LOST, &form.fields).await;
    assert_eq!(refused.status, 403, "WEB-03");
}

#[tokio::test]
async fn enrol_13_chal_09_an_approval_in_flight_and_a_suspension_never_both_win() {
    for_each_database(|db| async move {
        let home = Home::open(&db).await;
        let session = home.session(&home.old).await;
        let browser = home.server.browser();
        let waiting = browser.enter_password(TARO.number, TARO.password).await;
        let number = waiting.number();
        let challenge = home.old.newest_challenge(home.server.now()).await;
        let token = home.old.token(&challenge, Some(&number), home.server.now());
        let carried = home.old.carry(&challenge.0, &token, home.server.now());
        let (approved, _) = tokio::join!(
            home.old.send(&carried),
            force(&session, &home.old, "suspend", &[])
        );
        assert_eq!(home.state(&home.old).await, "suspended");
        // Approved before or not at all; and what was approved opens no session afterwards.
        let page = browser.get(&waiting.path).await;
        if page.body.contains("/continue") {
            assert_eq!(approved.status, 200);
            browser.submit(&page, "/continue", &[]).await;
        }
        let inside = browser.get(paths::ACCOUNT).await;
        assert_eq!(inside.location.as_deref(), Some(paths::LOGIN));
    })
    .await;
}

#[tokio::test]
async fn enrol_14_only_another_older_device_or_one_past_its_first_day_lifts_a_suspension() {
    for_each_database(|db| async move {
        let home = Home::open(&db).await;
        let new = home.another().await;
        let own = home.session(&home.old).await;
        let young = home.session(&new).await;
        press(&own, &home.old, "suspend").await;
        assert_eq!(
            home.state(&new).await,
            "active",
            "its own session spares nobody else"
        );
        let itself = force(&own, &home.old, "lift", &[]).await;
        assert!(itself.body.contains("1724"), "{}", itself.body);
        let too_new = force(&young, &home.old, "lift", &[]).await;
        assert!(too_new.body.contains("1723"), "{}", too_new.body);
        home.server.clock.advance_secs(301);
        let stale = force(&young, &home.old, "lift", &[]).await;
        assert!(stale.body.contains("1505"), "SESS-07: {}", stale.body);
        home.server.clock.advance_secs(86_100);
        let fresh = home.session(&new).await;
        let lifted = press(&fresh, &home.old, "lift").await;
        assert!(lifted.body.contains("一時停止を解きました"), "{}", lifted.body);
        assert_eq!(home.hears(&home.old).await, 0);
        let again = force(&fresh, &home.old, "lift", &[]).await;
        assert!(again.body.contains("1725"));
    })
    .await;
}

#[tokio::test]
async fn enrol_14_code_10_the_last_device_leaves_a_day_after_the_notice_and_not_a_moment_earlier() {
    for_each_database(|db| async move {
        let home = Home::open(&db).await;
        let session = home.session(&home.old).await;
        let question = session.get(&paths::remove_device(home.old.id.as_str())).await;
        let announced = session.browser().submit(&question, "/remove", &[]).await;
        let page = session.browser().follow(announced).await;
        assert!(page.body.contains("解除が予定されています"), "{}", page.body);
        assert_eq!(home.mails_with("最後の端末の解除が申し込まれました").await, 1);
        home.server.clock.advance_secs(86_399);
        home.work().await;
        assert_eq!(home.hears(&home.old).await, 0, "until then it works");
        let last = home.session(&home.old).await;
        assert!(!home.code_opens().await);
        home.server.clock.advance_secs(1);
        let late = force(&last, &home.old, "keep", &[]).await;
        assert!(
            !late.body.contains("解除を取りやめました"),
            "the moment is the removal's"
        );
        home.work().await;
        assert_eq!(home.hears(&home.old).await, 1207);
        assert!(home.code_opens().await, "the day was waited");
        assert_eq!(home.mails_with("24時間前にお知らせしたとおり").await, 1);
    })
    .await;
}

#[tokio::test]
async fn enrol_14_any_session_stops_the_removal_in_its_last_second() {
    for_each_database(|db| async move {
        let home = Home::open(&db).await;
        let session = home.session(&home.old).await;
        force(&session, &home.old, "remove", &[("why", "replaced")]).await;
        home.server.clock.advance_secs(86_000);
        // A fresh login, and then nothing more: one factor of a session is enough.
        let late = home.session(&home.old).await;
        home.server.clock.advance_secs(399);
        let kept = press(&late, &home.old, "keep").await;
        assert!(kept.body.contains("解除を取りやめました"), "{}", kept.body);
        let again = force(&late, &home.old, "keep", &[]).await;
        assert!(
            again.body.contains("1722"),
            "nothing waits any more: {}",
            again.body
        );
        home.server.clock.advance_secs(86_400);
        home.work().await;
        assert_eq!(home.state(&home.old).await, "active");
        assert!(!home.code_opens().await);
    })
    .await;
}

#[tokio::test]
async fn enrol_14_at_the_due_moment_exactly_one_of_veto_and_removal_wins() {
    for_each_database(|db| async move {
        let home = Home::open(&db).await;
        let store = &home.server.server.app.store;
        for round in 0..8 {
            let device = home.another().await;
            let due = home.server.now().plus_secs(60);
            let (own, other, third) = (device.id.clone(), device.id.clone(), device.id.clone());
            let announced = store
                .write(move |c| Box::pin(async move { device_life::announce(c, &own, due, "lost").await }));
            assert!(announced.await.expect("it answers"));
            let keep = store.write(move |c| {
                Box::pin(async move { device_life::keep(c, &other, due.plus_secs(-1)).await })
            });
            let leave =
                store.write(move |c| Box::pin(async move { device_life::leave(c, &third, due).await }));
            let (kept, left) = if round % 2 == 0 {
                tokio::join!(keep, leave)
            } else {
                let (left, kept) = tokio::join!(leave, keep);
                (kept, left)
            };
            let (kept, left) = (kept.expect("it answers"), left.expect("it answers"));
            assert!(kept != left, "kept {kept}, left {left}");
            let state = home.state(&device).await;
            assert_eq!(state, if kept { "active" } else { "revoked" });
        }
    })
    .await;
}

#[tokio::test]
async fn enrol_14_two_removals_at_once_do_not_take_each_other_for_the_one_that_stays() {
    for_each_database(|db| async move {
        let home = Home::open(&db).await;
        let second = home.another().await;
        home.server.clock.advance_secs(2 * 86_400);
        let (one, two) = (home.session(&home.old).await, home.session(&second).await);
        let why = [("why", "replaced")];
        tokio::join!(
            force(&one, &second, "remove", &why),
            force(&two, &home.old, "remove", &why)
        );
        let mut states = [home.state(&home.old).await, home.state(&second).await];
        states.sort();
        assert_eq!(states, ["active", "revoked"]);
        assert!(!home.code_opens().await);
    })
    .await;
}

#[tokio::test]
async fn enrol_14_a_suspension_calls_off_an_announced_removal() {
    let db = Database::sqlite();
    let home = Home::open(&db).await;
    let session = home.session(&home.old).await;
    force(&session, &home.old, "remove", &[("why", "lost")]).await;
    press(&session, &home.old, "suspend").await;
    home.server.clock.advance_secs(3 * 86_400);
    home.work().await;
    assert_eq!(home.state(&home.old).await, "suspended");
    assert!(!home.code_opens().await);
}

#[tokio::test]
async fn web_03_web_08_each_form_of_a_device_is_its_owners_alone() {
    let db = Database::sqlite();
    let home = Home::open(&db).await;
    let store = &home.server.server.app.store;
    let foreign = RawDevice::register(store, HANAKO, &home.server.origin, home.server.now()).await;
    let session = home.session(&home.old).await;
    for action in ["rename", "suspend", "lift", "veto", "keep", "remove"] {
        let more = [("why", "stolen"), ("name", "x")];
        let answer = force(&session, &foreign, action, &more).await;
        assert_eq!(answer.status, 404, "{action}: {}", answer.body);
        let nothing = force(&session, &home.old, &format!("{action}/x"), &more).await;
        assert_eq!(nothing.status, 404);
        let path = format!("{}/{action}", page_of(&home.old));
        let forged = [
            ("csrf".to_owned(), "x".to_owned()),
            ("why".to_owned(), "lost".to_owned()),
        ];
        let refused = session.browser().post(&path, &forged).await;
        assert_eq!(refused.status, 403, "{action}: {}", refused.body);
    }
    assert_eq!(session.get(&page_of(&foreign)).await.status, 404);
    for device in [&foreign, &home.old] {
        assert_eq!(home.state(device).await, "active");
    }
}

#[tokio::test]
async fn enrol_10_names_are_text_of_40_characters_and_the_last_one_stays_whole() {
    let db = Database::sqlite();
    let home = Home::open(&db).await;
    let session = home.session(&home.old).await;
    let long = "あ".repeat(41);
    for bad in ["", "   ", "a\u{202e}b", "a\nb", "a\u{0}b", "\u{200b}", &long] {
        let refused = force(&session, &home.old, "rename", &[("name", bad)]).await;
        assert!(refused.body.contains("1726"), "{bad:?}: {}", refused.body);
    }
    let markup = "<img src=x onerror=alert(1)>";
    let named = force(&session, &home.old, "rename", &[("name", markup)]).await;
    let list = session.get(paths::DEVICES).await;
    for page in [&named, &list] {
        assert!(
            page.body.contains("onerror") && !page.body.contains("<img"),
            "WEB-04"
        );
    }
    let composed = force(&session, &home.old, "rename", &[("name", "か\u{3099}")]).await;
    assert!(composed.body.contains('が'), "NFC");
    let (first, second) = ("一".repeat(40), "二".repeat(40));
    let (one, two) = ([("name", first.as_str())], [("name", second.as_str())]);
    tokio::join!(
        force(&session, &home.old, "rename", &one),
        force(&session, &home.old, "rename", &two)
    );
    let list = session.get(paths::DEVICES).await;
    assert!(list.body.contains(&first) != list.body.contains(&second));
    assert_eq!(home.server.leaves("device.renamed").await, 4);
}

#[tokio::test]
async fn enrol_15_two_reminders_and_then_the_keys_have_ended() {
    for_each_database(|db| async move {
        let home = Home::open(&db).await;
        let reminders = async || home.mails_with("鍵の期限が近づいています").await;
        // Two days have passed already.
        home.server.clock.advance_secs((730 - 2 - 30) * 86_400 - 1);
        home.work().await;
        assert_eq!(reminders().await, 0);
        home.server.clock.advance_secs(1);
        for _ in 0..3 {
            home.work().await;
        }
        assert_eq!(reminders().await, 1, "once, 30 days before");
        home.server.clock.advance_secs(23 * 86_400);
        for _ in 0..3 {
            home.work().await;
        }
        assert_eq!(reminders().await, 2, "once more, 7 days before");
        home.server.clock.advance_secs(7 * 86_400 - 1);
        assert_eq!(home.hears(&home.old).await, 0);
        home.server.clock.advance_secs(1);
        assert_eq!(home.hears(&home.old).await, 1720, "before any worker came by");
        home.work().await;
        assert_eq!(home.hears(&home.old).await, 1720);
        assert!(!home.code_opens().await, "it still counts as a device");
    })
    .await;
}
