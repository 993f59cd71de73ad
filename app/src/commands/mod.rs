//! The commands of the window: parse, ask the core, map the error. One for each thing the core can do.
//!
//! State reaches the window by the long poll `wait_for_view` and not by events: listening to events needs the
//! permission `core:event:allow-listen`, which would also show the window every link that the deep-link plugin
//! emits. So the window needs no permission but these commands (APP-02).

mod answers;
mod challenge;
mod enrolment;
mod notices;
mod settings;
mod view;
mod withdrawals;

use tauri::Wry;
use tauri::ipc::Invoke;
use warifu_device_core::{CoreError, ErrorView, Language};
use warifu_shared::error::ErrorCode;

/// Every command. `app/permissions`, `app/capabilities` and `app/isolation` name the same ones.
pub fn handler() -> impl Fn(Invoke<Wry>) -> bool + Send + Sync + 'static {
    tauri::generate_handler![
        view::wait_for_view,
        view::refresh,
        enrolment::open_link,
        enrolment::begin_enrolment,
        enrolment::finish_enrolment,
        enrolment::cancel_enrolment,
        challenge::unlock,
        challenge::challenge,
        challenge::approve,
        challenge::deny,
        answers::answers,
        notices::notices,
        notices::notice,
        notices::veto,
        withdrawals::withdrawals,
        withdrawals::older_withdrawals,
        withdrawals::withdrawal,
        withdrawals::recall,
        withdrawals::save_receipt,
        settings::set_language,
        settings::rename,
        settings::remove_service,
        settings::reset_password,
    ]
}

/// What a command answers.
type Answer<T> = Result<T, ErrorView>;

/// Refuses a text that no screen of this app can have produced (APP-05).
fn at_most(text: &str, bytes: usize) -> Answer<()> {
    if text.len() <= bytes {
        Ok(())
    } else {
        Err(CoreError::from(ErrorCode::BadRequest).view(Language::default()))
    }
}

/// The longest handle of a service or challenge.
const HANDLE: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn app_05_overlong_arguments_are_refused_with_a_number() {
        assert!(at_most(&"x".repeat(HANDLE), HANDLE).is_ok());
        let refused = at_most(&"x".repeat(HANDLE + 1), HANDLE);
        assert_eq!(
            refused.map_err(|error| error.code),
            Err(ErrorCode::BadRequest.number())
        );
    }
}
