//! The demo: a fictitious broker with sample customers, on embedded parts. Nothing here runs in production.

pub mod ledger;

use std::path::Path;

use warifu_shared::display::Language;
use warifu_shared::ids::AccountId;

use crate::app::App;
use crate::config::{Config, ConfigError};
use crate::domain::account::AccountNumber;
use crate::domain::yen::Yen;
use crate::store::accounts::{self, Address, NewAccount};
use crate::store::{Conn, StoreError, sqlite_url};

/// A sample customer.
pub struct Sample {
    /// Account number.
    pub number: &'static str,
    /// Name.
    pub name: &'static str,
    /// Password.
    pub password: &'static str,
    /// Authentication mail address.
    pub mail: &'static str,
    /// Language.
    pub language: Language,
    /// What the account holds at first, in yen.
    pub yen: i64,
}

/// The sample customers of ひので証券.
pub const CUSTOMERS: &[Sample] = &[
    Sample {
        number: "1002001",
        name: "山田 太郎",
        password: "asahi-noboru-7301",
        mail: "taro.yamada@mail.example",
        language: Language::Ja,
        yen: 3_250_000,
    },
    Sample {
        number: "1002002",
        name: "佐藤 花子",
        password: "hanabi-matsuri-5518",
        mail: "hanako.sato@mail.example",
        language: Language::Ja,
        yen: 480_000,
    },
    Sample {
        number: "1002003",
        name: "Emma Collins",
        password: "quiet-harbour-2264",
        mail: "emma.collins@mail.example",
        language: Language::En,
        yen: 12_800_000,
    },
];

/// Seconds after which the demo's ledger has paid an order.
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

/// Adds the sample customers that are not there yet, and their balances to the demo firm's ledger.
///
/// # Errors
/// On a database failure.
pub async fn seed(app: &App) -> Result<(), StoreError> {
    for sample in CUSTOMERS {
        add(app, sample).await?;
    }
    app.store
        .write(|c| Box::pin(async move { open_ledger(c).await }))
        .await
}

/// What the sample customers hold at first.
async fn open_ledger(c: &mut Conn) -> Result<(), StoreError> {
    for sample in CUSTOMERS {
        let owner = AccountNumber::from_typed(sample.number).zip(Yen::new(sample.yen));
        let (number, held) =
            owner.ok_or_else(|| StoreError::inconsistent("ledger_accounts", sample.number, "sample"))?;
        ledger::open_account(c, &number, held).await?;
    }
    Ok(())
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
    let password_hash = app
        .passwords
        .hash(sample.password)
        .await
        .map_err(|_| broken("password"))?;
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
    app.store
        .write(move |c| {
            Box::pin(async move {
                accounts::insert(c, &account).await?;
                accounts::add_address(c, &account.id, &address, now).await
            })
        })
        .await
}
