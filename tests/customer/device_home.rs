//! A customer with devices made of keys, old and new, and sessions that one of them approved.

use warifu_server::domain::yen::Yen;
use warifu_server::operations::device_work;
use warifu_server::pages::paths;
use warifu_tests::customer::{Answer, CustomerSession};
use warifu_tests::databases::Database;
use warifu_tests::raw_device::{RawAnswer, RawDevice};
use warifu_tests::server::{Login, TARO, TestServer};

/// The firm, and TARO's old device, registered two days ago.
pub struct Home {
    pub server: TestServer,
    pub old: RawDevice,
}

impl Home {
    pub async fn open(db: &Database) -> Self {
        let server = TestServer::with(db, |config| {
            config.withdrawal.hold_from = Yen::from_typed("100000").expect("an amount");
        })
        .await;
        let old = register(&server, TARO).await;
        server.clock.advance_secs(2 * 86_400);
        Self { server, old }
    }

    /// Another device of TARO, registered now.
    pub async fn another(&self) -> RawDevice {
        register(&self.server, TARO).await
    }

    /// A session that `device` approved now.
    pub async fn session(&self, device: &RawDevice) -> CustomerSession {
        let browser = self.server.browser();
        let waiting = browser.enter_password(TARO.number, TARO.password).await;
        let answer = approve(&self.server, device, &waiting.number()).await;
        assert_eq!(answer.json["outcome"], "approved", "{answer:?}");
        browser.go_on(&waiting).await
    }

    pub async fn state(&self, device: &RawDevice) -> String {
        let mut c = self.server.server.app.store.read().await.expect("a connection");
        sqlx::query_scalar("SELECT state FROM devices WHERE id = $1")
            .bind(device.id.as_str())
            .fetch_one(&mut *c)
            .await
            .expect("a device")
    }

    /// What the device hears when it asks for its requests: the code, 0 for nothing wrong.
    pub async fn hears(&self, device: &RawDevice) -> i64 {
        let path = warifu_shared::api::paths::CHALLENGES;
        let answer = device.get(path, self.server.now()).await;
        if answer.status == 200 {
            0
        } else {
            answer.refusal().1
        }
    }

    pub async fn work(&self) {
        device_work::step(&self.server.server.app)
            .await
            .expect("it works");
    }

    /// How many mails to TARO have `text`.
    pub async fn mails_with(&self, text: &str) -> usize {
        self.server.send_mail().await;
        let mails = self.server.outbox.to(TARO.mail);
        mails.iter().filter(|mail| mail.text.contains(text)).count()
    }

    /// Whether a login with the password now leads to a mailed code.
    pub async fn code_opens(&self) -> bool {
        let page = self
            .server
            .browser()
            .enter_password(TARO.number, TARO.password)
            .await;
        page.body.contains("one-time-code")
    }
}

/// A device of a customer, registered now.
pub async fn register(server: &TestServer, customer: Login) -> RawDevice {
    RawDevice::register(&server.server.app.store, customer, &server.origin, server.now()).await
}

/// Approves the newest request of a device.
pub async fn approve(server: &TestServer, device: &RawDevice, number: &str) -> RawAnswer {
    let challenge = device.newest_challenge(server.now()).await;
    let token = device.token(&challenge, Some(number), server.now());
    device
        .send(&device.carry(&challenge.0, &token, server.now()))
        .await
}

/// The page of a device.
pub fn page_of(device: &RawDevice) -> String {
    paths::device(device.id.as_str())
}

/// Presses a button of a device's page; gives the page that follows.
pub async fn press(session: &CustomerSession, device: &RawDevice, action: &str) -> Answer {
    let page = session.get(&page_of(device)).await;
    let action = format!("{}/{action}", page_of(device));
    let answer = session.browser().submit(&page, &action, &[]).await;
    session.browser().follow(answer).await
}

/// Sends a form that the page does not show, with the token of the session.
pub async fn force(
    session: &CustomerSession,
    device: &RawDevice,
    action: &str,
    more: &[(&str, &str)],
) -> Answer {
    let home = session.get(paths::ACCOUNT).await;
    let mut fields = vec![home.form(paths::LOGOUT).fields[0].clone()];
    fields.extend(more.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())));
    let answer = session
        .browser()
        .post(&format!("{}/{action}", page_of(device)), &fields)
        .await;
    session.browser().follow(answer).await
}
