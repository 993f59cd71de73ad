//! A new enrolment code, for a session of the highest level that the account already has (ENROL-01..03).

use warifu_shared::api::DeviceState;
use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::{AccountId, EnrolmentId, SessionId};
use zeroize::Zeroizing;

use super::{Caller, Refusal, end_pending};

pub use super::confirm_again::{fresh, fresh_enough};
use crate::app::App;
use crate::audit::{self, Event};
use crate::domain::enrolment::{EnrolmentCodes, code_hash};
use crate::domain::session::Session;
use crate::store::enrolments::{self, StoredEnrolment};
use crate::store::{Conn, StoreError, devices};

/// Issues a code. Codes are not kept: they come again from the enrolment's and the session's id by [`codes`].
///
/// # Errors
/// `AssuranceTooLow` when the account has a device and this session was not approved on one within five minutes
/// (ENROL-03, SESS-07); `TooManyDevices`.
pub async fn run(app: &App, caller: &Caller, session: &Session) -> Result<EnrolmentId, Refusal> {
    let mut c = app.store.read().await?;
    let devices = devices::of_account(&mut c, &session.account).await?;
    drop(c);
    let registered = devices.iter().filter(|d| d.state != DeviceState::Pending).count();
    if registered > 0 && !fresh(app, session) {
        return Err(ErrorCode::AssuranceTooLow.into());
    }
    if i64::try_from(registered).unwrap_or(i64::MAX) >= app.config.enrolment.max_devices {
        return Err(ErrorCode::TooManyDevices.into());
    }
    issue(app, caller, session, session.assurance.as_str(), "customer").await
}

/// Issues a code for whoever the caller has made sure of; `method` says how (ENROL-10). The codes are those of `session`.
///
/// # Errors
/// On a failure of the database only.
pub async fn issue(
    app: &App,
    caller: &Caller,
    session: &Session,
    method: &str,
    actor: &'static str,
) -> Result<EnrolmentId, Refusal> {
    let now = app.now();
    let stored = draw(app, &session.account, &session.id, method);
    let (id, caller) = (stored.id.clone(), caller.clone());
    app.store
        .write(move |c| Box::pin(async move { issue_in(c, &caller, &stored, actor, now).await }))
        .await?;
    Ok(id)
}

/// A new enrolment whose codes are those of `session`.
pub(super) fn draw(app: &App, account: &AccountId, session: &SessionId, method: &str) -> StoredEnrolment {
    let id = EnrolmentId::random();
    let drawn = codes(app, &id, session);
    StoredEnrolment {
        account: account.clone(),
        session: session.clone(),
        method: method.to_owned(),
        state: "issued".to_owned(),
        code_hash: code_hash(&drawn.long),
        short_code_mac: short_mac(app, &id, &drawn.short),
        short_code_tries: 0,
        nonce: None,
        commitment: None,
        expires_at: app.now().plus_secs(app.config.enrolment.code_lifetime),
        device: None,
        fingerprint: None,
        id,
    }
}

/// Issues it. Any other that the account has open ends.
///
/// # Errors
/// On a database failure.
pub(super) async fn issue_in(
    c: &mut Conn,
    caller: &Caller,
    stored: &StoredEnrolment,
    actor: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    enrolments::insert(c, stored, now).await?;
    end_pending::of_account(c, &stored.account, &caller.request, now).await?;
    let event = Event {
        action: "enrolment.issued",
        actor,
        subject: stored.account.as_str(),
        outcome: "ok",
        object: stored.id.as_str(),
        request: &caller.request,
        details: caller.details(),
    };
    audit::write(c, &event, now).await
}

/// The codes of an enrolment, for the page of the session that asked for them. They are the output of a keyed function
/// over 256 random bits of two ids, so that a reload shows the same codes and no table holds them.
#[must_use]
pub fn codes(app: &App, id: &EnrolmentId, session: &SessionId) -> EnrolmentCodes {
    let parts = [id.as_str().as_bytes(), session.as_str().as_bytes()];
    let seed = |label| Zeroizing::new(app.secrets.code_pepper.mac(label, &parts));
    EnrolmentCodes::from_seeds(&seed("enrolment-long"), &seed("enrolment-short"))
}

/// The keyed hash of a short code, as the table has it.
#[must_use]
pub fn short_mac(app: &App, id: &EnrolmentId, short: &str) -> String {
    app.secrets.code_pepper.mac(
        "enrolment-short-check",
        &[id.as_str().as_bytes(), short.as_bytes()],
    )
}
