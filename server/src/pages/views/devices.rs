//! The customer's devices, each with what can be done, moving, removal, and a lost one (ENROL-10..15).

use askama::Template;
use warifu_shared::api::Protection;
use warifu_shared::clock::Timestamp;

use crate::domain::device_life::Why;
use crate::pages::layout::{ErrorNote, Frame};
use crate::pages::paths;

/// Where a device stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceState {
    /// Registered in the app, the fingerprint not yet confirmed on the page.
    Pending,
    /// In use.
    Active,
    /// Paused by the customer or by staff.
    Suspended,
    /// Its keys have ended (ENROL-15).
    Expired,
    /// Removed.
    Revoked,
}

/// How the registration was allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EnrolledBy {
    /// By password and mailed code: the first device.
    MailedCode,
    /// Approved on another device.
    Device,
    /// By staff.
    Staff,
}

/// One device.
#[derive(Clone, Debug)]
pub struct DeviceRow {
    /// Its id, for the address of the removal.
    pub id: String,
    /// The name that the customer gave it.
    pub name: String,
    /// Model and system as the app reported them, e.g. `Ubuntu 24.04 / x86_64`.
    pub model: String,
    /// How it keeps its keys.
    pub protection: Protection,
    /// When it was registered.
    pub registered_at: Timestamp,
    /// How that was allowed.
    pub enrolled_by: EnrolledBy,
    /// When it last asked the server for anything.
    pub last_used_at: Option<Timestamp>,
    /// Where it stands.
    pub state: DeviceState,
    /// Whether it approved the present session.
    pub here: bool,
    /// When it leaves, if that was announced (ENROL-14).
    pub leaves_at: Option<Timestamp>,
    /// When its keys end (ENROL-15).
    pub expires_at: Timestamp,
    /// Until when this session can stop it, because an older device approved the session (ENROL-09).
    pub new_until: Option<Timestamp>,
    /// Whether no other device counts: then its removal is announced for a day (ENROL-14).
    pub is_last: bool,
}

impl DeviceRow {
    /// Its own page.
    #[must_use]
    pub fn url(&self) -> String {
        paths::device(&self.id)
    }

    /// Where the form of an action goes.
    #[must_use]
    pub fn action(&self, what: &str) -> String {
        format!("{}/{what}", self.url())
    }

    /// Where the question before its removal is.
    #[must_use]
    pub fn remove_url(&self) -> String {
        paths::remove_device(&self.id)
    }

    /// The key of the words of its protection.
    #[must_use]
    pub fn protection_key(&self) -> &'static str {
        match self.protection {
            Protection::Keystore => "devices.protection_keystore",
            Protection::PinOnly => "devices.protection_pin_only",
        }
    }

    /// The key of the words of its registration.
    #[must_use]
    pub fn enrolled_key(&self) -> &'static str {
        match self.enrolled_by {
            EnrolledBy::MailedCode => "devices.by_code",
            EnrolledBy::Device => "devices.by_device",
            EnrolledBy::Staff => "devices.by_staff",
        }
    }

    /// The key of the words of its state.
    #[must_use]
    pub fn state_key(&self) -> &'static str {
        match self.state {
            DeviceState::Pending => "devices.state_pending",
            DeviceState::Active => "devices.state_active",
            DeviceState::Suspended => "devices.state_suspended",
            DeviceState::Expired => "devices.state_expired",
            DeviceState::Revoked => "devices.state_revoked",
        }
    }

    /// The class of its badge.
    #[must_use]
    pub fn badge(&self) -> &'static str {
        match self.state {
            DeviceState::Active => "badge badge--done",
            DeviceState::Pending | DeviceState::Suspended | DeviceState::Expired => "badge badge--attention",
            DeviceState::Revoked => "badge",
        }
    }

    /// The key of the sentence that says what its state means for login (CODE-10).
    #[must_use]
    pub const fn meaning_key(&self) -> &'static str {
        match self.state {
            DeviceState::Pending => "devices.means_pending",
            DeviceState::Active => "devices.means_active",
            DeviceState::Suspended => "devices.means_suspended",
            DeviceState::Expired => "devices.means_expired",
            DeviceState::Revoked => "devices.means_revoked",
        }
    }

    /// Whether it can be suspended.
    #[must_use]
    pub fn active(&self) -> bool {
        self.state == DeviceState::Active
    }

    /// Whether a suspension can be lifted.
    #[must_use]
    pub fn suspended(&self) -> bool {
        self.state == DeviceState::Suspended
    }
}

/// Whether another device can be registered now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddDevice {
    /// Yes.
    Allowed,
    /// The account has a device, and this session was not approved by one (ENROL-03).
    NeedsApproval,
    /// As many as allowed are registered (ENROL-08).
    Full,
}

impl AddDevice {
    /// With so many registered ones, of `limit`, in a session that was freshly approved or not.
    #[must_use]
    pub const fn of(registered: usize, limit: usize, fresh: bool) -> Self {
        match registered {
            n if n >= limit => Self::Full,
            0 => Self::Allowed,
            _ if fresh => Self::Allowed,
            _ => Self::NeedsApproval,
        }
    }
}

/// What just happened, said once on the next page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flash {
    /// A device was registered.
    DeviceAdded,
    /// A device was removed.
    DeviceRemoved,
    /// The registration was stopped, nothing was kept.
    EnrolmentCancelled,
    /// The test approval worked.
    TestApproved,
    /// A device has another name.
    DeviceRenamed,
    /// A device stands still.
    DeviceSuspended,
    /// A suspension was lifted.
    DeviceLifted,
    /// A new device was stopped.
    DeviceVetoed,
    /// An announced removal was stopped.
    DeviceKept,
    /// A removal was announced.
    DeviceLeaving,
}

impl Flash {
    /// The key of its words.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::DeviceAdded => "flash.device_added",
            Self::DeviceRemoved => "flash.device_removed",
            Self::EnrolmentCancelled => "flash.enrolment_cancelled",
            Self::TestApproved => "flash.test_approved",
            Self::DeviceRenamed => "flash.device_renamed",
            Self::DeviceSuspended => "flash.device_suspended",
            Self::DeviceLifted => "flash.device_lifted",
            Self::DeviceVetoed => "flash.device_vetoed",
            Self::DeviceKept => "flash.device_kept",
            Self::DeviceLeaving => "flash.device_leaving",
        }
    }
}

/// `GET /devices`. Posts `csrf` to `/enrol` (register another) and `/test` (test approval).
#[derive(Template)]
#[template(path = "devices.html")]
pub struct DevicesPage {
    /// The frame of the page.
    pub frame: Frame,
    /// The devices, newest first.
    pub devices: Vec<DeviceRow>,
    /// Whether another one can be registered.
    pub add: AddDevice,
    /// How many devices an account can have.
    pub limit: usize,
    /// Confirming again opens what an old approval closes (SESS-07).
    pub confirm: bool,
    /// What just happened, once.
    pub flash: Option<Flash>,
}

impl DevicesPage {
    /// Whether a test approval can be tried.
    #[must_use]
    pub fn can_test(&self) -> bool {
        self.devices
            .iter()
            .any(|device| device.state == DeviceState::Active)
    }
}

/// `GET /devices/move`. The steps to a new phone; posts as the list does.
#[derive(Template)]
#[template(path = "devices_move.html")]
pub struct MovePage {
    /// The frame of the page.
    pub frame: Frame,
    /// The devices in use, oldest first.
    pub devices: Vec<DeviceRow>,
    /// Whether another one can be registered.
    pub add: AddDevice,
    /// How many devices an account can have.
    pub limit: usize,
    /// Confirming again opens what an old approval closes (SESS-07).
    pub confirm: bool,
}

/// `GET /devices/{id}`. Posts `csrf` to addresses below it, one for each action.
#[derive(Template)]
#[template(path = "device.html")]
pub struct DevicePage {
    /// The frame of the page.
    pub frame: Frame,
    /// The device.
    pub device: DeviceRow,
    /// Whether this session was approved within the last five minutes (SESS-07).
    pub fresh: bool,
    /// Confirming again opens what an old approval closes.
    pub confirm: bool,
    /// What just happened, once.
    pub flash: Option<Flash>,
    /// What was refused.
    pub error: Option<ErrorNote>,
}

/// `GET /devices/{id}/remove`. Posts `csrf`, `why` and `sessions` to the same address.
#[derive(Template)]
#[template(path = "remove_device.html")]
pub struct RemoveDevicePage {
    /// The frame of the page.
    pub frame: Frame,
    /// The device in question.
    pub device: DeviceRow,
    /// Whether this session was approved within the last five minutes (SESS-07).
    pub fresh: bool,
    /// Confirming again opens what an old approval closes.
    pub confirm: bool,
    /// What was refused.
    pub error: Option<ErrorNote>,
}

impl RemoveDevicePage {
    /// The reasons to choose from.
    #[must_use]
    pub const fn reasons(&self) -> [Why; 3] {
        Why::ALL
    }

    /// The key of the words of a reason.
    #[must_use]
    pub const fn why_key(&self, why: &Why) -> &'static str {
        match why {
            Why::Replaced => "remove.why_replaced",
            Why::Lost => "remove.why_lost",
            Why::Stolen => "remove.why_stolen",
        }
    }

    /// The key of what follows from a reason.
    #[must_use]
    pub const fn then_key(&self, why: &Why) -> &'static str {
        match why {
            Why::Replaced => "remove.then_replaced",
            Why::Lost => "remove.then_lost",
            Why::Stolen => "remove.then_stolen",
        }
    }
}

/// `GET /lost-device`, and its `POST` with `csrf`, `account_number` and `password`.
#[derive(Template)]
#[template(path = "lost_device.html")]
pub struct LostPage {
    /// The frame of the page.
    pub frame: Frame,
    /// The firm's telephone number.
    pub phone: String,
    /// What was typed before.
    pub account_number: String,
    /// Whether the devices stand still now.
    pub done: bool,
    /// Why it was refused; one sentence for every reason (CHAL-11).
    pub error: Option<ErrorNote>,
}
