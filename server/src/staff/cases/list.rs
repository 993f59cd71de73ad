//! `/cases`: cases of a state, or one's own, the most serious first, by key; and the lines that other rooms show.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::{AccountId, CaseId};

use crate::app::App;
use crate::domain::case;
use crate::domain::staff::Act;
use crate::operations::Refusal;
use crate::pages::error::PageError;
use crate::pages::layout::page;
use crate::staff::gate::At;
use crate::staff::paths;
use crate::staff::views::{CaseLine, CasesPage, FoundLine, MINE};
use crate::store::case_list::{self, After, Case, Which};
use crate::store::staff::{customers, members};
use crate::store::{Conn, accounts};

/// Which part.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    show: String,
    #[serde(default)]
    after: String,
}

/// Shows a part.
pub async fn get(State(app): State<App>, at: At, Query(asked): Query<Asked>) -> Result<Response, PageError> {
    let view = view(&app, &at, &asked).await;
    let view = view.map_err(|refusal| at.refuse(&app, refusal))?;
    Ok(page(StatusCode::OK, &view))
}

async fn view(app: &App, at: &At, asked: &Asked) -> Result<CasesPage, Refusal> {
    let after = after(&asked.after)?;
    let mine = asked.show == MINE && at.member().roles.may(Act::WorkCase);
    let state = case::State::read(&asked.show).unwrap_or(case::State::AtRisk);
    let (which, part) = if mine {
        (Which::Of(&at.member().id), MINE)
    } else {
        (Which::In(state), state.name())
    };
    let mut c = app.store.read().await?;
    let mut found = case_list::list(&mut c, which, &after, PAGE + 1).await?;
    let more = found.len() as i64 > PAGE;
    found.truncate(usize::try_from(PAGE).unwrap_or_default());
    let older = found.last().filter(|_| more).map(|it| {
        let key = format!("{}.{}", it.level.number(), it.id);
        format!("{}?show={part}&after={key}", paths::CASES)
    });
    Ok(CasesPage {
        frame: at.frame(app),
        who: at.who(),
        part: part.to_owned(),
        lines: lines(&mut c, found).await?,
        older,
    })
}

/// Reads where a list goes on: a level and an id, as our own link has them.
fn after(text: &str) -> Result<After, Refusal> {
    if text.is_empty() {
        return Ok(case_list::first());
    }
    let parts = text.split_once('.').ok_or(ErrorCode::BadRequest)?;
    let level = parts.0.parse().map_err(|_| ErrorCode::BadRequest)?;
    let id: CaseId = parts.1.parse().map_err(|_| ErrorCode::BadRequest)?;
    Ok((level, id.as_str().to_owned()))
}

/// Cases as lines, with the customer masked.
pub(in crate::staff) async fn lines(c: &mut Conn, found: Vec<Case>) -> Result<Vec<CaseLine>, Refusal> {
    let mut lines = Vec::with_capacity(found.len());
    for case in found {
        let customer = match &case.account {
            Some(account) => masked(c, account).await?,
            None => None,
        };
        let with = match &case.assigned_to {
            Some(id) => members::by_id(c, id)
                .await?
                .map_or_else(String::new, |it| it.name),
            None => String::new(),
        };
        lines.push(CaseLine { case, customer, with });
    }
    Ok(lines)
}

async fn masked(c: &mut Conn, account: &AccountId) -> Result<Option<FoundLine>, Refusal> {
    if !customers::is_customer(c, account).await? {
        return Ok(None);
    }
    let owner = accounts::by_id(c, account).await?;
    Ok(owner.as_ref().map(FoundLine::masked))
}

/// Lines of a page.
const PAGE: i64 = 25;
