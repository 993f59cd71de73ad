//! `/log/checkpoints`: the signed heads that were published, to be kept where an intruder of the server cannot write.

use axum::extract::{Path, RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use warifu_shared::error::ErrorCode;
use warifu_shared::log::export::checkpoint_name;

use crate::app::App;
use crate::operations::Refusal;
use crate::pages::error::PageError;
use crate::pages::layout::page;
use crate::staff::gate::{At, Fields};
use crate::staff::views::{CheckpointLine, CheckpointsPage};
use crate::store::log_search;

/// The list, newest first.
pub async fn list(State(app): State<App>, at: At, RawQuery(query): RawQuery) -> Result<Response, PageError> {
    let fields = Fields::read(query.unwrap_or_default().as_bytes());
    let below: i64 = fields.get("below").parse().unwrap_or(i64::MAX);
    let read = async {
        let mut c = app.store.read().await?;
        Ok::<_, Refusal>(log_search::checkpoints(&mut c, below, AT_ONCE + 1).await?)
    };
    let mut found = read.await.map_err(|refusal| at.refuse(&app, refusal))?;
    let more = found.len() as i64 > AT_ONCE;
    if more {
        found.pop();
    }
    let view = CheckpointsPage {
        frame: at.frame(&app),
        who: at.who(),
        older: found.last().filter(|_| more).map(|it| it.size),
        lines: found.iter().map(CheckpointLine::of).collect(),
        keys: format!(
            "{}{}",
            app.config.service.device_origin,
            warifu_shared::api::paths::KEYS
        ),
    };
    Ok(page(StatusCode::OK, &view))
}

/// One signed note, as a file with the name that a copy of the log gives it.
pub async fn download(
    State(app): State<App>,
    at: At,
    Path(size): Path<String>,
) -> Result<Response, PageError> {
    let read = async {
        let size: i64 = size.parse().map_err(|_| ErrorCode::NotFound)?;
        let below = size.checked_add(1).ok_or(ErrorCode::NotFound)?;
        let mut c = app.store.read().await?;
        let found = log_search::checkpoints(&mut c, below, 1).await?;
        let found = found.into_iter().next().filter(|it| it.size == size);
        found.ok_or_else(|| Refusal::new(ErrorCode::NotFound))
    };
    let found = read.await.map_err(|refusal| at.refuse(&app, refusal))?;
    let name = checkpoint_name(found.size.unsigned_abs());
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
    ];
    Ok((headers, found.note).into_response())
}

const AT_ONCE: i64 = 50;
