//! What every face and organ needs: configuration, store, keys, clock. One struct, cheap to clone.

use std::ops::Deref;
use std::sync::{Arc, Mutex, OnceLock};

use tokio::sync::{Notify, Semaphore};
use warifu_shared::api::{Bilingual, ServiceInfo};
use warifu_shared::clock::{SharedClock, Timestamp};
use warifu_shared::log::LogKey;
use warifu_shared::published::log_name;

use crate::config::{Config, CoreKind};
use crate::core::http::{BadCore, HttpCore};
use crate::core::{Core, Nowhere};
use crate::crypto::breached::{BadList, Breached};
use crate::crypto::password::{HashError, Passwords};
use crate::crypto::secrets::Secrets;
use crate::demo::{self, ledger::Ledger};
use crate::domain::admission::Counts;
use crate::domain::counter::LockRule;
use crate::http::nonces::RecentNonces;
use crate::live::Live;
use crate::memory::{KnownDevices, RecentChallenges};
use crate::push::PushQueue;
use crate::push::health::PushHealth;
use crate::push::vapid::Vapid;
use crate::relay::Relay;
use crate::store::Store;

/// A running server's parts.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// The parts.
pub struct Parts {
    /// The configuration.
    pub config: Config,
    /// The database.
    pub store: Store,
    /// The keys.
    pub secrets: Secrets,
    /// The time.
    pub clock: SharedClock,
    /// Password hashing.
    pub passwords: Passwords,
    /// Password hashing for browsers that the account has used before, in places of its own (RISK-07).
    pub known_passwords: Passwords,
    /// The operator's list of leaked passwords.
    pub breached: Option<Breached>,
    /// Logins that may wait for a hash at once; more are turned away (PASS-04).
    pub hash_queue: Semaphore,
    /// The same for browsers that the account has used before.
    pub known_hash_queue: Semaphore,
    /// What was admitted in the present window (RISK-07).
    pub admission: Mutex<Counts>,
    /// Who waits for a change.
    pub live: Live,
    /// The firm's core system.
    pub core: Arc<dyn Core>,
    /// Wakes the mail worker.
    pub mail_wake: Arc<Notify>,
    /// Wakes the worker that moves withdrawals on.
    pub orders_wake: Arc<Notify>,
    /// Pushes to send.
    pub pushes: PushQueue,
    /// How hints fare, until it is written.
    pub push_health: PushHealth,
    /// The relay of this process, when it runs one: staff see how many devices are connected to it.
    pub relay: OnceLock<Relay>,
    /// VAPID tokens.
    pub vapid: Vapid,
    /// Nonces of safe signed requests.
    pub recent_nonces: RecentNonces,
    /// Devices whose keys were read before.
    pub known_devices: KnownDevices,
    /// Challenges that were made lately.
    pub recent_challenges: RecentChallenges,
    /// The public key of the audit log, with its name.
    pub log_key: LogKey,
    /// Places for open questions about the log, which cost some reads each (WEB-11).
    pub log_questions: Semaphore,
    /// Places for exports of the log, which read for a while.
    pub log_exports: Arc<Semaphore>,
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// The server's parts could not be put together.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// Password parameters.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The list of leaked passwords.
    #[error(transparent)]
    Breached(#[from] BadList),
    /// The VAPID key.
    #[error("the VAPID key cannot be used")]
    Vapid,
    /// The core system.
    #[error(transparent)]
    Core(#[from] BadCore),
    /// The name of the log.
    #[error("audit.name cannot be the name of a log: no spaces, no plus signs")]
    LogName,
}

impl App {
    /// Puts the parts together.
    ///
    /// # Errors
    /// When password parameters, the list of leaked passwords, the VAPID key or the settings of the core system cannot be used.
    pub fn new(config: Config, store: Store, secrets: Secrets, clock: SharedClock) -> Result<Self, AppError> {
        let (rules, known) = (&config.password, &config.admission);
        let passwords = Passwords::new(
            secrets.password_pepper.clone(),
            rules.memory_kib,
            rules.passes,
            rules.at_once,
        )?;
        let breached = match &rules.breached_file {
            none if none.as_os_str().is_empty() => None,
            file => Some(Breached::open(file)?),
        };
        let vapid = Vapid::new(&secrets.vapid_key, &config.push.contact).ok_or(AppError::Vapid)?;
        let core = core_system(&config, &store, &clock)?;
        let log_name = match config.audit.name.as_str() {
            "" => log_name(&config.service.device_origin),
            name => name.to_owned(),
        };
        let log_key = LogKey::new(&log_name, secrets.audit_key.public()).map_err(|_| AppError::LogName)?;
        Ok(Self(Arc::new(Parts {
            core,
            breached,
            log_key,
            log_questions: Semaphore::new(LOG_QUESTIONS),
            log_exports: Arc::new(Semaphore::new(LOG_EXPORTS)),
            hash_queue: Semaphore::new(rules.waiting + rules.at_once),
            known_hash_queue: Semaphore::new(known.known_waiting + known.known_at_once),
            known_passwords: passwords.with_places(known.known_at_once),
            admission: Mutex::default(),
            passwords,
            live: Live::default(),
            mail_wake: Arc::default(),
            orders_wake: Arc::default(),
            pushes: PushQueue::default(),
            push_health: PushHealth::default(),
            relay: OnceLock::new(),
            vapid,
            recent_nonces: RecentNonces::default(),
            known_devices: KnownDevices::default(),
            recent_challenges: RecentChallenges::default(),
            config,
            store,
            secrets,
            clock,
        })))
    }

    /// The present instant.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The firm's name.
    #[must_use]
    pub fn service_name(&self) -> Bilingual {
        Bilingual {
            ja: self.config.service.name_ja.clone(),
            en: self.config.service.name_en.clone(),
        }
    }

    /// What anyone may know about this service.
    #[must_use]
    pub fn service_info(&self) -> ServiceInfo {
        ServiceInfo {
            origin: self.config.service.device_origin.clone(),
            name: self.service_name(),
            challenge_key: self.secrets.challenge_key.public().to_b64(),
            relay_url: self.config.relay.public_url.to_string(),
            vapid_key: self.vapid.public_key().to_owned(),
            now: self.now(),
        }
    }

    /// The host of the main page origin, which mailed codes are bound to (CODE-14).
    #[must_use]
    pub fn page_host(&self) -> String {
        let main = self
            .config
            .origins
            .iter()
            .find(|o| o.main)
            .map_or("", |o| o.url.as_str());
        url::Url::parse(main)
            .ok()
            .and_then(|url| url.host_str().map(str::to_owned))
            .unwrap_or_default()
    }

    /// When wrong numbers and codes lock (CHAL-06).
    #[must_use]
    pub fn factor_lock(&self) -> LockRule {
        let c = &self.config.counters;
        LockRule {
            failures: c.failures,
            first_lock: c.first_lock,
            longest_lock: c.longest_lock,
            hard_stop: c.hard_stop,
        }
    }

    /// When wrong passwords lock. There is no hard stop: an account cannot be closed from outside (RISK-08).
    #[must_use]
    pub fn password_lock(&self) -> LockRule {
        LockRule {
            failures: self.config.counters.password_failures,
            hard_stop: i64::MAX,
            ..self.factor_lock()
        }
    }
}

/// The core system of the configuration; the demo firm has its own.
fn core_system(config: &Config, store: &Store, clock: &SharedClock) -> Result<Arc<dyn Core>, BadCore> {
    let core: Arc<dyn Core> = match (&config.core.own, config.core.kind) {
        (Some(own), _) => Arc::clone(&own.0),
        (None, CoreKind::Http) => Arc::new(HttpCore::new(&config.core, Arc::clone(clock))?),
        (None, CoreKind::None) if config.demo => {
            Arc::new(Ledger::new(store.clone(), Arc::clone(clock), demo::SETTLE_SECS))
        }
        (None, CoreKind::None) => Arc::new(Nowhere),
    };
    Ok(core)
}

/// Questions about the log that read the database at once: of its connections the most stay free for logins.
const LOG_QUESTIONS: usize = 2;
/// Exports of the log at once, in each process.
const LOG_EXPORTS: usize = 2;
