//! `/log/entries/{entry}`: what happened in plain words, the bytes that were hashed, and the proof that they are in the log.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use warifu_shared::display::place_name;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::EntryId;
use warifu_shared::log::{Checkpoint, Entry};

use super::words::{self, Names};
use crate::app::App;
use crate::audit::{commitment, tree};
use crate::http::client::place_of;
use crate::operations::Refusal;
use crate::operations::staff::Why;
use crate::operations::staff::inquiry as operation;
use crate::pages::error::PageError;
use crate::pages::layout::{ErrorNote, form_page, page};
use crate::staff::gate::{At, Fields};
use crate::staff::views::{EntryPage, Opened, Proven};
use crate::store::log_search::{self, Kept};
use crate::store::staff::acts;
use crate::store::{Conn, log};

/// The entry.
pub async fn get(State(app): State<App>, at: At, Path(entry): Path<String>) -> Result<Response, PageError> {
    let view = view(&app, &at, &entry).await;
    let view = view.map_err(|refusal| at.refuse(&app, refusal))?;
    Ok(page(StatusCode::OK, &view))
}

/// The same with the address and the browser behind it, after that was written down with a reason (STAFF-04).
pub async fn open_details(
    State(app): State<App>,
    at: At,
    Path(entry): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    let view = view(&app, &at, &entry).await;
    let mut view = view.map_err(|refusal| at.refuse(&app, refusal))?;
    match open(&app, &at, &view.id, &fields).await {
        Ok(opened) => {
            view.opened = Some(opened);
            Ok(page(StatusCode::OK, &view))
        }
        Err(refusal) => {
            view.reason = fields.get("reason").chars().take(400).collect();
            view.error = Some(ErrorNote::from(refusal));
            Ok(form_page(&app, Some(refusal), &view))
        }
    }
}

async fn open(app: &App, at: &At, id: &str, fields: &Fields) -> Result<Opened, Refusal> {
    let why = Why::read(fields.get("reason"), &[])?;
    let kept = kept(app, id).await?;
    let (salt, details) = kept.details.ok_or(ErrorCode::LogDetailsGone)?;
    operation::details_opened(app, at.caller(), at.member(), id, why).await?;
    let read: Details = serde_json::from_str(&details).unwrap_or_default();
    let language = at.browser.page.language;
    let place = read.address.parse().ok();
    let place = place.map(|address| place_name(&place_of(address, &app.config).0, language));
    let promised = kept.entry.and_then(|it| Entry::read(&it).ok());
    Ok(Opened {
        place: place.unwrap_or_default(),
        fits: promised.is_some_and(|it| it.details == commitment(&salt, &details)),
        address: read.address,
        browser: read.browser,
    })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Details {
    address: String,
    browser: String,
}

async fn kept(app: &App, id: &str) -> Result<Kept, Refusal> {
    let id: EntryId = id.parse().map_err(|_| ErrorCode::NotFound)?;
    let mut c = app.store.read().await?;
    let found = log_search::kept(&mut c, id.as_str()).await?;
    found.ok_or_else(|| ErrorCode::NotFound.into())
}

async fn view(app: &App, at: &At, id: &str) -> Result<EntryPage, Refusal> {
    let kept = kept(app, id).await?;
    let mut view = EntryPage::new(at.frame(app), at.who(), kept.id.clone());
    view.roles = at.member().roles.clone();
    view.has_details = kept.details.is_some();
    let mut c = app.store.read().await?;
    if let Some((position, hash)) = kept.placed {
        view.proven = Some(proven(app, &mut c, position, hash).await?);
    }
    let Some(bytes) = kept.entry else {
        return Ok(view);
    };
    view.changed = view
        .proven
        .as_ref()
        .is_some_and(|it| it.hash != warifu_shared::log::leaf_hash(&bytes));
    view.json = String::from_utf8_lossy(&bytes).into_owned();
    if let Ok(entry) = Entry::read(&bytes) {
        let (frame, mut names) = (&view.frame, Names::default());
        let (what, outcome) = (
            words::action(frame, &entry.action),
            words::outcome(frame, &entry.outcome),
        );
        let by = names.actor(&mut c, frame, &entry).await?;
        view.whom = names.subject(&mut c, &entry.subject).await?;
        view.record = acts::shown_by(&mut c, &entry).await?;
        (view.what, view.outcome, view.by) = (what, outcome, by);
        view.entry = Some(entry);
    }
    Ok(view)
}

/// The proof that the leaf is under the newest signed head.
async fn proven(
    app: &App,
    c: &mut Conn,
    position: u64,
    hash: warifu_shared::log::Hash,
) -> Result<Proven, Refusal> {
    let _place = app.log_questions.acquire().await;
    let head = log::head(c).await?;
    let proof = tree::inclusion(c, position, head.size).await?.unwrap_or_default();
    let signed = Checkpoint::verify(&head.note, &app.log_key).ok();
    let holds = signed.is_some_and(|it| {
        warifu_shared::log::proof::verify_inclusion(&hash, position, it.size, &proof, &it.root).is_ok()
    });
    Ok(Proven {
        position,
        hash,
        proof,
        checkpoint: head.note,
        size: head.size,
        holds,
    })
}
