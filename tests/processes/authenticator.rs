//! `warifu-device` as a customer without a display uses it: one process a command, JSON lines read back.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;
use warifu_tests::device::PIN;
use warifu_tests::process::{Program, Running};

use crate::firm::LIMIT;

/// A device: its folder and where its secrets lie.
pub struct Authenticator {
    folder: TempDir,
    keystore: &'static str,
    authority: Option<PathBuf>,
}

/// A command that has ended.
pub struct Done {
    /// Its exit code.
    pub code: i32,
    /// What it printed.
    pub log: String,
}

impl Authenticator {
    /// A new device with a keystore of this kind (`file` or `none`).
    pub fn new(keystore: &'static str) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("warifu-device-")
            .tempdir()
            .expect("a folder");
        Self {
            folder,
            keystore,
            authority: None,
        }
    }

    /// The same on a system whose trusted authorities are those of this PEM file and no others.
    pub fn trusting(mut self, authority: &Path) -> Self {
        self.authority = Some(authority.to_owned());
        self
    }

    /// Runs a command that must succeed.
    pub async fn run<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Done {
        let done = self.attempt(args, PIN).await;
        assert_eq!(done.code, 0, "{}", done.log);
        done
    }

    /// Runs a command that must be refused, and gives the refusal.
    pub async fn refused<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Value {
        self.attempt(args, PIN).await.refusal()
    }

    /// Runs a command with this PIN, whatever comes of it.
    pub async fn attempt<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>, pin: &str) -> Done {
        let (status, log) = self.program(pin).args(args).start().output(LIMIT).await;
        Done {
            code: status.code().expect("it ended by itself"),
            log,
        }
    }

    /// Starts a command that stays.
    pub fn start<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Running {
        self.program(PIN).args(args).start()
    }

    fn program(&self, pin: &str) -> Program {
        let program = Program::ours("warifu-device")
            .arg("--json")
            .arg("--data-dir")
            .arg(self.folder.path());
        let program = program
            .args(["--keystore", self.keystore])
            .env("WARIFU_PIN", pin)
            .input("");
        match &self.authority {
            Some(authority) => program.env("SSL_CERT_FILE", authority),
            None => program,
        }
    }
}

impl Done {
    /// The JSON object that has this member.
    pub fn json(&self, member: &str) -> Value {
        let objects = self
            .log
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let found = objects.into_iter().find(|value| value.get(member).is_some());
        found.unwrap_or_else(|| panic!("nothing with {member:?} in:\n{}", self.log))
    }

    /// The JSON array that it printed.
    pub fn list(&self) -> Vec<Value> {
        let mut values = self
            .log
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let found = values.find_map(|value| value.as_array().cloned());
        found.unwrap_or_else(|| panic!("no list in:\n{}", self.log))
    }

    /// The refusal: exit code 1, a stable number and a sentence.
    pub fn refusal(&self) -> Value {
        assert_eq!(self.code, 1, "{}", self.log);
        let error = self.json("error")["error"].clone();
        assert!(
            error["message"].as_str().is_some_and(|text| text.contains('。')),
            "a sentence to act on: {error}"
        );
        error
    }
}
