//! The facade: one object that a user interface talks to. It owns the state; everything else is asked by it.

mod lifecycle;
mod push_host;
mod refresh;
mod settings;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{broadcast, watch};
use warifu_shared::api::ChallengeEnding;
use warifu_shared::clock::Timestamp;
use warifu_shared::display::Language;

use crate::enrolment::{Begun, Draft};
use crate::error::{CoreError, LocalCode};
use crate::http::Http;
use crate::inbox::Inbox;
use crate::keystore::{Condition, Keystore};
use crate::options::Options;
use crate::push::Journal;
use crate::service::{Caller, Service};
use crate::vault::settings::Settings;
use crate::vault::{LiveKeys, Record, Vault};
use crate::view::{AppView, EndedCard, EnrolmentView, Phase};
use crate::withdrawals::Book;
use crate::words;

/// The device half of Warifu. Clones share one state.
#[derive(Clone)]
pub struct DeviceCore {
    pub(crate) inner: Arc<Inner>,
}

/// Something happened; what it means is in [`DeviceCore::view`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CoreEvent {
    /// The view is no longer what it was.
    ViewChanged,
    /// A new challenge waits: time for a notification of the operating system, without details (CHAL-14).
    ChallengeArrived {
        /// Its handle.
        handle: String,
    },
    /// News about the account came, and no older news waits unread: time for a notification without details (CHAL-14).
    NoticeArrived,
    /// The connection to a relay came or went.
    Connection,
}

pub(crate) struct Inner {
    pub(crate) options: Options,
    pub(crate) vault: Vault,
    pub(crate) keystore: Keystore,
    pub(crate) http: Http,
    pub(crate) journal: Arc<Journal>,
    state: Mutex<State>,
    events: broadcast::Sender<CoreEvent>,
    /// One push task per relay URL, woken through its sender.
    relays: Mutex<HashMap<String, watch::Sender<u64>>>,
    started: AtomicBool,
}

/// What is held in memory.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) settings: Settings,
    pub(crate) services: Vec<Service>,
    pub(crate) inbox: Inbox,
    /// The withdrawals that each service has told, by its handle.
    pub(crate) books: HashMap<String, Book>,
    /// How requests ended that this device did not decide, newest first, by their handles.
    pub(crate) ended: VecDeque<(String, ChallengeEnding)>,
    /// What was promised to a server and not yet revealed.
    pub(crate) draft: Option<Draft>,
    pub(crate) enrolment: Option<Begun>,
    /// Services whose fingerprint screen was put away.
    pub(crate) put_away: HashSet<String>,
    /// Since when the window is out of sight, by this device's clock (APP-10).
    pub(crate) away_since: Option<Timestamp>,
}

impl State {
    /// A service by its handle.
    ///
    /// # Errors
    /// `ServiceUnknown`.
    pub(crate) fn service(&self, id: &str) -> Result<&Service, CoreError> {
        self.services
            .iter()
            .find(|service| service.id == id)
            .ok_or_else(|| LocalCode::ServiceUnknown.into())
    }

    /// The same, to be changed.
    pub(crate) fn service_mut(&mut self, id: &str) -> Option<&mut Service> {
        self.services.iter_mut().find(|service| service.id == id)
    }
}

impl Inner {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn language(&self) -> Language {
        self.state().settings.language
    }

    pub(crate) fn emit(&self, event: CoreEvent) {
        // Nobody listening is no error.
        let _ = self.events.send(event);
    }

    /// What a signed request of one service needs.
    pub(crate) fn caller(&self, id: &str) -> Result<Caller, CoreError> {
        self.state().service(id)?.caller()
    }

    /// Changes a record on disk, then in memory.
    pub(crate) async fn edit(
        &self,
        id: &str,
        change: impl FnOnce(&mut Record) + Send + 'static,
    ) -> Result<(), CoreError> {
        let key = {
            let state = self.state();
            state
                .service(id)?
                .opened
                .as_ref()
                .map_err(Clone::clone)?
                .body_key
                .clone()
        };
        let record = self.vault.update(id, key.as_ref(), change).await?;
        if let Some(Ok(opened)) = self
            .state()
            .service_mut(id)
            .map(|service| service.opened.as_mut())
        {
            opened.record = record;
        }
        self.emit(CoreEvent::ViewChanged);
        Ok(())
    }

    /// The keys that were opened by the PIN, or wiped by locking.
    pub(crate) fn set_live(&self, id: &str, live: Option<LiveKeys>) {
        if let Some(Ok(opened)) = self
            .state()
            .service_mut(id)
            .map(|service| service.opened.as_mut())
        {
            opened.live = live;
        }
    }

    /// The present time as a service has it, for countdowns.
    pub(crate) fn now_at(&self, state: &State, service: &str) -> Timestamp {
        let origin = state.service(service).map(Service::origin).unwrap_or_default();
        self.http.now(origin)
    }
}

impl DeviceCore {
    /// Everything the app shows outside of one challenge.
    #[must_use]
    pub fn view(&self) -> AppView {
        let state = self.inner.state();
        let language = state.settings.language;
        let locked = state.services.iter().any(Service::is_locked);
        let phase = match (state.services.is_empty(), locked) {
            (true, _) => Phase::FirstStart,
            (false, true) => Phase::Locked,
            (false, false) => Phase::Ready,
        };
        AppView {
            language: words::tag(language),
            phase,
            enrolment: enrolment_view(&state, language),
            services: state
                .services
                .iter()
                .map(|service| service.view(language))
                .collect(),
            challenges: state
                .inbox
                .cards(language, |service| self.inner.now_at(&state, service)),
            ended: state
                .ended
                .iter()
                .map(|ended| ended_card(ended, language))
                .collect(),
            keystore_note: self.keystore_note(&state).map(|text| words::say(text, language)),
        }
    }

    /// What happens from now on. A receiver that lags misses events; [`Self::view`] is always whole.
    #[must_use]
    pub fn events(&self) -> broadcast::Receiver<CoreEvent> {
        self.inner.events.subscribe()
    }

    fn keystore_note(&self, state: &State) -> Option<words::Text> {
        let waits = state.services.iter().any(
            |service| matches!(&service.opened, Err(error) if error.is_local(LocalCode::KeystoreLocked)),
        );
        match self.inner.keystore.condition() {
            _ if waits => Some(words::KEYSTORE_LOCKED),
            Condition::Os => None,
            Condition::File => Some(words::FILE_KEYSTORE),
            Condition::Unavailable | Condition::None => Some(words::NO_KEYSTORE),
        }
    }
}

fn ended_card((handle, ending): &(String, ChallengeEnding), language: Language) -> EndedCard {
    let (heading, message) = words::ended(ending, language);
    EndedCard {
        handle: handle.clone(),
        heading,
        message,
    }
}

fn enrolment_view(state: &State, language: Language) -> Option<EnrolmentView> {
    if let Some(begun) = &state.enrolment {
        return Some(EnrolmentView::Preview {
            preview: begun.preview(language),
        });
    }
    let waiting = state
        .services
        .iter()
        .rev()
        .filter(|service| !state.put_away.contains(&service.id));
    let fingerprint = waiting
        .filter_map(|service| service.fingerprint(language))
        .next()?;
    Some(EnrolmentView::Fingerprint { fingerprint })
}
