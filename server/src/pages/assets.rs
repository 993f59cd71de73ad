//! Style sheet, scripts and images: part of the binary, served below the hash of their content (WEB-05).

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use super::paths;

/// One file as it is served.
struct Asset {
    name: &'static str,
    content_type: &'static str,
    body: &'static str,
}

const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// The tokens and the base are the app's own files: one visual language, one source.
const ASSETS: &[Asset] = &[
    Asset {
        name: "style.css",
        content_type: CSS,
        body: concat!(
            include_str!("../../../app/ui/style/tokens.css"),
            include_str!("../../../app/ui/style/base.css"),
            include_str!("../../assets/pages.css"),
            include_str!("../../assets/parts.css"),
            include_str!("../../assets/keyboard.css"),
            include_str!("../../assets/views.css"),
        ),
    },
    Asset {
        name: "staff.css",
        content_type: CSS,
        body: include_str!("../../assets/staff.css"),
    },
    Asset {
        name: "live.js",
        content_type: JS,
        body: include_str!("../../assets/live.js"),
    },
    Asset {
        name: "moves.js",
        content_type: JS,
        body: include_str!("../../assets/moves.js"),
    },
    Asset {
        name: "watch.js",
        content_type: JS,
        body: include_str!("../../assets/watch.js"),
    },
    Asset {
        name: "clock.js",
        content_type: JS,
        body: include_str!("../../assets/clock.js"),
    },
    Asset {
        name: "fields.js",
        content_type: JS,
        body: include_str!("../../assets/fields.js"),
    },
    Asset {
        name: "session.js",
        content_type: JS,
        body: include_str!("../../assets/session.js"),
    },
    Asset {
        name: "keyboard.js",
        content_type: JS,
        body: include_str!("../../assets/keyboard.js"),
    },
    Asset {
        name: "favicon.svg",
        content_type: SVG,
        body: include_str!("../../assets/favicon.svg"),
    },
];

/// One hash over all files: scripts can import each other by relative names, and a new version has new addresses.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut hash = ring::digest::Context::new(&ring::digest::SHA256);
    for asset in ASSETS {
        for part in [asset.name, asset.body] {
            hash.update(&(part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
    }
    warifu_shared::b64::encode(&hash.finish().as_ref()[..12])
});

/// The address of a file, e.g. `/assets/4fT0.../style.css`.
#[must_use]
pub fn url(name: &str) -> String {
    format!("{}/{}/{name}", paths::ASSETS, *VERSION)
}

/// Handler for `GET /assets/{version}/{name}`.
///
/// The current version may be kept for ever. An older address (a page that was open during an update) still gets the
/// file, but for this once only.
pub async fn serve(Path((version, name)): Path<(String, String)>) -> Response {
    let Some(asset) = ASSETS.iter().find(|asset| asset.name == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let keep = if version == *VERSION {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    (
        [(CONTENT_TYPE, asset.content_type), (CACHE_CONTROL, keep)],
        asset.body,
    )
        .into_response()
}

/// Every file by name and content, for tools that lay the pages out in a folder.
pub fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    ASSETS.iter().map(|asset| (asset.name, asset.body))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn get(version: &str, name: &str) -> Response {
        serve(Path((version.to_owned(), name.to_owned()))).await
    }

    #[tokio::test]
    async fn web_02_only_the_current_content_is_kept_for_ever() {
        let now = get(&VERSION, "style.css").await;
        assert_eq!(
            now.headers()[CACHE_CONTROL],
            "public, max-age=31536000, immutable"
        );
        assert_eq!(now.headers()[CONTENT_TYPE], CSS);
        assert_eq!(get("older", "live.js").await.headers()[CACHE_CONTROL], "no-cache");
        for unknown in ["", "../Cargo.toml", "style.css/", "STYLE.CSS"] {
            assert_eq!(
                get(&VERSION, unknown).await.status(),
                StatusCode::NOT_FOUND,
                "{unknown}"
            );
        }
    }

    #[test]
    fn web_04_05_scripts_write_text_only_and_nothing_comes_from_elsewhere() {
        for (name, body) in all() {
            for bad in [
                "innerHTML",
                "outerHTML",
                "insertAdjacentHTML",
                "document.write",
                "eval(",
                "new Function",
            ] {
                assert!(!body.contains(bad), "{name} contains {bad}");
            }
            let namespace = "http://www.w3.org/2000/svg";
            let elsewhere = body.replace(namespace, "");
            assert!(
                !elsewhere.contains("http://") && !elsewhere.contains("https://"),
                "{name} names another site"
            );
            assert!(
                !elsewhere.contains("@import") && !elsewhere.contains("url("),
                "{name} loads something else"
            );
        }
    }
}
