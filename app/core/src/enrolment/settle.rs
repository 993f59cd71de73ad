//! A finish that was refused, or whose answer was lost: does the server know the new keys? (ENROL-04)

use reqwest::Method;
use warifu_shared::api::{DeviceStatus, paths};
use warifu_shared::error::ErrorCode;

use super::Begun;
use crate::error::{CoreError, LocalCode};
use crate::facade::{CoreEvent, DeviceCore};
use crate::http::Call;
use crate::vault::Record;
use crate::view::FingerprintView;

/// Refusals after which the same code and keys cannot succeed.
const OVER: [ErrorCode; 4] = [
    ErrorCode::EnrolmentCodeUnknown,
    ErrorCode::EnrolmentCodeExpired,
    ErrorCode::EnrolmentTokenInvalid,
    ErrorCode::KeyRefused,
];

impl DeviceCore {
    /// The server refused, or its answer was lost. In the second case it is asked whether it knows the new keys.
    pub(super) async fn after_failed_finish(
        &self,
        id: &str,
        error: CoreError,
    ) -> Result<FingerprintView, CoreError> {
        let lost = is_lost(&error);
        if lost && self.settle(id).await? {
            return self.registered(id);
        }
        if !lost {
            self.forget(id).await?;
            if OVER.iter().any(|code| error.is(*code)) {
                self.inner.state().enrolment = None;
                self.inner.emit(CoreEvent::ViewChanged);
            }
        }
        Err(error)
    }

    /// An earlier try whose answer was lost: it counts if the server knows its keys, else it is thrown away.
    pub(super) async fn settle_earlier(&self, begun: &Begun) -> Result<Option<FingerprintView>, CoreError> {
        let unfinished: Vec<String> = {
            let state = self.inner.state();
            let same = |record: &Record| record.device.is_none() && record.origin == begun.info.origin;
            let found = state
                .services
                .iter()
                .filter(|service| service.record().is_some_and(same));
            found.map(|service| service.id.clone()).collect()
        };
        for id in unfinished {
            if self.settle(&id).await? {
                return self.registered(&id).map(Some);
            }
        }
        Ok(None)
    }

    /// Asks the server whether it knows the keys of an unfinished service. One that it does not know is forgotten.
    pub(crate) async fn settle(&self, id: &str) -> Result<bool, CoreError> {
        let caller = self.inner.caller(id)?;
        let call = Call::new(Method::GET, paths::DEVICE);
        match self
            .inner
            .http
            .signed::<DeviceStatus>(&caller.origin, &caller.request, &call)
            .await
        {
            Ok(status) => {
                self.inner
                    .edit(id, move |record| {
                        record.device = Some(status.device);
                        record.state = status.state;
                    })
                    .await?;
                Ok(true)
            }
            Err(error) if is_lost(&error) => Err(error),
            Err(_) => {
                self.forget(id).await?;
                Ok(false)
            }
        }
    }
}

/// Whether the server may have acted without our hearing of it.
pub(crate) fn is_lost(error: &CoreError) -> bool {
    error.is_local(LocalCode::ServerUnreachable)
        || error.is_local(LocalCode::AnswerUnreadable)
        || error.is(ErrorCode::Internal)
        || error.is(ErrorCode::Unavailable)
}
