//! An address that the mail server refuses for good is marked, and every page of its owner says so (S1, CODE-17).

use mail_parser::MessageParser;
use warifu_server::mail::{SmtpSecurity, TransportKind};
use warifu_server::pages::paths;
use warifu_tests::customer::CustomerSession;
use warifu_tests::databases::for_each_database;
use warifu_tests::server::{TARO, TestServer};
use warifu_tests::smtp_server::{Protection, SmtpServer, Step};

use crate::mailroom::smtp;

const BANNER: &str = "ご登録のメールアドレスにメールが届きません";

/// The code in the newest mail that the SMTP server took.
fn newest_code(smtp: &SmtpServer) -> String {
    let last = smtp.received().pop().expect("a mail arrived");
    let message = MessageParser::default().parse(&last.data).expect("a message");
    let text = message.body_text(0).expect("a text").into_owned();
    let line = text.trim_end().lines().last().unwrap_or_default().to_owned();
    let (_, code) = line.split_once('#').expect("its last line has the code");
    code.to_owned()
}

async fn log_in(server: &TestServer, smtp: &SmtpServer) -> CustomerSession {
    let read = async || {
        server.send_mail().await;
        newest_code(smtp)
    };
    server
        .browser()
        .log_in_by_code(TARO.number, TARO.password, read)
        .await
}

/// Another login begins, so that a code mail goes out now.
async fn another_mail(server: &TestServer) {
    server.clock.advance_secs(61);
    drop(server.browser().enter_password(TARO.number, TARO.password).await);
    server.send_mail().await;
}

async fn warned(session: &CustomerSession) -> bool {
    let home = session.get(paths::ACCOUNT).await;
    let list = session.get(paths::ADDRESSES).await;
    let (banner, badge) = (
        home.body.contains(BANNER),
        list.body.contains("メールを届けられませんでした"),
    );
    assert_eq!(banner, badge, "every page says the same\n{}", list.body);
    banner
}

#[tokio::test]
async fn code_17_s1_a_refusal_for_good_at_rcpt_marks_the_address_and_its_owner_sees_it_until_a_mail_arrives()
{
    for_each_database(|db| async move {
        let mta = SmtpServer::start(Protection::Clear).await;
        let settings = smtp(&mta, SmtpSecurity::InsecureLoopback);
        let server = TestServer::with(&db, move |config| {
            config.mail.transport = TransportKind::Smtp;
            config.mail.smtp = settings;
            config.code.per_hour = 20;
        })
        .await;
        let session = log_in(&server, &mta).await;
        assert!(!warned(&session).await);

        // For now, or because of the message: the address is as good as before.
        for (at, reply) in [(Step::Rcpt, 450), (Step::Message, 554), (Step::Mail, 530)] {
            mta.refuse(at, reply);
            another_mail(&server).await;
            assert!(!warned(&session).await, "{at:?} {reply}");
        }
        // What waited for its next try goes out first.
        another_mail(&server).await;
        mta.refuse(Step::Rcpt, 550);
        another_mail(&server).await;
        assert!(warned(&session).await);
        let taken = mta.received().len();
        // A mailbox that was full and is not any more: the next mail that is taken ends the warning.
        another_mail(&server).await;
        assert!(mta.received().len() > taken);
        assert!(!warned(&session).await);
    })
    .await;
}
