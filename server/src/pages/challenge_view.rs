//! What a page shows of a challenge: the number while it waits, or how it ended. Used by login and test approval.

use axum::http::StatusCode;
use axum::response::Response;
use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::ChallengeId;
use warifu_shared::link::ChallengeLink;

use super::layout::{Frame, page};
use super::live_status::Status;
use super::views::{Denied, Ended, EndedPage, MoneyFacts, WaitAction, WaitPage, WaitState};
use crate::app::App;
use crate::domain::challenge::{ChallengeState, TRIES_USED};
use crate::operations::Refusal;
use crate::store::StoreError;
use crate::store::hot_reads::Standing;

/// What surrounds the challenge on its page.
pub(crate) struct Shown {
    /// The page's path.
    pub url: String,
    /// What is approved.
    pub action: WaitAction,
    /// The frame.
    pub frame: Frame,
    /// Where to start again.
    pub again: String,
    /// What the money does, when it is about money.
    pub money: Option<MoneyFacts>,
}

/// Shows a challenge.
///
/// # Errors
/// `NotFound`, or a failure of the database.
pub(crate) async fn show(app: &App, id: &ChallengeId, shown: Shown) -> Result<Response, Refusal> {
    let now = app.now();
    let challenge = app.store.hot.challenge(id).await?.ok_or(ErrorCode::NotFound)?;
    let state = match challenge.state_at(now) {
        ChallengeState::Pending => WaitState::Waiting,
        ChallengeState::Approved => WaitState::Approved,
        ended => {
            let ended = how_ended(ended, challenge.deny_reason.as_deref());
            return Ok(page(
                StatusCode::OK,
                &EndedPage {
                    frame: shown.frame,
                    ended,
                    again: shown.again,
                },
            ));
        }
    };
    let number = crate::operations::decide::open_number(app, &challenge)?;
    let link = ChallengeLink {
        origin: app.config.service.device_origin.clone(),
        challenge: id.clone(),
        number,
    };
    let view = WaitPage {
        frame: shown.frame,
        url: shown.url,
        action: shown.action,
        state,
        number: link.number.reveal().to_owned(),
        app_link: link.write(),
        created_at: challenge.created_at,
        expires_at: challenge.expires_at,
        now,
        money: shown.money,
        open_app_yourself: !challenge.pushed,
    };
    Ok(page(StatusCode::OK, &view))
}

/// The live status of a challenge.
///
/// # Errors
/// On a failure of the database.
pub(crate) async fn status(app: &App, id: &ChallengeId) -> Result<Status, StoreError> {
    let now: Timestamp = app.now();
    let Some(challenge) = app.store.hot.challenge(id).await? else {
        return Err(StoreError::inconsistent("challenges", id.as_str(), "missing"));
    };
    Ok(status_at(&Standing::of(&challenge), now))
}

/// The status of a challenge that stands so.
pub(crate) fn status_at(standing: &Standing, now: Timestamp) -> Status {
    let state = match standing.state.at(standing.expires_at, now) {
        ChallengeState::Cancelled if standing.reason.as_deref() == Some(TRIES_USED) => TRIES_USED,
        state => state.as_str(),
    };
    Status {
        state,
        expires_at: standing.expires_at,
        now,
    }
}

/// The reason of a denial, as stored.
pub(crate) fn denied(reason: Option<&str>) -> Option<Denied> {
    match reason {
        Some("cancelled") => Some(Denied::Cancelled),
        Some("not_me") => Some(Denied::NotMe),
        Some("phone") => Some(Denied::Phone),
        Some("wrong_details") => Some(Denied::WrongDetails),
        _ => None,
    }
}

fn how_ended(state: ChallengeState, reason: Option<&str>) -> Ended {
    match state {
        ChallengeState::Denied => denied(reason).map_or(Ended::Cancelled, Ended::Denied),
        ChallengeState::Expired => Ended::Expired,
        _ if reason == Some(TRIES_USED) => Ended::TriesUsed,
        _ => Ended::Cancelled,
    }
}
