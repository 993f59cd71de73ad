//! `warifu-server log`: what the operator does with the audit log.

use std::path::PathBuf;

use clap::Subcommand;
use warifu_server::config::Config;
use warifu_server::operations::prune_log;
use warifu_server::store::Store;
use warifu_shared::clock::{Clock as _, SystemClock};

/// What can be done.
#[derive(Subcommand)]
pub enum LogCommand {
    /// Removes the text of entries older than audit.entries_days. Their hashes stay, and a record in the log says which.
    Prune {
        /// The configuration file.
        #[arg(long, env = "WARIFU_CONFIG")]
        config: PathBuf,
    },
}

/// Does it, and says what was done.
pub async fn run(what: &LogCommand) -> Result<String, Box<dyn std::error::Error>> {
    let LogCommand::Prune { config } = what;
    let config = Config::load(config)?;
    let days = config.audit.entries_days;
    let store = Store::open(&config.database.url).await?;
    let done = prune_log::run(&store, days, SystemClock.now()).await;
    store.close().await;
    Ok(match done? {
        Some(prune) => format!(
            "Pruned the entries {} to {}: older than {days} days. The record is in the log.",
            prune.first, prune.last
        ),
        None => format!("No entry is older than {days} days."),
    })
}
