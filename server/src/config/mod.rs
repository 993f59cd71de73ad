//! The configuration: `config.default.toml` with the operator's file laid over it. One struct a subsystem.

mod check;
mod core_system;
mod customers;
mod money;
mod sections;
mod sockets;
mod staff;

use std::path::Path;

use serde::Deserialize;

use crate::mail::{SmtpSecurity, TransportKind};

pub use check::check;
pub use customers::{ActivationRules, AddressRules, Unproven};
pub use money::{MailedCodeRules, WithdrawalRules};
pub use sections::*;
pub use staff::WatchRules;

/// The whole configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Who the firm is.
    pub service: Service,
    /// Public origins of the pages.
    #[serde(default)]
    pub origins: Vec<Origin>,
    /// Sockets.
    pub listen: Listen,
    /// The staff console.
    pub staff: StaffConsole,
    /// Signals of the watcher.
    pub watch: WatchRules,
    /// TLS in the server itself.
    pub tls: Tls,
    /// Limits of connections.
    pub connections: ConnectionRules,
    /// Reverse proxies.
    pub proxy: Proxy,
    /// The database.
    pub database: Database,
    /// Where secrets lie.
    pub secrets: SecretsFolder,
    /// Login policy.
    pub login: Login,
    /// Challenges.
    pub challenge: ChallengeRules,
    /// Floods and guessing.
    pub admission: Admission,
    /// Failure counters.
    pub counters: Counters,
    /// Limits of unanswered pushes.
    pub pushes: PushLimits,
    /// Mailed codes.
    pub code: CodeRules,
    /// Activation of opened accounts.
    pub activation: ActivationRules,
    /// Mail addresses.
    pub addresses: AddressRules,
    /// Enrolment of devices.
    pub enrolment: EnrolmentRules,
    /// Withdrawals.
    pub withdrawal: WithdrawalRules,
    /// Sessions, per site.
    pub session: Sessions,
    /// Password hashing.
    pub password: PasswordRules,
    /// The audit log.
    pub audit: Audit,
    /// Mail.
    pub mail: crate::mail::MailConfig,
    /// Sending of pushes.
    pub push: Push,
    /// The built-in relay.
    pub relay: crate::relay::RelayConfig,
    /// The firm's core system.
    pub core: CoreSystem,
    /// Known prefixes.
    #[serde(default)]
    pub places: Vec<Place>,
    /// The demo's own pages; set by `warifu-server demo` only.
    #[serde(skip)]
    pub demo: bool,
}

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file could not be read.
    #[error("{0}: {1}")]
    Io(String, std::io::Error),
    /// The file is not TOML, misses a key or has an unknown one.
    #[error("{0}")]
    Syntax(#[from] toml::de::Error),
    /// A value that makes no sense or is not safe.
    #[error("{0}")]
    Value(String),
}

impl Config {
    /// Reads the operator's file over the defaults and checks every value.
    ///
    /// # Errors
    /// When the file is unreadable, has an unknown key, or a value is out of range.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text =
            std::fs::read_to_string(path).map_err(|e| ConfigError::Io(path.display().to_string(), e))?;
        Self::parse(&text)
    }

    /// Reads the operator's text over the defaults and checks every value.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let mut table: toml::Table = toml::from_str(DEFAULTS)?;
        overlay(&mut table, toml::from_str(text)?);
        let config: Self = table.try_into()?;
        check(&config)?;
        Ok(config)
    }

    /// Whether everything public is reached over TLS, ended here or by a proxy.
    #[must_use]
    pub fn is_public_over_tls(&self) -> bool {
        let origins = self.origins.iter().map(|origin| origin.url.as_str());
        origins
            .chain([self.service.device_origin.as_str()])
            .chain(self.staff_origin())
            .all(|origin| origin.starts_with("https:"))
    }

    /// What is open for development only; each of them takes loopback and nothing else (OPS-01).
    #[must_use]
    pub fn insecure_switches(&self) -> Vec<&'static str> {
        let mail = &self.mail;
        let smtp =
            mail.transport == TransportKind::Smtp && mail.smtp.security == SmtpSecurity::InsecureLoopback;
        [
            (!self.is_public_over_tls(), "http:// origins"),
            (self.relay.insecure_loopback, "relay.insecure_loopback"),
            (smtp, "mail.smtp.security = \"insecure_loopback\""),
            (self.core.url.starts_with("http:"), "http:// core.url"),
        ]
        .into_iter()
        .filter_map(|(on, name)| on.then_some(name))
        .collect()
    }

    /// The public host names, which a certificate has to name.
    #[must_use]
    pub fn public_hosts(&self) -> Vec<String> {
        let relay = self.listen.relay.map(|_| self.relay.public_url.as_str());
        let urls = self.origins.iter().map(|origin| origin.url.as_str());
        let all = urls
            .chain([self.service.device_origin.as_str()])
            .chain(self.staff_origin())
            .chain(relay);
        let mut hosts: Vec<String> = all
            .filter_map(|text| url::Url::parse(text).ok()?.host_str().map(str::to_owned))
            .collect();
        hosts.sort();
        hosts.dedup();
        hosts
    }

    /// Where the staff console is reached, when there is one.
    #[must_use]
    pub fn staff_origin(&self) -> Option<&str> {
        self.staff.listen.map(|_| self.staff.origin.as_str())
    }

    /// The rules of a site's sessions.
    #[must_use]
    pub fn session_rules(&self, site: Site) -> &SessionRules {
        match site {
            Site::Browser => &self.session.browser,
            Site::Smartphone => &self.session.smartphone,
        }
    }
}

fn overlay(under: &mut toml::Table, over: toml::Table) {
    for (key, value) in over {
        match (under.get_mut(&key), value) {
            (Some(toml::Value::Table(under)), toml::Value::Table(over)) => overlay(under, over),
            (_, value) => drop(under.insert(key, value)),
        }
    }
}

/// The commented defaults, which are also the manual.
pub const DEFAULTS: &str = include_str!("../../config.default.toml");
