//! Somebody in front of Chromium, who also looks at every page as a reviewer would.

use std::ops::Deref;

use serde_json::json;
use warifu_tests::browser::{Browser, Complaint, Setup};
use warifu_tests::server::{Login, TestServer};

/// A browser on a server's pages.
pub struct Visitor {
    browser: Browser,
    origin: String,
}

impl Visitor {
    /// A Japanese desktop browser.
    pub async fn new(server: &TestServer) -> Self {
        Self::with(server, Setup::default()).await
    }

    /// A browser of this setup.
    pub async fn with(server: &TestServer, setup: Setup) -> Self {
        Self {
            browser: Browser::with(setup).await,
            origin: server.origin.clone(),
        }
    }

    /// Makes the window as wide as a small phone.
    pub async fn narrow(self) -> Self {
        self.sized(320, 640).await;
        self
    }

    /// Gives the page this size, in CSS pixels.
    pub async fn sized(&self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 2, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", size).await;
    }

    /// Lets so many bytes a second through from now on; -1 is as fast as can be.
    pub async fn slowly(&self, bytes: i64) {
        self.devtools("Network.enable", json!({})).await;
        let line =
            json!({ "offline": false, "latency": 0, "downloadThroughput": bytes, "uploadThroughput": -1 });
        self.devtools("Network.emulateNetworkConditions", line).await;
    }

    /// Lets no request to these addresses out.
    pub async fn block(&self, patterns: &[&str]) {
        self.devtools("Network.enable", json!({})).await;
        self.devtools("Network.setBlockedURLs", json!({ "urls": patterns }))
            .await;
    }

    /// Opens a path of the server.
    pub async fn open(&self, path: &str) {
        self.goto(&format!("{}{path}", self.origin)).await;
    }

    /// The path of the page.
    pub async fn path(&self) -> String {
        self.url().await.path().to_owned()
    }

    /// Waits for a page whose path begins so.
    pub async fn arrive(&self, path: &str) -> String {
        self.wait_for_url(|url| url.path().starts_with(path))
            .await
            .path()
            .to_owned()
    }

    /// Enters account number and password and waits for the page that follows.
    pub async fn enter_password(&self, customer: Login) {
        self.open("/login").await;
        self.fill("#account_number", customer.number).await;
        self.fill("#password", customer.password).await;
        self.press("/login").await;
        self.arrive("/login/").await;
    }

    /// Presses the button of the form to this path.
    pub async fn press(&self, action: &str) {
        self.click(&format!("form[action$=\"{action}\"] button[type=submit]"))
            .await;
    }

    /// Logs in by mailed code.
    pub async fn log_in_by_code(&self, server: &TestServer, customer: Login) {
        self.enter_password(customer).await;
        self.fill("#code", &server.code_for(customer).await).await;
        self.press("/code").await;
        self.arrive("/account").await;
    }

    /// The six digits that the page shows.
    pub async fn number(&self) -> String {
        self.text("#number").await.split_whitespace().collect()
    }

    /// Looks at the page: no complaints of the browser, and nothing that keeps somebody out.
    pub async fn inspect(&self, language: &str) {
        self.inspect_but(language, |_| false).await;
    }

    /// The same for a page that came with a refusal's status, which the browser mentions.
    pub async fn inspect_refusal(&self, language: &str, status: u16) {
        let mention = format!("the server responded with a status of {status}");
        self.inspect_but(language, |one| {
            one.source == "network" && one.message.contains(&mention)
        })
        .await;
    }

    async fn inspect_but(&self, language: &str, expected: impl Fn(&Complaint) -> bool) {
        self.find("main h1").await;
        let page = self.url().await;
        let complaints: Vec<Complaint> = self
            .complaints()
            .await
            .into_iter()
            .filter(|one| !expected(one))
            .collect();
        assert_eq!(complaints, [], "{page}");
        assert_eq!(self.problems().await, [""; 0], "{page}");
        let spoken = self.script("return document.documentElement.lang").await;
        assert_eq!(spoken, language, "{page}");
    }

    /// What keeps somebody out of this page, or breaks its policy.
    pub async fn problems(&self) -> Vec<String> {
        let found = self.script(LOOK).await;
        serde_json::from_value(found).expect("sentences")
    }

    /// Where the link into the app leads.
    ///
    /// # Panics
    /// When the page has none.
    pub async fn app_link(&self) -> String {
        let link = self.find("#app-link").await.attr("href").await;
        link.expect("it answers").expect("a link")
    }
}

impl Deref for Visitor {
    type Target = Browser;

    fn deref(&self) -> &Browser {
        &self.browser
    }
}

/// What a person with a screen reader, a small screen or big thumbs stumbles over, and what the policy forbids.
const LOOK: &str = r#"
const problems = [];
const say = (what, element) => problems.push(`${what}: ${element?.outerHTML?.slice(0, 120) ?? ""}`);
const all = (selector) => [...document.querySelectorAll(selector)];
const shown = (element) => element.checkVisibility();
const name = (element) => (element.textContent + (element.getAttribute("aria-label") ?? "")).trim();
if (!document.title.trim() || document.title.includes("{")) say("no title");
if (all("main").length !== 1) say("not one main");
if (all("h1").filter(shown).length !== 1) say("not one h1");
let level = 0;
for (const heading of all("h1,h2,h3,h4").filter(shown)) {
  const own = Number(heading.tagName[1]);
  if (level && own > level + 1) say("a level of headings is skipped", heading);
  level = own;
}
for (const input of all("input:not([type=hidden]),select,textarea")) {
  if (![...input.labels].some((label) => label.textContent.trim())) say("no label", input);
}
for (const control of all("button,a[href],summary").filter(shown)) {
  if (!name(control)) say("no name", control);
  const box = control.getBoundingClientRect();
  const inline = getComputedStyle(control).display === "inline";
  if (!inline && !control.matches(".skip") && (box.height < 24 || box.width < 24)) say("too small to touch", control);
}
for (const picture of all("img:not([alt]),svg:not([aria-hidden]):not([aria-label]):not([aria-labelledby])")) {
  if (!picture.querySelector("title")) say("no alternative", picture);
}
const ids = all("[id]").map((element) => element.id);
ids.filter((id, at) => ids.indexOf(id) !== at).forEach((id) => say(`id ${id} twice`));
for (const element of all("[aria-describedby],[aria-controls],[aria-labelledby],label[for]")) {
  const names = ["aria-describedby", "aria-controls", "aria-labelledby", "for"].map((a) => element.getAttribute(a) ?? "");
  names.join(" ").split(/\s+/).filter(Boolean).forEach((id) => { if (!ids.includes(id)) say(`no element ${id}`, element); });
}
all("[style],[onclick],[tabindex]:not([tabindex='0']):not([tabindex='-1'])").forEach((element) => say("inline or tabindex", element));
for (const element of all("[src],link[href],form[action]")) {
  const url = new URL(element.getAttribute("src") ?? element.getAttribute("href") ?? element.getAttribute("action"), location);
  if (url.origin !== location.origin) say("another origin", element);
}
for (const form of all("form[method=post]")) {
  if (!form.querySelector("input[name=csrf]")?.value) say("no csrf token", form);
}
if (document.documentElement.scrollWidth > innerWidth) {
  all("body *").filter((e) => e.getBoundingClientRect().right > innerWidth + 1).slice(0, 5).forEach((e) => say("sticks out", e));
  say(`wider than the window: ${document.documentElement.scrollWidth} > ${innerWidth}`);
}
if (/\{[a-z_]+\}|undefined|NaN/.test(document.body.innerText)) say("an unfilled text");
return problems;
"#;
