//! A new device and the older ones: what it cannot do, and how they stop it (ENROL-09, ENROL-12).

use reqwest::Method;
use warifu_server::operations::withdrawal::work;
use warifu_server::pages::paths;
use warifu_server::store::device_life;
use warifu_shared::api::paths as paths_of_api;
use warifu_shared::ids::{RecallId, WithdrawalId};
use warifu_shared::jws::recall::Recall;
use warifu_shared::jws::veto::{Veto, VetoTo};
use warifu_tests::customer::{Answer, CustomerSession};
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::raw_device::RawDevice;
use warifu_tests::server::{HANAKO, TARO};

use crate::device_home::{Home, approve, force, page_of, press, register};

/// One device objects to the registration of another: 0, or the number of the refusal.
async fn veto(home: &Home, by: &RawDevice, target: &RawDevice) -> i64 {
    by.object(&target.id, VetoTo::Registration, home.server.now())
        .await
}

/// One device keeps another, or itself, from leaving: the same.
async fn keep(home: &Home, by: &RawDevice, target: &RawDevice) -> i64 {
    by.object(&target.id, VetoTo::Removal, home.server.now()).await
}

#[tokio::test]
async fn enrol_09_an_older_device_or_its_session_stops_a_new_one_at_once() {
    for_each_database(|db| async move {
        let home = Home::open(&db).await;
        let new = home.another().await;
        let (owner, thief) = (home.session(&home.old).await, home.session(&new).await);
        let page = owner.get(&page_of(&new)).await;
        assert!(page.body.contains("この端末を登録しましたか"), "{}", page.body);
        let shown = thief.get(&page_of(&home.old)).await;
        assert!(!shown.body.contains("/veto"), "not the other way round");
        let refused = force(&thief, &home.old, "veto", &[]).await;
        assert!(refused.body.contains("1721"), "{}", refused.body);
        assert_eq!(home.server.signals().await, [""; 0]);
        let done = press(&owner, &new, "veto").await;
        assert!(done.body.contains("新しい端末を取り消しました"), "{}", done.body);
        assert_eq!(home.hears(&new).await, 1207);
        let gone = thief.get(paths::ACCOUNT).await;
        assert_eq!(gone.location.as_deref(), Some(paths::LOGIN), "its sessions end");
        assert_eq!(home.mails_with("前からある端末の操作で取り消しました").await, 1);
        assert_eq!(
            home.mails_with("端末の登録が解除されました").await,
            0,
            "one act, one mail"
        );
        assert_eq!(home.server.leaves("device.vetoed").await, 1);
        let signals = home.server.signals().await;
        assert!(signals.contains(&"device_vetoed".to_owned()), "{signals:?}");
    })
    .await;
}

#[tokio::test]
async fn enrol_09_appr_07_a_device_vetoes_within_the_first_day_once_for_each_nonce() {
    for_each_database(|db| async move {
        let home = Home::open(&db).await;
        let new = home.another().await;
        assert_eq!(
            veto(&home, &new, &home.old).await,
            1721,
            "not the other way round"
        );
        home.server.clock.advance_secs(86_400);
        assert_eq!(veto(&home, &home.old, &new).await, 1721, "its day is over");
        assert_eq!(home.state(&new).await, "active");
        let newest = home.another().await;
        home.server.clock.advance_secs(86_399);
        let now = home.server.now();
        let signed = home.old.veto(&newest.id, VetoTo::Registration, now);
        let token = signed.sign(&home.old.request).expect("signed");
        let request = home.old.objection(&token, now);
        assert_eq!(home.old.send(&request).await.done(), 0);
        assert_eq!(home.hears(&newest).await, 1207);
        assert_eq!(home.old.send(&request).await.done(), 1104, "replayed");
        let again = home.old.objection(&token, now);
        assert_eq!(home.old.send(&again).await.done(), 0, "the answer got lost");
        assert_eq!(home.server.leaves("device.vetoed").await, 1);
        assert_eq!(home.mails_with("前からある端末の操作で取り消しました").await, 1);
        assert_eq!(veto(&home, &newest, &home.old).await, 1207, "it is gone");
        let other = home.another().await;
        let session = home.session(&home.old).await;
        press(&session, &home.old, "suspend").await;
        assert_eq!(veto(&home, &home.old, &other).await, 1208, "suspended");
    })
    .await;
}

#[tokio::test]
async fn enrol_09_key_03_key_10_a_veto_counts_only_for_the_device_that_signed_it() {
    for_each_database(|db| async move {
        let home = Home::open(&db).await;
        let new = home.another().await;
        let stranger = register(&home.server, HANAKO).await;
        let (now, old) = (home.server.now(), &home.old);
        let honest = || old.veto(&new.id, VetoTo::Registration, now);
        let elsewhere = Veto {
            aud: "https://evil.example".to_owned(),
            ..honest()
        };
        let ended = Veto {
            iat: now.secs() - 61,
            nbf: now.secs() - 61,
            exp: now.secs() - 1,
            ..honest()
        };
        let recall = Recall {
            iss: honest().iss,
            aud: honest().aud,
            jti: RecallId::random(),
            iat: honest().iat,
            nbf: honest().nbf,
            exp: honest().exp,
            wd: WithdrawalId::at(now),
            reference: "W-1".to_owned(),
        };
        for (what, token) in [
            ("by the approval key", honest().sign(&old.approval)),
            ("by the new device's key", honest().sign(&new.request)),
            ("for another service", elsewhere.sign(&old.request)),
            ("ended", ended.sign(&old.request)),
            ("a recall", recall.sign(&old.request)),
            ("no token", Ok("x.y.z".to_owned())),
        ] {
            let request = old.objection(&token.expect("signed"), now);
            assert_eq!(old.send(&request).await.done(), 1740, "{what}");
        }
        let token = honest().sign(&old.request).expect("signed");
        let carried = new.objection(&token, now);
        assert_eq!(new.send(&carried).await.done(), 1740, "carried by another device");
        for target in [&old.id, &new.id] {
            assert_eq!(stranger.object(target, VetoTo::Registration, now).await, 1002);
            assert_eq!(stranger.object(target, VetoTo::Removal, now).await, 1002);
        }
        assert_eq!(veto(&home, old, &stranger).await, 1002, "another customer's");
        let unsigned = old.objection(&token, now).without("signature");
        assert_eq!(old.send(&unsigned).await.status, 401);
        let odd = old.sign(
            Method::POST,
            paths_of_api::VETOES,
            br#"{"token":"x","to":"y"}"#,
            now,
        );
        assert_eq!(old.send(&odd).await.status, 400);
        assert_eq!(home.state(&new).await, "active", "nothing of it counted");
        assert_eq!(home.server.leaves("device.vetoed").await, 0);
    })
    .await;
}

#[tokio::test]
async fn enrol_09_chal_09_of_a_veto_and_the_first_use_the_veto_stands() {
    for_each_database(|db| async move {
        let home = Home::open(&db).await;
        for round in 0..4 {
            let new = home.another().await;
            home.server.clock.advance_secs(60);
            let browser = home.server.browser();
            let waiting = browser.enter_password(TARO.number, TARO.password).await;
            let number = waiting.number();
            let first_use = approve(&home.server, &new, &number);
            let (used, vetoed) = if round % 2 == 0 {
                tokio::join!(first_use, veto(&home, &home.old, &new))
            } else {
                let (vetoed, used) = tokio::join!(veto(&home, &home.old, &new), first_use);
                (used, vetoed)
            };
            assert_eq!(vetoed, 0);
            assert_eq!(home.hears(&new).await, 1207);
            // Approved a moment before it was stopped: the approval opens nothing any more.
            let page = browser.get(&waiting.path).await;
            let gone_on = if used.status == 200 {
                let answer = browser.submit(&page, "/continue", &[]).await;
                browser.follow(answer).await
            } else {
                page
            };
            assert!(
                !gone_on.path.starts_with(paths::ACCOUNT),
                "{used:?} {}",
                gone_on.path
            );
            let inside = browser.get(paths::ACCOUNT).await;
            assert_eq!(inside.location.as_deref(), Some(paths::LOGIN), "{used:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn enrol_14_appr_10_a_device_keeps_itself_in_the_last_second_and_not_in_the_next() {
    for_each_database(|db| async move {
        let home = Home::open(&db).await;
        // The attack: the password and one approval got by a lie announce the removal, and the owner looks at the end of the day.
        let thief = home.session(&home.old).await;
        let announce = [("why", "replaced")];
        force(&thief, &home.old, "remove", &announce).await;
        home.server.clock.advance_secs(86_399);
        let now = home.server.now();
        let veto = home.old.veto(&home.old.id, VetoTo::Removal, now);
        let token = veto.sign(&home.old.request).expect("signed");
        let request = home.old.objection(&token, now);
        assert_eq!(home.old.send(&request).await.done(), 0);
        assert_eq!(home.old.send(&request).await.done(), 1104, "replayed");
        assert_eq!(
            home.old.send(&home.old.objection(&token, now)).await.done(),
            0,
            "again"
        );
        home.server.clock.advance_secs(86_400);
        home.work().await;
        assert_eq!(home.state(&home.old).await, "active");
        assert!(!home.code_opens().await, "no mailed code opens");
        assert_eq!(home.server.leaves("device.kept").await, 1);
        home.server.clock.advance_secs(300);
        // Once more, and a second too late: the moment is the removal's, whenever the worker comes by.
        let thief = home.session(&home.old).await;
        force(&thief, &home.old, "remove", &announce).await;
        home.server.clock.advance_secs(86_400);
        assert_eq!(keep(&home, &home.old, &home.old).await, 1722);
        home.work().await;
        assert_eq!(keep(&home, &home.old, &home.old).await, 1207);
    })
    .await;
}

#[tokio::test]
async fn enrol_14_any_active_device_keeps_another_and_a_suspended_one_keeps_none() {
    for_each_database(|db| async move {
        let home = Home::open(&db).await;
        let second = home.another().await;
        announce(&home, &home.old).await;
        home.server.clock.advance_secs(3600);
        let session = home.session(&second).await;
        press(&session, &second, "suspend").await;
        assert_eq!(keep(&home, &second, &home.old).await, 1208);
        let third = home.another().await;
        assert_eq!(
            keep(&home, &third, &home.old).await,
            0,
            "also a new one: it only protects"
        );
        home.server.clock.advance_secs(2 * 86_400);
        home.work().await;
        assert_eq!(home.state(&home.old).await, "active");
    })
    .await;
}

/// Announces the removal of a device that may not be the last, as a race of two removals leaves it.
async fn announce(home: &Home, device: &RawDevice) {
    let (id, due) = (device.id.clone(), home.server.now().plus_secs(86_400));
    let store = &home.server.server.app.store;
    let announced =
        store.write(move |c| Box::pin(async move { device_life::announce(c, &id, due, "lost").await }));
    assert!(announced.await.expect("it answers"));
}

#[tokio::test]
async fn enrol_09_a_thief_with_a_new_device_silences_and_removes_no_older_one() {
    for_each_database(|db| async move {
        let home = Home::open(&db).await;
        let owners = home.session(&home.old).await;
        let new = home.another().await;
        let thief = home.session(&new).await;
        let removal = force(&thief, &home.old, "remove", &[("why", "stolen")]).await;
        assert!(removal.body.contains("1723"), "{}", removal.body);
        assert_eq!(home.state(&home.old).await, "active");
        press(&thief, &home.old, "suspend").await;
        assert_eq!(home.state(&home.old).await, "suspended");
        assert_eq!(
            home.state(&new).await,
            "suspended",
            "it cannot be the only one left"
        );
        assert!(!home.code_opens().await);
        drop(owners);
    })
    .await;
}

#[tokio::test]
async fn enrol_09_what_a_stopped_device_let_in_goes_with_it() {
    let db = Database::sqlite();
    let home = Home::open(&db).await;
    let new = home.another().await;
    let thief = home.session(&new).await;
    home.server.clock.advance_secs(1);
    let third = home.server.enrol(&thief).await;
    let owner = home.session(&home.old).await;
    press(&owner, &new, "veto").await;
    drop(third.core.refresh().await);
    let state = serde_json::to_value(third.core.view().services[0].state).expect("json");
    assert_eq!(state, "revoked");
    assert_eq!(home.state(&home.old).await, "active");
}

async fn withdraw(home: &Home, session: &CustomerSession, device: &RawDevice) -> Answer {
    let form = session.get(paths::WITHDRAW).await;
    let filled = [("amount", "150000"), ("password", TARO.withdrawal_password)];
    let answer = session.browser().submit(&form, paths::WITHDRAW, &filled).await;
    let page = session.browser().follow(answer).await;
    let done = approve(&home.server, device, &page.number()).await;
    assert_eq!(done.json["outcome"], "approved", "{done:?}");
    work::step(&home.server.server.app).await.expect("orders move on");
    page
}

async fn withdrawals(home: &Home) -> Vec<String> {
    let mut c = home.server.server.app.store.read().await.expect("a connection");
    sqlx::query_scalar("SELECT state FROM withdrawals")
        .fetch_all(&mut *c)
        .await
        .expect("rows")
}

#[tokio::test]
async fn enrol_12_a_removal_says_why_and_withdrawals_of_a_stolen_device_are_taken_back() {
    for_each_database(|db| async move {
        for (why, then) in [("replaced", "held"), ("lost", "held"), ("stolen", "recalled")] {
            let db = match db.kind() {
                warifu_tests::databases::Kind::Sqlite => Database::sqlite(),
                warifu_tests::databases::Kind::Postgres => Database::postgres().await,
            };
            let home = Home::open(&db).await;
            let second = home.another().await;
            home.server.clock.advance_secs(2 * 86_400);
            let by_second = home.session(&second).await;
            withdraw(&home, &by_second, &second).await;
            assert_eq!(withdrawals(&home).await, ["held"]);
            let session = home.session(&home.old).await;
            let question = session.get(&paths::remove_device(second.id.as_str())).await;
            let filled = [("why", why)];
            let done = session.browser().submit(&question, "/remove", &filled).await;
            let list = session.browser().follow(done).await;
            assert!(list.path == paths::DEVICES, "{}", list.body);
            assert_eq!(home.hears(&second).await, 1207);
            assert_eq!(withdrawals(&home).await, [then], "{why}");
            let signals = home.server.signals().await;
            assert_eq!(
                signals.contains(&"device_stolen".to_owned()),
                why == "stolen",
                "{signals:?}"
            );
            let ended = by_second.get(paths::ACCOUNT).await;
            assert_eq!(ended.location.as_deref(), Some(paths::LOGIN), "ticked by default");
            assert_eq!(session.get(paths::ACCOUNT).await.status, 200);
        }
    })
    .await;
}

#[tokio::test]
async fn enrol_09_a_refusal_in_the_cool_off_is_told_once_a_day() {
    for_each_database(|db| async move {
        let home = Home::open(&db).await;
        let session = home.session(&home.old).await;
        let until = home.server.now().plus_secs(86_400).0;
        let store = &home.server.server.app.store;
        store
            .write(move |c| {
                Box::pin(async move {
                    sqlx::query("UPDATE accounts SET cool_off_until = $1")
                        .bind(until)
                        .execute(c)
                        .await?;
                    Ok(())
                })
            })
            .await
            .expect("written");
        for _ in 0..3 {
            let form = session.get(paths::WITHDRAW).await;
            let filled = [("amount", "2000000"), ("password", TARO.withdrawal_password)];
            let refused = session.browser().submit(&form, paths::WITHDRAW, &filled).await;
            assert!(refused.body.contains("1609"), "{}", refused.body);
        }
        assert_eq!(home.mails_with("出金を受け付けませんでした").await, 1);
        assert_eq!(home.server.leaves("cool_off.refused").await, 3);
    })
    .await;
}
