//! What can be typed after `warifu-device`.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use warifu_device_core::{DenyReason, KeystoreChoice, Language};

/// The authenticator without a window: register, approve and refuse from a terminal.
///
/// The PIN is read from the environment variable WARIFU_PIN, from standard input with --pin-stdin, or asked for.
/// Exit code 0: done. 1: refused, with a numbered reason. 2: the command line was wrong.
#[derive(Debug, Parser)]
#[command(name = "warifu-device", version)]
pub struct Args {
    /// The folder of keys and settings [default: $XDG_DATA_HOME/warifu/device]
    #[arg(long, env = "WARIFU_DATA_DIR", global = true)]
    pub data_dir: Option<PathBuf>,
    /// Where the half of the secrets lies that is not the PIN
    #[arg(long, value_enum, default_value_t = KeystoreArg::Os, env = "WARIFU_KEYSTORE", global = true)]
    pub keystore: KeystoreArg,
    /// Language of what is printed; kept for the next time
    #[arg(long, value_parser = language, env = "WARIFU_LANG", global = true)]
    pub lang: Option<Language>,
    /// Print one JSON value a line, refusals too
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// The kinds of keystore.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum KeystoreArg {
    /// The operating system's
    Os,
    /// None: everything is sealed under the PIN alone
    None,
    /// A plain file in the data folder: for tests and machines without a desktop
    File,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Register this device with a link, or with the code that the page shows
    Enrol(EnrolArgs),
    /// List the open requests
    List,
    /// Show one request in full
    Show {
        /// Its id, or the beginning of it
        id: String,
    },
    /// Approve a request with the number that the page shows
    Approve(ApproveArgs),
    /// Refuse a request (no PIN)
    Deny {
        /// Its id, or the beginning of it; may be left out when only one is open
        id: Option<String>,
        /// Why
        #[arg(long, value_enum)]
        reason: Reason,
    },
    /// Stay connected and print requests as they arrive
    Watch {
        /// Stop after the first request
        #[arg(long)]
        once: bool,
        /// Ask the servers every so many seconds too, for when no push arrives
        #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..))]
        poll: u64,
    },
    /// List the account's withdrawals
    Withdrawals {
        /// The service's handle, when several are registered
        #[arg(long)]
        service: Option<String>,
        /// Show older ones too, as many as the app keeps
        #[arg(long)]
        all: bool,
    },
    /// Take a withdrawal back while it is on hold (no PIN)
    Recall {
        /// Its id or its reference, or the beginning of one
        id: String,
        /// The service's handle, when several are registered
        #[arg(long)]
        service: Option<String>,
    },
    /// List what happened to the account, newest first
    Notices {
        /// The service's handle, when several are registered
        #[arg(long)]
        service: Option<String>,
    },
    /// Object to what a notice tells: stop a new device, or keep one that is to leave (no PIN)
    Veto {
        /// The notice's id, or the beginning of it
        id: String,
        /// The service's handle, when several are registered
        #[arg(long)]
        service: Option<String>,
    },
    /// Show a code that replaces a forgotten login password on the firm's page (asks for the PIN)
    ResetPassword {
        /// The service's handle, when several are registered
        #[arg(long)]
        service: Option<String>,
        /// Read the PIN from standard input
        #[arg(long)]
        pin_stdin: bool,
    },
    /// Save the verified receipt of a withdrawal that a device decided on
    Receipt {
        /// Its id or its reference, or the beginning of one
        id: String,
        /// The file
        #[arg(long)]
        out: PathBuf,
        /// The service's handle, when several are registered
        #[arg(long)]
        service: Option<String>,
    },
    /// Show the registered services and the state of this device
    Status,
    /// Change this device's name at a service
    Rename {
        /// The service's handle, as `status` prints it
        service: String,
        /// The new name
        name: String,
    },
    /// Remove a service: tells its server and destroys the keys
    Remove {
        /// The service's handle, as `status` prints it
        service: String,
    },
}

/// Where the enrolment code comes from.
#[derive(Debug, clap::Args)]
pub struct EnrolArgs {
    /// The `warifu://enrol` link
    #[arg(conflicts_with_all = ["server", "account", "code"], required_unless_present_all = ["server", "account", "code"])]
    pub link: Option<String>,
    /// The server's address
    #[arg(long)]
    pub server: Option<String>,
    /// The account number
    #[arg(long)]
    pub account: Option<String>,
    /// The code to type
    #[arg(long)]
    pub code: Option<String>,
    /// This device's name in the firm's lists
    #[arg(long, default_value = "warifu-device")]
    pub name: String,
    /// Wait until the fingerprint was confirmed on the page
    #[arg(long)]
    pub wait: bool,
}

/// Which request, and where its number comes from.
#[derive(Debug, clap::Args)]
pub struct ApproveArgs {
    /// Its id, or the beginning of it; may be left out when only one is open
    pub id: Option<String>,
    /// The six digits from the page
    #[arg(long, required_unless_present_any = ["scan", "link"], conflicts_with_all = ["scan", "link"])]
    pub number: Option<String>,
    /// The text of the page's QR code instead of the number
    #[arg(long, conflicts_with = "link")]
    pub scan: Option<String>,
    /// The page's link that opens the app instead of the number
    #[arg(long)]
    pub link: Option<String>,
    /// Read the PIN from standard input
    #[arg(long)]
    pub pin_stdin: bool,
}

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Reason {
    /// I cancelled it
    Cancelled,
    /// This was not me
    NotMe,
    /// Someone on the phone told me to
    Phone,
    /// The details are wrong
    WrongDetails,
}

impl From<Reason> for DenyReason {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::Cancelled => Self::Cancelled,
            Reason::NotMe => Self::NotMe,
            Reason::Phone => Self::Phone,
            Reason::WrongDetails => Self::WrongDetails,
        }
    }
}

impl Args {
    /// The data folder: as given, or where the desktop keeps data of applications.
    pub fn data_dir(&self) -> PathBuf {
        let from = |name: &str| {
            std::env::var_os(name)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
        };
        self.data_dir.clone().unwrap_or_else(|| {
            let base = from("XDG_DATA_HOME").or_else(|| from("HOME").map(|home| home.join(".local/share")));
            base.unwrap_or_default().join("warifu").join("device")
        })
    }

    /// The keystore that was chosen.
    pub fn keystore_choice(&self) -> KeystoreChoice {
        match self.keystore {
            KeystoreArg::Os => KeystoreChoice::Os,
            KeystoreArg::None => KeystoreChoice::None,
            KeystoreArg::File => KeystoreChoice::File(self.data_dir().join("keystore.json")),
        }
    }
}

fn language(text: &str) -> Result<Language, String> {
    match text {
        "ja" => Ok(Language::Ja),
        "en" => Ok(Language::En),
        _ => Err("ja or en".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent_and_never_approves_without_a_number() {
        Args::command().debug_assert();
        assert!(Args::try_parse_from(["warifu-device", "approve"]).is_err());
        assert!(Args::try_parse_from(["warifu-device", "approve", "--number", "493817"]).is_ok());
        assert!(Args::try_parse_from(["warifu-device", "deny"]).is_err());
        assert!(Args::try_parse_from(["warifu-device", "enrol"]).is_err());
        assert!(Args::try_parse_from(["warifu-device", "enrol", "warifu://enrol?x"]).is_ok());
        let typed = [
            "warifu-device",
            "enrol",
            "--server",
            "a.example",
            "--account",
            "1",
            "--code",
            "X",
        ];
        assert!(Args::try_parse_from(typed).is_ok());
    }
}
