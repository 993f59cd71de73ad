//! One registered service in memory, and how it is shown.

use std::sync::Arc;

use warifu_shared::api::{Bilingual, DeviceState, Protection};
use warifu_shared::display::Language;
use warifu_shared::ids::DeviceId;
use warifu_shared::keys::{PublicKey, SigningKey};

use crate::error::{CoreError, LocalCode};
use crate::push::Channel;
use crate::vault::{Opened, PIN_TRIES, Record, Stored};
use crate::view::{Connection, FingerprintView, ServiceState, ServiceView};
use crate::words::{self, Text};

/// A service as the core holds it.
pub(crate) struct Service {
    pub(crate) id: String,
    name: Bilingual,
    origin: String,
    protection: Protection,
    /// The record with the keys that need no PIN, or why there is none.
    pub(crate) opened: Result<Opened, CoreError>,
    pub(crate) connection: Connection,
    /// Whether the last request was answered.
    pub(crate) reachable: bool,
    /// What the customer should know beyond the state.
    pub(crate) warning: Option<Text>,
}

/// What a signed request needs.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) id: String,
    pub(crate) origin: String,
    pub(crate) request: Arc<SigningKey>,
    pub(crate) server_key: PublicKey,
    pub(crate) device: Option<DeviceId>,
    pub(crate) state: DeviceState,
}

impl Caller {
    /// The device, once the server has named it.
    ///
    /// # Errors
    /// `DeviceNotActive` while the enrolment is unfinished.
    pub(crate) fn device(&self) -> Result<&DeviceId, CoreError> {
        let inactive = warifu_shared::error::ErrorCode::DeviceNotActive;
        self.device.as_ref().ok_or_else(|| inactive.into())
    }
}

impl Service {
    /// A service as it was found on disk.
    pub(crate) fn new(stored: Stored) -> Self {
        Self {
            id: stored.id,
            name: stored.name,
            origin: stored.origin,
            protection: stored.protection,
            opened: stored.opened,
            connection: Connection::Offline,
            reachable: true,
            warning: None,
        }
    }

    /// A service that was just made.
    pub(crate) fn fresh(opened: Opened) -> Self {
        let record = &opened.record;
        let (id, name, origin) = (record.id.clone(), record.name.clone(), record.origin.clone());
        let (protection, created_at) = (record.protection, record.created_at);
        Self::new(Stored {
            id,
            name,
            origin,
            created_at,
            protection,
            opened: Ok(opened),
        })
    }

    /// Its record, when it can be read.
    pub(crate) fn record(&self) -> Option<&Record> {
        self.opened.as_ref().ok().map(|opened| &opened.record)
    }

    /// The origin of its device API, as the readable record or the file's head has it.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// The firm's name.
    pub(crate) fn name(&self, language: Language) -> String {
        let name = self.record().map_or(&self.name, |record| &record.name);
        words::pick(name, language).to_owned()
    }

    /// What a signed request needs.
    ///
    /// # Errors
    /// `Locked`, or why the record cannot be read.
    pub(crate) fn caller(&self) -> Result<Caller, CoreError> {
        let opened = self.opened.as_ref().map_err(Clone::clone)?;
        let record = &opened.record;
        let live = opened.live.as_ref().ok_or_else(|| self.why_not_live(record))?;
        let server_key = PublicKey::from_b64(&record.server_key).map_err(|_| LocalCode::VaultDamaged)?;
        Ok(Caller {
            id: self.id.clone(),
            origin: record.origin.clone(),
            request: live.request.clone(),
            server_key,
            device: record.device.clone(),
            state: record.state,
        })
    }

    /// The channel that listens at a relay, when this service can take hints.
    pub(crate) fn channel(&self) -> Option<(String, Channel)> {
        let opened = self.opened.as_ref().ok()?;
        let record = &opened.record;
        let live = opened.live.as_ref()?;
        let listens = matches!(
            record.state,
            DeviceState::Pending | DeviceState::Active | DeviceState::Suspended
        );
        (listens && record.device.is_some()).then(|| {
            let channel = Channel {
                service: self.id.clone(),
                channel: record.channel.clone(),
                vapid_key: record.vapid_key.clone(),
                keys: live.push.clone(),
                uploaded_for: record.uploaded_for.clone(),
            };
            (record.relay_url.clone(), channel)
        })
    }

    /// Whether the PIN must be entered before this service can be used.
    pub(crate) fn is_locked(&self) -> bool {
        self.opened
            .as_ref()
            .is_ok_and(|opened| opened.live.is_none() && opened.record.approval.is_some())
    }

    /// PIN tries left, when some were used up.
    pub(crate) fn pin_tries_left(&self) -> Option<u32> {
        let used = self.opened.as_ref().ok()?.failed_pins;
        (used > 0).then(|| PIN_TRIES.saturating_sub(used))
    }

    /// The fingerprint to compare, while the device is pending (ENROL-06).
    pub(crate) fn fingerprint(&self, language: Language) -> Option<FingerprintView> {
        let record = self.record()?;
        let waits = record.state == DeviceState::Pending && record.device.is_some();
        waits.then(|| FingerprintView {
            service: self.id.clone(),
            name: words::pick(&record.name, language).to_owned(),
            fingerprint: record.fingerprint.clone(),
        })
    }

    /// How it is shown.
    pub(crate) fn view(&self, language: Language) -> ServiceView {
        let record = self.record();
        let text = |read: fn(&Record) -> &str| record.map(read).unwrap_or_default().to_owned();
        let state = self.state();
        ServiceView {
            handle: self.id.clone(),
            name: self.name(language),
            customer: text(|record| &record.customer),
            account_hint: text(|record| &record.account_hint),
            device_name: text(|record| &record.device_name),
            state,
            connection: self.connection,
            unread: record.map_or(0, |record| crate::notices::unread(&record.notices)),
            origin: self.origin.clone(),
            protection: self.protection,
            key_thumbprint_short: record.map(short_thumbprint).unwrap_or_default(),
            note: self.note(state, language),
        }
    }

    fn state(&self) -> ServiceState {
        let opened = match &self.opened {
            Ok(opened) => opened,
            Err(error) if error.is_local(LocalCode::KeystoreLocked) => return ServiceState::Locked,
            Err(_) => return ServiceState::KeyLost,
        };
        match opened.record.state {
            DeviceState::Revoked => ServiceState::Revoked,
            _ if opened.record.approval.is_none() => ServiceState::KeyLost,
            _ if opened.live.is_none() => ServiceState::Locked,
            DeviceState::Pending => ServiceState::Pending,
            DeviceState::Suspended => ServiceState::Suspended,
            DeviceState::Active if self.reachable => ServiceState::Active,
            DeviceState::Active => ServiceState::Unreachable,
        }
    }

    fn note(&self, state: ServiceState, language: Language) -> Option<String> {
        if let Err(error) = &self.opened {
            return Some(words::pick(&error.message, language).to_owned());
        }
        let of_state = match state {
            ServiceState::Pending => Some(words::PENDING),
            ServiceState::Suspended => Some(words::SUSPENDED),
            ServiceState::Revoked => Some(words::REVOKED),
            ServiceState::Unreachable => Some(words::UNREACHABLE),
            ServiceState::KeyLost => {
                return Some(words::pick(&LocalCode::VaultDestroyed.message(), language).to_owned());
            }
            ServiceState::Active | ServiceState::Locked => None,
        };
        self.warning.or(of_state).map(|text| words::say(text, language))
    }

    fn why_not_live(&self, record: &Record) -> CoreError {
        match record.approval {
            Some(_) => LocalCode::Locked.into(),
            None => LocalCode::VaultDestroyed.into(),
        }
    }
}

fn short_thumbprint(record: &Record) -> String {
    let key = PublicKey::from_b64(&record.approval_public).ok();
    key.map(|key| key.thumbprint().as_str().chars().take(8).collect())
        .unwrap_or_default()
}
