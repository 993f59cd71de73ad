//! The sections of the configuration. Each key is explained in `config.default.toml`.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::domain::context::Prefix;

/// Who the firm is.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Name in Japanese.
    pub name_ja: String,
    /// Name in English.
    pub name_en: String,
    /// Telephone number for help.
    pub phone: String,
    /// Origin of the device API.
    pub device_origin: String,
}

/// A public origin of the pages.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// Scheme, host and port.
    pub url: String,
    /// Which site it is.
    pub site: Site,
    /// Whether it is the site's main origin.
    #[serde(default)]
    pub main: bool,
}

/// The firm's two sites (S7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Site {
    /// The site for browsers.
    Browser,
    /// The site for smartphones.
    Smartphone,
}

impl Site {
    /// The name in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Browser => "browser",
            Self::Smartphone => "smartphone",
        }
    }
}

/// Sockets.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listen {
    /// Pages and device API.
    pub web: SocketAddr,
    /// The relay; none when empty.
    #[serde(deserialize_with = "optional_address")]
    pub relay: Option<SocketAddr>,
}

/// The staff console: a listener, an origin and sessions of its own (STAFF-01).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaffConsole {
    /// Its socket; no console when empty.
    #[serde(deserialize_with = "optional_address")]
    pub listen: Option<SocketAddr>,
    /// Where it is reached.
    pub origin: String,
    /// Seconds without an access until a session ends.
    pub idle: i64,
    /// Seconds from login until it ends in any case.
    pub absolute: i64,
    /// Searches of one person in a window of `admission`.
    pub searches: i64,
}

/// TLS in the server itself. Both are set, or none.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The certificate with its chain, PEM.
    pub certificate: PathBuf,
    /// Its private key, PEM.
    pub key: PathBuf,
}

impl Tls {
    /// Whether the listeners speak TLS.
    #[must_use]
    pub fn is_on(&self) -> bool {
        !self.certificate.as_os_str().is_empty()
    }
}

/// Limits of connections (WEB-11). Times are milliseconds.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConnectionRules {
    /// At once.
    pub total: usize,
    /// At once from one address.
    pub per_address: usize,
    /// For the TLS handshake.
    pub handshake_ms: u64,
    /// For request line and headers.
    pub headers_ms: u64,
    /// For a whole request, its body included.
    pub request_ms: u64,
    /// Without a request.
    pub idle_ms: u64,
    /// Bytes of request line and headers.
    pub header_bytes: usize,
}

/// Reverse proxies.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proxy {
    /// Proxies whose forwarding headers are believed.
    pub trusted: Vec<Prefix>,
}

/// The database. Its URL may hold a password, so `Debug` hides it.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// The URL.
    pub url: String,
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Database({}:…)",
            self.url.split(':').next().unwrap_or_default()
        )
    }
}

/// Where secrets lie.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretsFolder {
    /// The folder.
    pub folder: PathBuf,
}

/// Login policy.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// When the second factor is asked for.
    pub second_factor: SecondFactor,
    /// Seconds from password to session.
    pub attempt_lifetime: i64,
}

/// When the second factor is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecondFactor {
    /// At every login.
    Always,
    /// When the risk engine asks.
    Risk,
}

/// Challenges.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChallengeRules {
    /// Seconds a challenge waits.
    pub lifetime: i64,
    /// Wrong numbers until it is dead.
    pub number_tries: i64,
}

/// Limits of logins, code tries and registrations, each a window.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Admission {
    /// Seconds of the window.
    pub window: i64,
    /// Logins from one address.
    pub per_address: i64,
    /// Logins from one network.
    pub per_network: i64,
    /// Logins for one account number.
    pub per_account: i64,
    /// Logins altogether.
    pub everyone: i64,
    /// Logins for one account from browsers it has used before.
    pub known_per_account: i64,
    /// Hashes of those at once.
    pub known_at_once: usize,
    /// How many of those may wait.
    pub known_waiting: usize,
    /// Tries of a code from one address.
    pub codes_per_address: i64,
    /// Registrations of devices from one address.
    pub enrolments_per_address: i64,
    /// Registrations of devices altogether.
    pub enrolments: i64,
}

/// Failure counters.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counters {
    /// Mistakes in a row until a lock.
    pub failures: i64,
    /// Seconds of the first lock.
    pub first_lock: i64,
    /// Seconds of the longest lock.
    pub longest_lock: i64,
    /// Mistakes in a row until the approver is disabled.
    pub hard_stop: i64,
    /// Wrong passwords in a row until a lock.
    pub password_failures: i64,
}

/// Limits of unanswered pushes.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PushLimits {
    /// In 10 minutes.
    pub per_10_minutes: i64,
    /// In 24 hours.
    pub per_day: i64,
}

/// Mailed codes.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeRules {
    /// Seconds a code lives.
    pub lifetime: i64,
    /// Wrong tries that kill it.
    pub tries: i64,
    /// Seconds between two mails.
    pub cooldown: i64,
    /// Mails an hour and account.
    pub per_hour: i64,
    /// Mails a day and account.
    pub per_day: i64,
    /// Mails an hour and network prefix.
    pub per_hour_and_address: i64,
}

/// Enrolment of devices.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnrolmentRules {
    /// Seconds a code lives.
    pub code_lifetime: i64,
    /// Devices an account may have.
    pub max_devices: i64,
    /// Hours of cool-off.
    pub cool_off_hours: i64,
    /// Days that a device's keys live (ENROL-15).
    pub key_days: i64,
}

/// Sessions of both sites.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sessions {
    /// The site for browsers.
    pub browser: SessionRules,
    /// The site for smartphones.
    pub smartphone: SessionRules,
}

/// Automatic logout of one site (SESS-01), in seconds.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionRules {
    /// From login or extension to logout.
    pub timeout: i64,
    /// Before the logout: an access in it extends.
    pub renewal_window: i64,
    /// From login to the end in any case.
    pub absolute: i64,
}

/// Password hashing.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasswordRules {
    /// Argon2id memory in KiB.
    pub memory_kib: u32,
    /// Argon2id passes.
    pub passes: u32,
    /// Hashes at once.
    pub at_once: usize,
    /// Logins that may wait for a hash.
    pub waiting: usize,
    /// The operator's list of leaked passwords (PASS-03); empty: only the bundled list.
    pub breached_file: PathBuf,
}

/// The audit log.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Audit {
    /// The name of the log; empty: made from the device origin.
    pub name: String,
    /// The folder that the log is copied to; empty: no copy.
    pub export: PathBuf,
    /// Days that addresses and browsers are kept beside the log.
    pub details_days: i64,
    /// Days after which `warifu-server log prune` removes the text of entries.
    pub entries_days: i64,
}

/// Sending of pushes.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Push {
    /// Hosts of foreign push services.
    pub allowed_hosts: Vec<String>,
    /// VAPID `sub`.
    pub contact: String,
    /// Who answers the addresses of push services: the operating system, unless a test says otherwise.
    #[serde(skip)]
    pub names: crate::push::endpoint::Names,
}

/// The firm's core system, where balances and orders live.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CoreSystem {
    /// How it is reached.
    pub kind: CoreKind,
    /// Where requests are posted.
    pub url: String,
    /// Files with the secrets that sign them; several while they are changed.
    pub secret_files: Vec<PathBuf>,
    /// PEM file of the one authority to trust instead of the system's.
    pub authority_file: Option<PathBuf>,
    /// Milliseconds for a whole call.
    pub timeout_ms: i64,
    /// Stands in place of all that: the core system of a test.
    #[serde(skip)]
    pub own: Option<crate::core::Own>,
}

/// How the core system is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CoreKind {
    /// There is none: no withdrawals.
    None,
    /// By signed HTTP.
    Http,
}

/// A known prefix.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The prefix.
    pub prefix: Prefix,
    /// ISO 3166-2 subdivision or ISO 3166-1 country.
    pub place: String,
    /// The network's name.
    #[serde(default)]
    pub network: String,
}

fn optional_address<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<SocketAddr>, D::Error> {
    let text = String::deserialize(from)?;
    if text.is_empty() {
        Ok(None)
    } else {
        text.parse().map(Some).map_err(serde::de::Error::custom)
    }
}
