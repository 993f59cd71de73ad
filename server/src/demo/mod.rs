//! The demo: a fictitious broker with sample customers, on embedded parts. Nothing here runs in production.

pub mod ledger;
mod past;
mod samples;

use std::path::Path;

use warifu_shared::ids::{AccountId, PayoutAccountId};

use crate::app::App;
use crate::config::{Config, ConfigError};
use crate::domain::account::AccountNumber;
use crate::domain::yen::Yen;
use crate::operations::activation_code::{self, CannotIssue, Opened};
use crate::store::accounts::{self, Address, NewAccount};
use crate::store::payout::{self, StoredPayout};
use crate::store::{Conn, StoreError, sqlite_url};

pub use past::{Colleague, PIN, REGULARS, STAFF, STAFF_PASSWORD, colleagues};
pub use samples::{CUSTOMERS, LETTER, Letter, Sample};

/// Seconds until the demo firm pays an order, as a bank takes its time.
pub const SETTLE_SECS: i64 = 20;

/// How the headless device is called in the demo.
pub const DEVICE_COMMAND: &str = "target/debug/warifu-device --data-dir demo-data/device --keystore none";

/// The configuration of a demo with its data below `folder`, pages at `web` and relay at `relay` (both `host:port`).
///
/// # Errors
/// When the addresses do not make a valid configuration.
pub fn config(folder: &Path, web: &str, relay: &str) -> Result<Config, ConfigError> {
    let path = |name: &str| toml::Value::String(folder.join(name).display().to_string());
    let url = toml::Value::String(sqlite_url(&folder.join("warifu.sqlite3")));
    let text = format!(
        "[service]\nname_ja = \"ひので証券\"\nname_en = \"Hinode Securities\"\nphone = \"0120-000-000\"\n\
         device_origin = \"http://{web}\"\n[[origins]]\nurl = \"http://{web}\"\nsite = \"browser\"\nmain = true\n\
         [listen]\nweb = \"{web}\"\nrelay = \"{relay}\"\n[database]\nurl = {url}\n[secrets]\nfolder = {}\n\
         [mail]\noutbox = {}\nfrom = \"authentication@hinode.example\"\n\
         [push]\ncontact = \"mailto:operations@hinode.example\"\n\
         [relay]\npublic_url = \"ws://{relay}/\"\ninsecure_loopback = true\n\
         [[places]]\nprefix = \"127.0.0.0/8\"\nplace = \"JP-13\"\nnetwork = \"Demo Net\"\n",
        path("secrets"),
        path("outbox"),
    );
    let mut config = Config::parse(&text)?;
    config.demo = true;
    Ok(config)
}

/// Adds the staff console at `port` of this machine.
pub fn with_console(config: &mut Config, port: u16) {
    let at = std::net::SocketAddr::from(([127, 0, 0, 1], port));
    config.staff.listen = Some(at);
    config.staff.origin = format!("http://{at}");
}

/// Adds the sample customers that are not there yet, and their balances to the demo firm's ledger.
///
/// # Errors
/// On a database failure.
pub async fn seed(app: &App) -> Result<(), StoreError> {
    for sample in CUSTOMERS {
        add(app, sample).await?;
    }
    add_letter(app).await?;
    app.store
        .write(|c| Box::pin(async move { open_ledger(c).await }))
        .await
}

/// Adds one more sample customer with what they hold.
///
/// # Errors
/// On a database failure.
pub async fn add_regular(app: &App, sample: &'static Sample) -> Result<(), StoreError> {
    add(app, sample).await?;
    app.store
        .write(move |c| Box::pin(async move { open_one(c, sample.number, sample.yen).await }))
        .await
}

async fn open_one(c: &mut Conn, number: &str, yen: i64) -> Result<(), StoreError> {
    let owner = AccountNumber::from_typed(number).zip(Yen::new(yen));
    let (number, held) =
        owner.ok_or_else(|| StoreError::inconsistent("ledger_accounts", number, "sample"))?;
    ledger::open_account(c, &number, held).await
}

/// What the sample customers hold at first.
async fn open_ledger(c: &mut Conn) -> Result<(), StoreError> {
    let letter = (LETTER.number, LETTER.yen);
    let all = CUSTOMERS.iter().map(|sample| (sample.number, sample.yen));
    for (number, yen) in all.chain([letter]) {
        open_one(c, number, yen).await?;
    }
    Ok(())
}

/// The account that waits for its customer.
async fn add_letter(app: &App) -> Result<(), StoreError> {
    let broken = |what: &str| StoreError::inconsistent("accounts", LETTER.number, what);
    let new = Opened {
        number: AccountNumber::from_typed(LETTER.number).ok_or_else(|| broken("number"))?,
        name: LETTER.name.to_owned(),
        language: LETTER.language,
        mail: None,
    };
    match activation_code::open_with(app, &new, &LETTER.code(), "demo").await {
        Err(CannotIssue::Store(error)) => Err(error),
        // It is there since an earlier start.
        Ok(_) | Err(_) => Ok(()),
    }
}

async fn add(app: &App, sample: &'static Sample) -> Result<(), StoreError> {
    let broken = |what: &str| StoreError::inconsistent("accounts", sample.number, what);
    let number = AccountNumber::from_typed(sample.number).ok_or_else(|| broken("number"))?;
    let mut c = app.store.read().await?;
    let there = accounts::by_number(&mut c, &number).await?.is_some();
    drop(c);
    if there {
        return Ok(());
    }
    let hash = async |password: &str| {
        let hash = app.passwords.hash(password).await;
        hash.map_err(|_| broken("password"))
    };
    let password_hash = hash(sample.password).await?;
    let withdrawal_hash = hash(sample.withdrawal_password).await?;
    let now = app.now();
    let account = NewAccount {
        id: AccountId::random(),
        number,
        customer_name: sample.name.to_owned(),
        language: sample.language,
        password_hash,
        created_at: now,
    };
    let address = Address {
        address: sample.mail.to_owned(),
        authentication: true,
        proven: true,
    };
    let payout = StoredPayout {
        id: PayoutAccountId::at(now),
        account: account.id.clone(),
        state: payout::ACTIVE.to_owned(),
        payee: sample.payee(),
        origin: "firm".to_owned(),
        challenge: None,
        session_hash: String::new(),
        place: String::new(),
        browser: String::new(),
        created_at: now,
        active_at: Some(now),
    };
    app.store
        .write(move |c| {
            Box::pin(async move {
                accounts::insert(c, &account).await?;
                accounts::add_address(c, &account.id, &address, now).await?;
                payout::insert(c, &payout).await?;
                payout::set_password(c, &account.id, &withdrawal_hash, now).await
            })
        })
        .await
}
