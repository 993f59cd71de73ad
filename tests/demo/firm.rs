//! The demo's server while its first days are played: real sockets at the demo's addresses, and a clock that is moved.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::net::TcpListener;
use warifu_device_core::{EnrolInput, KdfProfile, KeystoreChoice};
use warifu_server::config::Config;
use warifu_server::crypto::secrets::Secrets;
use warifu_server::demo;
use warifu_server::operations::{login_notices, notices};
use warifu_server::push::health;
use warifu_server::startup::{Listeners, Server, Workers};
use warifu_server::{jobs, watch};
use warifu_shared::clock::{ManualClock, SharedClock, Timestamp};
use warifu_tests::customer::{AnonymousBrowser, Answer};
use warifu_tests::device::Device;
use warifu_tests::outbox::Outbox;

/// Where and when.
pub struct Plan {
    /// The demo's folder.
    pub folder: PathBuf,
    /// Ports of pages, relay and console.
    pub ports: [u16; 3],
    /// The clock of the server and of all devices.
    pub clock: ManualClock,
}

/// Whether pushes get anywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relay {
    /// As usual.
    Up,
    /// Nobody listens at its address.
    Down,
}

/// The running server.
pub struct Firm {
    /// The parts of it.
    pub server: Server,
    clock: ManualClock,
    folder: PathBuf,
    config: Config,
}

impl Firm {
    /// Starts it on what lies in the folder.
    pub async fn start(plan: &Plan, relay: Relay) -> Self {
        std::fs::create_dir_all(&plan.folder).expect("the demo's folder");
        let at = plan.ports.map(|port| SocketAddr::from(([127, 0, 0, 1], port)));
        let mut config = demo::config(&plan.folder, &at[0].to_string(), &at[1].to_string())
            .expect("a configuration of the demo");
        demo::with_console(&mut config, plan.ports[2]);
        Secrets::init(&config.secrets.folder).expect("secrets");
        let listeners = Listeners {
            web: listen(at[0]).await,
            relay: match relay {
                Relay::Up => Some(listen(at[1]).await),
                Relay::Down => None,
            },
            staff: Some(listen(at[2]).await),
        };
        let clock = plan.clock.clone();
        let shared: SharedClock = Arc::new(clock.clone());
        let server = Server::start(config.clone(), listeners, shared, Workers::Stepped).await;
        Self {
            server: server.expect("the demo starts"),
            clock,
            folder: plan.folder.clone(),
            config,
        }
    }

    /// Moves the clock, and does what a server does meanwhile.
    pub async fn set(&self, to: Timestamp) {
        self.settle().await;
        self.clock.set(to);
        self.settle().await;
    }

    /// Lets some seconds pass.
    pub fn pass(&self, secs: i64) {
        self.clock.advance_secs(secs);
    }

    /// What a server does beside answering: mail, expiries, the log, numbers.
    pub async fn settle(&self) {
        let (app, now) = (&self.server.app, self.now());
        login_notices::step(app).await.expect("logins are told");
        notices::hint(app).await.expect("devices are hinted at");
        self.server.mail.step(now).await.expect("mail is sent");
        jobs::step(app, self.server.relay.as_ref())
            .await
            .expect("the house is kept");
        health::step(app).await.expect("the health of pushes is noted");
        self.server.sequencer.step(now).await.expect("the log goes on");
        watch::step(app).await.expect("the log is counted");
    }

    /// Its time.
    pub fn now(&self) -> Timestamp {
        self.server.app.now()
    }

    /// A new browser at the customers' pages.
    pub fn browser(&self) -> AnonymousBrowser {
        AnonymousBrowser::at(&self.config.service.device_origin)
    }

    /// A new browser at the console.
    pub fn console(&self) -> AnonymousBrowser {
        AnonymousBrowser::at(&self.config.staff.origin)
    }

    /// The newest code mailed to an address.
    pub async fn code_for(&self, mail: &str) -> String {
        self.server.mail.step(self.now()).await.expect("mail is sent");
        let mails = Outbox::at(&self.config.mail.outbox).to(mail);
        let with_code = mails.iter().rev().find(|it| it.text.contains(" #"));
        with_code.expect("a code is mailed").code()
    }

    /// A device whose files stay, as the command line opens them.
    pub async fn device(&self, folder: &Path) -> Device {
        Device::with(&self.clock, |options| {
            options.data_dir = self.folder.join(folder);
            options.keystore = KeystoreChoice::None;
            options.kdf = KdfProfile::Floor;
            options.push = folder.starts_with("customers");
        })
        .await
    }

    /// Registers a device with the code on `page`, compares and confirms there.
    pub async fn enrol(
        &self,
        device: &Device,
        name: &str,
        browser: &AnonymousBrowser,
        page: &Answer,
    ) -> Answer {
        let link = EnrolInput::Link { text: page.link() };
        device.core.begin_enrolment(link).await.expect("the code is good");
        let done = device.core.finish_enrolment(demo::PIN, demo::PIN, name).await;
        let shown = done.expect("registered").fingerprint;
        let compare = browser.get(&page.path).await;
        assert!(
            compare.body.contains(&shown[..3]),
            "the page shows the same digits"
        );
        let done = browser.submit(&compare, "/confirm", &[]).await;
        let page = browser.follow(done).await;
        device
            .core
            .refresh()
            .await
            .expect("the device hears that it counts");
        page
    }

    /// Approves the one request of a device with the number on the waiting page, and goes on there.
    pub async fn approve(&self, device: &Device, browser: &AnonymousBrowser, waiting: &Answer) -> Answer {
        let handle = device.only_request().await;
        self.clock.advance_secs(ANSWER_SECS);
        let done = device.approve(&handle, &waiting.number()).await;
        done.expect("approved");
        self.clock.advance_secs(1);
        let page = browser.get(&waiting.path).await;
        let done = browser.submit(&page, "/continue", &[]).await;
        browser.follow(done).await
    }

    /// Ends it, everything in its place.
    pub async fn stop(self) {
        self.settle().await;
        self.server.stop().await;
    }
}

async fn listen(at: SocketAddr) -> TcpListener {
    let bound = TcpListener::bind(at).await;
    bound.unwrap_or_else(|error| panic!("{at} is in use: {error}"))
}

/// How long a customer takes to answer.
const ANSWER_SECS: i64 = 14;
