//! What the attacks start from: a customer with devices made of keys, and a login that waits for them.

use warifu_server::domain::account::AccountNumber;
use warifu_server::store::accounts::{self, NewAccount};
use warifu_server::store::{Dialect, Store};
use warifu_shared::clock::Timestamp;
use warifu_shared::display::Language;
use warifu_shared::ids::{AccountId, ChallengeId};
use warifu_tests::customer::{AnonymousBrowser, Answer};
use warifu_tests::raw_device::{RawAnswer, RawDevice};
use warifu_tests::server::{TARO, TestServer};

/// A login that waits.
pub struct Waiting {
    /// The browser that waits.
    pub browser: AnonymousBrowser,
    /// Its page.
    pub page: Answer,
    /// The challenge with the bytes for the device that looked.
    pub challenge: (ChallengeId, String),
    /// The number that the page shows.
    pub number: String,
}

/// A device of the first customer.
pub async fn device(server: &TestServer) -> RawDevice {
    RawDevice::register(&server.server.app.store, TARO, &server.origin, server.now()).await
}

/// A login of the first customer, in a browser that nobody knows, as `device` sees it.
pub async fn waiting(server: &TestServer, device: &RawDevice) -> Waiting {
    waiting_in(server, server.browser(), device).await
}

/// A login of the first customer in `browser`, as `device` sees it.
pub async fn waiting_in(server: &TestServer, browser: AnonymousBrowser, device: &RawDevice) -> Waiting {
    // Challenges are listed by age.
    server.clock.advance_secs(1);
    let page = browser.enter_password(TARO.number, TARO.password).await;
    Waiting {
        number: page.number(),
        challenge: device.newest_challenge(server.now()).await,
        browser,
        page,
    }
}

/// The same challenge with the bytes for another device.
pub async fn as_seen_by(server: &TestServer, device: &RawDevice, waiting: &Waiting) -> (ChallengeId, String) {
    let path = warifu_shared::api::paths::challenge(&waiting.challenge.0);
    let seen = device.get(&path, server.now()).await;
    let jws = seen.json["jws"].as_str().expect("bytes").to_owned();
    (waiting.challenge.0.clone(), jws)
}

/// Another number than the page shows.
pub fn another_number(number: &str) -> &'static str {
    if number == "000000" { "000001" } else { "000000" }
}

/// The outcome of an answer, or its refusal.
pub fn outcome(answer: &RawAnswer) -> Result<String, (u16, i64)> {
    match answer.json["outcome"].as_str() {
        Some(outcome) if answer.status == 200 => Ok(outcome.to_owned()),
        _ => Err(answer.refusal()),
    }
}

/// An account that nobody can log in to.
pub async fn new_account(store: &Store) -> AccountId {
    let account = AccountId::random();
    let number = warifu_shared::random::bytes::<8>();
    let number: String = number.iter().map(|byte| format!("{byte:02x}")).collect();
    let new = NewAccount {
        id: account.clone(),
        number: AccountNumber::from_typed(&number).expect("a number"),
        customer_name: "客".to_owned(),
        language: Language::Ja,
        password_hash: "none".to_owned(),
        created_at: Timestamp(0),
    };
    store
        .write(move |c| Box::pin(async move { accounts::insert(c, &new).await }))
        .await
        .expect("inserted");
    account
}

/// Makes each write of such a row take a moment, in its transaction: on PostgreSQL, which runs several side by side, they
/// meet there for certain. On SQLite there is nothing to hold.
pub async fn hold_for_a_moment(store: &Store, table: &'static str, when: &'static str) {
    let make = format!(
        "CREATE FUNCTION hold_{table}() RETURNS trigger AS $$ BEGIN PERFORM pg_sleep(0.3); RETURN NEW; END $$ \
         LANGUAGE plpgsql; \
         CREATE TRIGGER hold_{table} BEFORE INSERT ON {table} FOR EACH ROW WHEN ({when}) \
         EXECUTE FUNCTION hold_{table}()"
    );
    if store.dialect() != Dialect::Postgres {
        return;
    }
    let mut c = store.read().await.expect("a connection");
    sqlx::raw_sql(sqlx::AssertSqlSafe(make))
        .execute(&mut *c)
        .await
        .expect("made");
}
