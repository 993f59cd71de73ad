//! Mail: an encrypted queue in the database, text templates, and two transports (SMTP, outbox folder).
//!
//! A mail is put into the queue by [`enqueue`] inside the transaction of its cause; a [`MailWorker`] sends it afterwards,
//! so the time a page takes never tells whether a mail was sent (CODE-17).

mod address;
mod address_kinds;
mod address_text;
mod backoff;
mod code_text;
mod config;
mod device_kinds;
mod device_text;
#[doc(hidden)]
pub mod fuzzing;
#[cfg(test)]
mod golden;
mod kinds;
#[cfg(test)]
mod kinds_tests;
mod letterhead;
mod login_kinds;
mod login_text;
pub mod mailbox;
mod message;
mod money_text;
mod notice;
pub mod outbox;
mod preview;
mod queue;
mod recovery_text;
mod report;
mod samples;
pub mod smtp;
mod staff_text;
mod stage;
mod text;
mod transport;
mod words;
mod worker;

pub use address::{BadAddress, MailAddress};
pub use address_kinds::{AddressNews, StopText};
pub use code_text::{BadCode, CodeText};
pub use config::{MailConfig, SmtpConfig, SmtpSecurity, TransportKind};
pub use device_kinds::{CoolOff, DeviceNews, Remover};
pub use kinds::{Mail, Scene, StaffDeed};
pub use letterhead::{BadLetterhead, Letterhead};
pub use login_kinds::{Alarm, LoginLine, LoginWhat};
pub use notice::of_mail as notice_of;
pub use preview::{Preview, previews};
pub use queue::{Delivery, NewMail, delivery, enqueue, seal, void_code};
pub use report::{FailedMail, StepReport};
pub use stage::Stage;
pub use transport::{MailTransport, ReadyMail, SendError, TransportError, open};
pub use worker::{MailWorker, run};
