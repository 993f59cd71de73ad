//! The customer's devices, and the question before one is removed (ENROL-10, ENROL-12).

use askama::Template;
use warifu_shared::api::Protection;
use warifu_shared::clock::Timestamp;

use crate::pages::layout::Frame;
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
}

impl DeviceRow {
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
            DeviceState::Revoked => "devices.state_revoked",
        }
    }

    /// The class of its badge.
    #[must_use]
    pub fn badge(&self) -> &'static str {
        match self.state {
            DeviceState::Active => "badge badge--done",
            DeviceState::Pending | DeviceState::Suspended => "badge badge--attention",
            DeviceState::Revoked => "badge",
        }
    }

    /// Whether it can be removed: it is not gone yet.
    #[must_use]
    pub fn removable(&self) -> bool {
        self.state != DeviceState::Revoked
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
    /// Whether this session may remove devices (SESS-07, CODE-12).
    pub can_remove: bool,
    /// Confirming again opens what an old approval closes (SESS-07).
    pub confirm: bool,
    /// How many devices an account can have.
    pub limit: usize,
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

/// `GET /devices/{id}/remove`. Posts `csrf` to the same address.
#[derive(Template)]
#[template(path = "remove_device.html")]
pub struct RemoveDevicePage {
    /// The frame of the page.
    pub frame: Frame,
    /// The device in question.
    pub device: DeviceRow,
    /// Whether it is the last one: then mailed codes open again only after a wait (ENROL-14).
    pub is_last: bool,
}
