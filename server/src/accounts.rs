//! `warifu-server accounts`: opens accounts and issues activation codes, for a firm that works without the console.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Subcommand, ValueEnum};
use warifu_server::app::App;
use warifu_server::config::Config;
use warifu_server::crypto::secrets::Secrets;
use warifu_server::domain::account::AccountNumber;
use warifu_server::domain::paper_code::PaperCode;
use warifu_server::mail::MailAddress;
use warifu_server::operations::activation_code::{self, Opened};
use warifu_server::store::Store;
use warifu_shared::clock::SystemClock;
use warifu_shared::display::Language;

/// What to do.
#[derive(Subcommand)]
pub enum Accounts {
    /// Opens an account that its customer activates, and prints its activation code: this once, it is not kept.
    Open {
        /// The configuration file.
        #[arg(long, env = "WARIFU_CONFIG")]
        config: PathBuf,
        /// The account number.
        #[arg(long)]
        number: String,
        /// The customer's name.
        #[arg(long)]
        name: String,
        /// The customer's language.
        #[arg(long, value_enum, default_value_t = Tongue::Ja)]
        language: Tongue,
        /// A mail address that the firm knows; the customer proves it or another one.
        #[arg(long)]
        mail: Option<String>,
    },
    /// Issues another activation code for an account that still waits; the older one no longer works.
    ActivationCode {
        /// The configuration file.
        #[arg(long, env = "WARIFU_CONFIG")]
        config: PathBuf,
        /// The account number.
        #[arg(long)]
        number: String,
    },
}

/// A language of the pages.
#[derive(Clone, Copy, ValueEnum)]
pub enum Tongue {
    /// Japanese.
    Ja,
    /// English.
    En,
}

type Anything = Box<dyn std::error::Error>;

/// Does it; gives what to print.
///
/// # Errors
/// When an argument cannot be used, the account is there already or is not, or the database is out of reach.
pub async fn run(what: Accounts) -> Result<String, Anything> {
    match what {
        Accounts::Open {
            config,
            number,
            name,
            language,
            mail,
        } => {
            let mail = mail.map(|text| text.parse::<MailAddress>()).transpose()?;
            let name = name.trim().to_owned();
            if name.is_empty() || name.chars().any(char::is_control) || name.chars().count() > 100 {
                return Err("the name must have 1 to 100 characters".into());
            }
            let new = Opened {
                number: read(&number)?,
                name,
                language: match language {
                    Tongue::Ja => Language::Ja,
                    Tongue::En => Language::En,
                },
                mail,
            };
            let app = open(&config).await?;
            let (_, code) = activation_code::open_account(&app, &new, BY).await?;
            app.store.close().await;
            Ok(letter(&app, &new.number, &code))
        }
        Accounts::ActivationCode { config, number } => {
            let (app, number) = (open(&config).await?, read(&number)?);
            let code = activation_code::reissue(&app, &number, BY).await?;
            app.store.close().await;
            Ok(letter(&app, &number, &code))
        }
    }
}

fn read(number: &str) -> Result<AccountNumber, Anything> {
    AccountNumber::from_typed(number)
        .ok_or_else(|| "the account number must have 3 to 20 letters and digits".into())
}

async fn open(config: &std::path::Path) -> Result<App, Anything> {
    let config = Config::load(config)?;
    let secrets = Secrets::load(&config.secrets.folder)?;
    let store = Store::open(&config.database.url).await?;
    Ok(App::new(config, store, secrets, Arc::new(SystemClock))?)
}

fn letter(app: &App, number: &AccountNumber, code: &PaperCode) -> String {
    format!(
        "account {}\nactivation code {}\nworks for {} days, until it is used",
        number.as_str(),
        *code.grouped(),
        app.config.activation.code_days
    )
}

/// Who it was, in the audit log.
const BY: &str = "command line";
