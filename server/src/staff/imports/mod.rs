//! `/imports`: files of customers, how far they are, what is wrong with their lines, and what is decided about them.

pub mod deeds;
pub mod letters;
pub mod upload;

use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde::Deserialize;
use warifu_shared::display::Language;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::{ImportId, StaffId};

use super::gate::At;
use super::views::imports::{ImportLine, ImportPage, ImportsPage, problem_words};
use crate::app::App;
use crate::audit::csv;
use crate::domain::staff::Act;
use crate::operations::Refusal;
use crate::operations::imports::decide::Deed;
use crate::operations::imports::letters::may_collect;
use crate::pages::error::PageError;
use crate::pages::layout::page;
use crate::store::imports::letters as letter_rows;
use crate::store::imports::rows::{self, Wrong};
use crate::store::imports::{self, Import};
use crate::store::staff::members;
use crate::store::{Conn, StoreError};

/// From where on.
#[derive(Deserialize)]
pub struct Before {
    #[serde(default)]
    before: String,
}

/// The list.
pub async fn list(State(app): State<App>, at: At, Query(from): Query<Before>) -> Result<Response, PageError> {
    let found = async {
        let mut c = app.store.read().await?;
        Ok::<_, Refusal>(imports::list(&mut c, &from.before, MOST + 1).await?)
    };
    let found = found.await.map_err(|refusal| at.refuse(&app, refusal))?;
    let shown = usize::try_from(MOST).unwrap_or(usize::MAX);
    let lines: Vec<ImportLine> = found.iter().take(shown).map(ImportLine::of).collect();
    let view = ImportsPage {
        frame: at.frame(&app),
        who: at.who(),
        older: (found.len() > shown).then(|| lines.last().map(|it| it.id.clone()).unwrap_or_default()),
        lines,
        can_import: at.member().roles.may(Act::Import),
    };
    Ok(page(StatusCode::OK, &view))
}

/// An import by what stands in a path.
async fn find(app: &App, at: &At, id: &str) -> Result<Import, PageError> {
    let missing = || at.refuse(app, ErrorCode::NotFound);
    let id: ImportId = id.parse().map_err(|_| missing())?;
    let found = async {
        let mut c = app.store.read().await?;
        Ok::<_, Refusal>(imports::by_id(&mut c, &id).await?)
    };
    let found = found.await.map_err(|refusal| at.refuse(app, refusal))?;
    found.ok_or_else(missing)
}

/// One import.
pub async fn get(State(app): State<App>, at: At, Path(id): Path<String>) -> Result<Response, PageError> {
    let it = find(&app, &at, &id).await?;
    let found = async {
        let mut c = app.store.read().await?;
        let wrong = rows::wrong(&mut c, &it.id, 0, SHOWN).await?;
        let letters = letter_rows::made(&mut c, &it.id).await?;
        let mut people = Vec::new();
        let asked = [
            Some(it.uploaded_by.as_str()),
            it.proposed_by.as_deref(),
            it.approved_by.as_deref(),
        ];
        for id in asked {
            people.push(name_of(&mut c, id).await?);
        }
        Ok::<_, Refusal>((wrong, letters, people))
    };
    let (wrong, letters, people) = found.await.map_err(|refusal| at.refuse(&app, refusal))?;
    let roles = &at.member().roles;
    let may_collect = may_collect(&it, at.member(), app.now());
    let deeds = Deed::ALL.into_iter().filter(|deed| deed.fits(&it, app.now()));
    let deeds = deeds.filter(|deed| *deed != Deed::AskLetters || !may_collect);
    let deeds = deeds.filter(|deed| roles.may(act_of(*deed)));
    let view = ImportPage {
        frame: at.frame(&app),
        who: at.who(),
        deeds: deeds.map(Deed::name).collect(),
        can_collect: may_collect && roles.may(Act::CollectLetters),
        wrong,
        letters,
        people,
        it,
    };
    Ok(page(StatusCode::OK, &view))
}

/// What one must be allowed for a deed.
#[must_use]
pub const fn act_of(deed: Deed) -> Act {
    match deed {
        Deed::AskLetters => Act::CollectLetters,
        _ if deed.of_second() => Act::ApproveImport,
        _ => Act::Import,
    }
}

async fn name_of(c: &mut Conn, id: Option<&str>) -> Result<String, StoreError> {
    let Some(id) = id.and_then(|it| it.parse::<StaffId>().ok()) else {
        return Ok(String::new());
    };
    Ok(members::by_id(c, &id)
        .await?
        .map_or_else(String::new, |it| it.name))
}

/// What is wrong, as a table for a spreadsheet: no customer's data is in it, and no formula (STAFF-09).
pub async fn wrong_lines(
    State(app): State<App>,
    at: At,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let it = find(&app, &at, &id).await?;
    let language = at.browser.page.language;
    let head = ["line", "column", "problem", "explanation"].map(str::to_owned);
    let first = [csv::MARK, &csv::cells(&head)].concat();
    let pieces = stream::unfold((app, Some(0), Some(first)), move |(app, after, first)| {
        let id = it.id.clone();
        async move {
            if let Some(first) = first {
                return Some((Ok(Bytes::from(first)), (app, after, None)));
            }
            let after = after?;
            match piece(&app, &id, language, after).await {
                Ok((bytes, next)) => Some((Ok(Bytes::from(bytes)), (app, next, None))),
                Err(error) => {
                    tracing::error!(event = "imports.download", %error, "a list of wrong lines was cut off");
                    Some((Err(std::io::Error::other("cut off")), (app, None, None)))
                }
            }
        }
    });
    Ok(attachment(
        "text/csv; charset=utf-8",
        "import-errors.csv",
        Body::from_stream(pieces),
    ))
}

/// The next lines, and from which line on the following come.
async fn piece(
    app: &App,
    id: &ImportId,
    language: Language,
    after: i64,
) -> Result<(Vec<u8>, Option<i64>), StoreError> {
    let mut c = app.store.read().await?;
    let mut wrong = rows::wrong(&mut c, id, after, AT_ONCE).await?;
    drop(c);
    let full = i64::try_from(wrong.len()).unwrap_or(i64::MAX) == AT_ONCE;
    if full && let Some(last) = wrong.last().map(|it| it.line) {
        // Of the last line there may be more.
        wrong.retain(|it| it.line < last);
    }
    let next = wrong.last().map(|it| it.line).filter(|_| full);
    let row = |it: &Wrong| {
        csv::cells(&[
            it.line.to_string(),
            it.problem.column().unwrap_or_default().to_owned(),
            it.problem.name().to_owned(),
            problem_words(language, it),
        ])
    };
    Ok((wrong.iter().flat_map(row).collect(), next))
}

fn attachment(kind: &'static str, name: &str, body: Body) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
    ];
    (headers, body).into_response()
}

/// Imports on one page of the list.
const MOST: i64 = 30;
/// Wrong lines on the page of an import; the file has all.
const SHOWN: i64 = 50;
/// Wrong lines read at once for the file.
const AT_ONCE: i64 = 2000;
