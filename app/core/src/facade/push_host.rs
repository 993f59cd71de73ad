//! What the push client asks of the core.

use std::sync::Arc;

use reqwest::Method;
use serde::de::IgnoredAny;
use tokio::sync::watch;
use warifu_shared::api::{Subscription, paths};
use warifu_shared::error::ErrorCode;
use warifu_shared::push_payload::Hinted;

use super::{CoreEvent, DeviceCore, Inner};
use crate::error::{CoreError, LocalCode};
use crate::http::Call;
use crate::push::{self, Channel, Hint, Journal, PushHost};
use crate::vault::{in_background, settings};
use crate::view::Connection;

/// The core as the push tasks hold it: not keeping it alive.
pub(super) struct Host(std::sync::Weak<Inner>);

impl Host {
    fn inner(&self) -> Option<Arc<Inner>> {
        self.0.upgrade()
    }

    fn alive(&self) -> Result<Arc<Inner>, CoreError> {
        self.inner().ok_or_else(|| LocalCode::ServiceUnknown.into())
    }
}

impl Inner {
    /// Starts a task for each relay that has none, and wakes the others: channels changed, or a person wants to be
    /// connected now.
    pub(crate) fn poke_relays(self: &Arc<Self>) {
        if !self.options.push || !self.started.load(std::sync::atomic::Ordering::SeqCst) {
            return;
        }
        let wanted: Vec<String> = {
            let state = self.state();
            state
                .services
                .iter()
                .filter_map(|service| service.channel().map(|(relay, _)| relay))
                .collect()
        };
        let mut relays = self
            .relays
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        for sender in relays.values() {
            sender.send_modify(|count| *count += 1);
        }
        for relay in wanted {
            relays.entry(relay).or_insert_with_key(|relay| {
                let (sender, receiver) = watch::channel(0);
                let host = Arc::new(Host(Arc::downgrade(self)));
                tokio::spawn(push::run(host, relay.clone(), receiver));
                sender
            });
        }
    }
}

impl PushHost for Host {
    fn channels(&self, relay: &str) -> Vec<Channel> {
        let Some(inner) = self.inner() else {
            return Vec::new();
        };
        let state = inner.state();
        let channels = state.services.iter().filter_map(crate::service::Service::channel);
        channels
            .filter(|(at, _)| at == relay)
            .map(|(_, channel)| channel)
            .collect()
    }

    fn is_gone(&self, channel: &str) -> bool {
        let Some(inner) = self.inner() else { return false };
        let state = inner.state();
        // A record that cannot be read may still have it.
        state
            .services
            .iter()
            .all(|service| service.record().is_some_and(|record| record.channel != channel))
    }

    fn uaid(&self, relay: &str) -> Option<String> {
        self.inner()?.state().settings.relays.get(relay).cloned()
    }

    async fn remember_uaid(&self, relay: &str, uaid: &str) -> Result<(), CoreError> {
        let inner = self.alive()?;
        let (dir, relay, uaid) = (inner.options.data_dir.clone(), relay.to_owned(), uaid.to_owned());
        let changed = in_background(move || {
            settings::change(&dir, |settings| {
                settings.relays.insert(relay, uaid);
            })
        });
        let settings = changed.await?.map_err(|_| LocalCode::StorageFailed)?;
        inner.state().settings.relays = settings.relays;
        Ok(())
    }

    async fn upload(&self, service: &str, subscription: Subscription, uaid: &str) -> Result<(), CoreError> {
        let inner = self.alive()?;
        let caller = inner.caller(service)?;
        let call = Call::json(Method::PUT, paths::SUBSCRIPTION, &subscription)?;
        inner
            .http
            .signed::<IgnoredAny>(&caller.origin, &caller.request, &call)
            .await?;
        let uaid = uaid.to_owned();
        inner
            .edit(service, move |record| record.uploaded_for = Some(uaid))
            .await
    }

    fn journal(&self) -> Arc<Journal> {
        self.inner().map_or_else(
            || Arc::new(Journal::open(std::path::Path::new(""))),
            |inner| inner.journal.clone(),
        )
    }

    fn arrived(&self, hint: Hint) {
        if let Some(inner) = self.inner() {
            tokio::spawn(async move { DeviceCore { inner }.follow(&hint).await });
        }
    }

    fn connection(&self, relay: &str, connection: Connection) {
        let Some(inner) = self.inner() else { return };
        let mut changed = Vec::new();
        {
            let mut state = inner.state();
            for service in &mut state.services {
                let here = service.record().is_some_and(|record| record.relay_url == relay);
                if here && std::mem::replace(&mut service.connection, connection) != connection {
                    changed.push(service.id.clone());
                }
            }
        }
        if changed.is_empty() {
            return;
        }
        inner.emit(CoreEvent::Connection);
        if connection == Connection::Online {
            // What came while nobody listened: hints from before a crash, and the list.
            tokio::spawn(async move { DeviceCore { inner }.catch_up(changed).await });
        }
    }
}

impl DeviceCore {
    /// Fetches the challenge of a hint; a hint whose challenge is over is done too.
    async fn follow(&self, hint: &Hint) {
        let fetched = match self.inner.caller(&hint.service) {
            Ok(caller) => match &hint.hinted {
                Hinted::Challenge(id) => self.inner.fetch(&caller, id).await.map(|_| ()),
                Hinted::Notice(_) => self.inner.pull_notices(&caller).await,
            },
            Err(error) => Err(error),
        };
        let later = fetched.as_ref().is_err_and(|error| {
            error.is_local(LocalCode::ServerUnreachable)
                || error.is(ErrorCode::Internal)
                || error.is(ErrorCode::Unavailable)
        });
        if let Err(error) = &fetched {
            tracing::debug!(code = error.code, "hint");
        }
        if !later {
            let (journal, hint) = (self.inner.journal.clone(), hint.clone());
            if let Ok(Err(error)) = in_background(move || journal.done(&hint)).await {
                tracing::warn!(%error, "push journal");
            }
        }
    }

    async fn catch_up(&self, services: Vec<String>) {
        for hint in self.inner.journal.waiting() {
            if services.contains(&hint.service) {
                self.follow(&hint).await;
            }
        }
        for service in services {
            // Shown by the service's own state.
            let _ = self.refresh_one(&service).await;
        }
    }
}
