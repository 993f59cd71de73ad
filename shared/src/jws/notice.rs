//! The notice: the server tells a device what has happened to its account. Nobody decides on it (ENROL-07, RISK-06).

use serde::{Deserialize, Serialize};

use super::challenge::device_urn;
use super::text::{displayed_or_empty, is_hidden};
use super::times::Times;
use super::{JwsError, TokenType, Unverified, sign_compact};
use crate::clock::Timestamp;
use crate::ids::{DeviceId, NoticeId};
use crate::keys::{PublicKey, SigningKey};

/// The claims of a `warifu-notice+jwt`. It is signed anew each time a device asks, so it lives as shortly as a challenge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    /// The origin of the service.
    pub iss: String,
    /// The device, as [`device_urn`] writes it.
    pub aud: String,
    /// The notice: the same for every device of the account and each time it is asked for.
    pub jti: NoticeId,
    /// The account.
    pub sub: String,
    /// When this copy was signed, in seconds since the epoch.
    pub iat: i64,
    /// Always `iat`.
    pub nbf: i64,
    /// When this copy ends, in seconds since the epoch.
    pub exp: i64,
    /// When it was told, in seconds since the epoch: the order of the list.
    pub told: i64,
    /// What happened.
    pub what: Happened,
}

/// What happened, when and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Happened {
    /// When it happened, in seconds since the epoch.
    pub at: i64,
    /// ISO 3166 code; empty when unknown or told by the firm's staff.
    pub place: String,
    /// Browser and system; empty when unknown.
    pub browser: String,
    /// What.
    pub kind: NoticeKind,
}

/// What a notice is about. Amounts, payees and addresses are in none of them (PUSH-05, TXN-04).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum NoticeKind {
    /// Somebody logged in (S6).
    LoginCompleted {},
    /// The password was right and the second step was not finished (S6).
    LoginUnfinished {},
    /// The password was wrong at a login (RISK-06).
    PasswordsWrong {},
    /// Login is locked after wrong passwords (RISK-06).
    PasswordLocked {
        /// For browsers that the account has used before too; otherwise for the others only (RISK-08).
        known: bool,
        /// When it opens by itself, in seconds since the epoch.
        until: i64,
    },
    /// The session limit was reached, and the oldest session ended.
    SessionLimit {},
    /// The login password was changed.
    PasswordChanged {},
    /// The withdrawal password was set or changed.
    WithdrawalPasswordChanged {
        /// Without the old one.
        anew: bool,
    },
    /// The authentication mail address changes (S1).
    AddressChanged {
        /// Until when it can be stopped, in seconds since the epoch.
        until: Option<i64>,
    },
    /// A change of the mail address was stopped, and the old one counts.
    AddressChangeStopped {},
    /// A change of the authentication mail address was refused, because the account's protection changed lately (ENROL-09).
    AddressChangeRefused {
        /// Until when, in seconds since the epoch.
        until: i64,
    },
    /// A mail address was added or removed beside the authentication address.
    AddressListChanged {},
    /// Mails to the authentication address are refused for good.
    AddressUnreachable {},
    /// A device was registered (ENROL-07).
    DeviceRegistered {
        /// Which one.
        device: DeviceId,
        /// Its name.
        name: String,
        /// Until when an older device can stop it, in seconds since the epoch (ENROL-09).
        until: Option<i64>,
    },
    /// A device was removed.
    DeviceRemoved {
        /// Its name.
        name: String,
    },
    /// A device was stopped for the time being.
    DeviceSuspended {
        /// Its name.
        name: String,
    },
    /// A stopped device works again.
    DeviceResumed {
        /// Its name.
        name: String,
    },
    /// A new device was stopped by an older one, and removed (ENROL-09).
    DeviceVetoed {
        /// Its name.
        name: String,
    },
    /// The last device is to leave (ENROL-14).
    DeviceLeaving {
        /// Which one, when it is one.
        device: Option<DeviceId>,
        /// Its name.
        name: String,
        /// When it leaves unless somebody objects, in seconds since the epoch.
        until: i64,
    },
    /// A device that was to leave stays.
    DeviceStays {
        /// Its name.
        name: String,
    },
    /// The keys of a device end soon (ENROL-15).
    DeviceExpiring {
        /// Its name.
        name: String,
        /// When, in seconds since the epoch.
        until: i64,
    },
    /// The account was opened again with a recovery code or by staff (ENROL-11).
    RecoveryUsed {},
    /// A new sheet of recovery codes was made; the old one is void.
    RecoveryCodesMade {},
    /// Withdrawals go to another account from now on (TXN-05).
    PayoutAccountChanged {
        /// Until when withdrawals are limited, in seconds since the epoch.
        until: Option<i64>,
    },
    /// How a withdrawal goes on.
    Withdrawal {
        /// How.
        stage: NoticeStage,
        /// Its reference, as people read it out.
        #[serde(rename = "ref")]
        reference: String,
        /// Until when it is held, in seconds since the epoch.
        until: Option<i64>,
    },
    /// Withdrawals are locked after wrong withdrawal passwords (RISK-06).
    WithdrawalsLocked {
        /// When they open by themselves; none needs a call.
        until: Option<i64>,
    },
    /// Something was refused because the account's protection changed lately (ENROL-09).
    CoolOffRefused {
        /// A change of the payout account; otherwise a withdrawal.
        payout: bool,
        /// Until when, in seconds since the epoch.
        until: i64,
    },
    /// Login is locked after mistakes (RISK-06).
    AccountLocked {
        /// When it opens by itself; none needs a call.
        until: Option<i64>,
    },
    /// A request was refused as not the customer's (CHAL-13).
    RequestDenied {
        /// Someone on the phone told them to.
        phone: bool,
        /// Until when withdrawals are held, in seconds since the epoch.
        until: Option<i64>,
    },
    /// Too many unanswered requests: notifications are silent (CHAL-07).
    PushesSilent {},
    /// Something that the firm's page tells: for changes that have no sentence of their own here.
    SeePage {},
}

/// How a withdrawal goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeStage {
    /// Somebody asked for it.
    Requested,
    /// Approved, and held for a while.
    Held,
    /// Approved, and waits for a second approval.
    SecondNeeded,
    /// Approved and on its way.
    Approved,
    /// The money has left.
    Paid,
    /// It did not happen.
    Refused,
    /// Taken back.
    Recalled,
}

impl NoticeKind {
    /// The name of the kind, the same as in the token.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::LoginCompleted {} => "login_completed",
            Self::LoginUnfinished {} => "login_unfinished",
            Self::PasswordsWrong {} => "passwords_wrong",
            Self::PasswordLocked { .. } => "password_locked",
            Self::SessionLimit {} => "session_limit",
            Self::PasswordChanged {} => "password_changed",
            Self::WithdrawalPasswordChanged { .. } => "withdrawal_password_changed",
            Self::AddressChanged { .. } => "address_changed",
            Self::AddressChangeStopped {} => "address_change_stopped",
            Self::AddressChangeRefused { .. } => "address_change_refused",
            Self::AddressListChanged {} => "address_list_changed",
            Self::AddressUnreachable {} => "address_unreachable",
            Self::DeviceRegistered { .. } => "device_registered",
            Self::DeviceRemoved { .. } => "device_removed",
            Self::DeviceSuspended { .. } => "device_suspended",
            Self::DeviceResumed { .. } => "device_resumed",
            Self::DeviceVetoed { .. } => "device_vetoed",
            Self::DeviceLeaving { .. } => "device_leaving",
            Self::DeviceStays { .. } => "device_stays",
            Self::DeviceExpiring { .. } => "device_expiring",
            Self::RecoveryUsed {} => "recovery_used",
            Self::RecoveryCodesMade {} => "recovery_codes_made",
            Self::PayoutAccountChanged { .. } => "payout_account_changed",
            Self::Withdrawal { .. } => "withdrawal",
            Self::WithdrawalsLocked { .. } => "withdrawals_locked",
            Self::CoolOffRefused { .. } => "cool_off_refused",
            Self::AccountLocked { .. } => "account_locked",
            Self::RequestDenied { .. } => "request_denied",
            Self::PushesSilent {} => "pushes_silent",
            Self::SeePage {} => "see_page",
        }
    }

    /// The name of the device that it is about.
    #[must_use]
    pub fn device_name(&self) -> Option<&str> {
        match self {
            Self::DeviceRegistered { name, .. }
            | Self::DeviceRemoved { name }
            | Self::DeviceSuspended { name }
            | Self::DeviceResumed { name }
            | Self::DeviceVetoed { name }
            | Self::DeviceLeaving { name, .. }
            | Self::DeviceStays { name }
            | Self::DeviceExpiring { name, .. } => Some(name),
            _ => None,
        }
    }
}

/// Whether a device may be called so: what its owner may write, or several such names, and nothing that hides.
#[must_use]
pub fn is_name(text: &str) -> bool {
    (1..=120).contains(&text.chars().count()) && !text.chars().any(is_hidden)
}

/// What a notice is verified against.
pub struct NoticeExpect<'a> {
    /// The origin of the service.
    pub iss: &'a str,
    /// This device.
    pub device: &'a DeviceId,
    /// The reader's clock.
    pub now: Timestamp,
}

impl Notice {
    /// Signs the notice with the server's challenge key.
    ///
    /// # Errors
    /// [`JwsError::BadClaims`] for what [`Self::verify`] would refuse.
    pub fn sign(&self, server: &SigningKey) -> Result<String, JwsError> {
        self.check()?;
        sign_compact(TokenType::Notice, server, self)
    }

    /// Verifies a notice for this device with the server's pinned key.
    ///
    /// # Errors
    /// Those of [`Unverified`], [`JwsError::WrongIssuer`], [`JwsError::WrongAudience`], [`JwsError::BadClaims`],
    /// [`JwsError::Expired`], [`JwsError::NotYetValid`].
    pub fn verify(token: &str, server: &PublicKey, expect: &NoticeExpect<'_>) -> Result<Self, JwsError> {
        let notice: Self = Unverified::parse(TokenType::Notice, token)?.verify(server)?;
        if notice.iss != expect.iss {
            return Err(JwsError::WrongIssuer);
        }
        if notice.aud != device_urn(expect.device) {
            return Err(JwsError::WrongAudience);
        }
        notice.check()?;
        notice.times().check_now(expect.now)?;
        Ok(notice)
    }

    /// What must hold for every notice, at whichever end.
    fn check(&self) -> Result<(), JwsError> {
        self.times().check_shape(0)?;
        if self.nbf != self.iat {
            return Err(JwsError::BadClaims("nbf"));
        }
        if self.told < 0 || self.what.at < 0 {
            return Err(JwsError::BadClaims("at"));
        }
        displayed_or_empty("place", &self.what.place, 16)?;
        displayed_or_empty("browser", &self.what.browser, 80)?;
        if let NoticeKind::Withdrawal { reference, .. } = &self.what.kind {
            super::withdrawal::reference(reference)?;
        }
        match self.what.kind.device_name() {
            Some(name) if !is_name(name) => Err(JwsError::BadClaims("name")),
            _ => Ok(()),
        }
    }

    fn times(&self) -> Times {
        Times {
            iat: self.iat,
            nbf: self.nbf,
            exp: self.exp,
        }
    }
}
