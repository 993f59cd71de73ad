//! Codes and addresses stay out of subjects, logs and the database file; customers' words stay out of the protocol.

use std::sync::Arc;

use mail_parser::MessageParser;
use warifu_server::mail::outbox::Outbox;
use warifu_tests::smtp_server::{Protection, SmtpServer, Step};

use crate::log::Log;
use crate::mailroom::{CODE, Mailroom, NOON, TARO, step};

#[tokio::test]
async fn code_16_neither_log_nor_database_nor_subject_shows_the_code_or_the_address() {
    let (room, server) = (Mailroom::open().await, SmtpServer::start(Protection::Clear).await);
    for (at, refusal) in [
        (NOON, Some((Step::Rcpt, 550))),
        (NOON, Some((Step::Rcpt, 450))),
        (NOON.plus_secs(2), None),
    ] {
        room.queue_code().await;
        if let Some((step, code)) = refusal {
            server.refuse(step, code);
        }
        step(&room.worker(&server), at).await;
    }
    room.queue_code().await;

    let log = Log::of_this_process().text();
    for word in ["mail sent", "mail is late", "mail failed for good"] {
        assert!(log.contains(word), "{word} in {log}");
    }
    assert!(!log.contains(CODE) && !log.contains("taro"), "{log}");
    for file in ["warifu.db", "warifu.db-wal"] {
        let bytes = std::fs::read(room.folder.path().join(file)).expect("the database's file");
        for secret in [CODE, TARO] {
            assert!(
                !bytes
                    .windows(secret.len())
                    .any(|window| window == secret.as_bytes()),
                "{secret} in {file}"
            );
        }
    }
    assert_eq!(server.received().len(), 2);
    for mail in server.received() {
        let message = MessageParser::default().parse(&mail.data).expect("a message");
        assert_eq!(message.subject(), Some("【ひので証券】認証コードのお知らせ"));
    }
}

#[tokio::test]
async fn code_08_a_devices_name_cannot_speak_smtp_or_add_headers() {
    let (room, server) = (Mailroom::open().await, SmtpServer::start(Protection::Clear).await);
    let name =
        "x\r\n.\r\nMAIL FROM:<evil@example.jp>\r\nRCPT TO:<other@example.jp>\r\nBcc: third@example.jp\r\n";
    room.queue_notice(name).await;
    assert_eq!(step(&room.worker(&server), NOON).await.sent, 1);
    let received = server.received();
    assert_eq!((received.len(), received[0].to.len()), (1, 1));
    assert_eq!(
        server.commands().len(),
        5,
        "EHLO, MAIL, RCPT, DATA, QUIT: {:?}",
        server.commands()
    );
    let message = MessageParser::default()
        .parse(&received[0].data)
        .expect("a message");
    assert!(message.bcc().is_none());
    let text = message.body_text(0).expect("a text").into_owned();
    assert_eq!(
        text.lines().filter(|line| line.contains("MAIL FROM")).count(),
        1,
        "one line: {text}"
    );
}

#[tokio::test]
async fn code_09_the_outbox_keeps_whole_mails_in_order_for_the_servers_user_only() {
    let room = Mailroom::open().await;
    let folder = room.folder.path().join("outbox");
    let worker = room.worker_over(Arc::new(Outbox::open(&folder).expect("a folder")));
    room.queue_code().await;
    assert_eq!(step(&worker, NOON).await.sent, 1);
    room.queue_notice("Pixel 8").await;
    assert_eq!(step(&worker, NOON.plus_secs(1)).await.sent, 1);
    let mut names: Vec<_> = std::fs::read_dir(&folder)
        .expect("the folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    names.sort();
    assert_eq!(names.len(), 2, "no drafts are left: {names:?}");
    let first = std::fs::read(&names[0]).expect("a mail");
    let message = MessageParser::default().parse(&first).expect("a message");
    assert!(message.body_text(0).is_some_and(|text| text.contains(CODE)));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &std::path::Path| {
            std::fs::metadata(path).expect("it is there").permissions().mode() & 0o777
        };
        assert_eq!((mode(&folder), mode(&names[0])), (0o700, 0o600));
    }
}
