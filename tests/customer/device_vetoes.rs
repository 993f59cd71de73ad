//! A new device and the older ones: what it cannot do, and how they stop it (ENROL-09, ENROL-12).

use warifu_server::operations::veto_device::{self, By};
use warifu_server::operations::withdrawal::work;
use warifu_server::operations::{Caller, Refusal, decide::Nonce};
use warifu_server::pages::paths;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::RequestId;
use warifu_tests::customer::{Answer, CustomerSession};
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::raw_device::RawDevice;
use warifu_tests::server::TARO;

use crate::device_home::{Home, approve, force, page_of, press};

/// A veto as the device API brings it, with the nonce `nonce`.
async fn veto(home: &Home, by: &RawDevice, target: &RawDevice, nonce: &str) -> Result<(), Refusal> {
    let app = &home.server.server.app;
    let mut c = app.store.read().await.expect("a connection");
    let device = warifu_server::store::devices::by_id(&mut c, &by.id).await;
    let account = device.expect("it answers").expect("a device").account;
    drop(c);
    let by = By::Device {
        device: by.id.clone(),
        nonce: Nonce {
            kid: by.request.public().thumbprint().to_string(),
            value: nonce.to_owned(),
        },
        token: "token".to_owned(),
    };
    veto_device::run(app, &caller(), &account, by, &target.id).await
}

fn caller() -> Caller {
    Caller {
        request: RequestId::random(),
        source: warifu_server::domain::context::Source {
            address: "192.0.2.7".parse().expect("an address"),
            prefix: String::new(),
            network: String::new(),
            place: String::new(),
            browser: String::new(),
        },
    }
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
        let done = press(&owner, &new, "veto").await;
        assert!(done.body.contains("新しい端末を取り消しました"), "{}", done.body);
        assert_eq!(home.hears(&new).await, 1207);
        let gone = thief.get(paths::ACCOUNT).await;
        assert_eq!(gone.location.as_deref(), Some(paths::LOGIN), "its sessions end");
        assert_eq!(home.mails_with("前からある端末の操作で取り消しました").await, 1);
        assert_eq!(home.server.leaves("device.vetoed").await, 1);
    })
    .await;
}

#[tokio::test]
async fn enrol_09_appr_07_a_device_vetoes_within_the_first_day_once_for_each_nonce() {
    for_each_database(|db| async move {
        let home = Home::open(&db).await;
        let new = home.another().await;
        let code = |done: Result<(), Refusal>| done.map_err(|refusal| refusal.code);
        let upwards = veto(&home, &new, &home.old, "n1").await;
        assert_eq!(code(upwards), Err(ErrorCode::VetoTooLate));
        let itself = veto(&home, &new, &new, "n2").await;
        assert_eq!(code(itself), Err(ErrorCode::VetoTooLate));
        home.server.clock.advance_secs(86_400);
        let late = veto(&home, &home.old, &new, "n3").await;
        assert_eq!(code(late), Err(ErrorCode::VetoTooLate));
        let newest = home.another().await;
        home.server.clock.advance_secs(86_399);
        assert_eq!(code(veto(&home, &home.old, &newest, "n4").await), Ok(()));
        let replayed = veto(&home, &home.old, &newest, "n4").await;
        assert_eq!(code(replayed), Err(ErrorCode::SignatureReplayed));
        assert_eq!(code(veto(&home, &home.old, &newest, "n5").await), Ok(()), "again");
        assert_eq!(home.server.leaves("device.vetoed").await, 1);
        let other = home.another().await;
        let session = home.session(&home.old).await;
        press(&session, &home.old, "suspend").await;
        let silent = veto(&home, &home.old, &other, "n6").await;
        assert_eq!(
            code(silent),
            Err(ErrorCode::DeviceNotActive),
            "suspended: no signature"
        );
    })
    .await;
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
