//! `/log`: finding entries of the audit log by account, action, actor and time, newest first, or one by its number.

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::EntryId;
use warifu_shared::log::Entry;

use super::query::{Query, actor_of};
use super::words::{self, Names};
use crate::app::App;
use crate::domain::account::AccountNumber;
use crate::domain::staff::login_id;
use crate::operations::{Refusal, admit};
use crate::pages::error::PageError;
use crate::pages::layout::{Frame, form_page, page};
use crate::staff::gate::{At, Fields};
use crate::staff::paths;
use crate::staff::views::{LogLine, LogPage};
use crate::store::log_search::{self, Hit};
use crate::store::staff::customers::{self, By};
use crate::store::staff::members;
use crate::store::{Conn, log};

/// A part of what was asked for.
pub async fn get(State(app): State<App>, at: At, RawQuery(query): RawQuery) -> Result<Response, PageError> {
    let query = Query::of(&Fields::read(query.unwrap_or_default().as_bytes()));
    match view(&app, &at, &query).await {
        Ok(view) => Ok(page(StatusCode::OK, &view)),
        Err(refusal) => Ok(again(&app, &at, query, refusal)),
    }
}

/// The form with what was refused.
fn again(app: &App, at: &At, query: Query, refusal: Refusal) -> Response {
    let mut view = LogPage::new(at.frame(app), at.who(), query);
    view.error = Some(refusal.into());
    form_page(app, Some(refusal), &view)
}

/// Reads the form, and leads to an address that holds no account number.
pub async fn post(State(app): State<App>, at: At, fields: Fields) -> Result<Response, PageError> {
    let mut query = Query::of(&fields);
    query.before = String::new();
    match read(&app, &at, &fields, query.clone()).await {
        Ok(url) => Ok(Redirect::to(&url).into_response()),
        Err(refusal) => Ok(again(&app, &at, query, refusal)),
    }
}

async fn read(app: &App, at: &At, fields: &Fields, mut query: Query) -> Result<String, Refusal> {
    let entry = fields.get("entry").trim();
    if !entry.is_empty() {
        return entry_url(app, entry).await;
    }
    let number = fields.get("number").trim();
    if !number.is_empty() {
        admit::staff_search(app, at.caller(), at.member().id.as_str()).await?;
        let number = AccountNumber::from_typed(number).ok_or(ErrorCode::LogAccountUnknown)?;
        let mut c = app.store.read().await?;
        let found = customers::find(&mut c, By::Number(number.as_str()), 1).await?;
        let account = found.first().ok_or(ErrorCode::LogAccountUnknown)?;
        query.account = account.id.to_string();
    }
    if !query.actor.is_empty() {
        query.actor = match actor_of(&query.actor) {
            Some(actor) => actor,
            None => member_of(app, &query.actor).await?,
        };
    }
    query.filter()?;
    Ok(query.url(paths::LOG))
}

/// Where an entry is: by its number as people read it out, or by its id.
async fn entry_url(app: &App, typed: &str) -> Result<String, Refusal> {
    if let Ok(id) = typed.parse::<EntryId>() {
        return Ok(paths::entry(id.as_str()));
    }
    let digits: String = typed.chars().filter(|c| !matches!(c, ',' | '#')).collect();
    let position: i64 = digits.parse().map_err(|_| ErrorCode::LogEntryUnknown)?;
    let mut c = app.store.read().await?;
    let found = log_search::id_at(&mut c, position).await?;
    let id = found.ok_or(ErrorCode::LogEntryUnknown)?;
    Ok(paths::entry(&id))
}

async fn member_of(app: &App, typed: &str) -> Result<String, Refusal> {
    let login = login_id(typed).ok_or(ErrorCode::LogActorUnfit)?;
    let mut c = app.store.read().await?;
    let member = members::by_login(&mut c, &login).await?;
    let member = member.ok_or(ErrorCode::LogActorUnfit)?;
    Ok(format!("staff:{}", member.id))
}

async fn view(app: &App, at: &At, query: &Query) -> Result<LogPage, Refusal> {
    let filter = query.filter()?;
    let mut view = LogPage::new(at.frame(app), at.who(), query.clone());
    let mut c = app.store.read().await?;
    let mut hits = Vec::new();
    if query.before.is_empty() {
        let from = EntryId::from_moment(app.now().plus_secs(-UNPLACED_SECS)).max(filter.from.clone());
        let newest = log_search::unplaced(&mut c, &from, &filter.to, MOST_UNPLACED).await?;
        let fits = |it: &Entry| filter.takes(&it.subject, &it.actor, &it.action);
        hits.extend(
            newest
                .into_iter()
                .filter(|it| parsed(it).is_some_and(|entry| fits(&entry))),
        );
        hits.truncate(PAGE);
    }
    let part = log_search::part(&mut c, &filter, PAGE).await?;
    // Entries without a position are of the last moments: they come first, or in between a few others.
    hits.extend(part.hits);
    hits.sort_by(|a, b| b.id.cmp(&a.id));
    view.size = log::head(&mut c).await?.size;
    view.kept = (app.config.audit.entries_days, app.config.audit.details_days);
    view.cut = part.cut;
    view.older = part.next.map(|before| query.before(&before).url(paths::LOG));
    let mut names = Names::default();
    view.account = names.subject(&mut c, &query.account).await?;
    view.lines = lines(&mut c, &view.frame, &mut names, &hits).await?;
    Ok(view)
}

fn parsed(hit: &Hit) -> Option<Entry> {
    Entry::read(hit.entry.as_deref()?).ok()
}

async fn lines(
    c: &mut Conn,
    frame: &Frame,
    names: &mut Names,
    hits: &[Hit],
) -> Result<Vec<LogLine>, Refusal> {
    let mut lines = Vec::with_capacity(hits.len());
    for hit in hits {
        let mut line = LogLine::of(hit);
        if let Some(entry) = parsed(hit) {
            line.at = Some(entry.at);
            line.what = words::action(frame, &entry.action);
            line.outcome = words::outcome(frame, &entry.outcome);
            line.by = names.actor(c, frame, &entry).await?;
            line.whom = names.subject(c, &entry.subject).await?;
            line.action = entry.action;
        }
        lines.push(line);
    }
    Ok(lines)
}

/// Entries on a page.
const PAGE: usize = 50;
/// Entries of this time may have no position yet.
const UNPLACED_SECS: i64 = 120;
const MOST_UNPLACED: i64 = 500;
