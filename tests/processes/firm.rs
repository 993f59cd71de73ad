//! A firm's server as an operator runs it: a written configuration, secrets on disk, the real program.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tokio::net::TcpListener;
use warifu_server::app::App;
use warifu_server::config::Config;
use warifu_server::crypto::secrets::Secrets;
use warifu_server::demo;
use warifu_server::startup::{Listeners, Server, Workers};
use warifu_server::store::Store;
use warifu_shared::clock::{SharedClock, SystemClock};
use warifu_tests::authority::Authority;
use warifu_tests::customer::{AnonymousBrowser, CustomerSession};
use warifu_tests::databases::Database;
use warifu_tests::outbox::Outbox;
use warifu_tests::process::{Program, Running, free_port};
use warifu_tests::running_clock::RunningClock;
use warifu_tests::server::Login;

use crate::authenticator::Authenticator;

/// What of the configuration differs from test to test.
#[derive(Clone)]
pub struct Plan {
    /// Port of pages and device API.
    pub web: u16,
    /// Port of the relay.
    pub relay: u16,
    /// Whether this process runs the relay.
    pub runs_relay: bool,
    /// The origin of the device API; its own when empty.
    pub device_origin: String,
    /// The keys of `[mail]`, and sections that belong to it.
    pub mail: String,
    /// Further sections.
    pub more: String,
    /// Whose certificate both listeners have, at `Authority::tls`. Without it they speak plain HTTP.
    pub authority: Option<Arc<Authority>>,
}

/// A firm with its server.
pub struct Firm {
    /// The origin of its pages.
    pub origin: String,
    /// Its mails.
    pub outbox: Outbox,
    url: String,
    config: PathBuf,
    folder: Arc<TempDir>,
    authority: Option<Arc<Authority>>,
    running: Option<Running>,
}

impl Plan {
    /// Everything in one process, on free ports.
    pub fn new() -> Self {
        Self {
            web: free_port(),
            relay: free_port(),
            runs_relay: true,
            device_origin: String::new(),
            mail: String::new(),
            more: String::new(),
            authority: None,
        }
    }

    /// The same over TLS with a certificate of `authority`.
    pub fn secure(authority: &Arc<Authority>) -> Self {
        authority.put(&authority.pair());
        let files = authority.tls();
        let (certificate, key) = (files.certificate.display(), files.key.display());
        Self {
            more: format!("[tls]\ncertificate = \"{certificate}\"\nkey = \"{key}\"\n"),
            authority: Some(authority.clone()),
            ..Self::new()
        }
    }

    fn origin(&self) -> String {
        let scheme = if self.authority.is_some() { "https" } else { "http" };
        format!("{scheme}://127.0.0.1:{}", self.web)
    }

    fn text(&self, folder: &Path, database: &str) -> String {
        let Self {
            web,
            relay,
            mail,
            more,
            ..
        } = self;
        let origin = self.origin();
        let (socket, insecure) = match self.authority {
            Some(_) => ("wss", false),
            None => ("ws", true),
        };
        let device_origin = if self.device_origin.is_empty() {
            &origin
        } else {
            &self.device_origin
        };
        let listen_relay = if self.runs_relay {
            format!("127.0.0.1:{relay}")
        } else {
            String::new()
        };
        let folder = folder.display();
        format!(
            "[service]\nname_ja = \"ひので証券\"\nname_en = \"Hinode Securities\"\nphone = \"0120-000-000\"\n\
             device_origin = \"{device_origin}\"\n[[origins]]\nurl = \"{origin}\"\nsite = \"browser\"\nmain = true\n\
             [listen]\nweb = \"127.0.0.1:{web}\"\nrelay = \"{listen_relay}\"\n[database]\nurl = \"{database}\"\n\
             [secrets]\nfolder = \"{folder}/secrets\"\n[push]\ncontact = \"mailto:operations@hinode.example\"\n\
             [password]\nmemory_kib = 1024\n\
             [relay]\npublic_url = \"{socket}://127.0.0.1:{relay}/\"\ninsecure_loopback = {insecure}\n\
             [mail]\noutbox = \"{folder}/outbox\"\nfrom = \"authentication@hinode.example\"\n{mail}\n{more}\n"
        )
    }
}

impl Firm {
    /// Writes the configuration, draws the secrets with the real program and puts the sample customers in.
    pub async fn prepare(database: &Database, plan: &Plan) -> Self {
        let firm = Self::unprepared(database, plan);
        let drawn = firm.program("secrets-init").start();
        let (status, log) = drawn.output(LIMIT).await;
        assert!(status.success(), "{log}");
        firm.seed().await;
        firm
    }

    /// Writes the configuration and nothing else.
    pub fn unprepared(database: &Database, plan: &Plan) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("warifu-firm-")
            .tempdir()
            .expect("a folder");
        Self::at(Arc::new(folder), database.url().to_owned(), plan)
    }

    /// Changes the text of the configuration.
    pub fn edit(&self, change: impl FnOnce(&str) -> String) {
        let before = std::fs::read_to_string(&self.config).expect("a configuration");
        let after = change(&before);
        assert_ne!(before, after);
        std::fs::write(&self.config, after).expect("the configuration is written");
    }

    /// Where its secrets lie.
    pub fn secrets(&self) -> PathBuf {
        self.folder.path().join("secrets")
    }

    /// Prepares and starts a firm with everything in one process.
    pub async fn open(database: &Database) -> Self {
        let mut firm = Self::prepare(database, &Plan::new()).await;
        firm.start().await;
        firm
    }

    /// A second process of the same firm: same database, secrets and mails, pages at another port.
    pub fn twin(&self, plan: &Plan) -> Self {
        Self::at(self.folder.clone(), self.url.clone(), plan)
    }

    fn at(folder: Arc<TempDir>, url: String, plan: &Plan) -> Self {
        let config = folder.path().join(format!("warifu-{}.toml", plan.web));
        std::fs::write(&config, plan.text(folder.path(), &url)).expect("the configuration is written");
        let origin = plan.origin();
        let outbox = Outbox::at(&folder.path().join("outbox"));
        Self {
            origin,
            outbox,
            url,
            config,
            folder,
            authority: plan.authority.clone(),
            running: None,
        }
    }

    /// Starts the server and waits until it says that it is ready.
    pub async fn start(&mut self) {
        let running = self.program("serve").start();
        running.line_with(&format!("ready {}", self.origin), LIMIT).await;
        self.running = Some(running);
    }

    /// The same firm some seconds ago: its server inside this process, on the same data and sockets, by a clock that is
    /// behind. Stop it before [`Self::start`].
    pub async fn server_behind_secs(&self, secs: i64) -> Server {
        let config = Config::load(&self.config).expect("the configuration is good");
        let bind = async |address| TcpListener::bind(address).await.expect("the port is free");
        let listeners = Listeners {
            web: bind(config.listen.web).await,
            relay: Some(bind(config.listen.relay.expect("a relay")).await),
            staff: None,
        };
        let clock: SharedClock = Arc::new(RunningClock::behind_secs(secs));
        let started = Server::start(config, listeners, clock, Workers::Running).await;
        started.expect("the server starts")
    }

    /// The running server.
    pub fn server(&self) -> &Running {
        self.running.as_ref().expect("the server was started")
    }

    /// Ends the server by `SIGTERM` and gives its exit code.
    pub async fn stop(&mut self) -> Option<i32> {
        self.running
            .take()
            .expect("the server runs")
            .terminate(LIMIT)
            .await
            .code()
    }

    /// Ends the server in the middle of whatever it does.
    pub fn kill(&mut self) {
        self.running.take().expect("the server runs").kill();
    }

    /// A command of the server's program with this configuration.
    pub fn program(&self, command: &str) -> Program {
        let program = Program::ours("warifu-server")
            .args([command, "--config"])
            .arg(&self.config);
        match &self.authority {
            // It sends pushes to its own relay and verifies that one like any other.
            Some(authority) => program.env("SSL_CERT_FILE", authority.file()),
            None => program,
        }
    }

    /// The database, opened by the test itself.
    pub async fn store(&self) -> Store {
        Store::open(&self.url).await.expect("the database opens")
    }

    /// The one number that a query gives.
    pub async fn count(&self, sql: &'static str) -> i64 {
        let store = self.store().await;
        let mut c = store.read().await.expect("a connection");
        let count = sqlx::query_scalar(sql)
            .fetch_one(&mut *c)
            .await
            .expect("a number");
        drop(c);
        store.close().await;
        count
    }

    /// A browser without cookies.
    pub fn browser(&self) -> AnonymousBrowser {
        match &self.authority {
            Some(authority) => AnonymousBrowser::trusting(&authority.file(), &self.origin),
            None => AnonymousBrowser::at(&self.origin),
        }
    }

    /// A customer without a device, logged in by the code that arrives in the outbox.
    pub async fn log_in_by_code(&self, customer: Login) -> CustomerSession {
        let before = self.outbox.codes_to(customer.mail).len();
        let read = async || self.outbox.wait_for_code(customer.mail, before + 1).await;
        self.browser()
            .log_in_by_code(customer.number, customer.password, read)
            .await
    }

    /// Registers `device` from a session: by link, the fingerprint compared and confirmed on the page.
    pub async fn enrol(&self, session: &CustomerSession, device: &Authenticator) {
        let page = session.begin_enrolment().await;
        let done = device.run(["enrol", &page.link(), "--name", "台所の端末"]).await;
        let fingerprint = done.json("fingerprint")["fingerprint"]
            .as_str()
            .expect("digits")
            .to_owned();
        let compare = session.get(&page.path).await;
        assert_eq!(
            compare.text("#fingerprint").replace(' ', ""),
            fingerprint,
            "ENROL-06"
        );
        let confirmed = session.browser().submit(&compare, "/confirm", &[]).await;
        let page = session.browser().follow(confirmed).await;
        assert!(
            page.status.is_success() && page.body.contains("台所の端末"),
            "{}",
            page.body
        );
    }

    /// A new device that trusts this firm's certificate.
    pub fn device(&self) -> Authenticator {
        let device = Authenticator::new("file");
        match &self.authority {
            Some(authority) => device.trusting(&authority.file()),
            None => device,
        }
    }

    /// A customer with a device that the page has confirmed.
    pub async fn customer_with_device(&self, customer: Login) -> Authenticator {
        let device = self.device();
        self.enrol(&self.log_in_by_code(customer).await, &device).await;
        device
    }

    /// The server's parts, put together by the test itself on the same database and secrets.
    pub async fn app(&self) -> App {
        let config = Config::load(&self.config).expect("the configuration is good");
        let secrets = Secrets::load(&config.secrets.folder).expect("the secrets were drawn");
        let store = self.store().await;
        App::new(config, store, secrets, Arc::new(SystemClock)).expect("the parts fit")
    }

    async fn seed(&self) {
        let app = self.app().await;
        demo::seed(&app).await.expect("the customers are put in");
        app.store.close().await;
    }
}

/// How long a program may take for one step. Debug builds on a busy machine are slow.
pub const LIMIT: Duration = Duration::from_secs(60);
