//! Settings: language, the device's name, removing a service.

use reqwest::Method;
use serde::de::IgnoredAny;
use warifu_shared::api::{Rename, paths};
use warifu_shared::display::Language;
use warifu_shared::error::ErrorCode;

use super::{CoreEvent, DeviceCore};
use crate::enrolment::device_name;
use crate::error::CoreError;
use crate::http::Call;
use crate::vault::settings;
use crate::view::RemovedView;
use crate::words;

impl DeviceCore {
    /// Chooses the language of everything that is shown. Writes one small file, so it returns at once.
    pub fn set_language(&self, language: Language) {
        self.inner.state().settings.language = language;
        let stored = settings::change(&self.inner.options.data_dir, |settings| {
            settings.language = language;
        });
        if let Err(error) = stored {
            tracing::warn!(%error, "the language was not stored");
        }
        self.inner.emit(CoreEvent::ViewChanged);
    }

    /// The language of everything that is shown.
    #[must_use]
    pub fn language(&self) -> Language {
        self.inner.language()
    }

    /// Renames this device at a service.
    ///
    /// # Errors
    /// `DeviceNameBad`, `ServiceUnknown`, `Locked`, or what the server refuses with.
    pub async fn rename(&self, service: &str, name: &str) -> Result<(), CoreError> {
        let name = device_name(name)?;
        let caller = self.inner.caller(service)?;
        let call = Call::json(Method::PUT, paths::DEVICE_NAME, &Rename { name: name.clone() })?;
        self.inner
            .http
            .signed::<IgnoredAny>(&caller.origin, &caller.request, &call)
            .await?;
        self.inner
            .edit(service, move |record| record.device_name = name)
            .await
    }

    /// Removes a service: asks its server to revoke this device, then destroys the keys here, also when the server
    /// cannot be told.
    ///
    /// # Errors
    /// `ServiceUnknown`, `StorageFailed`.
    pub async fn remove_service(&self, service: &str) -> Result<RemovedView, CoreError> {
        self.inner.state().service(service)?;
        let server_told = match self.inner.caller(service) {
            Err(_) => false,
            Ok(caller) => {
                let call = Call::new(Method::DELETE, paths::DEVICE);
                match self
                    .inner
                    .http
                    .signed::<IgnoredAny>(&caller.origin, &caller.request, &call)
                    .await
                {
                    Ok(_) => true,
                    Err(error) => error.is(ErrorCode::DeviceRevoked),
                }
            }
        };
        self.forget(service).await?;
        let text = if server_told {
            words::REMOVED
        } else {
            words::REMOVED_HERE
        };
        Ok(RemovedView {
            server_told,
            message: words::say(text, self.inner.language()),
        })
    }

    /// Destroys what this device knows of a service.
    pub(crate) async fn forget(&self, service: &str) -> Result<(), CoreError> {
        self.inner.vault.remove(service).await?;
        {
            let mut state = self.inner.state();
            state.services.retain(|other| other.id != service);
            state.inbox.remove_service(service);
            state.books.remove(service);
        }
        self.inner.poke_relays();
        self.inner.emit(CoreEvent::ViewChanged);
        Ok(())
    }
}
