//! `warifu-load`: load on a Warifu server that is not this project's own test: `seed` writes test customers into its database,
//! `run` lets them approve. For test installations only; docs/operations.md tells how.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::{Parser, Subcommand};
use warifu_server::app::App;
use warifu_server::config::Config;
use warifu_server::crypto::secrets::Secrets;
use warifu_server::store::Store;
use warifu_shared::clock::SystemClock;
use warifu_tests::load::{Customers, Pages, Report, run, seed};

/// Load for a test installation of Warifu.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Writes test customers with devices and sessions into the database of a test installation.
    Seed {
        /// The server's configuration.
        #[arg(long)]
        config: PathBuf,
        /// How many.
        #[arg(long, default_value_t = 1000)]
        customers: u32,
        /// Their first account number; they count up from there.
        #[arg(long, default_value_t = 90_000_000)]
        first: u32,
        /// Where to write what `run` needs. The keys in it open nothing but these accounts.
        #[arg(long)]
        out: PathBuf,
    },
    /// Lets seeded customers ask for approvals on the pages and approve them on their devices.
    Run {
        /// What `seed` wrote.
        #[arg(long)]
        customers: PathBuf,
        /// How many at once.
        #[arg(long, default_value_t = 32)]
        at_once: usize,
        /// For how many seconds.
        #[arg(long, default_value_t = 30)]
        seconds: u64,
    },
}

type Anything = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> ExitCode {
    match do_it(Arguments::parse().command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("warifu-load: {error}"));
            ExitCode::FAILURE
        }
    }
}

async fn do_it(command: Command) -> Result<(), Anything> {
    match command {
        Command::Seed {
            config,
            customers,
            first,
            out,
        } => {
            let config = Config::load(&config)?;
            let secrets = Secrets::load(&config.secrets.folder)?;
            let store = Store::open(&config.database.url).await?;
            let app = App::new(config, store, secrets, Arc::new(SystemClock))?;
            let seeded = seed(&app, first, customers, app.config.listen.relay.is_some()).await?;
            std::fs::write(&out, serde_json::to_string(&seeded)?)?;
            app.store.close().await;
            say(&format!(
                "{customers} customers written; next: warifu-load run --customers {}",
                out.display()
            ));
            Ok(())
        }
        Command::Run {
            customers,
            at_once,
            seconds,
        } => {
            let seeded: Customers = serde_json::from_str(&std::fs::read_to_string(customers)?)?;
            let pages = Arc::new(Pages::at(&seeded.pages)?);
            let report = run(pages, &seeded, at_once, Duration::from_secs(seconds)).await?;
            tell(&report);
            if report.failures > 0 {
                return Err("not every cycle ended with an approval".into());
            }
            Ok(())
        }
    }
}

fn tell(report: &Report) {
    let millis = |share| report.percentile(share).as_secs_f64() * 1e3;
    say(&format!(
        "{} approvals by {} customers at once in {:.1} s: {:.0} a second; p50 {:.1} ms, p99 {:.1} ms, {} failed",
        report.cycles,
        report.at_once,
        report.took.as_secs_f64(),
        report.rate(),
        millis(0.5),
        millis(0.99),
        report.failures,
    ));
    if let Some(why) = &report.first_failure {
        say(&format!("the first failure: {why}"));
    }
}

#[expect(clippy::print_stdout, reason = "this is what the program is for")]
fn say(text: &str) {
    println!("{text}");
}
