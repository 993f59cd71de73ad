//! `/imports/{import}/letters`: the activation letters, to print or for a printing house. Codes are made as they go out.

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use futures_util::stream;
use warifu_shared::error::ErrorCode;

use super::{attachment, find};
use crate::app::App;
use crate::audit::csv;
use crate::operations::Refusal;
use crate::operations::imports::letters::{Collection, Letter, MOST_PRINTED, collect};
use crate::operations::staff::Why;
use crate::pages::error::PageError;
use crate::pages::layout::{ErrorNote, form_page, page};
use crate::pages::text;
use crate::staff::gate::{At, Fields};
use crate::staff::views::import_letter::{self, LetterSheet};
use crate::staff::views::imports::{ImportAskPage, LettersAsked};

/// The question: which letters, in which form, and why.
pub async fn ask(State(app): State<App>, at: At, Path(id): Path<String>) -> Result<Response, PageError> {
    let view = question(&app, &at, &id, &Fields::default(), None).await?;
    Ok(page(StatusCode::OK, &view))
}

async fn question(
    app: &App,
    at: &At,
    id: &str,
    fields: &Fields,
    error: Option<ErrorNote>,
) -> Result<ImportAskPage, PageError> {
    let it = find(app, at, id).await?;
    let short = |name: &str| fields.get(name).chars().take(10).collect::<String>();
    let or = |typed: String, other: i64| {
        if typed.is_empty() {
            other.to_string()
        } else {
            typed
        }
    };
    Ok(ImportAskPage {
        frame: at.frame(app),
        who: at.who(),
        url: at.browser.page.path.clone(),
        deed: "letters".to_owned(),
        reason: fields.get("reason").chars().take(400).collect(),
        letters: Some(LettersAsked {
            from: or(short("from"), 1),
            to: or(short("to"), it.opened.min(MOST_PRINTED)),
            table: fields.get("form") == "csv",
        }),
        it,
        error,
    })
}

/// The file. It begins when everything was checked and the collection is in the log.
pub async fn download(
    State(app): State<App>,
    at: At,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    let it = find(&app, &at, &id).await?;
    let table = fields.get("form") == "csv";
    let asked = async {
        let why = Why::read(fields.get("reason"), &[])?;
        let number = |name: &str| fields.get(name).trim().parse::<i64>().ok();
        let unfit = || Refusal::new(ErrorCode::ImportLettersUnfit);
        let (from, to) = number("from").zip(number("to")).ok_or_else(unfit)?;
        if !table && to.saturating_sub(from) >= MOST_PRINTED {
            return Err(unfit());
        }
        let begun = collect(&app, at.caller(), at.member(), &it.id, (from, to), why).await?;
        Ok((begun, from, to))
    };
    match asked.await {
        Ok((begun, from, to)) => Ok(file(&app, begun, table, (from, to))),
        Err(refusal) => {
            let view = question(&app, &at, &id, &fields, Some(refusal.into())).await?;
            Ok(form_page(&app, Some(refusal), &view))
        }
    }
}

fn file(app: &App, begun: Collection, table: bool, (from, to): (i64, i64)) -> Response {
    let sheet = LetterSheet::of(app, begun.until);
    let first = if table {
        table_head()
    } else {
        import_letter::HEAD.as_bytes().to_vec()
    };
    let last = if table {
        Vec::new()
    } else {
        import_letter::TAIL.as_bytes().to_vec()
    };
    let begin = (Some(begun), Some(first), Some(last), sheet);
    let pieces = stream::unfold(begin, move |(begun, first, last, sheet)| async move {
        if let Some(first) = first {
            return Some((Ok(Bytes::from(first)), (begun, None, last, sheet)));
        }
        let Some(mut begun) = begun else {
            return last.map(|last| (Ok(Bytes::from(last)), (None, None, None, sheet)));
        };
        match begun.piece().await {
            Ok(Some(letters)) => {
                let write = |it: &Letter| {
                    if table {
                        row(it, &sheet)
                    } else {
                        sheet.write(it).into_bytes()
                    }
                };
                let bytes: Vec<u8> = letters.iter().flat_map(write).collect();
                Some((Ok(Bytes::from(bytes)), (Some(begun), None, last, sheet)))
            }
            // An empty piece; the end follows.
            Ok(None) => Some((Ok(Bytes::new()), (None, None, last, sheet))),
            Err(error) => {
                tracing::error!(event = "imports.letters", %error, "letters were cut off");
                Some((Err(std::io::Error::other("cut off")), (None, None, None, sheet)))
            }
        }
    });
    let (kind, end) = if table {
        ("text/csv; charset=utf-8", "csv")
    } else {
        ("text/html; charset=utf-8", "html")
    };
    attachment(
        kind,
        &format!("letters-{from}-{to}.{end}"),
        Body::from_stream(pieces),
    )
}

fn table_head() -> Vec<u8> {
    let names = [
        "letter",
        "account_number",
        "name",
        "language",
        "activation_code",
        "valid_until",
        "address",
    ];
    [csv::MARK, &csv::cells(&names.map(str::to_owned))].concat()
}

fn row(it: &Letter, sheet: &LetterSheet) -> Vec<u8> {
    csv::cells(&[
        it.to.place.to_string(),
        it.to.number.clone(),
        it.to.name.clone(),
        it.to.language.clone(),
        it.code.grouped().to_string(),
        text::sortable(sheet.until),
        sheet.address.clone(),
    ])
}
