//! The device half of Warifu without a user interface: vault, enrolment, inbox, approval, push client.
//!
//! [`DeviceCore`] is the whole interface. The window of the app, the command line `warifu-device` and the tests all
//! use it; none of them ever holds a key. What a person sees comes out as display strings and opaque handles.

mod answers;
mod approval;
mod auto_lock;
mod enrolment;
mod error;
mod facade;
#[doc(hidden)]
pub mod fuzzing;
mod http;
mod inbox;
mod keystore;
#[cfg(feature = "load")]
pub mod load;
mod notices;
mod options;
mod password_reset;
mod platform;
mod push;
mod service;
mod vault;
mod view;
mod withdrawals;
mod words;

pub use error::{CoreError, ErrorView, LocalCode};
pub use facade::{CoreEvent, DeviceCore};
pub use options::{EnrolInput, KdfProfile, KeystoreChoice, NumberInput, Options};
pub use view::{
    AnswerCard, AnswersView, AppView, ChallengeCard, ChallengeView, Connection, EndedCard, EnrolPreview,
    EnrolmentView, FingerprintView, LinkTarget, NoticeCard, NoticeView, NoticesView, PasswordResetView,
    Phase, ReceiptView, RemovedView, ResultView, ServiceState, ServiceView, WithdrawalCard, WithdrawalLink,
    WithdrawalView, WithdrawalsView,
};
pub use warifu_shared::api::{Outcome, Protection, WithdrawalState};
pub use warifu_shared::display::{Language, Screen};
pub use warifu_shared::jws::approval::DenyReason;
pub use withdrawals::VerifiedReceipt;
