//! `/security/history`: what happened on the account, in plain words, from the audit log (AUDIT-01, decision 30).

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use warifu_shared::clock::Timestamp;
use warifu_shared::display::place_name;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::EntryId;
use warifu_shared::log::Entry;

use super::customer::Customer;
use super::error::PageError;
use super::language::Language;
use super::layout::{Frame, page};
use super::paths;
use super::text;
use super::views::{EventKind, EventRow, EventsPage};
use crate::app::App;
use crate::domain::context::UNNAMED;
use crate::http::client::place_of;
use crate::operations::Refusal;
use crate::store::history::{self, Told};
use crate::store::log::END;

/// Which part of the history.
#[derive(Deserialize)]
pub struct Part {
    /// The id of the entry that the part ends before.
    #[serde(default)]
    before: Option<EntryId>,
    /// `logins`, `money`, `devices` or `settings`; anything else is everything.
    #[serde(default)]
    kind: String,
}

/// What is kept of an event's details.
#[derive(Default, Deserialize)]
struct Kept {
    #[serde(default)]
    address: Option<std::net::IpAddr>,
    #[serde(default)]
    browser: String,
}

/// The history.
pub async fn get(
    State(app): State<App>,
    customer: Customer,
    Query(part): Query<Part>,
) -> Result<Response, PageError> {
    let view = view(&app, &customer, &part)
        .await
        .map_err(|refusal| customer.refuse(&app, refusal))?;
    Ok(page(StatusCode::OK, &view))
}

async fn view(app: &App, customer: &Customer, part: &Part) -> Result<EventsPage, Refusal> {
    let (account, frame) = (&customer.account.id, customer.frame(app));
    let kind = EventKind::of_name(&part.kind);
    let mut rows = Vec::with_capacity(PAGE);
    let mut c = app.store.read().await?;
    if part.before.is_none() {
        let from = EntryId::from_moment(app.now().plus_secs(-UNPLACED_SECS));
        let newest = history::unplaced(&mut c, account, &from, AT_ONCE).await?;
        rows.extend(newest.iter().filter_map(|it| row(app, &frame, kind, it)));
    }
    let mut next = Some(part.before.as_ref().map_or(END, EntryId::as_str).to_owned());
    // A rare kind may be far back: a page looks through so many entries and leaves the rest to the next.
    for _ in 0..MOST_READS {
        let Some(before) = next else { break };
        let found = history::before(&mut c, account, &before, AT_ONCE).await?;
        next = found
            .last()
            .filter(|_| found.len() == ROWS_AT_ONCE)
            .map(|it| it.id.clone());
        for it in &found {
            if rows.len() >= PAGE {
                break;
            }
            let Some(shown) = row(app, &frame, kind, it) else {
                continue;
            };
            rows.push(shown);
            if rows.len() == PAGE {
                let last = found.last().is_some_and(|end| end.id == it.id);
                next = (next.is_some() || !last).then(|| it.id.clone());
            }
        }
        if rows.len() >= PAGE {
            break;
        }
    }
    Ok(EventsPage {
        rows,
        kind,
        older: next.map(|before| address(kind, Some(&before))),
        first: part.before.is_none(),
        frame,
    })
}

/// Where a part of the history is.
#[must_use]
pub fn address(kind: Option<EventKind>, before: Option<&str>) -> String {
    let kind = kind.map_or_else(String::new, |kind| format!("kind={}", kind.name()));
    let before = before.map_or_else(String::new, |before| format!("before={before}"));
    let query = [kind, before].into_iter().filter(|it| !it.is_empty());
    let query: Vec<String> = query.collect();
    if query.is_empty() {
        paths::HISTORY.to_owned()
    } else {
        format!("{}?{}", paths::HISTORY, query.join("&"))
    }
}

fn row(app: &App, frame: &Frame, kind: Option<EventKind>, told: &Told) -> Option<EventRow> {
    let entry = Entry::read(&told.entry).ok()?;
    let own = EventKind::of_action(&entry.action);
    if kind.is_some_and(|kind| kind != own) {
        return None;
    }
    let language = frame.request.language;
    let by = entry.actor.split(':').next().unwrap_or_default();
    let from = came_from(app, language, told.details.as_deref());
    // Where staff sit is nothing of the customer's (decision 33).
    let from = from.map(|from| if by == "staff" { String::new() } else { from });
    let (outcome, attention) = outcome(frame, &entry.outcome);
    Some(EventRow {
        at: Timestamp(entry.at.0),
        what: words(frame, &entry.action),
        by: text::known(language, &format!("actor.{by}")),
        from,
        outcome,
        attention,
    })
}

/// Place and browser of an entry, as far as they are known; nothing after their erasure.
pub(crate) fn came_from(app: &App, language: Language, details: Option<&str>) -> Option<String> {
    let kept: Kept = serde_json::from_str(details?).unwrap_or_default();
    let place = kept
        .address
        .map(|address| place_name(&place_of(address, &app.config).0, language))
        .unwrap_or_default();
    let parts: Vec<String> = [place, kept.browser]
        .into_iter()
        .filter(|it| !it.is_empty() && it != UNNAMED)
        .collect();
    Some(parts.join(" ・ "))
}

/// Whether an outcome may be somebody else's doing.
pub(crate) fn needs_attention(outcome: &str) -> bool {
    ATTENTION.contains(&outcome)
}

/// What an action is called; a neutral sentence for one that this version does not know.
fn words(frame: &Frame, action: &str) -> String {
    let language = frame.request.language;
    text::known(language, &format!("event.{action}")).unwrap_or_else(|| frame.t("events.other"))
}

/// How it went, and whether that deserves a second look. Nothing is said of what simply worked.
fn outcome(frame: &Frame, outcome: &str) -> (Option<String>, bool) {
    let language = frame.request.language;
    if let Some(words) = text::known(language, &format!("outcome.{outcome}")) {
        return (Some(words), ATTENTION.contains(&outcome));
    }
    let code = ErrorCode::ALL.iter().find(|code| code.name() == outcome);
    (code.map(|code| frame.sentence(*code).to_owned()), code.is_some())
}

/// Outcomes that may be somebody else's doing.
const ATTENTION: &[&str] = &[
    "wrong_password",
    "wrong_password_now_locked",
    "locked",
    "refused",
    "not_me",
    "phone",
    "wrong_details",
    "tries_used",
    "too_many_open",
    "wrong_code",
    "wrong_number",
    "stolen",
];
/// Entries on a page.
const PAGE: usize = 30;
const AT_ONCE: i64 = 100;
const ROWS_AT_ONCE: usize = 100;
const MOST_READS: usize = 5;
/// The sequencer gives positions within about a second; a stopped one is not waited for longer than this.
const UNPLACED_SECS: i64 = 60;
