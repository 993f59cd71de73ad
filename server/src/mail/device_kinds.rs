//! What mails say of a device: who removed it, what else happened to it, and what the cool-off after it refuses.

use serde::{Deserialize, Serialize};
use warifu_shared::clock::Timestamp;

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
