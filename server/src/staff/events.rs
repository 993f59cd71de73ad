//! What happened on an account, in words for whoever has to judge it: was the password known, did a device refuse, from where.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::{AccountId, EntryId};
use warifu_shared::log::Entry;

use super::customers::customer_of;
use super::gate::At;
use super::log::words::{self, Names};
use super::views::{EventLine, EventsPage, FoundLine, Tries};
use crate::app::App;
use crate::operations::Refusal;
use crate::pages::error::PageError;
use crate::pages::history::{came_from, needs_attention};
use crate::pages::layout::{Frame, page};
use crate::pages::text;
use crate::store::Conn;
use crate::store::accounts;
use crate::store::history::{self, Told};
use crate::store::log::END;

/// Which part of the history.
#[derive(Deserialize)]
pub struct Part {
    /// The id of the entry that the part ends before.
    #[serde(default)]
    before: Option<EntryId>,
}

/// The history of a customer.
pub async fn get(
    State(app): State<App>,
    at: At,
    Path(account): Path<String>,
    Query(part): Query<Part>,
) -> Result<Response, PageError> {
    let view = view(&app, &at, &account, part.before.as_ref()).await;
    let view = view.map_err(|refusal| at.refuse(&app, refusal))?;
    Ok(page(StatusCode::OK, &view))
}

async fn view(app: &App, at: &At, account: &str, before: Option<&EntryId>) -> Result<EventsPage, Refusal> {
    let id = customer_of(app, account).await?;
    let frame = at.frame(app);
    let mut c = app.store.read().await?;
    let owner = accounts::by_id(&mut c, &id).await?.ok_or(ErrorCode::NotFound)?;
    let mut told = match before {
        None => newest(&mut c, app, &id, AT_ONCE + 1).await?,
        Some(before) => history::before(&mut c, &id, before.as_str(), AT_ONCE + 1).await?,
    };
    let most = usize::try_from(AT_ONCE).unwrap_or(usize::MAX);
    let more = told.len() > most;
    told.truncate(most);
    let next = told.last().filter(|_| more).map(|it| it.id.clone());
    Ok(EventsPage {
        who: at.who(),
        customer: FoundLine::masked(&owner),
        lines: lines(&mut c, app, &frame, &told).await?,
        first: before.is_none(),
        next,
        frame,
    })
}

/// The newest entries, also those that have no position yet.
pub(super) async fn newest(
    c: &mut Conn,
    app: &App,
    account: &AccountId,
    most: i64,
) -> Result<Vec<Told>, Refusal> {
    let recent = EntryId::from_moment(app.now().plus_secs(-UNPLACED_SECS));
    let mut told = history::unplaced(c, account, &recent, most).await?;
    told.extend(history::before(c, account, END, most).await?);
    told.truncate(usize::try_from(most).unwrap_or(usize::MAX));
    Ok(told)
}

/// Entries in words; one that cannot be read is left out here and found by the verifier.
pub(super) async fn lines(
    c: &mut Conn,
    app: &App,
    frame: &Frame,
    told: &[Told],
) -> Result<Vec<EventLine>, Refusal> {
    let mut names = Names::default();
    let mut lines = Vec::with_capacity(told.len());
    for it in told {
        let Ok(entry) = Entry::read(&it.entry) else {
            continue;
        };
        let by = names.actor(c, frame, &entry).await?;
        let staff = entry.actor.starts_with("staff:");
        let from = came_from(app, frame.request.language, it.details.as_deref());
        let (what, outcome) = sentence(frame, &entry);
        lines.push(EventLine {
            at: entry.at,
            what,
            outcome,
            attention: needs_attention(&entry.outcome),
            from: from.filter(|_| !staff).unwrap_or_default(),
            by,
            action: entry.action,
            code: entry.outcome,
        });
    }
    Ok(lines)
}

/// One sentence for what is often asked about; otherwise what was done, and how it went.
fn sentence(frame: &Frame, entry: &Entry) -> (String, Option<String>) {
    let action = entry.action.replace('.', "_");
    let key = format!("st_event.{action}_{}", entry.outcome);
    if let Some(words) = text::known(frame.request.language, &key) {
        return (words, None);
    }
    let what = words::action(frame, &entry.action);
    (what, words::outcome(frame, &entry.outcome))
}

/// Counts what was tried within a day, as far back as `lines` go.
pub(super) fn tries(lines: &[EventLine], now: Timestamp) -> Tries {
    let since = now.plus_secs(-DAY_SECS);
    let count = |action: &str, outcome: Option<&str>| {
        let fits = |it: &&EventLine| {
            it.at >= since
                && it.action == action
                && outcome.is_none_or(|outcome| it.code.starts_with(outcome))
        };
        lines.iter().filter(fits).count()
    };
    let right = count("login.password", Some("ok"));
    let completed = count("login.completed", None);
    Tries {
        right,
        wrong: count("login.password", Some("wrong_password")),
        completed,
        denied: count("challenge.deny", None),
        unfinished: right.saturating_sub(completed),
    }
}

/// Entries on a page.
const AT_ONCE: i64 = 50;
/// Entries of this time may have no position yet.
const UNPLACED_SECS: i64 = 60;
const DAY_SECS: i64 = 86_400;
