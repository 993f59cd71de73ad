//! Whole approval cycles against the server in its own process, with more and more customers at once.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Client;
use reqwest::header::COOKIE;
use tokio::io::{AsyncBufReadExt, BufReader};
use warifu_server::crypto::mac::token_hash;
use warifu_tests::load::{Customers, Front, Pages, SeededCustomer, Waiting, run};

use super::cpu;
use super::serve::{Begin, Begun, People, Ready};
use super::table::Cycles;
use super::whole_login::Finish;

/// The route of `serve`, and the status that a waiting page asks for.
struct Direct {
    begin: String,
    pages: String,
    /// The cookie that the status is asked for with.
    cookie: &'static str,
    /// The route that turns an approval into a session, where that is part of the cycle.
    finish: Option<String>,
    client: Client,
}

impl Front for Direct {
    async fn begin(&self, customer: &SeededCustomer) -> Result<Waiting, String> {
        let begin = Begin {
            account: customer.account.clone(),
            number: customer.number.clone(),
            browser_hash: token_hash(&customer.session),
        };
        let answer = self.client.post(&self.begin).json(&begin).send().await;
        let answer = answer.map_err(|e| e.to_string())?;
        if !answer.status().is_success() {
            return Err(format!("begin: {}", answer.status()));
        }
        Ok(answer.json::<Begun>().await.map_err(|e| e.to_string())?.into())
    }

    async fn status(&self, customer: &SeededCustomer, waiting: &Waiting) -> Result<String, String> {
        let request = self.client.get(format!("{}{}/status", self.pages, waiting.page));
        let request = request.header(COOKIE, format!("{}={}", self.cookie, customer.session));
        let text = request
            .send()
            .await
            .map_err(|e| e.to_string())?
            .text()
            .await
            .map_err(|e| e.to_string())?;
        let status: serde_json::Value = serde_json::from_str(&text).map_err(|_| text)?;
        if let Some(finish) = &self.finish {
            let finished = Finish {
                attempt: waiting.page.trim_start_matches("/login/").to_owned(),
                browser_hash: token_hash(&customer.session),
            };
            let answer = self.client.post(finish).json(&finished).send().await;
            let answer = answer.and_then(reqwest::Response::error_for_status);
            answer.map_err(|e| e.to_string())?;
        }
        Ok(status["state"].as_str().unwrap_or_default().to_owned())
    }
}

/// A running `serve`.
pub struct Target {
    ready: Ready,
    process: tokio::process::Child,
    on_postgres: bool,
}

impl Target {
    /// Starts it on `database` with its files in `folder`.
    pub async fn start(folder: &Path, database: &str, people: People) -> Self {
        std::fs::create_dir_all(folder).expect("a folder");
        let own = std::env::current_exe().expect("our own path");
        let mut process = tokio::process::Command::new(own)
            .args(["serve", database])
            .args([people.active, people.others].map(|number| number.to_string()))
            .arg(folder)
            .env("RUST_LOG", "warn")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("it starts");
        let mut ready = String::new();
        let output = process.stdout.take().expect("its output");
        let told = BufReader::new(output).read_line(&mut ready).await;
        told.expect("it says where it is");
        Self {
            ready: serde_json::from_str(&ready).expect("JSON"),
            process,
            on_postgres: database.starts_with("postgres"),
        }
    }

    /// Cycles as a relying party sees them: the challenge is asked for by one request.
    pub async fn cycles(&self, name: &str, at_once: usize, how_long: Duration) -> Cycles {
        let front = self.direct("begin", "warifu-login");
        self.measure(name, front, &self.ready.customers, at_once, how_long)
            .await
    }

    /// Whole logins: number and password checked with next to no hashing, second factor, session.
    pub async fn whole_logins(&self, name: &str, at_once: usize, how_long: Duration) -> Cycles {
        let mut front = self.direct("whole-login", "warifu-login");
        front.finish = Some(format!("{}/finish-login", self.ready.begin));
        self.measure(name, front, &self.ready.customers, at_once, how_long)
            .await
    }

    /// Withdrawals: asked for, approved over amount and payee, placed at the demo's ledger meanwhile. Without mails, as the
    /// logins beside them. `route` says which part of it: `withdraw` is all of it, `withdraw-held` ends with the approval,
    /// `withdraw-approval` begins with the challenge as well.
    pub async fn withdrawals(&self, name: &str, route: &str, at_once: usize, how_long: Duration) -> Cycles {
        let front = self.direct(route, "warifu-session");
        self.measure(name, front, &self.ready.customers, at_once, how_long)
            .await
    }

    /// The same with devices that take no push.
    pub async fn cycles_without_push(&self, name: &str, at_once: usize, how_long: Duration) -> Cycles {
        let front = self.direct("begin", "warifu-login");
        self.measure(name, front, &self.ready.silent, at_once, how_long)
            .await
    }

    /// Cycles through the pages: list of devices, button, waiting page, status.
    pub async fn cycles_by_pages(&self, name: &str, at_once: usize, how_long: Duration) -> Cycles {
        let pages = Pages::at(&self.ready.customers.pages).expect("a client");
        self.measure(name, pages, &self.ready.customers, at_once, how_long)
            .await
    }

    /// Host and port of its relay.
    pub fn relay(&self) -> &str {
        &self.ready.relay
    }

    /// Its process.
    pub fn process(&self) -> u32 {
        self.process.id().unwrap_or_default()
    }

    fn direct(&self, route: &str, cookie: &'static str) -> Direct {
        Direct {
            begin: format!("{}/{route}", self.ready.begin),
            cookie,
            finish: None,
            pages: self.ready.customers.pages.clone(),
            client: warifu_tests::plain_http::client().build().expect("a client"),
        }
    }

    async fn measure<F: Front>(
        &self,
        name: &str,
        front: F,
        customers: &Customers,
        at_once: usize,
        how_long: Duration,
    ) -> Cycles {
        let front = Arc::new(front);
        // Connections, prepared statements and caches are made before anything is counted.
        let warm_up = run(Arc::clone(&front), customers, at_once, WARM_UP).await;
        drop(warm_up.expect("a warm-up"));
        let (server, database) = (self.server_cpu(), self.database_cpu());
        let report = run(front, customers, at_once, how_long).await.expect("a run");
        Cycles {
            name: name.to_owned(),
            report,
            server: self.server_cpu().saturating_sub(server),
            database: self.database_cpu().saturating_sub(database),
        }
    }

    fn server_cpu(&self) -> Duration {
        cpu::of(self.process())
    }

    fn database_cpu(&self) -> Duration {
        if self.on_postgres {
            cpu::of_all("postgres")
        } else {
            Duration::ZERO
        }
    }

    /// Ends it.
    pub async fn stop(mut self) {
        drop(self.process.stdin.take());
        self.process.wait().await.expect("it ends");
    }
}

const WARM_UP: Duration = Duration::from_secs(1);
