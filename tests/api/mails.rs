//! What outsiders send and what reaches a mail: nothing of it becomes a header, a line or a recipient (CODE-08).

use mail_parser::MessageParser;
use reqwest::Method;
use serde_json::json;
use warifu_shared::api::paths;
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::raw_device::RawDevice;
use warifu_tests::server::{HANAKO, TARO, TestServer};

/// The headers that a mail of ours has, and no others.
const HEADERS: [&str; 10] = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "Content-Language",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
];

fn check(raw: &str, to: &str) {
    let message = MessageParser::default().parse(raw.as_bytes()).expect("a mail");
    for header in message.headers() {
        assert!(
            HEADERS.contains(&header.name.as_str()),
            "{}: {raw}",
            header.name.as_str()
        );
    }
    let recipients = message.to().expect("a recipient");
    assert_eq!(recipients.as_list().map_or(1, <[_]>::len), 1, "{raw}");
    assert_eq!(recipients.first().and_then(|one| one.address()), Some(to));
    assert!(message.bcc().is_none() && message.cc().is_none());
    let text = message.body_text(0).expect("a text");
    let lower = text.to_lowercase();
    assert!(!lower.contains("evil") && !lower.contains("http"), "{text}");
}

#[tokio::test]
async fn code_08_no_header_of_a_request_reaches_a_mail_as_it_is() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    for (name, value) in [
        ("user-agent", "Mozilla/5.0 evil\tBcc: evil@example.jp"),
        (
            "user-agent",
            "Firefox/145\u{85}evil@example.jp http://evil.example",
        ),
        ("user-agent", "Chrome/%0d%0aBcc:%20evil@example.jp"),
        ("user-agent", "=?utf-8?q?evil=0D=0ABcc:_evil@example.jp?="),
        ("accept-language", "en\tBcc: evil@example.jp, ja;q=0.1"),
        ("accept-language", "=?utf-8?b?ZXZpbA==?="),
        ("x-forwarded-for", "evil@example.jp"),
        ("x-forwarded-host", "evil.example"),
    ] {
        let browser = server.browser().sending(name, value);
        let page = browser.enter_password(HANAKO.number, HANAKO.password).await;
        assert!(page.body.contains("one-time-code"), "{value}");
        server.send_mail().await;
        let mail = server.outbox.to(HANAKO.mail).pop().expect("a mail");
        check(&mail.raw, HANAKO.mail);
        server.clock.advance_secs(3601);
    }
    assert_eq!(server.outbox.to(HANAKO.mail).len(), 8);
}

#[tokio::test]
async fn code_08_names_of_devices_with_line_breaks_are_refused_and_others_stay_on_their_line() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let device = RawDevice::register(&server.server.app.store, TARO, &server.origin, server.now()).await;
        let rename = async |name: &str| {
            let body = json!({ "name": name }).to_string();
            let request = device.sign(Method::PUT, paths::DEVICE_NAME, body.as_bytes(), server.now());
            device.send(&request).await.status.as_u16()
        };
        for bad in [
            "x\r\nBcc: evil@example.jp",
            "x\nevil",
            "x\revil",
            "x\0evil",
            "x\u{85}evil",
            "x\u{202e}live",
            "",
        ] {
            assert_eq!(rename(bad).await, 400, "{bad:?}");
        }
        assert_eq!(rename("Bcc: <a@b.example> www.b.example").await, 204);
        let leave = device.sign(Method::DELETE, paths::DEVICE, b"", server.now());
        assert_eq!(device.send(&leave).await.status, 204);
        server.send_mail().await;
        let mail = server.outbox.to(TARO.mail).pop().expect("a notice");
        check(&mail.raw, TARO.mail);
        assert!(
            !mail.text.contains("a@b.example") && !mail.text.contains("www.b"),
            "{}",
            mail.text
        );
        let lines = mail.text.lines().filter(|line| line.contains("Bcc:")).count();
        assert_eq!(lines, 1, "{}", mail.text);
    })
    .await;
}

#[tokio::test]
async fn code_08_a_stored_address_that_is_none_gets_no_mail_and_stops_nothing_else() {
    for bad in [
        "hanako@mail.example\r\nBcc: evil@example.jp",
        "hanako@mail.example, evil@example.jp",
        "hanako@mail.example\0",
        "\"evil\r\n\"@mail.example",
        "Hanako <hanako@mail.example>",
    ] {
        let db = Database::sqlite();
        let server = TestServer::start(&db).await;
        let written = bad.replace('\0', "\u{1}");
        server
            .server
            .app
            .store
            .write(move |c| {
                Box::pin(async move {
                    sqlx::query("UPDATE addresses SET address = $1 WHERE address = $2")
                        .bind(written)
                        .bind(HANAKO.mail)
                        .execute(c)
                        .await?;
                    Ok(())
                })
            })
            .await
            .expect("written");
        let page = server
            .browser()
            .enter_password(HANAKO.number, HANAKO.password)
            .await;
        assert!(!page.body.contains("evil"), "{bad:?}: {}", page.body);
        server.log_in_by_code(TARO).await;
        let others = server
            .outbox
            .mails()
            .into_iter()
            .filter(|mail| mail.to != TARO.mail)
            .count();
        assert_eq!(others, 0, "{bad:?}");
    }
}
