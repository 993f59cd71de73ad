//! What every test here needs: a database with the queue, a worker, and a customer to write to.

use std::sync::Arc;

use tempfile::TempDir;
use warifu_server::crypto::seal::Sealer;
use warifu_server::mail::smtp::Smtp;
use warifu_server::mail::{
    CodeText, Delivery, Letterhead, Mail, MailAddress, MailConfig, MailTransport, MailWorker, NewMail, Scene,
    SmtpConfig, SmtpSecurity, StepReport, delivery, enqueue,
};
use warifu_server::store::{Store, StoreError, sqlite_url};
use warifu_shared::api::Bilingual;
use warifu_shared::clock::Timestamp;
use warifu_shared::display::Language;
use warifu_shared::ids::{AccountId, CodeId, MailId};
use warifu_shared::jws::challenge::Action;
use warifu_tests::smtp_server::SmtpServer;

/// Sunday 22 November 2026, 14:05 in Japan.
pub const NOON: Timestamp = Timestamp::from_secs(1_795_323_900);
/// The code in every code mail here.
pub const CODE: &str = "31415926";
/// Where it goes.
pub const TARO: &str = "taro.yamada@example.jp";

/// A database with a mail queue.
pub struct Mailroom {
    pub folder: TempDir,
    pub store: Store,
    pub keys: Sealer,
}

impl Mailroom {
    pub async fn open() -> Self {
        crate::log::Log::of_this_process();
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&sqlite_url(&folder.path().join("warifu.db")))
            .await
            .expect("the store opens");
        Self {
            folder,
            store,
            keys: Sealer::new(&[7; 32]),
        }
    }

    /// A worker that sends to `server` in the clear.
    pub fn worker(&self, server: &SmtpServer) -> MailWorker {
        self.worker_with(&smtp(server, SmtpSecurity::InsecureLoopback))
    }

    pub fn worker_with(&self, config: &SmtpConfig) -> MailWorker {
        self.worker_over(Arc::new(Smtp::new(config).expect("the settings are good")))
    }

    pub fn worker_over(&self, transport: Arc<dyn MailTransport>) -> MailWorker {
        let firm = Bilingual {
            ja: "ひので証券".to_owned(),
            en: "Hinode Securities".to_owned(),
        };
        let head = Letterhead::new(firm, "0120-000-000", &MailConfig::default()).expect("a letterhead");
        MailWorker {
            store: self.store.clone(),
            keys: self.keys.clone(),
            head: Arc::new(head),
            transport,
        }
    }

    /// Queues a code mail that lives five minutes.
    pub async fn queue_code(&self) -> (MailId, CodeId) {
        let code = CodeId::random();
        let expires_at = NOON.plus_secs(300);
        let mail = Mail::LoginCode {
            code: CodeText::new(CODE).expect("eight digits"),
            action: Action::Login,
            domain: "auth.example".to_owned(),
            expires_at,
            scene: scene(),
        };
        let id = self.queue(mail, expires_at, Some(code.clone())).await;
        (id, code)
    }

    pub async fn queue_notice(&self, device: &str) -> MailId {
        let mail = Mail::DeviceRegistered {
            device: device.to_owned(),
            id: None,
            until: None,
            counter: false,
            scene: scene(),
        };
        self.queue(mail, NOON.plus_secs(NewMail::NOTICE_SECS), None).await
    }

    async fn queue(&self, mail: Mail, expires_at: Timestamp, code: Option<CodeId>) -> MailId {
        let new = NewMail {
            account: AccountId::random(),
            to: TARO.parse::<MailAddress>().expect("an address"),
            mail,
            language: Language::Ja,
            expires_at,
            code,
        };
        let keys = self.keys.clone();
        let queued = self
            .store
            .write(move |c| Box::pin(async move { enqueue(c, &keys, NOON, new).await }))
            .await;
        queued.expect("the mail is queued")
    }

    pub async fn delivery(&self, code: &CodeId, now: Timestamp) -> Delivery {
        let mut connection = self.store.read().await.expect("a connection");
        delivery(&mut connection, code, now)
            .await
            .expect("the queue can be read")
    }

    /// The state of a mail, and whether its contents are still there.
    pub async fn row(&self, mail: &MailId) -> (String, bool) {
        let mut connection = self.store.read().await.expect("a connection");
        let sql = "SELECT state, CASE WHEN sealed IS NULL THEN 0 ELSE 1 END FROM mails WHERE id = $1";
        let row: (String, i64) = sqlx::query_as(sql)
            .bind(mail.as_str())
            .fetch_one(&mut *connection)
            .await
            .expect("the mail is known");
        (row.0, row.1 == 1)
    }
}

/// One step that must not fail.
pub async fn step(worker: &MailWorker, now: Timestamp) -> StepReport {
    worker.step(now).await.expect("the step runs")
}

/// Settings for `server`.
pub fn smtp(server: &SmtpServer, security: SmtpSecurity) -> SmtpConfig {
    let address = server.address();
    SmtpConfig {
        host: address.ip().to_string(),
        port: address.port(),
        security,
        timeout_secs: 5,
        ..SmtpConfig::default()
    }
}

pub fn scene() -> Scene {
    Scene {
        at: NOON,
        place: "JP-13".to_owned(),
        browser: "Firefox 145 / Windows".to_owned(),
    }
}

/// A refusal of the store, for a transaction that is to be rolled back.
pub fn refusal() -> StoreError {
    StoreError::inconsistent("test", "row", "rolled back on purpose")
}
