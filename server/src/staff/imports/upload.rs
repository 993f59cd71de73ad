//! `/imports/new`: a file comes in. Its form is of several parts, so it shows its token in the first of them (WEB-03).

use axum::extract::multipart::{Field, MultipartRejection};
use axum::extract::{Multipart, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::ImportId;

use crate::app::App;
use crate::operations::Refusal;
use crate::operations::imports::MOST_BYTES;
use crate::operations::imports::upload::Upload;
use crate::pages::error::PageError;
use crate::pages::layout::{ErrorNote, form_page, page};
use crate::staff::gate::At;
use crate::staff::paths;
use crate::staff::views::imports::UploadPage;

/// The form.
pub async fn form(State(app): State<App>, at: At) -> Response {
    page(StatusCode::OK, &view(&app, &at, None))
}

fn view(app: &App, at: &At, error: Option<ErrorNote>) -> UploadPage {
    UploadPage {
        frame: at.frame(app),
        who: at.who(),
        error,
    }
}

/// Takes the file.
pub async fn post(
    State(app): State<App>,
    at: At,
    headers: HeaderMap,
    parts: Result<Multipart, MultipartRejection>,
) -> Result<Response, PageError> {
    let secret = at.browser.session_token.as_deref();
    let Ok(mut parts) = parts else {
        at.browser.guard(&app, &headers, "", secret)?;
        return Err(at.refuse(&app, ErrorCode::StaleForm));
    };
    let token = token(&mut parts).await;
    at.browser.guard(&app, &headers, &token, secret)?;
    match take(&app, &at, &mut parts).await {
        Ok(id) => Ok(Redirect::to(&paths::import(id.as_str())).into_response()),
        Err(refusal) => Ok(form_page(
            &app,
            Some(refusal),
            &view(&app, &at, Some(refusal.into())),
        )),
    }
}

/// The token, which is the first part and short.
async fn token(parts: &mut Multipart) -> String {
    let mut token = Vec::new();
    if let Ok(Some(mut field)) = parts.next_field().await
        && field.name() == Some("csrf")
    {
        while let Ok(Some(bytes)) = field.chunk().await {
            token.extend_from_slice(&bytes);
            if token.len() > LONGEST_TOKEN {
                return String::new();
            }
        }
    }
    String::from_utf8(token).unwrap_or_default()
}

async fn take(app: &App, at: &At, parts: &mut Multipart) -> Result<ImportId, Refusal> {
    let missing = || Refusal::new(ErrorCode::ImportFileMissing);
    let field = parts.next_field().await.map_err(|_| missing())?;
    let mut field = field.filter(|it| it.name() == Some("file")).ok_or_else(missing)?;
    let name = field.file_name().unwrap_or_default().to_owned();
    let Some(first) = field.chunk().await.map_err(|_| missing())? else {
        return Err(missing());
    };
    let mut upload = Upload::begin(app, at.member(), &name).await?;
    let mut taken = upload.take(&first).await;
    while taken.is_ok() {
        match field.chunk().await {
            Ok(Some(bytes)) => taken = upload.take(&bytes).await,
            Ok(None) => return upload.end(at.caller(), at.member()).await,
            Err(_) => return Err(ErrorCode::ImportTooLarge.into()),
        }
    }
    drain(&mut field).await;
    taken?;
    Err(missing())
}

/// Reads on without keeping anything: a browser shows our answer only when it could send everything.
async fn drain(field: &mut Field<'_>) {
    while let Ok(Some(_)) = field.chunk().await {}
}

/// Bytes of a request that are read at most: what is too large is told up to here, beyond it the connection ends.
pub const MOST_READ: usize = 4 * MOST_BYTES;
/// No token is longer.
const LONGEST_TOKEN: usize = 256;
