//! The queue: late codes die, claims are exclusive, effects and mails stand or fall together.

use std::collections::BTreeSet;
use std::sync::Arc;

use mail_parser::MessageParser;
use tokio::sync::{Notify, oneshot};
use warifu_server::mail::{Delivery, run, void_code};
use warifu_server::store::{Store, mails, sqlite_url};
use warifu_shared::clock::ManualClock;
use warifu_tests::smtp_server::{Protection, SmtpServer, Step};

use crate::mailroom::{Mailroom, NOON, refusal, step};

#[tokio::test]
async fn code_17_a_code_mail_is_never_sent_after_its_code() {
    for (at, sent) in [(299, 1), (300, 0), (301, 0)] {
        let room = Mailroom::open().await;
        let server = SmtpServer::start(Protection::Clear).await;
        let (address, worker) = (server.address(), room.worker(&server));
        drop(server);
        let (mail, code) = room.queue_code().await;
        assert_eq!(step(&worker, NOON).await.retried, 1);

        let server = SmtpServer::start_at(address, Protection::Clear).await;
        let report = step(&worker, NOON.plus_secs(at)).await;
        assert_eq!(
            (report.sent, report.expired, server.received().len()),
            (sent, 1 - sent, sent),
            "t = {at}"
        );
        assert!(!room.row(&mail).await.1, "contents are wiped");
        let delivery = room.delivery(&code, NOON.plus_secs(at)).await;
        assert_eq!(
            delivery,
            if sent == 1 {
                Delivery::Sent
            } else {
                Delivery::Failed
            }
        );
    }
}

#[tokio::test]
async fn code_02_code_17_the_mail_of_a_replaced_code_is_not_sent() {
    let (room, server) = (Mailroom::open().await, SmtpServer::start(Protection::Clear).await);
    let (mail, code) = room.queue_code().await;
    let voided = code.clone();
    room.store
        .write(move |c| Box::pin(async move { void_code(c, &voided).await }))
        .await
        .expect("the code ends");
    assert_eq!(step(&room.worker(&server), NOON).await.claimed(), 0);
    assert!(server.received().is_empty());
    assert_eq!(
        room.row(&mail).await,
        ("void".to_owned(), false),
        "contents are wiped"
    );
    assert_eq!(room.delivery(&code, NOON).await, Delivery::Failed);
}

#[tokio::test]
async fn code_17_a_mail_that_waits_long_is_called_late() {
    let room = Mailroom::open().await;
    let (_, code) = room.queue_code().await;
    assert_eq!(room.delivery(&code, NOON.plus_secs(9)).await, Delivery::Queued);
    assert_eq!(room.delivery(&code, NOON.plus_secs(10)).await, Delivery::Late);
}

#[tokio::test]
async fn code_17_several_workers_send_each_mail_once() {
    let (room, server) = (Mailroom::open().await, SmtpServer::start(Protection::Clear).await);
    // A second store on the same database is what a second process has.
    let url = sqlite_url(&room.folder.path().join("warifu.db"));
    let second = Store::open(&url).await.expect("a second process");
    let mut workers: Vec<_> = (0..4).map(|_| room.worker(&server)).collect();
    workers[2].store = second.clone();
    workers[3].store = second;
    let mut queued = BTreeSet::new();
    for number in 0..30 {
        queued.insert(room.queue_notice(&format!("device {number}")).await.to_string());
    }
    let drain = |worker| async move { while step(worker, NOON).await.claimed() > 0 {} };
    tokio::join!(
        drain(&workers[0]),
        drain(&workers[1]),
        drain(&workers[2]),
        drain(&workers[3])
    );

    let received = server.received();
    let ids: BTreeSet<String> = received
        .iter()
        .map(|mail| {
            let message = MessageParser::default().parse(&mail.data).expect("a message");
            message
                .message_id()
                .and_then(|id| id.split('@').next())
                .unwrap_or_default()
                .to_owned()
        })
        .collect();
    assert_eq!((received.len(), ids), (30, queued));
}

#[tokio::test]
async fn code_17_a_dead_workers_mail_comes_back_and_its_late_word_counts_no_more() {
    let (room, server) = (Mailroom::open().await, SmtpServer::start(Protection::Clear).await);
    let (mail, _) = room.queue_code().await;
    let taken = room
        .store
        .write(|c| Box::pin(async move { mails::claim(c, NOON, NOON.plus_secs(60), 8).await }))
        .await
        .expect("a claim");
    let dead = taken.into_iter().next().expect("one mail");
    assert_eq!(
        step(&room.worker(&server), NOON.plus_secs(59)).await.claimed(),
        0,
        "the lease holds"
    );
    server.refuse(Step::Rcpt, 450);
    assert_eq!(step(&room.worker(&server), NOON.plus_secs(60)).await.retried, 1);
    let late = room
        .store
        .write(|c| Box::pin(async move { mails::sent(c, &dead, NOON).await }))
        .await;
    assert!(!late.expect("an answer"), "the claim is another's now");
    assert_eq!(room.row(&mail).await, ("queued".to_owned(), true));
}

#[tokio::test]
async fn code_17_a_mail_stands_or_falls_with_its_cause() {
    let (room, server) = (Mailroom::open().await, SmtpServer::start(Protection::Clear).await);
    let (_, code) = room.queue_code().await;
    let failing = code.clone();
    let outcome: Result<(), _> = room
        .store
        .write(move |c| {
            Box::pin(async move {
                void_code(c, &failing).await?;
                Err(refusal())
            })
        })
        .await;
    assert!(outcome.is_err());
    assert_eq!(
        step(&room.worker(&server), NOON).await.sent,
        1,
        "the rolled back change left the mail alone"
    );
}

#[tokio::test]
async fn code_17_contents_that_do_not_open_fail_and_are_wiped() {
    let (room, server) = (Mailroom::open().await, SmtpServer::start(Protection::Clear).await);
    let (mail, _) = room.queue_code().await;
    let mut worker = room.worker(&server);
    worker.keys = warifu_server::crypto::seal::Sealer::new(&[8; 32]);
    let report = step(&worker, NOON).await;
    assert!(report.failed[0].address.is_none() && !report.failed[0].address_refused);
    assert_eq!(room.row(&mail).await, ("failed".to_owned(), false));
    assert!(server.commands().is_empty());
}

#[tokio::test]
async fn code_17_the_running_worker_wakes_sends_reports_and_stops() {
    let (room, server) = (Mailroom::open().await, SmtpServer::start(Protection::Clear).await);
    let (wake, (stop, stopped)) = (Arc::new(Notify::new()), oneshot::channel::<()>());
    let (tell, told) = oneshot::channel();
    let mut tell = Some(tell);
    let running = tokio::spawn(run(
        room.worker(&server),
        Arc::new(ManualClock::new(NOON)),
        wake.clone(),
        async {
            let _dropped_counts_too = stopped.await;
        },
        async move |failed| {
            if let Some(tell) = tell.take() {
                tell.send(failed.address_refused).expect("the test listens");
            }
        },
    ));
    room.queue_notice("Pixel 8").await;
    wake.notify_one();
    server.wait_for(1).await;
    server.refuse(Step::Rcpt, 550);
    room.queue_notice("Pixel 9").await;
    wake.notify_one();
    assert_eq!(told.await, Ok(true));
    stop.send(()).expect("it still runs");
    running.await.expect("it ends");
    assert_eq!(server.received().len(), 1);
}
