//! Every sample of every page, in both languages, light and dark, on the smallest phone and on a desk (WEB-10): axe, and
//! what thumbs and readers of Japanese need.

use std::path::{Path, PathBuf};

use serde_json::json;
use warifu_tests::axe;
use warifu_tests::browser::Browser;

#[path = "../../server/examples/samples/mod.rs"]
mod samples;

/// How a page is looked at.
struct View {
    name: &'static str,
    width: u32,
    scheme: &'static str,
}

const VIEWS: [View; 4] = [
    view("on a phone", 320, "light"),
    view("on a phone in dark colours", 320, "dark"),
    view("on a desk in dark colours", 1280, "dark"),
    view("on a desk", 1280, "light"),
];

const fn view(name: &'static str, width: u32, scheme: &'static str) -> View {
    View { name, width, scheme }
}

impl View {
    /// Changes what the open page is looked at with; it is not loaded again.
    async fn take(&self, browser: &Browser) {
        let size = json!({ "width": self.width, "height": 800, "deviceScaleFactor": 1, "mobile": false });
        browser.devtools("Emulation.setDeviceMetricsOverride", size).await;
        let media = json!([{ "name": "prefers-color-scheme", "value": self.scheme }]);
        browser
            .devtools("Emulation.setEmulatedMedia", json!({ "features": media }))
            .await;
    }
}

/// Writes all samples: the list is that of `render_pages`, so that a new page is looked at from its first day.
fn pages(folder: &Path, language: &str) -> Vec<PathBuf> {
    samples::render_all(folder).expect("rendered");
    let entries = std::fs::read_dir(folder.join(language)).expect("pages");
    let mut pages: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    pages.sort();
    assert!(pages.len() > 40, "the samples have moved: {}", pages.len());
    pages
}

/// What is wrong with the samples in one language.
async fn wrong(language: &str) -> Vec<String> {
    let axe = axe::script();
    let folder = tempfile::tempdir().expect("a folder");
    let browser = Browser::open().await;
    let (mut wrong, mut numbers) = (Vec::new(), 0);
    for page in pages(folder.path(), language) {
        let name = page
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        browser.goto(&format!("file://{}", page.display())).await;
        browser.script(&axe).await;
        for view in &VIEWS {
            view.take(&browser).await;
            let look = format!(
                "{LOOK}return look('{language}', 'file://{}');",
                folder.path().display()
            );
            let found = browser.script(&look).await;
            let seen: Vec<String> = serde_json::from_value(found["problems"].clone()).expect("sentences");
            numbers += found["numbers"].as_u64().expect("a count");
            let all = seen.into_iter().chain(axe::look(&browser).await);
            wrong.extend(all.map(|one| format!("{language}/{name} {}: {one}", view.name)));
        }
    }
    assert!(numbers > 8, "telephone numbers are recognised: {numbers}");
    wrong
}

#[tokio::test]
async fn web_10_every_page_in_japanese_for_eyes_thumbs_and_axe() {
    let wrong = wrong("ja").await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn web_10_every_page_in_english_for_eyes_thumbs_and_axe() {
    let wrong = wrong("en").await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn web_10_the_look_at_the_samples_sees_what_is_wrong() {
    let folder = tempfile::tempdir().expect("a folder");
    let page = folder.path().join("bad.html");
    let bad = "<!doctype html><html lang=en><meta name=viewport content='width=device-width'><style>* { margin: 0 }</style>\
        <img src='https://example.com/x.png' alt=''><p style='width: 5rem'>Call us 0120-000-000</p>\
        <button style='height: 20px'>x</button><a href=x style='display: block; height: 10px'>y</a>\
        <p>日本語の文です</p><div style='width: 2000px'>wide</div>";
    std::fs::write(&page, bad).expect("written");
    let browser = Browser::open().await;
    browser.goto(&format!("file://{}", page.display())).await;
    VIEWS[0].take(&browser).await;
    let look = format!(
        "{LOOK}return look('ja', 'file://{}').problems;",
        folder.path().display()
    );
    let found = browser.script(&look).await.to_string();
    for part in [
        "speaks en",
        "another origin",
        "a number is broken",
        "too small to touch: <button",
        "too small to touch: <a",
        "scrolls sideways",
        "line-break",
        "word-break",
    ] {
        assert!(found.contains(part), "{part}: {found}");
    }
}

/// Touch targets of 48 px, links between other words excepted (WCAG 2.5.8); the language; nobody else asked; no scrolling
/// sideways; Japanese lines as look.md wants them; telephone numbers in one piece.
const LOOK: &str = r##"
const look = (language, here) => {
  const problems = [];
  const say = (what, element) => problems.push(`${what}: ${element?.outerHTML?.replace(/\s+/g, " ").slice(0, 140) ?? ""}`);
  const all = (selector) => [...document.querySelectorAll(selector)];
  const shown = (element) => element.checkVisibility() && element.getBoundingClientRect().width > 1;
  if (document.documentElement.lang !== language) say(`speaks ${document.documentElement.lang}`);
  const asked = performance.getEntriesByType("resource").map((entry) => entry.name);
  const named = all("[src],link[href],form[action]").map((e) => e.src || e.href || new URL(e.getAttribute("action"), location.href).href);
  [...asked, ...named].filter((url) => !url.startsWith("file://") && !url.startsWith("data:")).forEach((url) => say(`another origin ${url}`));
  asked.filter((url) => url.startsWith("file://") && !url.startsWith(here)).forEach((url) => say(`outside ${url}`));
  // A box or a circle to tick is as large as its label.
  const target = (element) => (element.matches("[type=radio],[type=checkbox]") ? element.closest("label") ?? element : element);
  const between = (a) => getComputedStyle(a).display.startsWith("inline") && a.parentElement.textContent.trim().length > a.textContent.trim().length && !a.matches(".button,.textbutton,.top__link");
  for (const control of all("button,input:not([type=hidden]),select,textarea,summary,a[href]").filter(shown)) {
    if (control.matches(".skip:not(:focus-visible)")) continue;
    const box = target(control).getBoundingClientRect();
    const least = control.matches("a") && between(control) ? 0 : 47.5;
    if (box.height < least || box.width < Math.min(least, 24)) say(`${Math.round(box.width)}x${Math.round(box.height)} too small to touch`, control);
  }
  const { scrollWidth } = document.documentElement;
  if (scrollWidth > innerWidth) say(`scrolls sideways by ${scrollWidth - innerWidth}`);
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let numbers = 0;
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    const element = text.parentElement;
    if (!element.checkVisibility() || element.matches("script,style,noscript")) continue;
    const style = getComputedStyle(element);
    if (language === "ja" && /[\u3040-\u30ff\u4e00-\u9fff]{4}/.test(text.data)) {
      if (style.lineBreak !== "strict") say(`line-break ${style.lineBreak}`, element);
      if (style.wordBreak !== "auto-phrase") say(`word-break ${style.wordBreak}`, element);
    }
    for (const found of text.data.matchAll(/0\d{1,3}-\d{2,4}-\d{3,4}/g)) {
      numbers += 1;
      const range = document.createRange();
      range.setStart(text, found.index);
      range.setEnd(text, found.index + found[0].length);
      if (new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size > 1) say("a number is broken", element);
    }
  }
  return { problems, numbers };
};
"##;
