//! A test approval, offered after an enrolment and from the device list: the real path without an effect.

use warifu_shared::ids::ChallengeId;
use warifu_shared::jws::challenge::Action;

use super::create_challenge::{self, Asked, With};
use super::{Caller, Refusal};
use crate::app::App;
use crate::domain::session::Session;

/// Makes a test challenge for the session's browser.
///
/// # Errors
/// `DeviceNotActive` without an active device, `TooManyOpenLogins` while another test waits.
pub async fn run(
    app: &App,
    caller: &Caller,
    session: &Session,
    session_hash: &str,
) -> Result<ChallengeId, Refusal> {
    let asked = Asked {
        account: session.account.clone(),
        action: Action::Test,
        browser_hash: session_hash.to_owned(),
        known_browser: true,
        txn: None,
        but: None,
    };
    Ok(create_challenge::run(app, caller, asked, With::Nothing).await?.id)
}
