//! What happened to the account: fetched, verified with the pinned key, kept, and shown (ENROL-07, RISK-06).

mod kept;
mod veto;
mod view;

use std::sync::Arc;

use reqwest::Method;
use warifu_shared::api::{NOTICES_AT_ONCE, Notices, paths};
use warifu_shared::jws::notice::{Notice, NoticeExpect};

pub(crate) use kept::{KeptNotice, unread};

use crate::error::{CoreError, LocalCode};
use crate::facade::{CoreEvent, DeviceCore, Inner};
use crate::http::Call;
use crate::service::Caller;
use crate::view::{NoticeView, NoticesView};
use crate::words;

impl Inner {
    /// Asks for what was told since the newest notice, verifies it and keeps it. What does not verify is shown nowhere, and
    /// said; the others are kept all the same.
    pub(crate) async fn pull_notices(self: &Arc<Self>, caller: &Caller) -> Result<(), CoreError> {
        let after = {
            let state = self.state();
            kept::ask_after(state.service(&caller.id)?.record())
        };
        let call = Call::new(Method::GET, format!("{}?after={after}", paths::NOTICES));
        let asked = self
            .http
            .signed::<Notices>(&caller.origin, &caller.request, &call)
            .await;
        self.note_answer(&caller.id, &asked).await?;
        let told = asked?;
        let (mut good, mut forged) = (Vec::new(), told.notices.len() > NOTICES_AT_ONCE);
        let device = caller.device()?;
        for jws in told.notices.iter().take(NOTICES_AT_ONCE) {
            let expect = NoticeExpect {
                iss: &caller.origin,
                device,
                // As the server's clock goes: a notice is news, not a right, and must not be lost to a clock that is off.
                now: self.http.now(&caller.origin),
            };
            match Notice::verify(jws, &caller.server_key, &expect) {
                Ok(notice) => good.push(notice),
                Err(error) => {
                    tracing::warn!(service = caller.id, %error, "a notice was refused");
                    forged = true;
                }
            }
        }
        if forged {
            self.warn(&caller.id, Some(words::FORGED));
        }
        self.keep(caller, good).await
    }

    /// Adds what is new to the service's record.
    async fn keep(&self, caller: &Caller, told: Vec<Notice>) -> Result<(), CoreError> {
        let (some_new, none_waited) = {
            let state = self.state();
            let record = state.service(&caller.id)?.record();
            let known = record.map(|record| &*record.notices).unwrap_or_default();
            (kept::has_new(known, &told), unread(known) == 0)
        };
        if !some_new {
            return Ok(());
        }
        self.edit(&caller.id, move |record| kept::add(&mut record.notices, told))
            .await?;
        // One notification for what waits unread: a storm of news must not be a storm of sounds.
        if none_waited {
            self.emit(CoreEvent::NoticeArrived);
        }
        Ok(())
    }
}

impl DeviceCore {
    /// The notices of a service, newest first, as they were kept.
    ///
    /// # Errors
    /// `ServiceUnknown`.
    pub fn notices(&self, service: &str) -> Result<NoticesView, CoreError> {
        let state = self.inner.state();
        Ok(view::list(state.service(service)?, state.settings.language))
    }

    /// One notice in full. It counts as read from then on.
    ///
    /// # Errors
    /// `ServiceUnknown`, `NoticeUnknown`, `StorageFailed`.
    pub async fn notice(&self, service: &str, handle: &str) -> Result<NoticeView, CoreError> {
        let (id, view) = {
            let state = self.inner.state();
            let known = state.service(service)?;
            let found = view::find(known, handle).ok_or(LocalCode::NoticeUnknown)?;
            let id = (!found.read).then(|| found.id.clone());
            let now = self.inner.now_at(&state, service);
            (id, view::one(known, found, state.settings.language, now))
        };
        if let Some(id) = id {
            let mark = move |record: &mut crate::vault::Record| kept::mark_read(&mut record.notices, &id);
            self.inner.edit(service, mark).await?;
        }
        Ok(view)
    }
}
