//! A forgotten login password: the device asks for a code, which is typed on the firm's page (CHAL-13).

use reqwest::Method;
use warifu_shared::api::{AskReset, PasswordReset, paths};
use warifu_shared::display::dates;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::ResetId;
use warifu_shared::jws::challenge::device_urn;
use warifu_shared::jws::reset::Reset;

use crate::error::{CoreError, LocalCode};
use crate::facade::DeviceCore;
use crate::http::Call;
use crate::vault::Pin;
use crate::view::PasswordResetView;
use crate::words;

/// How long the request may be under way, in seconds.
const RESET_SECS: i64 = 60;

impl DeviceCore {
    /// Asks for a code that replaces the login password of a service's account, with the PIN. Every call is a new request; the code
    /// of the one before then no longer works.
    ///
    /// # Errors
    /// `ServiceUnknown`, `PinMalformed`, `PinWrong`, `VaultDestroyed`, `ServerUnreachable`, `AnswerUnreadable`, and what the server
    /// refuses with.
    pub async fn reset_password(&self, service: &str, pin: &str) -> Result<PasswordResetView, CoreError> {
        let caller = self.inner.caller(service)?;
        let pin = Pin::read(pin)?;
        let checked = self.inner.vault.check_pin(&caller.id, &pin).await;
        self.inner.after_pin(&caller.id, checked.is_ok()).await;
        let unsealed = checked?;
        let now = self.inner.http.now(&caller.origin);
        let reset = Reset {
            iss: device_urn(caller.device()?),
            aud: caller.origin.clone(),
            jti: ResetId::random(),
            iat: now.secs(),
            nbf: now.secs(),
            exp: now.secs() + RESET_SECS,
        };
        let token = reset.sign(&unsealed.approval).map_err(|error| {
            tracing::warn!(%error, "reset token");
            CoreError::from(ErrorCode::PasswordResetInvalid)
        })?;
        drop(unsealed);
        let call = Call::json(Method::POST, paths::PASSWORD_RESET, &AskReset { token })?;
        let asked = self
            .inner
            .http
            .signed::<PasswordReset>(&caller.origin, &caller.request, &call)
            .await;
        self.inner.note_answer(&caller.id, &asked).await?;
        let given = asked?;
        if !is_code(&given.code) {
            return Err(LocalCode::AnswerUnreadable.into());
        }
        let state = self.inner.state();
        let language = state.settings.language;
        Ok(PasswordResetView {
            service: state.service(service)?.name(language),
            code: given.code,
            until: words::until(&dates::jst(given.expires_at, language), language),
            message: words::say(words::RESET_NEXT, language),
        })
    }
}

/// Four groups of four letters and digits: nothing else is shown as a code.
fn is_code(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let good = |group: &&str| {
        group.len() == 4
            && group
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
    };
    groups.len() == 4 && groups.iter().all(good)
}

#[cfg(test)]
mod tests {
    use super::is_code;

    #[test]
    fn app_01_only_a_code_is_shown_as_one() {
        assert!(is_code("7K2M-9QXD-4TVB-8RH5"));
        for bad in [
            "",
            "7K2M",
            "7K2M-9QXD-4TVB-8RH",
            "7k2m-9qxd-4tvb-8rh5",
            "call-0120-1234-now!",
            "7K2M-9QXD-4TVB-8RH5-",
        ] {
            assert!(!is_code(bad), "{bad}");
        }
    }
}
