//! Opening, starting, locking and unlocking.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use tokio::sync::broadcast;
use warifu_shared::api::{DeviceState, Protection};

use super::{CoreEvent, DeviceCore, Inner, State};
use crate::error::{CoreError, LocalCode};
use crate::http::Http;
use crate::keystore::Keystore;
use crate::options::Options;
use crate::push::Journal;
use crate::service::Service;
use crate::vault::{Pin, Vault, files, in_background, settings};

/// How often a pending service is asked whether the customer has confirmed it on the page.
const PENDING_EVERY: Duration = Duration::from_secs(2);
/// How often the list is looked through for what has expired.
const SWEEP_EVERY: Duration = Duration::from_secs(1);

impl DeviceCore {
    /// Opens the vault. Nothing is sent yet.
    ///
    /// # Errors
    /// `StorageFailed` when the data folder cannot be used.
    pub async fn open(options: Options) -> Result<Self, CoreError> {
        let dir = options.data_dir.clone();
        let read = in_background(move || {
            files::make_folder(&dir)?;
            files::sweep(&dir)?;
            Ok::<_, std::io::Error>((settings::read(&dir), Journal::open(&dir)))
        });
        let (settings, journal) = read.await?.map_err(|error| {
            tracing::error!(%error, "data folder");
            LocalCode::StorageFailed
        })?;
        let keystore = Keystore::open(options.keystore.clone()).await;
        let vault = Vault::open(&options.data_dir, keystore.clone()).await?;
        let services = vault.load().await?.into_iter().map(Service::new).collect();
        let http = Http::new(options.clock.clone())?;
        let state = State {
            settings,
            services,
            ..State::default()
        };
        let inner = Inner {
            options,
            vault,
            keystore,
            http,
            journal: Arc::new(journal),
            state: Mutex::new(state),
            events: broadcast::channel(256).0,
            relays: Mutex::new(HashMap::new()),
            started: AtomicBool::new(false),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Starts listening: pulls once, connects to the relays, and keeps an eye on pending services and expiries. The
    /// tasks end with the last clone of this core. Must be called inside a tokio runtime; a second call does nothing.
    pub fn start(&self) {
        if self.inner.started.swap(true, Ordering::SeqCst) {
            return;
        }
        self.inner.poke_relays();
        let core = self.clone();
        tokio::spawn(async move {
            // Each service shows its own failure.
            let _ = core.poll().await;
        });
        tokio::spawn(keep_house(Arc::downgrade(&self.inner)));
    }

    /// Opens what is sealed under the PIN alone, so that the app can listen and refuse (KEY-02). Without services of
    /// that kind there is nothing to do.
    ///
    /// # Errors
    /// As a wrong PIN at an approval: `PinWrong`, `VaultDestroyed`, `PinMalformed`.
    pub async fn unlock(&self, pin: &str) -> Result<(), CoreError> {
        let pin = Pin::read(pin)?;
        let locked: Vec<String> = {
            let state = self.inner.state();
            state
                .services
                .iter()
                .filter(|service| service.is_locked())
                .map(|service| service.id.clone())
                .collect()
        };
        for id in locked {
            let checked = self.inner.vault.check_pin(&id, &pin).await;
            self.inner.after_pin(&id, checked.is_ok()).await;
            let live = checked?.unlock.as_ref().and_then(crate::vault::Unlock::live);
            self.inner
                .set_live(&id, Some(live.ok_or(LocalCode::VaultDamaged)?));
        }
        self.inner.emit(CoreEvent::ViewChanged);
        if self.inner.started.load(Ordering::SeqCst) {
            self.inner.poke_relays();
            let core = self.clone();
            tokio::spawn(async move {
                let _ = core.poll().await;
            });
        }
        Ok(())
    }

    /// Forgets what is sealed under the PIN alone: those services stop listening until [`Self::unlock`]. Services
    /// protected by a keystore keep listening and refusing; approving always asks for the PIN anyway.
    pub fn lock(&self) {
        {
            let mut state = self.inner.state();
            let mut gone = Vec::new();
            for service in &mut state.services {
                let Ok(opened) = &mut service.opened else { continue };
                if opened.record.protection == Protection::PinOnly {
                    opened.live = None;
                    gone.push(service.id.clone());
                }
            }
            for id in gone {
                state.inbox.remove_service(&id);
                state.books.remove(&id);
            }
        }
        self.inner.poke_relays();
        self.inner.emit(CoreEvent::ViewChanged);
    }
}

impl Inner {
    /// Shows what a PIN check left behind: the count, or that the keys are gone.
    pub(crate) async fn after_pin(&self, id: &str, right: bool) {
        if right {
            if let Some(Ok(opened)) = self
                .state()
                .service_mut(id)
                .map(|service| service.opened.as_mut())
            {
                opened.failed_pins = 0;
            }
            return;
        }
        let Ok(stored) = self.vault.reload(id).await else {
            return;
        };
        let mut state = self.state();
        let Some(service) = state.service_mut(id) else {
            return;
        };
        let live = service.opened.as_mut().ok().and_then(|opened| opened.live.take());
        service.opened = stored.opened.map(|mut found| {
            if found.record.approval.is_some() || found.record.protection == Protection::Keystore {
                found.live = found.live.or(live);
            }
            found
        });
        drop(state);
        self.emit(CoreEvent::ViewChanged);
    }

    /// Removes expired challenges from the list.
    pub(crate) fn sweep(&self) {
        let mut state = self.state();
        let mut inbox = std::mem::take(&mut state.inbox);
        let changed = inbox.expire(|service| self.now_at(&state, service));
        state.inbox = inbox;
        drop(state);
        if changed {
            self.emit(CoreEvent::ViewChanged);
        }
    }

    fn pending(&self) -> Vec<String> {
        let state = self.state();
        let waits = |service: &&Service| {
            service
                .record()
                .is_some_and(|record| record.state == DeviceState::Pending)
        };
        state
            .services
            .iter()
            .filter(waits)
            .map(|service| service.id.clone())
            .collect()
    }
}

/// Watches pending services and expiries until the core is dropped.
async fn keep_house(inner: Weak<Inner>) {
    let mut ticks = 0u64;
    loop {
        tokio::time::sleep(SWEEP_EVERY).await;
        let Some(inner) = inner.upgrade() else { return };
        inner.sweep();
        DeviceCore { inner: inner.clone() }.lock_when_away();
        ticks += 1;
        if ticks.is_multiple_of(PENDING_EVERY.as_secs()) {
            for id in inner.pending() {
                let core = DeviceCore { inner: inner.clone() };
                // Shown by the service's own state.
                let _ = core.refresh_one(&id).await;
            }
        }
    }
}
