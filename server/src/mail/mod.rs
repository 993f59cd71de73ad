//! Mail: an encrypted queue in the database, text templates, and two transports (SMTP, outbox folder).
//!
//! A mail is put into the queue by [`enqueue`] inside the transaction of its cause; a [`MailWorker`] sends it afterwards,
//! so the time a page takes never tells whether a mail was sent (CODE-17).

mod address;
mod backoff;
mod config;
mod device_text;
#[doc(hidden)]
pub mod fuzzing;
#[cfg(test)]
mod golden;
mod kinds;
mod letterhead;
pub mod mailbox;
mod message;
mod money_text;
pub mod outbox;
mod queue;
mod recovery_text;
mod report;
pub mod smtp;
mod text;
mod transport;
mod words;
mod worker;

pub use address::{BadAddress, MailAddress};
pub use config::{MailConfig, SmtpConfig, SmtpSecurity, TransportKind};
pub use kinds::{Alarm, BadCode, CodeText, CoolOff, DeviceNews, Mail, Remover, Scene, Stage};
pub use letterhead::{BadLetterhead, Letterhead};
pub use queue::{Delivery, NewMail, delivery, enqueue, seal, void_code};
pub use report::{FailedMail, StepReport};
pub use transport::{MailTransport, ReadyMail, SendError, TransportError, open};
pub use worker::{MailWorker, run};
