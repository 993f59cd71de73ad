//! Which language a page speaks: the customer's choice, else what the browser asks for, else Japanese.

use axum::http::HeaderMap;
use axum::http::header::{ACCEPT_LANGUAGE, COOKIE};
pub use warifu_shared::display::Language;

/// The cookie that keeps the choice. No secret: it says `ja` or `en`.
pub const COOKIE_NAME: &str = "lang";
const COOKIE_SECONDS: u32 = 365 * 24 * 60 * 60;

/// The tag of a language, as in `<html lang>`.
#[must_use]
pub const fn code(language: Language) -> &'static str {
    match language {
        Language::Ja => "ja",
        Language::En => "en",
    }
}

/// The language that the switch on the page leads to.
#[must_use]
pub const fn other(language: Language) -> Language {
    match language {
        Language::Ja => Language::En,
        Language::En => Language::Ja,
    }
}

/// Reads a tag such as `ja`, `ja-JP` or `EN`.
#[must_use]
pub fn parse(tag: &str) -> Option<Language> {
    let primary = tag.split('-').next().unwrap_or_default().trim();
    if primary.eq_ignore_ascii_case("ja") {
        Some(Language::Ja)
    } else if primary.eq_ignore_ascii_case("en") {
        Some(Language::En)
    } else {
        None
    }
}

/// The language of a request: cookie, then `Accept-Language`, then Japanese.
#[must_use]
pub fn of_request(headers: &HeaderMap) -> Language {
    from_cookie(headers)
        .or_else(|| from_accept(headers))
        .unwrap_or(Language::Ja)
}

/// The `Set-Cookie` value that keeps a choice. `secure` when the page's origin is https.
#[must_use]
pub fn set_cookie(language: Language, secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!(
        "{COOKIE_NAME}={}; Path=/; Max-Age={COOKIE_SECONDS}; SameSite=Lax; HttpOnly{secure}",
        code(language)
    )
}

/// Where the switch returns to: a path on this site, or `/` for anything else (WEB-07).
#[must_use]
pub fn safe_back(back: &str) -> &str {
    let local = back.starts_with('/') && !back.starts_with("//");
    let plain = back.chars().all(|c| c.is_ascii_graphic() && c != '\\');
    if local && plain && back.len() <= 256 {
        back
    } else {
        "/"
    }
}

fn from_cookie(headers: &HeaderMap) -> Option<Language> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE_NAME)
        .and_then(|(_, value)| parse(value))
}

fn from_accept(headers: &HeaderMap) -> Option<Language> {
    let line = headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?;
    let mut best: Option<(f32, Language)> = None;
    for part in line.split(',').take(16) {
        let mut pieces = part.split(';');
        let Some(language) = pieces.next().and_then(parse) else {
            continue;
        };
        let weight = pieces
            .find_map(|p| p.trim().strip_prefix("q="))
            .map_or(1.0, |q| q.trim().parse::<f32>().unwrap_or(0.0));
        if weight > 0.0 && best.is_none_or(|(heaviest, _)| weight > heaviest) {
            best = Some((weight, language));
        }
    }
    best.map(|(_, language)| language)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(n, v)| (n.parse().unwrap(), v.parse().unwrap()))
            .collect()
    }

    #[test]
    fn the_choice_wins_then_the_browser_then_japanese() {
        for (pairs, wanted) in [
            (&[][..], Language::Ja),
            (&[("accept-language", "en-US,en;q=0.9")][..], Language::En),
            (&[("accept-language", "fr-FR,fr;q=0.9")][..], Language::Ja),
            (&[("accept-language", "fr, en;q=0.3, ja;q=0.8")][..], Language::Ja),
            (&[("accept-language", "ja;q=0, en;q=0.1")][..], Language::En),
            (
                &[("accept-language", "en"), ("cookie", "a=b; lang=ja")][..],
                Language::Ja,
            ),
            (
                &[("accept-language", "en"), ("cookie", "lang=<script>")][..],
                Language::En,
            ),
            (&[("cookie", "xlang=en")][..], Language::Ja),
        ] {
            assert_eq!(of_request(&headers(pairs)), wanted, "{pairs:?}");
        }
    }

    #[test]
    fn web_07_the_switch_returns_only_to_this_site() {
        for good in ["/", "/login", "/login/lg_1?x=1"] {
            assert_eq!(safe_back(good), good);
        }
        for bad in [
            "",
            "login",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a\r\nSet-Cookie: x",
            "/ログ",
        ] {
            assert_eq!(safe_back(bad), "/", "{bad}");
        }
    }
}
