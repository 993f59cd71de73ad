//! A real server in this process: real sockets on port 0, a real database, a clock that stands still until it is moved.

use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;
use tokio::net::TcpListener;
use warifu_server::config::Config;
use warifu_server::crypto::secrets::Secrets;
use warifu_server::demo;
use warifu_server::startup::{Listeners, Server, Workers};
use warifu_shared::clock::{Clock, ManualClock, SharedClock, SystemClock, Timestamp};

use crate::customer::{AnonymousBrowser, Answer, CustomerSession};
use crate::databases::Database;
use crate::device::Device;
use crate::outbox::Outbox;

/// A running server with the sample customers of the demo.
pub struct TestServer {
    /// The origin of pages and device API.
    pub origin: String,
    /// The clock of server and devices.
    pub clock: ManualClock,
    /// The mails that were sent.
    pub outbox: Outbox,
    /// The server.
    pub server: Server,
    folder: TempDir,
    config: Config,
}

/// A sample customer.
#[derive(Debug, Clone, Copy)]
pub struct Login {
    /// Account number.
    pub number: &'static str,
    /// Password.
    pub password: &'static str,
    /// Withdrawal password.
    pub withdrawal_password: &'static str,
    /// Authentication mail address.
    pub mail: &'static str,
}

/// The first sample customer, Japanese.
pub const TARO: Login = sample(0);
/// The second sample customer, Japanese.
pub const HANAKO: Login = sample(1);

const fn sample(index: usize) -> Login {
    let customer = &demo::CUSTOMERS[index];
    Login {
        number: customer.number,
        password: customer.password,
        withdrawal_password: customer.withdrawal_password,
        mail: customer.mail,
    }
}

impl TestServer {
    /// Starts a server on `database`; mail is sent when a test looks into the outbox by [`Self::mail_to`].
    pub async fn start(database: &Database) -> Self {
        Self::with(database, |_| {}).await
    }

    /// The same with other settings.
    pub async fn with(database: &Database, change: impl FnOnce(&mut Config)) -> Self {
        let clock = ManualClock::new(SystemClock.now());
        Self::open(tempfile::tempdir().expect("a folder"), database, clock, change).await
    }

    /// The same with the staff console on a listener of its own.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn with_console(database: &Database) -> Self {
        Self::with_console_and(database, |_| {}).await
    }

    /// The same with other settings.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn with_console_and(database: &Database, change: impl FnOnce(&mut Config)) -> Self {
        let clock = ManualClock::new(SystemClock.now());
        let folder = tempfile::tempdir().expect("a folder");
        let console = listener().await;
        let at = console.local_addr().expect("an address");
        let set = |config: &mut Config| {
            demo::with_console(config, at.port());
            change(config);
        };
        Self::open_with(folder, database, clock, set, Some(console)).await
    }

    async fn open(
        folder: TempDir,
        database: &Database,
        clock: ManualClock,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        Self::open_with(folder, database, clock, change, None).await
    }

    async fn open_with(
        folder: TempDir,
        database: &Database,
        clock: ManualClock,
        change: impl FnOnce(&mut Config),
        console: Option<TcpListener>,
    ) -> Self {
        let (config, mut listeners) = prepare(folder.path(), |config| {
            config.database.url = database.url().to_owned();
            change(config);
        })
        .await;
        listeners.staff = console;
        let origin = config.service.device_origin.clone();
        let outbox = Outbox::at(&config.mail.outbox);
        let shared: SharedClock = Arc::new(clock.clone());
        let server = Server::start(config.clone(), listeners, shared, Workers::Stepped)
            .await
            .expect("the server starts");
        Self {
            origin,
            clock,
            outbox,
            server,
            folder,
            config,
        }
    }

    /// A second process of the same firm: same database, secrets, clock and settings, sockets of its own.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn twin(&self) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (own, listeners) = prepare(folder.path(), |_| {}).await;
        let mut config = self.config.clone();
        config.listen = own.listen;
        config.relay.public_url = own.relay.public_url;
        config.origins = own.origins;
        if config.audit.name.is_empty() {
            config.audit.name = warifu_shared::published::log_name(&config.service.device_origin);
        }
        config.service.device_origin = own.service.device_origin;
        let shared: SharedClock = Arc::new(self.clock.clone());
        let server = Server::start(config.clone(), listeners, shared, Workers::Stepped)
            .await
            .expect("the server starts");
        Self {
            origin: config.service.device_origin.clone(),
            clock: self.clock.clone(),
            outbox: Outbox::at(&config.mail.outbox),
            server,
            folder,
            config,
        }
    }

    /// How many audit leaves of this action there are.
    ///
    /// # Panics
    /// When the database does not answer.
    pub async fn leaves(&self, action: &str) -> i64 {
        let mut c = self.server.app.store.read().await.expect("a connection");
        sqlx::query_scalar("SELECT COUNT(*) FROM audit_leaves WHERE action = $1")
            .bind(action)
            .fetch_one(&mut *c)
            .await
            .expect("a number")
    }

    /// The kinds of signals that the watcher has found so far, after it looked at everything.
    ///
    /// # Panics
    /// When the database does not answer.
    pub async fn signals(&self) -> Vec<String> {
        let placed = self.server.sequencer.step(self.now()).await;
        placed.expect("the log goes on");
        warifu_server::watch::step(&self.server.app)
            .await
            .expect("looked");
        let mut c = self.server.app.store.read().await.expect("a connection");
        let found = warifu_server::store::case_list::newest(&mut c, 100).await;
        let found = found.expect("read");
        found.iter().map(|it| it.signal.name().to_owned()).collect()
    }

    /// Stops the server and starts it again on the same database, secrets and clock, at the same addresses.
    pub async fn restart(self) -> Self {
        let Self {
            server,
            folder,
            config,
            clock,
            origin,
            outbox,
        } = self;
        server.stop().await;
        let web = TcpListener::bind(config.listen.web)
            .await
            .expect("the old address");
        let relay = TcpListener::bind(config.listen.relay.expect("a relay"))
            .await
            .expect("the old address");
        let shared: SharedClock = Arc::new(clock.clone());
        let staff = match config.staff.listen {
            Some(address) => Some(TcpListener::bind(address).await.expect("the old address")),
            None => None,
        };
        let listeners = Listeners {
            web,
            relay: Some(relay),
            staff,
        };
        let server = Server::start(config.clone(), listeners, shared, Workers::Stepped)
            .await
            .expect("the server starts");
        Self {
            origin,
            clock,
            outbox,
            server,
            folder,
            config,
        }
    }

    /// The present instant of server and devices.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The folder of this server's data.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A browser without cookies.
    #[must_use]
    pub fn browser(&self) -> AnonymousBrowser {
        AnonymousBrowser::at(&self.origin)
    }

    /// Sends the mails that wait, one step.
    ///
    /// # Panics
    /// When the queue cannot be read.
    pub async fn send_mail(&self) {
        self.server
            .mail
            .step(self.now())
            .await
            .expect("the mail worker steps");
    }

    /// The newest mailed code for a customer.
    ///
    /// # Panics
    /// When there is none.
    pub async fn code_for(&self, customer: Login) -> String {
        self.send_mail().await;
        let mails = self.outbox.to(customer.mail);
        let with_code = mails.iter().rev().find(|mail| mail.text.contains(" #"));
        with_code
            .unwrap_or_else(|| panic!("no code among {mails:#?}"))
            .code()
    }

    /// A customer without a device, logged in by mailed code.
    pub async fn log_in_by_code(&self, customer: Login) -> CustomerSession {
        let read = async || self.code_for(customer).await;
        self.browser()
            .log_in_by_code(customer.number, customer.password, read)
            .await
    }

    /// Enrols a device from a session: link, keys, fingerprint compared, confirmed on the page.
    ///
    /// # Panics
    /// When a step fails.
    pub async fn enrol(&self, session: &CustomerSession) -> Device {
        let page = session.begin_enrolment().await;
        let device = Device::new(&self.clock).await;
        let shown = device.enrol(&page.link()).await;
        let compare = session.get(&page.path).await;
        assert!(
            compare.body.contains(&shown[..3]) && compare.body.contains(&shown[3..]),
            "ENROL-06: {}",
            compare.body
        );
        let done = session.browser().submit(&compare, "/confirm", &[]).await;
        session.browser().follow(done).await;
        device
            .core
            .refresh()
            .await
            .expect("the device learns that it is active");
        device
    }

    /// A customer with an active device: the device and the session that enrolled it.
    pub async fn customer_with_device(&self, customer: Login) -> (Device, CustomerSession) {
        let session = self.log_in_by_code(customer).await;
        (self.enrol(&session).await, session)
    }
}

impl Answer {
    /// The `warifu://` link of the page.
    ///
    /// # Panics
    /// When it has none.
    #[must_use]
    pub fn link(&self) -> String {
        let from = self
            .body
            .find("warifu://")
            .unwrap_or_else(|| panic!("{} has no link:\n{}", self.path, self.body));
        let link = self.body[from..].split('"').next().unwrap_or_default();
        link.replace("&amp;", "&").replace("&#38;", "&")
    }

    /// The six digits of the waiting page.
    ///
    /// # Panics
    /// When it has none.
    #[must_use]
    pub fn number(&self) -> String {
        let link = warifu_shared::link::read(&self.link());
        let Ok(warifu_shared::link::Link::Challenge(link)) = link else {
            panic!("{} is no waiting page", self.path)
        };
        link.number.reveal().to_owned()
    }
}

/// The demo's configuration with its data below `folder`, its secrets made, and sockets for it on free ports.
pub(crate) async fn prepare(folder: &Path, change: impl FnOnce(&mut Config)) -> (Config, Listeners) {
    let (web, relay) = (listener().await, listener().await);
    let at = |listener: &TcpListener| listener.local_addr().expect("an address").to_string();
    let mut config = demo::config(folder, &at(&web), &at(&relay)).expect("a configuration");
    // Real Argon2id, small: the cost is not what these tests are about.
    config.password.memory_kib = 1024;
    // All customers of a test share one address, and their clock stands still.
    let rules = &mut config.admission;
    for limit in [
        &mut rules.per_address,
        &mut rules.per_network,
        &mut rules.per_account,
        &mut rules.known_per_account,
        &mut rules.codes_per_address,
        &mut rules.enrolments_per_address,
    ] {
        *limit = 1000;
    }
    change(&mut config);
    Secrets::init(&config.secrets.folder).expect("secrets");
    let has_relay = config.listen.relay.is_some();
    (
        config,
        Listeners {
            web,
            relay: has_relay.then_some(relay),
            staff: None,
        },
    )
}

async fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.expect("a port")
}
