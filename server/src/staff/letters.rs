//! Letters of a recovery and of an activation: proposed, printed once by whoever proposed, stopped by anybody (decision 41).

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::ProposalId;

use super::acts::{acting, propose_or_ask};
use super::customers::back_to;
use super::gate::{At, Fields};
use super::paths;
use super::views::LetterPage;
use crate::app::App;
use crate::config::Site;
use crate::operations::Refusal;
use crate::operations::staff::customer as operation;
use crate::operations::staff::letters::{self, Kind};
use crate::operations::staff::plan::{Handover, Plan};
use crate::pages::error::PageError;
use crate::pages::layout::page;

/// Proposes a recovery letter.
pub async fn propose_recovery(
    State(app): State<App>,
    at: At,
    Path(account): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    let plan = handover(&fields).map(|handover| Plan::RecoveryLetter { handover });
    propose_or_ask(&app, &at, &account, &fields, plan).await
}

/// Proposes another activation letter.
pub async fn propose_activation(
    State(app): State<App>,
    at: At,
    Path(account): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    let plan = handover(&fields).map(|handover| Plan::ActivationLetter { handover });
    propose_or_ask(&app, &at, &account, &fields, plan).await
}

fn handover(fields: &Fields) -> Result<Handover, Refusal> {
    Handover::read(fields.get("handover")).ok_or(ErrorCode::BadRequest.into())
}

/// Stops a recovery letter. Stopping needs no identified caller: whoever warns us may be anybody.
pub async fn stop(
    State(app): State<App>,
    at: At,
    Path(account): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    match acting(&app, &at, &account, &fields, false).await? {
        Ok(acting) => {
            let id = acting.account.clone();
            let done = operation::stop_letter(&app, acting).await;
            done.map_err(|refusal| at.refuse(&app, refusal))?;
            Ok(back_to(&id))
        }
        Err(again) => Ok(again),
    }
}

/// Prints it. The letter comes in the answer itself: no address shows it a second time.
pub async fn print(State(app): State<App>, at: At, Path(id): Path<String>) -> Result<Response, PageError> {
    let id: ProposalId = id.parse().map_err(|_| at.refuse(&app, ErrorCode::NotFound))?;
    let printed = letters::print(&app, at.caller(), at.member(), &id).await;
    let printed = printed.map_err(|refusal| at.refuse(&app, refusal))?;
    let frame = at.frame(&app);
    let mut letter = frame.clone();
    letter.request.language = printed.owner.language;
    let number = &printed.owner.number;
    let view = LetterPage {
        frame,
        letter,
        who: at.who(),
        recovery: printed.kind == Kind::Recovery,
        name: printed.owner.customer_name.clone(),
        // The page of an activation asks for the number of the letter; for a way back a thief of the letter gets none.
        number: match printed.kind {
            Kind::Recovery => number.masked(),
            Kind::Activation => number.as_str().to_owned(),
        },
        code: printed.code.grouped(),
        starts_at: printed.starts_at,
        expires_at: printed.expires_at,
        made_at: app.now(),
        site: site(&app),
        phone: app.config.service.phone.clone(),
        customer: paths::customer(printed.owner.id.as_str()),
    };
    Ok(page(StatusCode::OK, &view))
}

/// Where the customer goes: the main origin of the site for browsers.
fn site(app: &App) -> String {
    let mut origins = app.config.origins.iter().filter(|it| it.site == Site::Browser);
    let main = origins.find(|it| it.main);
    main.map(|it| it.url.clone()).unwrap_or_default()
}
