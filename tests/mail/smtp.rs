//! The SMTP conversation: what is said, over which protection, and what each refusal leads to.

use mail_parser::MessageParser;
use warifu_server::mail::{Delivery, MailAddress, SmtpSecurity};
use warifu_tests::smtp_server::{Protection, SmtpServer, Step, authority_file};

use crate::mailroom::{CODE, Mailroom, NOON, TARO, smtp, step};

#[tokio::test]
async fn code_09_code_14_a_code_mail_is_delivered_with_the_headers_of_an_automatic_mail() {
    let (room, server) = (Mailroom::open().await, SmtpServer::start(Protection::Clear).await);
    let (mail, code) = room.queue_code().await;
    assert_eq!(room.delivery(&code, NOON).await, Delivery::Queued);
    assert_eq!(step(&room.worker(&server), NOON).await.sent, 1);

    let received = server.received();
    assert_eq!(
        (received.len(), received[0].from.as_str(), &received[0].to),
        (1, "", &vec![TARO.to_owned()])
    );
    let message = MessageParser::default()
        .parse(&received[0].data)
        .expect("a message");
    let header = |name: &str| message.header_raw(name).map(str::trim).map(ToOwned::to_owned);
    assert_eq!(header("Auto-Submitted").as_deref(), Some("auto-generated"));
    assert_eq!(header("Content-Language").as_deref(), Some("ja"));
    assert_eq!(header("Message-ID"), Some(format!("<{mail}@hinode.example>")));
    assert_eq!(
        message.date().map(mail_parser::DateTime::to_timestamp),
        Some(NOON.secs())
    );
    let text = message.body_text(0).expect("a text").into_owned();
    assert_eq!(
        text.trim_end().lines().last(),
        Some(format!("@auth.example #{CODE}").as_str())
    );

    let verbs: Vec<_> = server
        .commands()
        .iter()
        .map(|c| c.split([' ', ':']).next().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(verbs, ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"]);
    assert_eq!(
        room.row(&mail).await,
        ("sent".to_owned(), false),
        "contents are wiped"
    );
    assert_eq!(room.delivery(&code, NOON).await, Delivery::Sent);
}

#[tokio::test]
async fn code_17_a_server_that_was_down_gets_the_mail_when_it_is_up_again() {
    let room = Mailroom::open().await;
    let server = SmtpServer::start(Protection::Clear).await;
    let (address, worker) = (server.address(), room.worker(&server));
    drop(server);
    let (mail, code) = room.queue_code().await;
    assert_eq!(step(&worker, NOON).await.retried, 1);
    assert_eq!(room.delivery(&code, NOON).await, Delivery::Late);
    assert_eq!(room.row(&mail).await, ("queued".to_owned(), true));

    let server = SmtpServer::start_at(address, Protection::Clear).await;
    assert_eq!(
        step(&worker, NOON.plus_secs(1)).await.claimed(),
        0,
        "not before its time"
    );
    assert_eq!(step(&worker, NOON.plus_secs(2)).await.sent, 1);
    assert_eq!(server.received().len(), 1);
    assert_eq!(room.delivery(&code, NOON.plus_secs(2)).await, Delivery::Sent);
}

#[tokio::test]
async fn code_17_a_refusal_for_good_fails_the_mail_and_names_the_address() {
    for (at, code, address_refused) in [(Step::Rcpt, 550, true), (Step::Message, 554, false)] {
        let (room, server) = (Mailroom::open().await, SmtpServer::start(Protection::Clear).await);
        let (mail, code_id) = room.queue_code().await;
        server.refuse(at, code);
        let report = step(&room.worker(&server), NOON).await;
        let failed = report.failed.first().expect("one failed");
        assert_eq!((failed.address_refused, &failed.mail), (address_refused, &mail));
        assert_eq!(failed.address.as_ref().map(MailAddress::as_str), Some(TARO));
        assert_eq!(
            room.row(&mail).await,
            ("failed".to_owned(), false),
            "contents are wiped"
        );
        assert_eq!(room.delivery(&code_id, NOON).await, Delivery::Failed);
        assert_eq!(
            step(&room.worker(&server), NOON.plus_secs(600)).await.claimed(),
            0
        );
        assert!(server.received().is_empty());
    }
}

#[tokio::test]
async fn code_17_a_refusal_for_now_or_of_our_side_is_tried_again() {
    let (room, server) = (Mailroom::open().await, SmtpServer::start(Protection::Clear).await);
    let (_, code) = room.queue_code().await;
    let refusals = [
        (Step::Greeting, 421),
        (Step::Ehlo, 500),
        (Step::Mail, 530),
        (Step::Rcpt, 450),
        (Step::Data, 451),
        (Step::Message, 452),
    ];
    let mut now = NOON;
    for (at, reply) in refusals {
        server.refuse(at, reply);
        let report = step(&room.worker(&server), now).await;
        assert_eq!((report.retried, report.failed.len()), (1, 0), "{at:?} {reply}");
        assert_eq!(room.delivery(&code, now).await, Delivery::Late);
        now = now.plus_secs(if now == NOON { 2 } else { 40 });
    }
    assert!(server.received().is_empty());
    assert_eq!(
        step(&room.worker(&server), now.plus_secs(24)).await.sent,
        1,
        "and at last it goes out"
    );
}

#[tokio::test]
async fn code_15_no_mail_goes_to_a_server_without_the_required_protection() {
    let room = Mailroom::open().await;
    room.queue_code().await;
    let clear = SmtpServer::start(Protection::Clear).await;
    let downgraded = smtp(&clear, SmtpSecurity::Starttls);
    assert_eq!(step(&room.worker_with(&downgraded), NOON).await.retried, 1);
    assert!(
        clear
            .commands()
            .iter()
            .all(|line| line.starts_with("EHLO") || line == "QUIT"),
        "{:?}",
        clear.commands()
    );

    let impostor = SmtpServer::start(Protection::Tls).await;
    assert_eq!(
        step(
            &room.worker_with(&smtp(&impostor, SmtpSecurity::Tls)),
            NOON.plus_secs(2)
        )
        .await
        .retried,
        1
    );
    let impostor_starttls = SmtpServer::start(Protection::Starttls).await;
    let starttls = smtp(&impostor_starttls, SmtpSecurity::Starttls);
    assert_eq!(
        step(&room.worker_with(&starttls), NOON.plus_secs(10))
            .await
            .retried,
        1
    );
    assert!(impostor.received().is_empty() && impostor_starttls.received().is_empty());
    assert!(
        impostor.commands().is_empty(),
        "not a word to a server that cannot prove its name"
    );
}

#[tokio::test]
async fn code_15_a_trusted_server_gets_the_mail_over_tls() {
    for (protection, security) in [
        (Protection::Tls, SmtpSecurity::Tls),
        (Protection::Starttls, SmtpSecurity::Starttls),
    ] {
        let (room, server) = (Mailroom::open().await, SmtpServer::start(protection).await);
        let mut config = smtp(&server, security);
        config.authority_file = Some(authority_file());
        room.queue_code().await;
        assert_eq!(
            step(&room.worker_with(&config), NOON).await.sent,
            1,
            "{protection:?}"
        );
        assert!(server.received()[0].encrypted);
    }
}
