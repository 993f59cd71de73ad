//! What is done about a case: taking it, noting, deciding.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use warifu_shared::error::ErrorCode;

use super::one::show;
use crate::app::App;
use crate::domain::case;
use crate::operations::Refusal;
use crate::operations::staff::Why;
use crate::operations::staff::cases::{self as operation, Verdict, Working};
use crate::pages::error::PageError;
use crate::staff::gate::{At, Fields};
use crate::staff::paths;
use crate::staff::views::Typed;
use crate::store::cases::Seen;

fn working(at: &At, case: &str) -> Result<Working, Refusal> {
    Ok(Working {
        caller: at.caller().clone(),
        by: at.member().clone(),
        case: case.parse().map_err(|_| ErrorCode::NotFound)?,
    })
}

/// Back to the case, or the same page with what was refused.
async fn answer(
    app: &App,
    at: &At,
    case: &str,
    typed: Typed,
    done: Result<(), Refusal>,
) -> Result<Response, PageError> {
    match done {
        Ok(()) => Ok(Redirect::to(&paths::case(case)).into_response()),
        Err(refusal) => show(app, at, case, typed, Some(refusal)).await,
    }
}

/// Takes it, or takes it over.
pub async fn take(
    State(app): State<App>,
    at: At,
    Path(case): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    let done = match working(&at, &case) {
        Ok(working) => operation::take(&app, working, fields.get("seen").to_owned()).await,
        Err(refusal) => Err(refusal),
    };
    answer(&app, &at, &case, Typed::default(), done).await
}

/// Notes something.
pub async fn note(
    State(app): State<App>,
    at: At,
    Path(case): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    let typed = Typed {
        note: short(fields.get("note")),
        ..Typed::default()
    };
    let done = async {
        let why = Why::read(fields.get("note"), &[])?;
        operation::note(&app, working(&at, &case)?, why).await
    };
    let done = done.await;
    answer(&app, &at, &case, typed, done).await
}

/// Decides.
pub async fn verdict(
    State(app): State<App>,
    at: At,
    Path(case): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    let typed = Typed {
        reason: short(fields.get("reason")),
        verdict: short(fields.get("verdict")),
        ..Typed::default()
    };
    let done = async {
        let to = case::State::read(fields.get("verdict"));
        let to = to.filter(|it| it.verdict().is_some());
        let number = |name: &str| fields.get(name).parse::<i64>().map_err(|_| ErrorCode::BadRequest);
        let verdict = Verdict {
            to: to.ok_or(ErrorCode::CaseVerdictMissing)?,
            why: Why::read(fields.get("reason"), &[])?,
            seen: Seen {
                kinds: number("kinds")?,
                level: case::Level::read(number("level")?),
            },
            lock: fields.get("lock") == "yes",
        };
        operation::decide(&app, working(&at, &case)?, verdict).await
    };
    let done = done.await;
    answer(&app, &at, &case, typed, done).await
}

/// What is put into the form again.
fn short(text: &str) -> String {
    text.chars().take(400).collect()
}
