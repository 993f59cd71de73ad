//! The port to a firm's core system against one that is down, slow, confused or lying: an order is carried out once, and no
//! answer is guessed (TXN-03).

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use warifu_server::core::http::HttpCore;
use warifu_server::core::{Core, CoreError, OrderState, RefusedBy};
use warifu_shared::clock::{SharedClock, Timestamp};
use warifu_tests::authority::Authority;
use warifu_tests::core_bank::{CoreBank, Delivery, Fault};
use warifu_tests::plain_http;
use warifu_tests::tls_proxy::TlsProxy;

use crate::core_scene::{
    ACCOUNT, OTHER_SECRET, SECRET, Scene, account, order, port, secret_files, settings, yen,
};

#[tokio::test]
async fn txn_03_a_balance_an_order_and_its_state_cross_the_wire() {
    let Scene { bank, core, .. } = Scene::open().await;
    let held = core.balance(&account(ACCOUNT)).await.unwrap();
    assert_eq!(held.available, yen(1_000_000));
    let order = order(250_000);
    assert_eq!(core.state(&order.key).await, Ok(OrderState::Unknown));
    assert_eq!(core.place(&order).await, Ok(OrderState::Accepted));
    assert_eq!(core.state(&order.key).await, Ok(OrderState::Accepted));
    assert_eq!(
        core.balance(&account(ACCOUNT)).await.unwrap().available,
        yen(749_670)
    );
    assert_eq!(
        bank.book().ordered(order.key.as_str()),
        Some(&json!({
            "key": order.key.as_str(), "reference": "W-20260105-1", "account": ACCOUNT,
            "amount": 250_000, "fee": 330, "currency": "JPY",
            "payee": {
                "bank": "0991", "bank_name": "あおば銀行", "branch": "104", "branch_name": "渋谷支店",
                "type": "ordinary", "acct": "7654321", "name": "ヤマダ タロウ",
            },
            "approved_at": "2026-01-05T05:59:50.123Z",
            "evidence": "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU",
        }))
    );
    bank.book().pay_all("2026-01-05T15:00:20+09:00");
    let paid = OrderState::Paid {
        at: Timestamp::from_secs(1_767_592_820),
    };
    assert_eq!(core.state(&order.key).await, Ok(paid));
    assert_eq!(
        core.place(&order).await,
        Ok(paid),
        "a late repetition gets its state"
    );
    bank.book().assert_adds_up();
    assert_eq!(bank.refused(), [""; 0]);
}

#[tokio::test]
async fn txn_03_an_order_is_the_same_request_on_every_try() {
    let Scene {
        bank, core, clock, ..
    } = Scene::open().await;
    let order = order(1_000);
    for _ in 0..3 {
        assert_eq!(core.place(&order).await, Ok(OrderState::Accepted));
        clock.advance_secs(3_600);
    }
    let sent = bank.delivered();
    let key = order.key.as_str();
    let same = |one: &Delivery| {
        one.id == key && one.idempotency_key.as_deref() == Some(key) && one.body == sent[0].body
    };
    assert!(sent.len() == 3 && sent.iter().all(same), "{sent:#?}");
    assert_eq!(bank.book().orders(), 1);
    assert_eq!(bank.book().account(ACCOUNT).reserved, 1_330);
    core.balance(&account(ACCOUNT)).await.unwrap();
    core.state(&order.key).await.unwrap();
    let asked = bank.delivered().split_off(3);
    assert!(
        asked
            .iter()
            .all(|one| one.idempotency_key.is_none() && one.id != key)
    );
    assert_ne!(asked[0].id, asked[1].id);
    bank.book().assert_adds_up();
}

#[tokio::test]
async fn txn_03_another_order_under_a_used_key_is_a_conflict() {
    let Scene { bank, core, .. } = Scene::open().await;
    let first = order(1_000);
    core.place(&first).await.unwrap();
    let mut others = vec![first.clone(); 5];
    others[0].amount = yen(1_001);
    others[1].fee = yen(0);
    others[2].payee.acct = "7654322".to_owned();
    others[3].account = account("1002002");
    others[4].evidence = "AAAA".to_owned();
    for other in &others {
        assert_eq!(core.place(other).await, Err(CoreError::Conflict), "{other:?}");
    }
    assert_eq!(bank.book().orders(), 1);
    bank.book().assert_adds_up();
}

#[tokio::test]
async fn txn_03_refusals_have_their_reason() {
    let Scene { bank, core, .. } = Scene::open().await;
    let place = async |change: fn(&mut warifu_server::core::Order)| {
        let mut order = order(1_000);
        change(&mut order);
        (core.place(&order).await, core.state(&order.key).await)
    };
    bank.book().refuse_bank("0005");
    let refused = |reason| Ok(OrderState::Refused { reason });
    let (placed, later) = place(|order| order.amount = yen(999_671)).await;
    assert_eq!(
        (placed, later),
        (
            refused(RefusedBy::InsufficientFunds),
            refused(RefusedBy::InsufficientFunds)
        )
    );
    let (placed, _) = place(|order| order.payee.bank = "0005".to_owned()).await;
    assert_eq!(placed, refused(RefusedBy::PayeeRejected));
    let (placed, _) = place(|order| order.account = account("9999999")).await;
    assert_eq!(placed, refused(RefusedBy::AccountClosed));
    let (placed, _) = place(|order| order.amount = yen(0)).await;
    assert_eq!(placed, refused(RefusedBy::Other));
    let (placed, _) = place(|_| {}).await;
    assert_eq!(placed, Ok(OrderState::Accepted));
    bank.book().refuse_all("returned by the bank");
    let late = bank.delivered().last().unwrap().json()["data"]["key"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(
        core.state(&late).await,
        refused(RefusedBy::Other),
        "a reason that we do not know"
    );
    assert_eq!(bank.book().account(ACCOUNT).available, 1_000_000);
    bank.book().assert_adds_up();
}

#[tokio::test]
async fn txn_03_a_core_system_that_is_down_or_asks_for_patience_is_tried_again() {
    let Scene { mut bank, core, .. } = Scene::open().await;
    let order = order(1_000);
    bank.close().await;
    assert_eq!(core.place(&order).await, Err(CoreError::Unreachable));
    assert_eq!(core.balance(&order.account).await, Err(CoreError::Unreachable));
    bank.reopen().await;
    assert_eq!(core.state(&order.key).await, Ok(OrderState::Unknown));
    for (status, after, secs) in [
        (500, None, None),
        (503, Some("120"), Some(120)),
        (429, Some("86400"), Some(3_600)),
    ] {
        let headers = after.map(|after| ("retry-after", after.to_owned()));
        bank.next(Fault::Status(status, headers.into_iter().collect()));
        let busy = CoreError::Busy {
            retry_after: secs.map(Duration::from_secs),
        };
        assert_eq!(core.place(&order).await, Err(busy), "{status}");
    }
    bank.next(Fault::Status(422, Vec::new()));
    assert_eq!(core.place(&order).await, Err(CoreError::Refused(422)));
    assert_eq!(bank.book().orders(), 0, "nothing was done so far");
    assert_eq!(core.place(&order).await, Ok(OrderState::Accepted));
    bank.book().assert_adds_up();
}

#[tokio::test]
async fn txn_03_work_whose_answer_was_lost_is_not_done_again() {
    let Scene { bank, core, .. } = Scene::with(&[SECRET], &[SECRET], |config| config.timeout_ms = 500).await;
    for (fault, seen) in [
        (Fault::NeverAnswers, Err(CoreError::Unreachable)),
        (Fault::BreaksOff, Err(CoreError::Unreachable)),
        (Fault::Twice, Ok(OrderState::Accepted)),
        (Fault::Answers(b"<html>".to_vec()), Err(CoreError::Garbled)),
    ] {
        let order = order(10_000);
        let before = bank.book().account(ACCOUNT).reserved;
        bank.next(fault.clone());
        assert_eq!(core.place(&order).await, seen, "{fault:?}");
        assert_eq!(
            core.state(&order.key).await,
            Ok(OrderState::Accepted),
            "{fault:?}: it was taken"
        );
        assert_eq!(core.place(&order).await, Ok(OrderState::Accepted), "{fault:?}");
        assert_eq!(
            bank.book().account(ACCOUNT).reserved,
            before + 10_330,
            "{fault:?}: once"
        );
    }
    bank.book().assert_adds_up();
}

#[tokio::test]
async fn txn_03_answers_that_cannot_be_read_or_belong_elsewhere_are_not_believed() {
    let Scene { bank, core, .. } = Scene::open().await;
    let (order, stranger) = (order(1_000), order(1_000));
    for answer in [
        String::new(),
        "[]".to_owned(),
        "{\"state\":\"paid\"}".to_owned(),
        json!({ "key": stranger.key.as_str(), "state": "accepted" }).to_string(),
        json!({ "key": order.key.as_str(), "state": "unknown" }).to_string(),
        json!({ "key": order.key.as_str(), "state": "paid" }).to_string(),
        json!({ "account": ACCOUNT, "available": 1 }).to_string(),
        format!("{{\"key\":\"{}\",\"state\":\"accepted\"", order.key),
    ] {
        bank.next(Fault::Answers(answer.clone().into_bytes()));
        assert_eq!(core.place(&order).await, Err(CoreError::Garbled), "{answer}");
    }
    for available in ["-1", "1e9", "0.5", "1000000000000000"] {
        let answer = format!("{{\"account\":\"{ACCOUNT}\",\"available\":{available}}}");
        bank.next(Fault::Answers(answer.into_bytes()));
        assert_eq!(
            core.balance(&order.account).await,
            Err(CoreError::Garbled),
            "{available}"
        );
    }
    assert_eq!(core.place(&order).await, Ok(OrderState::Accepted));
}

#[tokio::test]
async fn txn_03_long_answers_are_not_read_to_their_end() {
    let Scene { bank, core, .. } = Scene::open().await;
    let order = order(1_000);
    let padded = |length: usize| {
        let mut answer = json!({ "key": order.key.as_str(), "state": "accepted" })
            .to_string()
            .into_bytes();
        answer.resize(length, b' ');
        Fault::Answers(answer)
    };
    bank.next(padded(16 * 1024));
    assert_eq!(core.place(&order).await, Ok(OrderState::Accepted));
    bank.next(padded(16 * 1024 + 1));
    assert_eq!(core.place(&order).await, Err(CoreError::Garbled));
    bank.next(Fault::Endless);
    assert_eq!(core.place(&order).await, Err(CoreError::Garbled));
}

#[tokio::test]
async fn txn_03_txn_04_a_redirect_is_not_followed() {
    let Scene {
        bank, core, clock, ..
    } = Scene::open().await;
    let shared: SharedClock = Arc::new(clock.clone());
    let elsewhere = CoreBank::open(&[SECRET], shared).await;
    for status in [301, 302, 303, 307, 308] {
        bank.next(Fault::Status(status, vec![("location", elsewhere.url())]));
        assert_eq!(core.place(&order(1_000)).await, Err(CoreError::Refused(status)));
    }
    assert!(elsewhere.delivered().is_empty() && elsewhere.refused().is_empty());
}

#[tokio::test]
async fn key_14_a_wrong_secret_a_wrong_clock_and_a_replay_are_turned_away() {
    let Scene {
        bank, core, clock, ..
    } = Scene::with(&[SECRET], &[OTHER_SECRET], |_| {}).await;
    assert_eq!(core.place(&order(1_000)).await, Err(CoreError::Refused(401)));
    assert_eq!(bank.refused(), ["not signed by anybody we know"]);
    assert_eq!((bank.book().orders(), bank.delivered().len()), (0, 0));

    let good = Scene::open().await;
    good.core.place(&order(1_000)).await.unwrap();
    let sent = good.bank.delivered().remove(0);
    let again = async |body: Vec<u8>| {
        let client = plain_http::client().build().unwrap();
        let request = client
            .post(good.bank.url())
            .headers(sent.headers.clone())
            .body(body);
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(
        again(sent.body.clone()).await,
        200,
        "as it was: known, and without effect"
    );
    let mut changed = sent.json();
    changed["data"]["amount"] = json!(1_001);
    assert_eq!(
        again(changed.to_string().into_bytes()).await,
        401,
        "a byte differs"
    );
    good.clock.advance_secs(301);
    assert_eq!(again(sent.body.clone()).await, 401, "too old");
    assert_eq!(good.bank.book().orders(), 1);
    good.bank.book().assert_adds_up();
    drop(clock);
}

#[tokio::test]
async fn key_12_a_secret_is_changed_without_a_gap() {
    let both = [SECRET, OTHER_SECRET];
    for (theirs, ours, good) in [
        (&[SECRET][..], &both[..], true),
        (&[OTHER_SECRET], &both, true),
        (&both, &[OTHER_SECRET], true),
        (&[OTHER_SECRET], &[SECRET], false),
    ] {
        let Scene { bank, core, .. } = Scene::with(theirs, ours, |_| {}).await;
        let answer = core.balance(&account(ACCOUNT)).await;
        assert_eq!(answer.is_ok(), good, "{theirs:?} {ours:?} {:?}", bank.refused());
        for sent in bank.delivered() {
            let signatures = sent.headers["webhook-signature"].to_str().unwrap().split(' ');
            assert_eq!(signatures.count(), ours.len());
        }
    }
}

#[tokio::test]
async fn ops_01_the_core_system_is_reached_under_the_configured_authority_only() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let Scene { bank, clock, .. } = Scene::open().await;
    let mut proxy = TlsProxy::bind(authority.pair()).await;
    proxy.forward(bank.address(), "203.0.113.9");
    let folder = tempfile::tempdir().unwrap();
    for (trusted, expected) in [
        (Some(authority.file()), Ok(yen(1_000_000))),
        (Some(stranger.file()), Err(CoreError::Unreachable)),
        (None, Err(CoreError::Unreachable)),
    ] {
        let mut config = settings();
        config.url = format!("{}/warifu", proxy.origin());
        config.secret_files = secret_files(&folder, &[SECRET]);
        config.authority_file = trusted;
        let core = port(&config, Arc::new(clock.clone()));
        let answer = core.balance(&account(ACCOUNT)).await;
        assert_eq!(answer.map(|held| held.available), expected, "{config:?}");
    }
    for (text, word) in [
        ("junk", "holds no certificate"),
        ("", "holds no certificate"),
        (
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "cannot be used",
        ),
    ] {
        let mut config = settings();
        config.url = "https://core.example/".to_owned();
        config.secret_files = secret_files(&folder, &[SECRET]);
        let file = folder.path().join("authority.pem");
        std::fs::write(&file, text).unwrap();
        config.authority_file = Some(file);
        let refused = HttpCore::new(&config, Arc::new(clock.clone()))
            .unwrap_err()
            .to_string();
        assert!(
            refused.contains("core.authority_file") && refused.contains(word),
            "{refused}"
        );
    }
}

#[tokio::test]
async fn txn_03_the_example_of_the_manual_is_what_is_sent() {
    let manual = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/core-banking.md");
    let manual = std::fs::read_to_string(manual).unwrap();
    let Scene { bank, core, .. } = Scene::open().await;
    let mut example = order(250_000);
    example.key = "wd_3Vq0mT8xkQ2nR7yLwB5cZg".parse().unwrap();
    core.place(&example).await.unwrap();
    let sent = bank.delivered().remove(0);
    for name in [
        "webhook-id",
        "webhook-timestamp",
        "webhook-signature",
        "idempotency-key",
        "content-type",
    ] {
        let line = format!("\n{name}: {}\n", sent.headers[name].to_str().unwrap());
        assert!(manual.contains(&line), "{line}");
    }
    let body = String::from_utf8(sent.body).unwrap();
    assert!(manual.contains(&format!("\n{body}\n")), "{body}");
    assert!(manual.contains(SECRET));
}
