//! What a user interface is given: display strings in the customer's language and opaque handles, never keys.

use serde::Serialize;
use warifu_shared::api::{Outcome, Protection, WithdrawalState};
use warifu_shared::display::notice::NoticeScreen;
use warifu_shared::display::{Row, Screen};
use warifu_shared::jws::challenge::Action;
use warifu_shared::jws::veto::VetoTo;

/// Everything that the app shows outside of one challenge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AppView {
    /// `ja` or `en`.
    pub language: &'static str,
    /// Which kind of screen comes first.
    pub phase: Phase,
    /// An enrolment under way.
    pub enrolment: Option<EnrolmentView>,
    /// The registered services, oldest first.
    pub services: Vec<ServiceView>,
    /// The open challenges of all services, oldest first. None hides another.
    pub challenges: Vec<ChallengeCard>,
    /// Requests that ended without this device, newest first: what a screen says that still shows one.
    pub ended: Vec<EndedCard>,
    /// A sentence about how keys are kept, when the customer should know (APP-06).
    pub keystore_note: Option<String>,
}

/// Which kind of screen comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Nothing is registered yet.
    FirstStart,
    /// Keys are sealed under the PIN alone and were not opened yet: ask for the PIN (KEY-02).
    Locked,
    /// The app listens.
    Ready,
}

/// An enrolment under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "stage", rename_all = "snake_case")]
pub enum EnrolmentView {
    /// The code was accepted; the customer confirms the service and chooses a PIN.
    Preview {
        /// What is about to be registered.
        preview: EnrolPreview,
    },
    /// The device is registered as pending; the customer compares the fingerprint with the page (ENROL-06).
    Fingerprint {
        /// The fingerprint and its service.
        fingerprint: FingerprintView,
    },
}

/// What is about to be registered, before any key exists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EnrolPreview {
    /// The firm's name.
    pub service: String,
    /// The origin of its device API.
    pub origin: String,
    /// The customer's name as the firm shows it.
    pub customer: String,
    /// The masked account number.
    pub account_hint: String,
    /// The code was typed, so nothing vouches for the server's key but the fingerprint (ENROL-05).
    pub needs_fingerprint_first: bool,
}

/// The six digits to compare with the page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FingerprintView {
    /// The handle of the service that waits for confirmation.
    pub service: String,
    /// The firm's name.
    pub name: String,
    /// Six digits.
    pub fingerprint: String,
}

/// One registered service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ServiceView {
    /// Its handle.
    pub handle: String,
    /// The firm's name.
    pub name: String,
    /// The customer's name as the firm shows it.
    pub customer: String,
    /// The masked account number.
    pub account_hint: String,
    /// This device's name in the firm's lists.
    pub device_name: String,
    /// Whether it can be used.
    pub state: ServiceState,
    /// The connection to its push relay.
    pub connection: Connection,
    /// How many notices nobody has opened here.
    pub unread: usize,
    /// The origin of its device API.
    pub origin: String,
    /// How this device keeps the keys.
    pub protection: Protection,
    /// The first characters of the approval key's thumbprint, as staff see it.
    pub key_thumbprint_short: String,
    /// A sentence about something that the customer should know or do.
    pub note: Option<String>,
}

/// Whether a service can be used from this device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceState {
    /// The fingerprint was not confirmed yet.
    Pending,
    /// It can approve.
    Active,
    /// Suspended by its owner or staff.
    Suspended,
    /// Removed at the firm: forget it here and register again.
    Revoked,
    /// The firm's server does not answer at the moment.
    Unreachable,
    /// The keys cannot be read until the PIN is entered or the keystore is opened.
    Locked,
    /// The keys are gone (wrong PINs, keystore emptied, damaged file): remove it and register again.
    KeyLost,
}

/// The connection to a push relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Connection {
    /// Challenges arrive by themselves.
    Online,
    /// Connecting.
    Connecting,
    /// Not connected: challenges show when the app is opened or refreshed.
    Offline,
}

/// One open challenge in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChallengeCard {
    /// Its handle.
    pub handle: String,
    /// The firm's name.
    pub service: String,
    /// The question, e.g. "Approve a login".
    pub heading: String,
    /// One line: where from.
    pub summary: String,
    /// Short words of attention, e.g. "new browser".
    pub badges: Vec<String>,
    /// Seconds until it ends, by the server's time.
    pub seconds_left: i64,
}

/// A request that ended without this device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EndedCard {
    /// The handle that it had.
    pub handle: String,
    /// What happened, in a few words.
    pub heading: String,
    /// Who answered and when, and what to do if that was somebody else.
    pub message: String,
}

/// One challenge as it is decided upon. Every string was rendered from the bytes that the server signed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChallengeView {
    /// Its handle.
    pub handle: String,
    /// The firm's name.
    pub service: String,
    /// What is asked for: the words on the buttons follow it.
    pub action: Action,
    /// What the signed bytes say.
    pub screen: Screen,
    /// Seconds until it ends, by the server's time.
    pub seconds_left: i64,
    /// Tries left for the number, once the server has said so.
    pub tries_left: Option<u32>,
    /// A link brought the number, so that it needs no typing.
    pub number_filled: bool,
    /// PIN tries left before the keys are destroyed, when some were used up.
    pub pin_tries_left: Option<u32>,
}

/// What the server recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ResultView {
    /// Approved or denied.
    pub outcome: Outcome,
    /// The firm's name.
    pub service: String,
    /// What happened, in a few words.
    pub heading: String,
    /// What it means and what to do next.
    pub message: String,
    /// The withdrawal that was approved, when the server has told what became of it.
    pub withdrawal: Option<WithdrawalLink>,
}

/// Where an approved withdrawal is found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WithdrawalLink {
    /// The handle of its service.
    pub service: String,
    /// Its handle.
    pub handle: String,
    /// It was approved and refused all the same: nothing will be paid.
    pub refused: bool,
}

/// The withdrawals of a service's account, newest first. Nobody signed them: they say how things stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WithdrawalsView {
    /// The firm's name.
    pub service: String,
    /// As many as were asked for so far.
    pub withdrawals: Vec<WithdrawalCard>,
    /// Whether older ones can be asked for.
    pub more: bool,
    /// Whether there are more than the app keeps: they are on the firm's page.
    pub rest_elsewhere: bool,
}

/// One withdrawal in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WithdrawalCard {
    /// Its handle.
    pub handle: String,
    /// What people read out.
    pub reference: String,
    /// The amount.
    pub amount: String,
    /// How it stands.
    pub state: WithdrawalState,
    /// The same in a word or two.
    pub state_label: String,
    /// Bank and holder.
    pub payee: String,
    /// When it was asked for.
    pub created_at: String,
    /// Until when it is held.
    pub until: Option<String>,
    /// Whether it can be taken back.
    pub recallable: bool,
}

/// One withdrawal with everything that is known of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WithdrawalView {
    /// Its handle.
    pub handle: String,
    /// The firm's name.
    pub service: String,
    /// What people read out.
    pub reference: String,
    /// The amount, to be drawn largest.
    pub amount: String,
    /// How it stands.
    pub state: WithdrawalState,
    /// The same in a word or two.
    pub state_label: String,
    /// What that means and what comes next.
    pub message: String,
    /// The number of the error it was refused with.
    pub reason: Option<u16>,
    /// Payee in full, fee, reference, and when what happened.
    pub rows: Vec<Row>,
    /// Whether it can be taken back.
    pub recallable: bool,
    /// Whether there is a receipt.
    pub has_receipt: bool,
}

/// What happened to a service's account, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NoticesView {
    /// The firm's name.
    pub service: String,
    /// The newest that this device was told.
    pub notices: Vec<NoticeCard>,
}

/// One notice in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NoticeCard {
    /// Its handle.
    pub handle: String,
    /// What happened, in a few words.
    pub heading: String,
    /// When.
    pub at: String,
    /// Nobody has opened it here yet.
    pub unread: bool,
    /// Whether it should stand out.
    pub urgent: bool,
}

/// One notice. Every string was rendered from claims that the server signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NoticeView {
    /// Its handle.
    pub handle: String,
    /// The firm's name.
    pub service: String,
    /// What it says.
    pub screen: NoticeScreen,
    /// The name of the device that it is about.
    pub device: Option<String>,
    /// What this device can object to, while it can.
    pub veto: Option<VetoTo>,
    /// What came of its objection, once it has objected.
    pub vetoed: Option<String>,
}

/// What was answered on this device at one service (APP-10).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AnswersView {
    /// The firm's name.
    pub service: String,
    /// The last answers, newest first.
    pub answers: Vec<AnswerCard>,
}

/// One answer: no amount, no payee, no place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AnswerCard {
    /// What was asked for, in a word.
    pub what: String,
    /// What was answered.
    pub answer: String,
    /// Whether that was an approval.
    pub approved: bool,
    /// When.
    pub at: String,
}

/// A receipt was saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReceiptView {
    /// Where.
    pub file: String,
    /// Whether the log has each of its entries; if not, it is to be saved once more later.
    pub in_log: bool,
    /// The sentence that says so.
    pub message: String,
}

/// Where an opened link leads. Nothing was registered or approved by opening it (APP-13).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LinkTarget {
    /// A registration to confirm.
    Enrol {
        /// What would be registered.
        preview: EnrolPreview,
    },
    /// A challenge to look at.
    Challenge {
        /// Its handle.
        handle: String,
        /// Whether the number is filled in.
        number_filled: bool,
    },
}

/// A service was removed from this device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RemovedView {
    /// Whether the firm's server was told; if not, the device must also be removed at the firm.
    pub server_told: bool,
    /// The sentence that says so.
    pub message: String,
}

/// The code that replaces a forgotten login password. It is shown and kept nowhere.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct PasswordResetView {
    /// The service's name.
    pub service: String,
    /// The code in four groups.
    pub code: String,
    /// When it stops working, in words.
    pub until: String,
    /// What to do with it.
    pub message: String,
}
