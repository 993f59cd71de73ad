//! The demo's mailbox: shows the mails of the outbox folder. Mounted by the demo only; it would show everyone's codes.

use std::path::{Path, PathBuf};

use askama::Template;
use axum::Router;
use axum::extract::{Path as UrlPath, State};
use axum::http::header::{
    ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use warifu_shared::clock::Timestamp;
use warifu_shared::display::Language;

use super::outbox::EXTENSION;
use super::words;

/// The routes [`LIST`] and `LIST/{file}` over the outbox `folder`. They bring their own headers: mount them outside the
/// pages' header layer.
pub fn router(folder: PathBuf) -> Router {
    Router::new()
        .route(LIST, get(list))
        .route(&format!("{LIST}/{{file}}"), get(one))
        .with_state(folder)
}

/// Where the list is.
pub const LIST: &str = "/demo/mailbox";

/// A mail as the page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Shown {
    file: String,
    to: String,
    from: String,
    subject: String,
    sent: String,
    text: String,
    /// The digits of the domain-bound last line, when there is one.
    code: Option<String>,
}

#[derive(Template)]
#[template(path = "demo/mailbox.html")]
struct ListPage<'a> {
    nonce: &'a str,
    en: bool,
    newest: Option<&'a Shown>,
    mails: &'a [Shown],
}

#[derive(Template)]
#[template(path = "demo/mail.html")]
struct MailPage<'a> {
    nonce: &'a str,
    en: bool,
    mail: &'a Shown,
}

async fn list(State(folder): State<PathBuf>, headers: HeaderMap) -> Response {
    let language = language(&headers);
    let read = tokio::task::spawn_blocking(move || newest_first(&folder, language)).await;
    let Ok(mails) = read else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    page(|nonce| {
        ListPage {
            nonce,
            en: language == Language::En,
            newest: mails.first(),
            mails: &mails,
        }
        .render()
    })
}

async fn one(State(folder): State<PathBuf>, UrlPath(file): UrlPath<String>, headers: HeaderMap) -> Response {
    let language = language(&headers);
    let read = tokio::task::spawn_blocking(move || show(&folder, &file, language)).await;
    match read {
        Ok(Some(mail)) => page(|nonce| {
            MailPage {
                nonce,
                en: language == Language::En,
                mail: &mail,
            }
            .render()
        }),
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn newest_first(folder: &Path, language: Language) -> Vec<Shown> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.retain(|name| is_outbox_name(name));
    names.sort_unstable_by(|a, b| b.cmp(a));
    names
        .iter()
        .take(SHOWN)
        .filter_map(|name| show(folder, name, language))
        .collect()
}

/// Reads one mail. The name must be one that the outbox writes, so no path can lead out of the folder.
fn show(folder: &Path, name: &str, language: Language) -> Option<Shown> {
    if !is_outbox_name(name) {
        return None;
    }
    let path = folder.join(name);
    let regular = std::fs::symlink_metadata(&path).ok()?.is_file();
    let bytes = if regular {
        std::fs::read(&path).ok()?
    } else {
        return None;
    };
    let parsed = mail_parser::MessageParser::default().parse(&bytes)?;
    let address = |list: Option<&mail_parser::Address<'_>>| {
        list.and_then(|a| a.first())
            .and_then(|a| a.address())
            .unwrap_or_default()
            .to_owned()
    };
    let text = parsed
        .body_text(0)
        .unwrap_or_default()
        .replace("\r\n", "\n")
        .trim_end()
        .to_owned();
    let millis = name
        .split('-')
        .next()
        .and_then(|digits| digits.parse().ok())
        .unwrap_or(0);
    Some(Shown {
        file: name.to_owned(),
        to: address(parsed.to()),
        from: address(parsed.from()),
        subject: parsed.subject().unwrap_or_default().to_owned(),
        sent: words::time(Timestamp(millis), language),
        code: bound_code(&text),
        text,
    })
}

/// The code of the last line, `@auth.example #12345678`.
fn bound_code(text: &str) -> Option<String> {
    let line = text.lines().last()?.strip_prefix('@')?;
    let (_, code) = line.split_once(" #")?;
    (!code.is_empty() && code.bytes().all(|b| b.is_ascii_digit())).then(|| code.to_owned())
}

/// `000001795323900-ma_….eml`: fifteen digits, a hyphen, an id.
fn is_outbox_name(name: &str) -> bool {
    let stem = name
        .strip_suffix(EXTENSION)
        .and_then(|stem| stem.strip_suffix('.'));
    let Some((digits, id)) = stem.and_then(|stem| stem.split_once('-')) else {
        return false;
    };
    digits.len() == 15
        && digits.bytes().all(|b| b.is_ascii_digit())
        && id.parse::<warifu_shared::ids::MailId>().is_ok()
}

/// English only when the browser asks for it first.
fn language(headers: &HeaderMap) -> Language {
    let wanted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    if wanted.is_some_and(|tags| tags.trim_start().starts_with("en")) {
        Language::En
    } else {
        Language::Ja
    }
}

fn page(render: impl FnOnce(&str) -> Result<String, askama::Error>) -> Response {
    let nonce = crate::crypto::mac::new_token();
    let Ok(html) = render(&nonce) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let policy =
        format!("default-src 'none'; style-src 'nonce-{nonce}'; base-uri 'none'; frame-ancestors 'none'");
    let headers = [
        (CONTENT_SECURITY_POLICY, policy.as_str()),
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
    ];
    (headers, Html(html)).into_response()
}

/// Mails on the list.
const SHOWN: usize = 50;

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::Request;
    use tower::ServiceExt;

    use super::*;

    async fn get_page(folder: &Path, uri: &str, language: &str) -> (StatusCode, String) {
        let request = Request::get(uri)
            .header("accept-language", language)
            .body(Body::empty())
            .unwrap();
        let response = router(folder.to_owned()).oneshot(request).await.unwrap();
        let status = response.status();
        let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn the_newest_mail_comes_first_with_its_code() {
        let folder = tempfile::tempdir().unwrap();
        let mail = |code: &str| {
            format!(
                "From: a@b.jp\r\nTo: c@d.jp\r\nSubject: <b>x\r\n\r\nHello <i>\r\n@auth.example #{code}\r\n"
            )
        };
        std::fs::write(folder.path().join("000001795323900-ma_a.eml"), mail("11111111")).unwrap();
        std::fs::write(folder.path().join("000001795323901-ma_b.eml"), mail("22222222")).unwrap();
        std::fs::write(
            folder.path().join("000001795323902-ma_c.eml.draft"),
            mail("33333333"),
        )
        .unwrap();
        let (status, html) = get_page(folder.path(), LIST, "en-GB").await;
        assert_eq!(status, StatusCode::OK);
        assert!(
            html.contains("http-equiv=\"refresh\" content=\"3\"") && html.contains("22222222"),
            "{html}"
        );
        assert!(!html.contains("33333333") && !html.contains("<b>x"), "{html}");
        let first = html.find("000001795323901").unwrap();
        assert!(first < html.find("000001795323900").unwrap());
        let (status, html) = get_page(folder.path(), "/demo/mailbox/000001795323900-ma_a.eml", "ja").await;
        assert_eq!(status, StatusCode::OK);
        assert!(
            html.contains("lang=\"ja\"") && html.contains("11111111") && !html.contains("<i>"),
            "{html}"
        );
    }

    #[tokio::test]
    async fn no_name_leads_out_of_the_folder() {
        let outer = tempfile::tempdir().unwrap();
        let folder = outer.path().join("outbox");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(
            outer.path().join("000001795323900-ma_a.eml"),
            "Subject: secret\r\n\r\nx",
        )
        .unwrap();
        std::fs::write(folder.join("secret.eml"), "Subject: secret\r\n\r\nx").unwrap();
        std::os::unix::fs::symlink(
            outer.path().join("000001795323900-ma_a.eml"),
            folder.join("000001795323900-ma_l.eml"),
        )
        .unwrap();
        for name in [
            "..%2F000001795323900-ma_a.eml",
            "%2E%2E%2F000001795323900-ma_a.eml",
            "secret.eml",
            "000001795323900-ma_l.eml",
            "000001795323900-ma_x%2F..%2Fsecret.eml",
            "000001795323900-..%2F..%2Fsecret.eml",
            "000001795323900-ma_a.eml%00",
        ] {
            let (status, html) = get_page(&folder, &format!("{LIST}/{name}"), "ja").await;
            assert_eq!((status, html.as_str()), (StatusCode::NOT_FOUND, ""), "{name}");
        }
    }
}
