//! The mails that exist, each with its typed parameters; they lie sealed in the queue.

use super::address_kinds::AddressNews;
use super::code_text::CodeText;
use serde::{Deserialize, Serialize};
use warifu_shared::clock::Timestamp;
use warifu_shared::ids::DeviceId;
use warifu_shared::jws::challenge::Action;
use warifu_shared::jws::withdrawal::{Payee, Withdrawal};

use super::login_kinds::{Alarm, LoginLine, LoginWhat};
use super::stage::Stage;
use crate::domain::recovery::Lost;

/// A mail to a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "mail", rename_all = "snake_case")]
pub enum Mail {
    /// A one-time code, and what it is for (CODE-14).
    LoginCode {
        /// The code.
        code: CodeText,
        /// What it confirms.
        action: Action,
        /// The host of the page that asks for it, e.g. `auth.example`; the last line binds the code to it.
        domain: String,
        /// When it ends.
        expires_at: Timestamp,
        /// The operation that needs it.
        scene: Scene,
    },
    /// A one-time code for a withdrawal, with what it pays to whom (TXN-07).
    WithdrawalCode {
        /// The code.
        code: CodeText,
        /// What it is bound to.
        withdrawal: Withdrawal,
        /// The host of the page that asks for it.
        domain: String,
        /// When it ends.
        expires_at: Timestamp,
        /// The page that asked.
        scene: Scene,
    },
    /// A one-time code that proves the address it goes to, and opens nothing.
    AddressCode {
        /// The code.
        code: CodeText,
        /// The host of the page that asks for it.
        domain: String,
        /// When it ends.
        expires_at: Timestamp,
        /// The page that asked.
        scene: Scene,
    },
    /// An account that the firm opened was activated.
    AccountActivated {
        /// Where.
        scene: Scene,
    },
    /// Something happened to the account's mail addresses (ENROL-07).
    AddressNews {
        /// What.
        news: AddressNews,
        /// The address it is about, masked.
        masked: String,
        /// The page that asked for it.
        scene: Scene,
    },
    /// How a withdrawal goes on. Amount and payee are in the text only (TXN-04).
    Withdrawal {
        /// How.
        stage: Stage,
        /// What it is.
        withdrawal: Withdrawal,
        /// Until when it is held.
        until: Option<Timestamp>,
        /// The page that asked for it.
        scene: Scene,
    },
    /// Withdrawals go to another account from now on (TXN-05).
    PayoutAccountChanged {
        /// The new account.
        payee: Payee,
        /// Until when withdrawals are limited.
        cool_off_until: Option<Timestamp>,
        /// The page that asked for it.
        scene: Scene,
    },
    /// The withdrawal password was set, changed or set anew.
    WithdrawalPasswordChanged {
        /// Without the old one.
        anew: bool,
        /// Where.
        scene: Scene,
    },
    /// The login password was changed (PASS-05).
    PasswordChanged {
        /// The page where it was changed.
        scene: Scene,
    },
    /// A new sheet of recovery codes was made; the codes before are void (ENROL-11).
    RecoveryCodesMade {
        /// The page where it was made.
        scene: Scene,
    },
    /// A one-time code on the way back of somebody who lost something (ENROL-11).
    RecoveryMailCode {
        /// The code.
        code: CodeText,
        /// What was lost.
        lost: Lost,
        /// The host of the page that asks for it.
        domain: String,
        /// When it ends.
        expires_at: Timestamp,
        /// The page that asked.
        scene: Scene,
    },
    /// A recovery code was used, and what followed (ENROL-11).
    Recovered {
        /// What was lost.
        lost: Lost,
        /// How many codes are left.
        left: i64,
        /// The page where it was used.
        scene: Scene,
    },
    /// Too many wrong withdrawal passwords: withdrawals are locked (RISK-06).
    WithdrawalsLocked {
        /// The last mistake.
        scene: Scene,
        /// When it opens by itself; none needs a call.
        until: Option<Timestamp>,
    },
    /// A device was registered and confirmed (ENROL-07).
    DeviceRegistered {
        /// The name that the customer gave it.
        device: String,
        /// Which one.
        #[serde(default)]
        id: Option<DeviceId>,
        /// Until when an older device can stop it (ENROL-09).
        #[serde(default)]
        until: Option<Timestamp>,
        /// The page where it was confirmed.
        scene: Scene,
    },
    /// A device was removed (ENROL-07).
    DeviceRemoved {
        /// The name that the customer gave it.
        device: String,
        /// Who removed it.
        by: Remover,
        /// Where that happened; place and browser are empty for staff.
        scene: Scene,
    },
    /// Staff changed something about the account (STAFF-06).
    StaffActed {
        /// What.
        what: StaffDeed,
        /// When.
        at: Timestamp,
    },
    /// What else happens to a device (ENROL-07, ENROL-13..15).
    DeviceNews {
        /// The name that the customer gave it, or several.
        device: String,
        /// Which one, when it is one.
        #[serde(default)]
        id: Option<DeviceId>,
        /// What.
        news: DeviceNews,
        /// Where that happened; place and browser are empty when the server did it.
        scene: Scene,
    },
    /// Something was refused because the account's protection changed lately (ENROL-09).
    CoolOffRefused {
        /// What.
        what: CoolOff,
        /// Until when.
        until: Timestamp,
        /// The page that asked for it.
        scene: Scene,
    },
    /// The customer refused a request as not theirs (CHAL-13).
    LoginDenied {
        /// What the customer said.
        alarm: Alarm,
        /// The refused operation.
        scene: Scene,
        /// Until when withdrawals are held, if they are.
        withdrawals_held_until: Option<Timestamp>,
    },
    /// Too many unanswered requests: notifications are silent now (CHAL-07).
    PushesSilent {
        /// When they fell silent.
        at: Timestamp,
    },
    /// Somebody logged in (RISK-06, CODE-13).
    LoginDone {
        /// How.
        what: LoginWhat,
        /// Where.
        scene: Scene,
    },
    /// The password was right, the second step never came (RISK-06).
    LoginUnfinished {
        /// Where.
        scene: Scene,
    },
    /// What followed within the window after such a mail.
    LoginSummary {
        /// The first of them.
        lines: Vec<LoginLine>,
        /// How many there were altogether.
        count: i64,
    },
    /// Wrong passwords that brought no lock (RISK-06).
    PasswordsWrong {
        /// The first of them.
        lines: Vec<LoginLine>,
        /// How many there were altogether.
        count: i64,
    },
    /// Wrong passwords locked the login (RISK-06, RISK-08).
    PasswordLocked {
        /// The newest lock.
        scene: Scene,
        /// When it ends by itself.
        until: Timestamp,
        /// Whether browsers that the account has used before are locked too.
        known: bool,
        /// Wrong passwords since the last mail about them.
        tries: i64,
        /// Locks since the last mail about one.
        locks: i64,
    },
    /// The customer chose which logins are told (RISK-06).
    LoginNoticesChanged {
        /// Only those from new browsers and regions.
        only_new: bool,
        /// Where it was chosen.
        scene: Scene,
    },
    /// Guesses at recovery codes closed the way back; the login stays open (ENROL-11).
    RecoveryClosed {
        /// The last guess.
        scene: Scene,
        /// When it opens by itself; none needs a new sheet.
        until: Option<Timestamp>,
    },
    /// There were too many sessions, so the oldest was ended (SESS-10).
    SessionsEnded {
        /// The login that was one too many.
        scene: Scene,
    },
    /// Too many mistakes: login is locked (RISK-06).
    AccountLocked {
        /// The last mistake.
        scene: Scene,
        /// When it opens by itself; none needs a call.
        until: Option<Timestamp>,
    },
}

impl Mail {
    /// The template's name, as the queue and the log have it.
    #[must_use]
    pub const fn template(&self) -> &'static str {
        match self {
            Self::LoginCode { .. } => "login_code",
            Self::WithdrawalCode { .. } => "withdrawal_code",
            Self::AddressCode { .. } => "address_code",
            Self::AccountActivated { .. } => "account_activated",
            Self::AddressNews { news, .. } => news.template(),
            Self::Withdrawal { .. } => "withdrawal",
            Self::PayoutAccountChanged { .. } => "payout_account_changed",
            Self::WithdrawalPasswordChanged { .. } => "withdrawal_password_changed",
            Self::PasswordChanged { .. } => "password_changed",
            Self::RecoveryCodesMade { .. } => "recovery_codes_made",
            Self::RecoveryMailCode { .. } => "recovery_mail_code",
            Self::Recovered { .. } => "recovered",
            Self::WithdrawalsLocked { .. } => "withdrawals_locked",
            Self::DeviceRegistered { .. } => "device_registered",
            Self::DeviceRemoved { .. } => "device_removed",
            Self::DeviceNews { news, .. } => news.template(),
            Self::CoolOffRefused { what, .. } => match what {
                CoolOff::Withdrawal => "cool_off_withdrawal",
                CoolOff::PayoutAccount => "cool_off_payout",
                CoolOff::MailAddress => "cool_off_address",
            },
            Self::StaffActed { .. } => "staff_acted",
            Self::LoginDenied { .. } => "login_denied",
            Self::PushesSilent { .. } => "pushes_silent",
            Self::LoginDone { .. } => "login_done",
            Self::LoginUnfinished { .. } => "login_unfinished",
            Self::LoginSummary { .. } => "login_summary",
            Self::PasswordsWrong { .. } => "passwords_wrong",
            Self::PasswordLocked { .. } => "password_locked",
            Self::LoginNoticesChanged { .. } => "login_notices_changed",
            Self::RecoveryClosed { .. } => "recovery_closed",
            Self::SessionsEnded { .. } => "sessions_ended",
            Self::AccountLocked { .. } => "account_locked",
        }
    }
}

/// When and where something happened, as the server saw it (CHAL-12).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scene {
    /// When.
    pub at: Timestamp,
    /// ISO 3166 code such as `JP-13`; empty or `ZZ` when unknown.
    pub place: String,
    /// Browser and system, e.g. `Firefox 145 / Windows`; empty when unknown.
    pub browser: String,
}

/// Who removed a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remover {
    /// The customer, on the pages.
    Customer,
    /// The app itself.
    Device,
    /// The firm's staff.
    Staff,
    /// The server, as it was announced (ENROL-14).
    Notice,
}

/// What happens to a device, besides its registration and its removal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceNews {
    /// Suspended (ENROL-13).
    Suspended,
    /// The suspension was lifted (ENROL-14).
    Lifted,
    /// Suspended by staff: where they sit is not told (STAFF-06).
    SuspendedByStaff,
    /// The suspension was lifted by two of the staff (ENROL-14).
    LiftedByStaff,
    /// The last device leaves at this time, unless somebody stops it (ENROL-14).
    Leaving(Timestamp),
    /// That was stopped.
    Kept,
    /// An older device stopped it: it is removed (ENROL-09).
    Vetoed,
    /// Its keys end at this time (ENROL-15).
    Expires(Timestamp),
}

impl DeviceNews {
    /// The name in the queue and the log.
    #[must_use]
    pub const fn template(self) -> &'static str {
        match self {
            Self::Suspended | Self::SuspendedByStaff => "device_suspended",
            Self::Lifted | Self::LiftedByStaff => "device_lifted",
            Self::Leaving(_) => "device_leaving",
            Self::Kept => "device_kept",
            Self::Vetoed => "device_vetoed",
            Self::Expires(_) => "device_expires",
        }
    }
}

/// What the cool-off refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CoolOff {
    /// A withdrawal above the small limit.
    Withdrawal,
    /// Another payout account.
    PayoutAccount,
    /// Another authentication mail address.
    MailAddress,
}

/// What staff did to an account, as its customer is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StaffDeed {
    /// Ended every session.
    SessionsEnded,
    /// Locked the account.
    Locked,
    /// Opened it again.
    Unlocked,
    /// Ended the time after a change in which little can be withdrawn.
    CoolOffEnded,
}
