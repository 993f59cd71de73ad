//! `warifu-device`: the authenticator on the command line, on the same core as the app.

mod args;
mod commands;
mod notices;
mod output;
mod prompt;
mod watch;
mod withdrawals;

use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use warifu_device_core::{CoreError, DeviceCore, KdfProfile, Language, Options, Phase};
use warifu_shared::clock::SystemClock;

use crate::args::{Args, Command};
use crate::output::Output;

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "warn".into());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    let mut output = Output::new(args.json, args.lang.unwrap_or(Language::Ja));
    match run(args, &mut output).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output.error(&error);
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args, output: &mut Output) -> Result<(), CoreError> {
    let options = Options {
        data_dir: args.data_dir(),
        keystore: args.keystore_choice(),
        clock: Arc::new(SystemClock),
        push: matches!(args.command, Command::Watch { .. }),
        kdf: KdfProfile::Standard,
    };
    let core = DeviceCore::open(options).await?;
    if let Some(language) = args.lang {
        core.set_language(language);
    }
    output.set_language(core.language());
    let needs_keys = !matches!(args.command, Command::Enrol(_) | Command::Remove { .. });
    if needs_keys && core.view().phase == Phase::Locked {
        core.unlock(&prompt::pin(output.language())).await?;
    }
    commands::run(&core, args.command, output).await
}
