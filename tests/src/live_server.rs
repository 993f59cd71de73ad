//! A real server as customers meet it: by a clock that runs, mailing and cleaning up by itself. The app has the system's clock.

use std::time::Duration;

use tempfile::TempDir;
use tokio::net::TcpListener;
use warifu_server::config::Config;
use warifu_server::startup::{Listeners, Server, Workers};
use warifu_shared::clock::SharedClock;

use crate::outbox::{Mail, Outbox};
use crate::running_clock::RunningClock;
use crate::server::{Login, prepare};

/// The server with the sample customers of the demo, on its embedded parts.
pub struct LiveServer {
    /// The origin of pages and device API.
    pub origin: String,
    /// The mails that were sent.
    pub outbox: Outbox,
    /// The clock of the server; the devices have the system's.
    pub clock: RunningClock,
    server: Option<Server>,
    config: Config,
    _folder: TempDir,
}

/// Whether the relay starts with the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relay {
    /// Pushes arrive.
    Running,
    /// Nobody answers at its address.
    Down,
}

impl LiveServer {
    /// Starts a new one with its relay.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// The same with other settings.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::by(RunningClock::default(), change).await
    }

    /// The same by this clock, e.g. one that is days behind until it catches up.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn by(clock: RunningClock, change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (config, listeners) = prepare(folder.path(), change).await;
        let mut live = Self {
            origin: config.service.device_origin.clone(),
            outbox: Outbox::at(&config.mail.outbox),
            clock,
            server: None,
            config,
            _folder: folder,
        };
        live.run(listeners).await;
        live
    }

    /// Stops it: afterwards nobody answers at its addresses.
    pub async fn stop(&mut self) {
        if let Some(server) = self.server.take() {
            server.stop().await;
        }
    }

    /// Starts it again after [`Self::stop`], at the same addresses and on the same data.
    ///
    /// # Panics
    /// When an address was taken meanwhile.
    pub async fn start_again(&mut self, relay: Relay) {
        let web = TcpListener::bind(self.config.listen.web)
            .await
            .expect("the old address");
        let address = self.config.listen.relay.expect("a relay");
        let relay = match relay {
            Relay::Running => Some(TcpListener::bind(address).await.expect("the old address")),
            Relay::Down => None,
        };
        self.run(Listeners {
            web,
            relay,
            staff: None,
        })
        .await;
    }

    /// The newest mailed code for a customer, once it has arrived.
    ///
    /// # Panics
    /// When none comes in time.
    pub async fn code_for(&self, customer: Login) -> String {
        let with_code = async {
            let mut beat = tokio::time::interval(Duration::from_millis(50));
            loop {
                beat.tick().await;
                let mails = self.outbox.to(customer.mail);
                if let Some(mail) = mails.into_iter().rev().find(|mail| mail.text.contains(" #")) {
                    return mail;
                }
            }
        };
        let arrived: Result<Mail, _> = tokio::time::timeout(MAIL_LIMIT, with_code).await;
        arrived
            .unwrap_or_else(|_| panic!("no code for {}: {:#?}", customer.mail, self.outbox.mails()))
            .code()
    }

    async fn run(&mut self, listeners: Listeners) {
        let clock: SharedClock = std::sync::Arc::new(self.clock.clone());
        let started = Server::start(self.config.clone(), listeners, clock, Workers::Running).await;
        self.server = Some(started.expect("the server starts"));
    }
}

const MAIL_LIMIT: Duration = Duration::from_secs(60);
