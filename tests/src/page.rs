//! A page in a browser or in the app's window, as a person uses it. Every wait has a limit; nothing sleeps.

use std::path::Path;
use std::time::Duration;

use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, Locator};
use http::Method;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::Value;
use url::Url;

/// The page that a WebDriver session shows.
///
/// Elements are named by `what`: a bare word is a `data-testid` (`approve`), anything else a CSS selector (`#number`).
pub struct Page {
    client: Client,
    session: Url,
}

impl Page {
    /// Begins a session at the driver `driver`.
    ///
    /// # Panics
    /// When the driver refuses.
    pub(crate) async fn begin(driver: &Url, capabilities: Value) -> Self {
        let Value::Object(capabilities) = capabilities else {
            panic!("capabilities are an object")
        };
        let mut builder = fantoccini::ClientBuilder::new(HttpConnector::new());
        let connecting = builder.capabilities(capabilities).connect(driver.as_str());
        // A program that never speaks to its driver would otherwise hold the test for ever.
        let client = tokio::time::timeout(SESSION_LIMIT, connecting)
            .await
            .expect("the program under test speaks to its driver in time")
            .unwrap_or_else(|error| panic!("no browser session: {error}"));
        let id = client
            .session_id()
            .await
            .expect("the session answers")
            .expect("a session has an id");
        let session = driver.join(&format!("session/{id}")).expect("a URL");
        Self { client, session }
    }

    /// The WebDriver client, for what this type does not offer.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Opens a page.
    ///
    /// # Panics
    /// When it does not load.
    pub async fn goto(&self, url: &str) {
        self.client
            .goto(url)
            .await
            .unwrap_or_else(|error| panic!("{url} does not load: {error}"));
    }

    /// The address of the page.
    ///
    /// # Panics
    /// When the browser does not answer.
    pub async fn url(&self) -> Url {
        self.client.current_url().await.expect("the browser answers")
    }

    /// Waits until the page's address satisfies `is_it`, and returns it.
    ///
    /// # Panics
    /// When it does not in time.
    pub async fn wait_for_url(&self, is_it: impl Fn(&Url) -> bool) -> Url {
        let reached = self.until(async || {
            let url = self.url().await;
            is_it(&url).then_some(url)
        });
        match reached.await {
            Some(url) => url,
            None => panic!(
                "the page stayed at {}\n{}",
                self.url().await,
                self.text_of_page().await
            ),
        }
    }

    /// Waits for the first visible element that is `what`.
    ///
    /// # Panics
    /// When there is none in time. The message holds the text of the page.
    pub async fn find(&self, what: &str) -> Element {
        match self.until(async || self.visible(what).await).await {
            Some(element) => element,
            None => panic!("nothing visible is {what}\n{}", self.text_of_page().await),
        }
    }

    /// Whether an element that is `what` is visible now.
    pub async fn shows(&self, what: &str) -> bool {
        self.visible(what).await.is_some()
    }

    /// Waits until no element that is `what` is visible.
    ///
    /// # Panics
    /// When one stays.
    pub async fn wait_until_gone(&self, what: &str) {
        let gone = self.until(async || (!self.shows(what).await).then_some(())).await;
        assert!(gone.is_some(), "{what} stays\n{}", self.text_of_page().await);
    }

    /// The visible text of the element that is `what`.
    ///
    /// # Panics
    /// When there is none in time.
    pub async fn text(&self, what: &str) -> String {
        self.eventually(what, async |element| element.text().await).await
    }

    /// Waits until the element that is `what` has a text that contains `part`, and returns the text.
    ///
    /// # Panics
    /// When it does not in time.
    pub async fn wait_for_text(&self, what: &str, part: &str) -> String {
        let found = self.until(async || {
            let text = self.visible(what).await?.text().await.ok()?;
            text.contains(part).then_some(text)
        });
        match found.await {
            Some(text) => text,
            None => panic!("{what} never said {part:?}\n{}", self.text_of_page().await),
        }
    }

    /// Replaces what is in the field that is `what` by typing `text`.
    ///
    /// # Panics
    /// When there is no such field in time.
    pub async fn fill(&self, what: &str, text: &str) {
        self.eventually(what, async |element| {
            element.clear().await?;
            element.send_keys(text).await
        })
        .await;
    }

    /// Clicks the element that is `what`.
    ///
    /// # Panics
    /// When it cannot be clicked in time.
    pub async fn click(&self, what: &str) {
        self.eventually(what, async |element| element.click().await).await;
    }

    /// All visible text of the page.
    pub async fn text_of_page(&self) -> String {
        match self.client.find(Locator::Css("body")).await {
            Ok(body) => body.text().await.unwrap_or_default(),
            Err(error) => format!("(no body: {error})"),
        }
    }

    /// Writes a picture of what the window shows to a PNG file.
    ///
    /// # Panics
    /// When it cannot be taken or written.
    pub async fn screenshot(&self, path: &Path) {
        let png = tokio::time::timeout(LIMIT, self.client.screenshot())
            .await
            .expect("a picture in time")
            .expect("a picture");
        std::fs::write(path, png).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }

    /// Runs a script (`return …;` gives its value).
    ///
    /// # Panics
    /// When it throws.
    pub async fn script(&self, script: &str) -> Value {
        self.client
            .execute(script, Vec::new())
            .await
            .unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// Sends a command of the driver's own, `path` relative to the session, and returns its value.
    ///
    /// # Panics
    /// When the driver refuses.
    pub async fn command(&self, path: &'static str, body: &Value) -> Value {
        let command = Command {
            path,
            body: body.to_string(),
        };
        self.client
            .issue_cmd(command)
            .await
            .unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Does something with an element, again from the start when the page replaced it meanwhile.
    async fn eventually<T>(&self, what: &str, act: impl AsyncFn(Element) -> Result<T, CmdError>) -> T {
        let done = self.until(async || {
            let element = self.find(what).await;
            match act(element).await {
                Ok(value) => Some(value),
                Err(error) if is_passing(&error) => None,
                Err(error) => panic!("{what}: {error}"),
            }
        });
        match done.await {
            Some(value) => value,
            None => panic!("{what} cannot be used\n{}", self.text_of_page().await),
        }
    }

    async fn visible(&self, what: &str) -> Option<Element> {
        for element in self.client.find_all(Locator::Css(&selector(what))).await.ok()? {
            if element.is_displayed().await.unwrap_or(false) {
                return Some(element);
            }
        }
        None
    }

    async fn until<T>(&self, ready: impl AsyncFn() -> Option<T>) -> Option<T> {
        let found = tokio::time::timeout(LIMIT, async {
            let mut beat = tokio::time::interval(BEAT);
            loop {
                beat.tick().await;
                if let Some(value) = ready().await {
                    return value;
                }
            }
        });
        found.await.ok()
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        // Ends the session also when the test failed: its runtime may be gone before a task could.
        let session = self.session.clone();
        let ended = std::thread::spawn(move || end_session(&session)).join();
        drop(ended);
    }
}

fn end_session(session: &Url) -> std::io::Result<()> {
    use std::io::{Read as _, Write as _};
    let host = format!(
        "{}:{}",
        session.host_str().unwrap_or_default(),
        session.port().unwrap_or_default()
    );
    let mut stream = std::net::TcpStream::connect(&host)?;
    stream.set_read_timeout(Some(END_LIMIT))?;
    let path = session.path();
    let request =
        format!("DELETE {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    // In one piece: chromedriver stalls on a request that comes in several.
    stream.write_all(request.as_bytes())?;
    // The answer comes when the browser has gone. Its head is enough: chromedriver keeps the connection open.
    let (mut answer, mut part) = (Vec::new(), [0; 512]);
    while !answer.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut part)? {
            0 => break,
            count => answer.extend_from_slice(&part[..count]),
        }
    }
    Ok(())
}

/// Whether a later try can succeed: the page was replaced, moves, or covers the element for the moment.
fn is_passing(error: &CmdError) -> bool {
    use fantoccini::error::ErrorStatus as E;
    let CmdError::Standard(error) = error else {
        return false;
    };
    matches!(
        error.error,
        E::StaleElementReference | E::NoSuchElement | E::ElementNotInteractable | E::ElementClickIntercepted
    )
}

fn selector(what: &str) -> String {
    let is_name = what
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if is_name {
        format!("[data-testid=\"{what}\"]")
    } else {
        what.to_owned()
    }
}

#[derive(Debug)]
struct Command {
    path: &'static str,
    body: String,
}

impl WebDriverCompatibleCommand for Command {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _url: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.clone()))
    }
}

/// How long a browser or app may take to start a session.
const SESSION_LIMIT: Duration = Duration::from_secs(90);
/// How long a page may take to show what a test waits for.
pub const LIMIT: Duration = Duration::from_secs(60);
/// How long a driver may take to end a session.
const END_LIMIT: Duration = Duration::from_secs(10);
const BEAT: Duration = Duration::from_millis(50);
