//! Real Chromium reads a small page of this test's own.

use axum::Router;
use axum::http::HeaderMap;
use axum::response::Html;
use axum::routing::get;
use warifu_tests::browser::{Browser, Setup};

const POLICY: &str = "<meta http-equiv=Content-Security-Policy content=\"script-src 'nonce-a'; img-src data:\">\
    <link rel=icon href=data:,>";

#[tokio::test]
async fn a_page_is_read_and_used() {
    let origin = serve(r#"<input data-testid=name><button data-testid=go>Go</button><p data-testid=said></p>
        <p data-testid=hidden hidden>secret</p>
        <script nonce=a>const of = id => document.querySelector(`[data-testid=${id}]`);
        of('go').onclick = () => setTimeout(() => { of('said').textContent = 'hello ' + of('name').value; }, 200);</script>"#).await;
    let browser = Browser::open().await;
    browser.goto(&origin).await;
    browser.fill("name", "割符").await;
    browser.click("go").await;
    assert_eq!(browser.wait_for_text("said", "hello").await, "hello 割符");
    assert!(!browser.shows("hidden").await);
    assert_eq!(browser.complaints().await, []);
    let picture = tempfile::NamedTempFile::new().expect("a file");
    browser.screenshot(picture.path()).await;
    assert!(
        std::fs::read(picture.path())
            .expect("written")
            .starts_with(b"\x89PNG")
    );
}

#[tokio::test]
async fn violations_of_the_content_security_policy_are_seen() {
    let origin = serve("<script>document.title = 'ran'</script>").await;
    let browser = Browser::open().await;
    browser.goto(&origin).await;
    let complaints = browser.complaints().await;
    assert!(
        complaints
            .iter()
            .any(|one| one.message.contains("Content Security Policy")),
        "{complaints:?}"
    );
    assert!(browser.complaints().await.is_empty(), "each is told once");
}

#[tokio::test]
async fn language_colours_width_and_scripts_are_as_set_up() {
    let origin = serve(
        "<meta name=viewport content='width=device-width'><style>p{color:rgb(1,1,1)}@media(prefers-color-scheme:dark)\
         {p{color:rgb(9,9,9)}}</style><p data-testid=p>paper</p><noscript><p data-testid=no>no scripts</p></noscript>",
    )
    .await;
    let setup = Setup {
        language: "en-US",
        dark: true,
        phone: true,
        ..Setup::default()
    };
    let phone = Browser::with(setup).await;
    phone.goto(&origin).await;
    assert_eq!(
        phone.find("p").await.css_value("color").await.expect("a colour"),
        "rgba(9, 9, 9, 1)"
    );
    assert_eq!(
        phone.script("return [innerWidth, navigator.language]").await,
        serde_json::json!([390, "en-US"])
    );
    assert!(phone.text_of_page().await.contains("language: en-US"));

    let plain = Browser::with(Setup {
        scripts: false,
        ..Setup::default()
    })
    .await;
    plain.goto(&origin).await;
    assert_eq!(plain.text("no").await, "no scripts");
    assert_eq!(
        plain.find("p").await.css_value("color").await.expect("a colour"),
        "rgba(1, 1, 1, 1)"
    );
    assert!(plain.text_of_page().await.contains("language: ja"));
}

#[tokio::test]
async fn two_browsers_share_no_cookies() {
    let origin = serve("<script nonce=a>document.cookie = 'a=1'</script>").await;
    let (first, second) = (Browser::open().await, Browser::open().await);
    first.goto(&origin).await;
    assert_eq!(first.client().get_all_cookies().await.expect("cookies").len(), 1);
    second.goto(&format!("{origin}/empty")).await;
    assert!(
        second
            .client()
            .get_all_cookies()
            .await
            .expect("cookies")
            .is_empty()
    );
}

async fn serve(body: &'static str) -> String {
    let page = move |headers: HeaderMap| async move {
        let language = headers["accept-language"].to_str().unwrap_or_default().to_owned();
        Html(format!(
            "<!doctype html>{POLICY}<body>{body}<p>language: {language}</p>"
        ))
    };
    let routes = Router::new()
        .route("/", get(page))
        .route("/empty", get(async || Html(POLICY)));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
        .await
        .expect("a port");
    let origin = format!("http://{}", listener.local_addr().expect("bound"));
    tokio::spawn(async move { axum::serve(listener, routes).await.expect("it serves") });
    origin
}
