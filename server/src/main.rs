//! The command line of the server: serve, demo, migrate, secrets, config.

mod accounts;
mod log_command;
mod mails;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing_subscriber::EnvFilter;
use warifu_server::config::{Config, DEFAULTS};
use warifu_server::crypto::secrets::Secrets;
use warifu_server::demo;
use warifu_server::operations::staff;
use warifu_server::startup::{Listeners, Server, Workers};
use warifu_server::store::Store;
use warifu_shared::clock::{Clock as _, SystemClock};

/// Push approval for financial firms.
#[derive(Parser)]
#[command(name = "warifu-server")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the server.
    Serve {
        /// The configuration file.
        #[arg(long, env = "WARIFU_CONFIG")]
        config: PathBuf,
    },
    /// Runs everything on embedded parts with sample customers, on loopback.
    Demo {
        /// Where the demo keeps its data.
        #[arg(long, default_value = "demo-data")]
        folder: PathBuf,
        /// Port of the pages.
        #[arg(long, default_value_t = 8480)]
        port: u16,
        /// Port of the relay.
        #[arg(long, default_value_t = 8481)]
        relay_port: u16,
        /// Port of the staff console.
        #[arg(long, default_value_t = 8482)]
        staff_port: u16,
    },
    /// Applies the database migrations and ends.
    Migrate {
        /// The configuration file.
        #[arg(long, env = "WARIFU_CONFIG")]
        config: PathBuf,
    },
    /// Draws the secrets that the configured folder does not hold yet.
    SecretsInit {
        /// The configuration file.
        #[arg(long, env = "WARIFU_CONFIG")]
        config: PathBuf,
    },
    /// Opens accounts and issues activation codes.
    #[command(subcommand)]
    Accounts(accounts::Accounts),
    /// The audit log.
    #[command(subcommand)]
    Log(log_command::LogCommand),
    /// The staff console.
    Staff {
        #[command(subcommand)]
        what: StaffCommand,
    },
    /// Shows every mail with sample data.
    MailsPreview(mails::MailsPreview),
    /// Prints every setting with its default and what it means.
    ConfigDefault,
}

#[derive(Subcommand)]
enum StaffCommand {
    /// Prints a one-time token for the first administrator. Only while there is none; an earlier token ends.
    Bootstrap {
        /// The configuration file.
        #[arg(long, env = "WARIFU_CONFIG")]
        config: PathBuf,
    },
}

/// A login makes hundreds of small allocations on several threads; the system's allocator took a fifth of its time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Anything = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    match run(Arguments::parse().command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("warifu-server: {error}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<(), Anything> {
    match command {
        Command::Serve { config } => serve(Config::load(&config)?).await,
        Command::Demo {
            folder,
            port,
            relay_port,
            staff_port,
        } => run_demo(&folder, port, relay_port, staff_port).await,
        Command::Migrate { config } => {
            Store::open(&Config::load(&config)?.database.url)
                .await?
                .close()
                .await;
            Ok(())
        }
        Command::SecretsInit { config } => Ok(Secrets::init(&Config::load(&config)?.secrets.folder)?),
        Command::Accounts(what) => {
            say(&accounts::run(what).await?);
            Ok(())
        }
        Command::Log(what) => {
            say(&log_command::run(&what).await?);
            Ok(())
        }
        Command::Staff {
            what: StaffCommand::Bootstrap { config },
        } => bootstrap(&Config::load(&config)?).await,
        Command::MailsPreview(what) => {
            say(&mails::run(&what)?);
            Ok(())
        }
        Command::ConfigDefault => {
            say(DEFAULTS);
            Ok(())
        }
    }
}

/// Prints a token for the first administrator.
async fn bootstrap(config: &Config) -> Result<(), Anything> {
    let origin = config
        .staff_origin()
        .ok_or("there is no staff console: set staff.listen and staff.origin")?;
    let store = Store::open(&config.database.url).await?;
    let made = staff::bootstrap::run(&store, SystemClock.now()).await?;
    store.close().await;
    let token = made.ok_or("there is an administrator already, who invites everybody else")?;
    say(&token);
    say(&format!(
        "Open {origin}/activate within one hour and enter this token. It works once and is not shown again."
    ));
    Ok(())
}

async fn run_demo(
    folder: &std::path::Path,
    port: u16,
    relay_port: u16,
    staff_port: u16,
) -> Result<(), Anything> {
    std::fs::create_dir_all(folder)?;
    let mut config = demo::config(
        folder,
        &format!("127.0.0.1:{port}"),
        &format!("127.0.0.1:{relay_port}"),
    )?;
    demo::with_console(&mut config, staff_port);
    Secrets::init(&config.secrets.folder)?;
    serve(config).await
}

async fn serve(config: Config) -> Result<(), Anything> {
    let web = TcpListener::bind(config.listen.web).await?;
    let relay = match config.listen.relay {
        Some(address) => Some(TcpListener::bind(address).await?),
        None => None,
    };
    let staff = match config.staff.listen {
        Some(address) => Some(TcpListener::bind(address).await?),
        None => None,
    };
    let is_demo = config.demo;
    let signals = Signals::listen(config.tls.is_on())?;
    let insecure = config.insecure_switches().join(", ");
    let origin = config
        .origins
        .iter()
        .find(|o| o.main)
        .map(|o| o.url.clone())
        .unwrap_or_default();
    let server = Server::start(
        config,
        Listeners { web, relay, staff },
        Arc::new(SystemClock),
        Workers::Running,
    )
    .await?;
    if !insecure.is_empty() {
        say(&format!(
            "*** INSECURE, for development on this machine only: {insecure} ***"
        ));
    }
    if is_demo {
        let token = staff::bootstrap::run(&server.app.store, SystemClock.now()).await?;
        let people = demo::colleagues(&server.app.store).await?;
        greet(
            &origin,
            &server.app.config.staff.origin,
            token.as_deref(),
            &people,
        );
    } else {
        say(&format!("ready {origin}"));
    }
    signals.until_asked_to_stop(&server).await;
    server.stop().await;
    Ok(())
}

/// What the process is asked from outside. Made before the server says that it is ready.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    /// With TLS only: without, `SIGHUP` ends the process as usual.
    look: Option<Signal>,
}

impl Signals {
    fn listen(has_certificate: bool) -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            look: has_certificate
                .then(|| signal(SignalKind::hangup()))
                .transpose()?,
        })
    }

    /// Waits for `SIGINT` or `SIGTERM`; `SIGHUP` looks for a new certificate meanwhile.
    async fn until_asked_to_stop(mut self, server: &Server) {
        let mut asked_to_look = async || match &mut self.look {
            Some(look) => look.recv().await,
            None => std::future::pending().await,
        };
        loop {
            tokio::select! {
                _ = self.interrupt.recv() => return,
                _ = self.terminate.recv() => return,
                _ = asked_to_look() => drop(server.look_at_certificate().await),
            }
        }
    }
}

fn greet(origin: &str, console: &str, token: Option<&str>, people: &[&demo::Colleague]) {
    say("");
    say("  Warifu demo: ひので証券 / Hinode Securities (fictitious)");
    say("");
    say(&format!("  1. Open      {origin}/demo"));
    say("  2. Log in with one of these sample customers:");
    for sample in demo::CUSTOMERS {
        say(&format!(
            "       account {}   password {:<20}  {}",
            sample.number, sample.password, sample.name
        ));
    }
    let letter = &demo::LETTER;
    say(&format!(
        "     or begin as {} at {origin}/activate:  account {}   activation code {}",
        letter.name,
        letter.number,
        *letter.code().grouped()
    ));
    say(&format!("  3. Mails     {origin}/demo/mailbox"));
    say(
        "  4. Register the authenticator app: 「認証アプリを登録する」 on the account page, then paste the link into the app,",
    );
    say(&format!(
        "     or without a display:  {} enrol LINK",
        demo::DEVICE_COMMAND
    ));
    say(&format!("  5. Staff     {console}"));
    if let Some(token) = token {
        say(&format!(
            "       first administrator: open {console}/activate and enter {token}"
        ));
        say(&format!(
            "       then register a device of their own:  {} enrol LINK",
            demo::DEVICE_COMMAND.replace("/device ", "/staff-device ")
        ));
    }
    greet_staff(people);
    say("");
    say(&format!("ready {origin}"));
}

/// The sample staff, when their days were played before.
fn greet_staff(people: &[&demo::Colleague]) {
    if people.is_empty() {
        return;
    }
    say(&format!(
        "       log in with one of these and the password {}; then approve on their device, with the number on the page:",
        demo::STAFF_PASSWORD
    ));
    for person in people {
        say(&format!(
            "         {:<7} {:<14} scripts/demo-approve.sh {} NUMBER",
            person.login_id,
            person.role.name(),
            person.login_id
        ));
    }
    say("       customers with some days behind them:");
    for sample in demo::REGULARS {
        say(&format!(
            "         account {}   password {:<20}  {}",
            sample.number, sample.password, sample.name
        ));
    }
    say("       what to click: README, Try it, The staff console");
}

#[expect(clippy::print_stdout, reason = "the command line's own output")]
fn say(line: &str) {
    println!("{line}");
}
