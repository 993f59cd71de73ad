//! `/log/export`: entries with their proofs as a file, after a reason; each export is written down (STAFF-07, STAFF-09).

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio::sync::OwnedSemaphorePermit;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::EntryId;

use super::query::Query;
use super::words::Names;
use crate::app::App;
use crate::audit::range::{Form, Range};
use crate::operations::Refusal;
use crate::operations::staff::Why;
use crate::operations::staff::inquiry as operation;
use crate::pages::error::PageError;
use crate::pages::layout::{ErrorNote, form_page, page};
use crate::staff::gate::{At, Fields};
use crate::staff::views::ExportPage;
use crate::store::log_search::Filter;

/// The question: which form, and why.
pub async fn form(State(app): State<App>, at: At, RawQuery(query): RawQuery) -> Result<Response, PageError> {
    let fields = Fields::read(query.unwrap_or_default().as_bytes());
    let view = view(&app, &at, &fields).await;
    let view = view.map_err(|refusal| at.refuse(&app, refusal))?;
    Ok(page(StatusCode::OK, &view))
}

async fn view(app: &App, at: &At, fields: &Fields) -> Result<ExportPage, Refusal> {
    let mut view = ExportPage::new(at.frame(app), at.who(), Query::of(fields).before(""));
    view.entry = fields
        .get("entry")
        .parse::<EntryId>()
        .map_or_else(|_| String::new(), String::from);
    view.query.filter()?;
    let mut c = app.store.read().await?;
    view.account = Names::default().subject(&mut c, &view.query.account).await?;
    view.keys = format!(
        "{}{}",
        app.config.service.device_origin,
        warifu_shared::api::paths::KEYS
    );
    Ok(view)
}

/// The file. It begins when everything was checked and the export is in the log.
pub async fn download(State(app): State<App>, at: At, fields: Fields) -> Result<Response, PageError> {
    match begin(&app, &at, &fields).await {
        Ok((range, name, place)) => Ok(file(app, range, &name, place)),
        Err(refusal) => {
            let view = view(&app, &at, &fields).await;
            let mut view = view.map_err(|refusal| at.refuse(&app, refusal))?;
            view.reason = fields.get("reason").chars().take(400).collect();
            view.table = fields.get("form") == Form::Table.extension();
            view.error = Some(ErrorNote::from(refusal));
            Ok(form_page(&app, Some(refusal), &view))
        }
    }
}

async fn begin(
    app: &App,
    at: &At,
    fields: &Fields,
) -> Result<(Range, String, OwnedSemaphorePermit), Refusal> {
    let why = Why::read(fields.get("reason"), &[])?;
    let form = match fields.get("form") {
        "csv" => Form::Table,
        _ => Form::Lines,
    };
    let (filter, asked) = asked(fields)?;
    let place = Arc::clone(&app.log_exports).try_acquire_owned();
    let place = place.map_err(|_| ErrorCode::LogExportBusy)?;
    let range = Range::find(app, &filter, form).await?;
    let what = format!("form={} entries={} {asked}", form.extension(), range.len());
    operation::exported(app, at.caller(), at.member(), what.trim_end(), why).await?;
    let name = format!("warifu-log-{}.{}", app.now().secs(), form.extension());
    Ok((range, name, place))
}

/// One entry by its id, or a search.
fn asked(fields: &Fields) -> Result<(Filter, String), Refusal> {
    let entry = fields.get("entry").trim();
    if entry.is_empty() {
        let query = Query::of(fields).before("");
        return Ok((query.filter()?, query.in_words()));
    }
    let id: EntryId = entry.parse().map_err(|_| ErrorCode::LogEntryUnknown)?;
    let filter = Filter {
        from: id.to_string(),
        // No id of the same kind comes between one and the same with a character more.
        to: format!("{id}-"),
        ..Filter::default()
    };
    Ok((filter, format!("entry={id}")))
}

fn file(app: App, range: Range, name: &str, place: OwnedSemaphorePermit) -> Response {
    let form = range.form();
    let pieces = stream::unfold((app, range, place), |(app, mut range, place)| async move {
        match range.piece(&app).await {
            Ok(piece) => piece.map(|it| (Ok::<_, std::io::Error>(Bytes::from(it)), (app, range, place))),
            Err(error) => {
                tracing::error!(event = "log.download", %error, "an export of the log was cut off");
                Some((Err(std::io::Error::other("cut off")), (app, range.ended(), place)))
            }
        }
    });
    let headers = [
        (header::CONTENT_TYPE, form.media_type().to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
    ];
    (headers, Body::from_stream(pieces)).into_response()
}
