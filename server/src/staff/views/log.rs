//! The rooms of the audit log: searching, exporting, checkpoints.

use askama::Template;
use warifu_shared::clock::Timestamp;

use super::Who;
use crate::audit::range::MOST_ENTRIES;
use crate::pages::layout::{ErrorNote, Frame};
use crate::pages::text;
use crate::staff::log::Query;
use crate::staff::paths;
use crate::store::log_search::{Hit, Published};

/// One entry that was found.
#[derive(Debug, Clone)]
pub struct LogLine {
    /// Where it is opened.
    pub url: String,
    /// Its number; none while it has no position.
    pub position: Option<u64>,
    /// When; none when only the hash is left.
    pub at: Option<Timestamp>,
    /// What happened, in words.
    pub what: String,
    /// The action as the log names it.
    pub action: String,
    /// How it went, where there are words for it.
    pub outcome: Option<String>,
    /// Who did it.
    pub by: String,
    /// Whom it concerns, masked.
    pub whom: String,
}

impl LogLine {
    /// Of something found, still without words.
    #[must_use]
    pub fn of(hit: &Hit) -> Self {
        Self {
            url: paths::entry(&hit.id),
            position: hit.position,
            at: None,
            what: String::new(),
            action: String::new(),
            outcome: None,
            by: String::new(),
            whom: String::new(),
        }
    }
}

/// `GET` and `POST /log`.
#[derive(Template)]
#[template(path = "staff/log.html")]
pub struct LogPage {
    /// The frame.
    pub frame: Frame,
    /// Who is here.
    pub who: Who,
    /// What is asked for.
    pub query: Query,
    /// The account that is asked for, masked.
    pub account: String,
    /// What was found.
    pub lines: Vec<LogLine>,
    /// How many entries the log has.
    pub size: u64,
    /// Days that entries, and addresses and browsers, are kept.
    pub kept: (i64, i64),
    /// Whether the search stopped because it had looked at enough.
    pub cut: bool,
    /// Where it goes on.
    pub older: Option<String>,
    /// What was refused.
    pub error: Option<ErrorNote>,
}

impl LogPage {
    /// Before anything was found.
    #[must_use]
    pub fn new(frame: Frame, who: Who, query: Query) -> Self {
        Self {
            frame,
            who,
            query,
            account: String::new(),
            lines: Vec::new(),
            size: 0,
            kept: (0, 0),
            cut: false,
            older: None,
            error: None,
        }
    }

    /// The actions that this version writes, with their words, for the list below the field.
    #[must_use]
    pub fn actions(&self) -> Vec<(String, String)> {
        text::under(self.frame.request.language, "event.")
    }

    /// The same search for every account.
    #[must_use]
    pub fn without_account(&self) -> String {
        self.query.of_all().url(paths::LOG)
    }

    /// The newest part of this search.
    #[must_use]
    pub fn newest(&self) -> String {
        self.query.before("").url(paths::LOG)
    }

    /// Where what was found is exported.
    #[must_use]
    pub fn export(&self) -> String {
        self.query.before("").url(paths::EXPORT)
    }
}

/// `GET /log/export`.
#[derive(Template)]
#[template(path = "staff/log_export.html")]
pub struct ExportPage {
    /// The frame.
    pub frame: Frame,
    /// Who is here.
    pub who: Who,
    /// What is exported.
    pub query: Query,
    /// The one entry that is exported; empty for a search.
    pub entry: String,
    /// The account, masked.
    pub account: String,
    /// Where the published keys are.
    pub keys: String,
    /// Whether the table was chosen.
    pub table: bool,
    /// The reason as typed.
    pub reason: String,
    /// What was refused.
    pub error: Option<ErrorNote>,
}

impl ExportPage {
    /// The empty form.
    #[must_use]
    pub fn new(frame: Frame, who: Who, query: Query) -> Self {
        Self {
            frame,
            who,
            query,
            entry: String::new(),
            account: String::new(),
            keys: String::new(),
            table: false,
            reason: String::new(),
            error: None,
        }
    }

    /// How many entries one export may have.
    #[must_use]
    pub fn most(&self) -> String {
        self.frame.count(&(MOST_ENTRIES as u64))
    }

    /// What is exported, in words: names of fields and values.
    #[must_use]
    pub fn asked(&self) -> Vec<(String, String)> {
        let shown = |(name, value): (&str, &str)| {
            let value = if name == "account" {
                self.account.as_str()
            } else {
                value
            };
            (
                self.frame.t(&format!("st_log.field_{name}")),
                value.replace('T', " "),
            )
        };
        self.query.pairs().into_iter().map(shown).collect()
    }

    /// Back to where one came from.
    #[must_use]
    pub fn back(&self) -> String {
        if self.entry.is_empty() {
            self.query.url(paths::LOG)
        } else {
            paths::entry(&self.entry)
        }
    }
}

/// A published checkpoint.
#[derive(Debug, Clone)]
pub struct CheckpointLine {
    /// How many entries it covers.
    pub size: u64,
    /// When it was published.
    pub at: Timestamp,
}

impl CheckpointLine {
    /// Of a published one.
    #[must_use]
    pub fn of(found: &Published) -> Self {
        Self {
            size: found.size.unsigned_abs(),
            at: found.at,
        }
    }
}

/// `GET /log/checkpoints`.
#[derive(Template)]
#[template(path = "staff/log_checkpoints.html")]
pub struct CheckpointsPage {
    /// The frame.
    pub frame: Frame,
    /// Who is here.
    pub who: Who,
    /// The newest ones.
    pub lines: Vec<CheckpointLine>,
    /// The size below which the list goes on.
    pub older: Option<i64>,
    /// Where the published keys are.
    pub keys: String,
}
