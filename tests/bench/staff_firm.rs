//! A firm of many customers with a long log, and a member of its staff at the console.

use std::time::Duration;

use tokio::time::Instant;
use warifu_server::domain::signal::Signal;
use warifu_server::domain::staff::Role;
use warifu_server::store::cases::{self, Finding};
use warifu_server::store::log_search;
use warifu_server::watch;
use warifu_shared::clock::Timestamp;
use warifu_shared::display::dates::JST_SECS;
use warifu_shared::random::below;
use warifu_tests::customer::{AnonymousBrowser, Answer};
use warifu_tests::databases::{Database, Kind};
use warifu_tests::load::{COMMON_NAME, Crowd};

use super::scene::{Console, Person};
use super::search::{self, Leaf};

/// A customer who can be looked for.
pub struct Customer {
    /// The account.
    pub id: String,
    /// Its number.
    pub number: String,
    /// The customer's name.
    pub name: String,
    /// The authentication address.
    pub mail: String,
}

/// The firm.
pub struct Firm {
    console: Console,
    person: Option<Person>,
    csrf: String,
    /// Customers anywhere among all.
    sample: Vec<Customer>,
    /// Customers whom most of the log is about.
    busy: Vec<Customer>,
    /// Entries anywhere in the log.
    some_entries: Vec<String>,
    began: Timestamp,
    ended: Timestamp,
    /// Accounts.
    pub accounts: u32,
    /// Entries of the log.
    pub entries: u32,
    /// A name that one in five hundred has.
    pub common_name: String,
    /// A member of staff with a few entries in the log, as an actor.
    pub colleague: String,
    /// How long it took to write accounts, and the log.
    pub took: [Duration; 2],
}

impl Firm {
    /// Writes it.
    pub async fn fill(database: &Database, accounts: u32, entries: u32) -> Self {
        eprintln!("{}: {accounts} accounts are written", database.kind());
        let console = Console {
            server: warifu_tests::server::TestServer::with_console_and(database, |config| {
                config.staff.searches = 100_000;
            })
            .await,
        };
        let (now, start) = (console.server.now(), Instant::now());
        let (began, ended) = (now.plus_secs(-DAYS * 86_400), now.plus_secs(-600));
        let mut crowd = Crowd::open(database.url()).await.expect("a connection");
        let share = |step: u32| {
            u32::try_from(u64::from(accounts) * u64::from(step) / u64::from(STEPS)).expect("fewer")
        };
        for step in 0..STEPS {
            let grown = crowd.grow_without_log(share(step), share(step + 1)).await;
            grown.expect("a crowd");
        }
        crowd
            .trouble(accounts.min(RECENT), ended)
            .await
            .expect("troubles");
        let with_accounts = start.elapsed();
        let mut firm = Self {
            sample: customers(&console, accounts, SAMPLE).await,
            busy: customers(&console, accounts, (accounts / 25).max(1)).await,
            some_entries: Vec::new(),
            person: None,
            csrf: String::new(),
            console,
            began,
            ended,
            accounts,
            entries,
            common_name: COMMON_NAME.to_owned(),
            colleague: COLLEAGUE.to_owned(),
            took: [with_accounts, Duration::ZERO],
        };
        eprintln!("{}: {entries} entries are written", database.kind());
        let start = Instant::now();
        firm.write_log(database.kind() == Kind::Sqlite).await;
        firm.took[1] = start.elapsed();
        firm.open_cases().await;
        crowd.settle().await.expect("it settles");
        firm.busy.truncate(SAMPLE as usize);
        firm
    }

    /// A case of each of many customers, one in four with two signals; none is taken by anybody.
    async fn open_cases(&self) {
        let (store, at) = (&self.console.server.server.app.store, self.ended);
        let finding = |(n, customer): (usize, &Customer), signal| Finding {
            account: Some(customer.id.clone()),
            slot: customer.id.clone(),
            signal,
            begins: 1,
            adds: 1,
            at: (at, at),
            entries: (format!("au_{n:022}"), format!("au_{n:022}")),
        };
        let one = self.busy.iter().enumerate();
        let first = one.clone().map(|it| finding(it, Signal::PushFlood));
        let second = one.step_by(4).map(|it| finding(it, Signal::NotMe));
        let findings: Vec<_> = first.take(CASES).chain(second.take(CASES / 4)).collect();
        for some in findings.chunks(500) {
            let some = some.to_vec();
            let write = store.write(move |c| {
                Box::pin(async move {
                    for finding in &some {
                        cases::put(c, finding, at).await?;
                    }
                    Ok(())
                })
            });
            write.await.expect("cases");
        }
    }

    async fn write_log(&mut self, sqlite: bool) {
        let (store, server) = (&self.console.server.server.app.store, &self.console.server.server);
        let step = (self.ended.0 - self.began.0) / i64::from(self.entries.max(1));
        let leaf = |n: i64| {
            let at = Timestamp(self.began.0 + n * step);
            let whom = usize::try_from(n).unwrap_or(0) % self.busy.len();
            words(n, at, &self.busy[whom].id)
        };
        search::write_leaves(store, i64::from(self.entries), sqlite, leaf).await;
        let sequenced = server.sequencer.finish(self.ended).await;
        sequenced.expect("sequenced");
        watch::step(&server.app).await.expect("counted");
        let mut c = store.read().await.expect("a connection");
        for _ in 0..SAMPLE.min(self.entries) {
            let position = i64::from(below(self.entries));
            let id = log_search::id_at(&mut c, position).await.expect("read");
            self.some_entries.push(id.expect("it is there"));
        }
    }

    /// A member with every role that pages take, logged in.
    pub async fn enter(&mut self) {
        let roles = [Role::Operator, Role::FraudAnalyst, Role::Auditor];
        self.person = Some(self.console.member("bench", &roles).await);
    }

    /// Logs in anew.
    pub async fn log_in_again(&mut self) {
        let person = self.person.as_ref().expect("somebody is there");
        let home = person.browser.get("/").await;
        if home.status.is_success() {
            person.browser.submit(&home, "/logout", &[]).await;
        }
        person.device.core.refresh().await.expect("it hears the server");
        let home = self.console.log_in(person).await;
        assert_eq!(home.path, "/", "{}", home.body);
        let form = person.browser.get("/customers").await.form("/customers");
        self.csrf = form.value("csrf").unwrap_or_default().to_owned();
    }

    /// The browser that is logged in.
    pub fn browser(&self) -> &AnonymousBrowser {
        &self.person.as_ref().expect("somebody is there").browser
    }

    /// Searches for a customer.
    pub async fn find(&self, by: &str, words: &str) -> Answer {
        let fields = [("csrf", self.csrf.as_str()), ("by", by), ("words", words)];
        let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
        self.browser().post("/customers", &fields).await
    }

    /// Moves the clock by more than what counts as one access.
    pub fn move_on(&self) {
        self.console.server.clock.advance_secs(21);
    }

    /// Any customer.
    pub fn anybody(&self) -> &Customer {
        any(&self.sample)
    }

    /// One whom the log is about.
    pub fn somebody_busy(&self) -> &Customer {
        any(&self.busy)
    }

    /// Any entry.
    pub fn any_entry(&self) -> &str {
        any(&self.some_entries).as_str()
    }

    /// First and last minute of an hour of the log, as a form has them.
    pub fn some_hour(&self) -> (String, String) {
        let hours = u32::try_from(self.ended.secs_since(self.began) / 3600).unwrap_or(1);
        let from = self.began.plus_secs(3600 * i64::from(below(hours.max(1))));
        let text = |at: Timestamp| {
            let at = chrono::DateTime::from_timestamp(at.secs() + i64::from(JST_SECS), 0);
            at.expect("a moment").format("%Y-%m-%dT%H:%M").to_string()
        };
        (text(from), text(from.plus_secs(3599)))
    }
}

fn any<T>(all: &[T]) -> &T {
    &all[below(u32::try_from(all.len()).expect("a few")) as usize]
}

/// `count` customers of the crowd, spread evenly from some place on.
async fn customers(console: &Console, accounts: u32, count: u32) -> Vec<Customer> {
    let count = count.min(accounts);
    let every = accounts / count;
    let sql = "SELECT a.id, a.number, a.customer_name, m.address FROM accounts a JOIN addresses m ON m.account_id = a.id \
               WHERE a.number >= $1 AND CAST(a.number AS BIGINT) % $2 = $3 ORDER BY a.number LIMIT $4";
    let mut c = console
        .server
        .server
        .app
        .store
        .read()
        .await
        .expect("a connection");
    let rows: Vec<(String, String, String, String)> = sqlx::query_as(sql)
        .bind("50000000")
        .bind(i64::from(every))
        .bind(i64::from(below(every)))
        .bind(i64::from(count))
        .fetch_all(&mut *c)
        .await
        .expect("read");
    let customer = |(id, number, name, mail)| Customer {
        id,
        number,
        name,
        mail,
    };
    rows.into_iter().map(customer).collect()
}

/// Half of the entries are of customers, a quarter of their devices, a quarter of the server; one in ten thousand is of one
/// member of staff.
fn words(n: i64, at: Timestamp, subject: &str) -> Leaf {
    let daily = [
        ("login.password", "ok"),
        ("challenge.created", "ok"),
        ("challenge.approve", "typed"),
        ("login.completed", "app"),
        ("session.ended", "ok"),
    ];
    let (action, outcome) = daily[usize::try_from(n / 2 % 5).unwrap_or(0)];
    let (actor, action, outcome) = match n % 10_000 {
        7 => (COLLEAGUE.to_owned(), "staff.revealed", "ok"),
        it if it % 2 == 0 => ("customer".to_owned(), action, outcome),
        it if it % 4 == 1 => (format!("device:dv_{:022}", n % 50_000), action, outcome),
        _ => ("server".to_owned(), "session.swept", "ok"),
    };
    Leaf {
        at,
        subject: subject.to_owned(),
        actor,
        action,
        outcome,
    }
}

/// Days over which the log was written.
const DAYS: i64 = 30;
/// Statements for all accounts.
const STEPS: u32 = 20;
/// Customers and entries that rows draw from.
const SAMPLE: u32 = 2_000;
/// Answered challenges of late, locked logins, and devices that pushes do not reach.
const RECENT: u32 = 5_000;
/// Open cases, when the log is about as many customers.
const CASES: usize = 10_000;
const COLLEAGUE: &str = "staff:sf_0000000000000000000001";
