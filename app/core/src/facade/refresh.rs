//! Pull: what each service says about this device and its open challenges. Works without any push (CHAL-10).

use std::sync::Arc;

use reqwest::Method;
use warifu_shared::api::{
    ChallengeEnding, DeviceState, DeviceStatus, EndState, OpenChallenge, OpenChallenges, paths,
};
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::ChallengeId;
use warifu_shared::jws::JwsError;

use super::{CoreEvent, DeviceCore, Inner};
use crate::error::{CoreError, LocalCode};
use crate::http::Call;
use crate::inbox::Sender;
use crate::service::Caller;
use crate::words;

impl DeviceCore {
    /// What a person does who wants to see what is open: asks every service, and reconnects to relays that are waiting.
    ///
    /// # Errors
    /// As [`Self::poll`].
    pub async fn refresh(&self) -> Result<(), CoreError> {
        if self.inner.started.load(std::sync::atomic::Ordering::SeqCst) {
            self.inner.poke_relays();
        }
        self.poll().await
    }

    /// Asks every service for its state and its open challenges.
    ///
    /// # Errors
    /// The first failure; the other services were asked all the same, and each shows its own state.
    pub async fn poll(&self) -> Result<(), CoreError> {
        let ids: Vec<String> = self
            .inner
            .state()
            .services
            .iter()
            .map(|service| service.id.clone())
            .collect();
        let asked = ids.iter().map(|id| self.refresh_one(id));
        let answers = futures_util::future::join_all(asked).await;
        answers.into_iter().collect()
    }

    pub(crate) async fn refresh_one(&self, id: &str) -> Result<(), CoreError> {
        self.inner.reopen(id).await?;
        let caller = match self.inner.caller(id) {
            Err(error) if error.is_local(LocalCode::Locked) => return Ok(()),
            other => other?,
        };
        if caller.state == DeviceState::Revoked {
            return Ok(());
        }
        let asked = self.inner.ask_status(&caller).await;
        self.inner.note_answer(id, &asked).await?;
        asked?;
        let caller = self.inner.caller(id)?;
        if caller.state == DeviceState::Active {
            let pulled = self.inner.pull(&caller).await;
            pulled.and(self.inner.pull_notices(&caller).await)
        } else {
            Ok(())
        }
    }
}

impl Inner {
    /// Tries a service again whose keystore was locked.
    async fn reopen(&self, id: &str) -> Result<(), CoreError> {
        let locked = {
            let state = self.state();
            matches!(&state.service(id)?.opened, Err(error) if error.is_local(LocalCode::KeystoreLocked))
        };
        if locked {
            self.keystore.probe().await;
            let stored = self.vault.reload(id).await?;
            if let Some(service) = self.state().service_mut(id) {
                service.opened = stored.opened;
            }
            self.emit(CoreEvent::ViewChanged);
        }
        Ok(())
    }

    async fn ask_status(self: &Arc<Self>, caller: &Caller) -> Result<(), CoreError> {
        let call = Call::new(Method::GET, paths::DEVICE);
        let status: DeviceStatus = self.http.signed(&caller.origin, &caller.request, &call).await?;
        let same_key = status.service.challenge_key == caller.server_key.to_b64();
        self.warn(&caller.id, (!same_key).then_some(words::KEY_CHANGED));
        let known = {
            let state = self.state();
            let record = state.service(&caller.id)?.record().cloned();
            record.ok_or(LocalCode::ServiceUnknown)?
        };
        let mut next = known.clone();
        (next.device, next.state) = (Some(status.device), status.state);
        next.device_name = status.name;
        if !status.subscribed {
            next.uploaded_for = None;
        }
        if same_key {
            next.name = status.service.name;
            (next.relay_url, next.vapid_key) = (status.service.relay_url, status.service.vapid_key);
        }
        if (&next.relay_url, &next.vapid_key) != (&known.relay_url, &known.vapid_key) {
            next.uploaded_for = None;
        }
        if next != known {
            let uploaded = next.uploaded_for.is_some();
            self.edit(&caller.id, move |record| {
                (record.device, record.state) = (next.device, next.state);
                (record.device_name, record.name) = (next.device_name, next.name);
                (record.relay_url, record.vapid_key) = (next.relay_url, next.vapid_key);
                if !uploaded {
                    record.uploaded_for = None;
                }
            })
            .await?;
            self.poke_relays();
        }
        Ok(())
    }

    /// Keeps what an answer, or its absence, says about a service.
    pub(crate) async fn note_answer<T>(
        self: &Arc<Self>,
        id: &str,
        asked: &Result<T, CoreError>,
    ) -> Result<(), CoreError> {
        let reachable = !asked
            .as_ref()
            .is_err_and(|error| error.is_local(LocalCode::ServerUnreachable));
        let changed = {
            let mut state = self.state();
            state
                .service_mut(id)
                .is_some_and(|service| std::mem::replace(&mut service.reachable, reachable) != reachable)
        };
        if changed {
            self.emit(CoreEvent::ViewChanged);
        }
        if asked
            .as_ref()
            .is_err_and(|error| error.is(ErrorCode::DeviceRevoked))
        {
            self.state().inbox.remove_service(id);
            self.edit(id, |record| record.state = DeviceState::Revoked)
                .await?;
            self.poke_relays();
        }
        Ok(())
    }

    /// Fetches the list of open challenges.
    pub(crate) async fn pull(self: &Arc<Self>, caller: &Caller) -> Result<(), CoreError> {
        let mark = self.state().inbox.mark();
        let call = Call::new(Method::GET, paths::CHALLENGES);
        let asked = self
            .http
            .signed::<OpenChallenges>(&caller.origin, &caller.request, &call)
            .await;
        self.note_answer(&caller.id, &asked).await?;
        let open = asked?;
        let gone = self.state().inbox.unlisted(&caller.id, &open.challenges, mark);
        for (handle, id) in gone {
            self.note_ending(caller, &handle, &id).await;
        }
        self.state().inbox.keep_listed(&caller.id, &open.challenges, mark);
        let mut result = Ok(());
        for challenge in &open.challenges {
            result = self.take_in(caller, challenge).map(|_| ()).and(result);
        }
        self.emit(CoreEvent::ViewChanged);
        result
    }

    /// Fetches the one challenge of a hint or a link. Gives its handle.
    pub(crate) async fn fetch(
        self: &Arc<Self>,
        caller: &Caller,
        id: &ChallengeId,
    ) -> Result<String, CoreError> {
        let call = Call::new(Method::GET, paths::challenge(id));
        let asked = self
            .http
            .signed::<OpenChallenge>(&caller.origin, &caller.request, &call)
            .await;
        self.note_answer(&caller.id, &asked).await?;
        let over = |error: &CoreError| {
            error.is(ErrorCode::ChallengeClosed)
                || error.is(ErrorCode::ChallengeExpired)
                || error.is(ErrorCode::ChallengeNotFound)
        };
        if asked.as_ref().is_err_and(over) {
            let known = self.state().inbox.find(&caller.id, id);
            if let Some(handle) = known {
                self.note_ending(caller, &handle, id).await;
                self.state().inbox.remove(&handle);
                self.emit(CoreEvent::ViewChanged);
            }
        }
        let open = asked?;
        if open.id != *id {
            return Err(LocalCode::RequestForged.into());
        }
        self.take_in(caller, &open)
    }

    /// Asks how a request ended that is still shown here, so that its screen can say it. Without an answer it just leaves.
    async fn note_ending(&self, caller: &Caller, handle: &str, id: &ChallengeId) {
        let call = Call::new(Method::GET, paths::ending(id));
        let asked = self
            .http
            .signed::<ChallengeEnding>(&caller.origin, &caller.request, &call);
        let Ok(ending) = asked.await else { return };
        if ending.own || ending.state == EndState::Pending {
            return;
        }
        let mut state = self.state();
        state.ended.retain(|(known, _)| known != handle);
        state.ended.push_front((handle.to_owned(), ending));
        state.ended.truncate(ENDED);
    }

    /// Verifies a challenge; what does not verify is shown nowhere, and said (APPR-02).
    fn take_in(&self, caller: &Caller, open: &OpenChallenge) -> Result<String, CoreError> {
        if caller.state != DeviceState::Active {
            return Err(ErrorCode::DeviceNotActive.into());
        }
        let (origin, server_key, device) = (&*caller.origin, &caller.server_key, caller.device()?);
        let from = Sender {
            service: &caller.id,
            origin,
            server_key,
            device,
        };
        // The device's own clock: the server's word is never taken for whether something is still valid (APPR-11).
        let now = self.options.clock.now();
        let taken = self.state().inbox.take(open, &from, now);
        match taken {
            Ok((handle, new)) => {
                if new {
                    self.emit(CoreEvent::ChallengeArrived {
                        handle: handle.clone(),
                    });
                    self.emit(CoreEvent::ViewChanged);
                }
                Ok(handle)
            }
            Err(JwsError::Expired | JwsError::NotYetValid) => Err(self.expired(&caller.origin)),
            Err(error) => {
                tracing::warn!(service = caller.id, %error, "a challenge was refused");
                self.warn(&caller.id, Some(words::FORGED));
                Err(LocalCode::RequestForged.into())
            }
        }
    }

    /// A live challenge that has expired by our clock: is it the clock?
    fn expired(&self, origin: &str) -> CoreError {
        let (here, there) = (self.options.clock.now(), self.http.now(origin));
        if here == there {
            ErrorCode::ChallengeExpired.into()
        } else {
            LocalCode::ClockOff.into()
        }
    }

    pub(crate) fn warn(&self, id: &str, warning: Option<words::Text>) {
        let mut state = self.state();
        let Some(service) = state.service_mut(id) else {
            return;
        };
        // That something was forged stays said until the app is closed.
        if service.warning == Some(words::FORGED) && warning.is_none() {
            return;
        }
        if std::mem::replace(&mut service.warning, warning) != warning {
            drop(state);
            self.emit(CoreEvent::ViewChanged);
        }
    }
}

/// Endings that are remembered for the screens that still show their requests.
const ENDED: usize = 8;
