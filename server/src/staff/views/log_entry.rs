//! One entry of the audit log with its proof.

use askama::Template;
use serde_json::Value;
use warifu_shared::b64;
use warifu_shared::log::{Entry, Hash};

use super::Who;
use crate::domain::staff::{Act, Roles};
use crate::pages::layout::{ErrorNote, Frame};
use crate::pages::text;
use crate::staff::paths;

/// The proof of an entry.
#[derive(Debug, Clone)]
pub struct Proven {
    /// Its position.
    pub position: u64,
    /// Its hash.
    pub hash: Hash,
    /// The hashes that lead to the root.
    pub proof: Vec<Hash>,
    /// The signed checkpoint.
    pub checkpoint: String,
    /// How many entries it covers.
    pub size: u64,
    /// Whether signature and proof hold.
    pub holds: bool,
}

/// What lies behind an entry.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The client's address.
    pub address: String,
    /// Where that is.
    pub place: String,
    /// Browser and system.
    pub browser: String,
    /// Whether it is what the entry promised.
    pub fits: bool,
}

/// `GET` and `POST /log/entries/{entry}`.
#[derive(Template)]
#[template(path = "staff/log_entry.html")]
pub struct EntryPage {
    /// The frame.
    pub frame: Frame,
    /// Who is here.
    pub who: Who,
    /// Their roles: what is not allowed is not linked.
    pub roles: Roles,
    /// The id of the entry.
    pub id: String,
    /// The entry; none when only its hash is left, or it cannot be read.
    pub entry: Option<Entry>,
    /// What happened, in words.
    pub what: String,
    /// How it went, where there are words for it.
    pub outcome: Option<String>,
    /// Who did it.
    pub by: String,
    /// Whom it concerns, masked.
    pub whom: String,
    /// The bytes that were hashed.
    pub json: String,
    /// Whether these are not the bytes that the log has the hash of.
    pub changed: bool,
    /// The position and the proof; none while inclusion is pending.
    pub proven: Option<Proven>,
    /// What a staff member wrote down, as JSON; empty for other entries.
    pub record: String,
    /// Whether details are kept behind it.
    pub has_details: bool,
    /// The details.
    pub opened: Option<Opened>,
    /// The reason as typed.
    pub reason: String,
    /// What was refused.
    pub error: Option<ErrorNote>,
}

impl EntryPage {
    /// Before anything was read.
    #[must_use]
    pub fn new(frame: Frame, who: Who, id: String) -> Self {
        Self {
            frame,
            who,
            id,
            roles: Roles::default(),
            entry: None,
            what: String::new(),
            outcome: None,
            by: String::new(),
            whom: String::new(),
            json: String::new(),
            changed: false,
            proven: None,
            record: String::new(),
            has_details: false,
            opened: None,
            reason: String::new(),
            error: None,
        }
    }

    /// Its path.
    #[must_use]
    pub fn url(&self) -> String {
        paths::entry(&self.id)
    }

    /// A hash as the log writes it.
    #[must_use]
    pub fn hash(&self, hash: &Hash) -> String {
        b64::encode(hash)
    }

    /// The moment to the millisecond, Japan Standard Time.
    #[must_use]
    pub fn exact(&self, entry: &Entry) -> String {
        format!("{} JST", text::sortable(entry.at))
    }

    /// Whether this person may look behind it.
    #[must_use]
    pub fn may_open(&self) -> bool {
        self.has_details && self.roles.may(Act::OpenDetails)
    }

    /// Whether this person may export it.
    #[must_use]
    pub fn may_export(&self) -> bool {
        self.proven.is_some() && self.roles.may(Act::ExportLog)
    }

    /// What a staff member wrote down: the keys of the names, and the values that are there.
    #[must_use]
    pub fn written_down(&self) -> Vec<(&'static str, String)> {
        let record: Value = serde_json::from_str(&self.record).unwrap_or_default();
        [
            ("reason", "st_log.reason"),
            ("before", "st_log.before"),
            ("after", "st_log.after"),
        ]
        .into_iter()
        .filter_map(|(name, key)| Some((key, record.get(name)?.as_str()?.to_owned())))
        .filter(|(_, value)| !value.is_empty())
        .collect()
    }

    /// Other entries about the same account, or by the same staff member or device.
    #[must_use]
    pub fn related(&self) -> Vec<(&'static str, String)> {
        let Some(entry) = &self.entry else {
            return Vec::new();
        };
        let mut found = Vec::new();
        if entry.subject.starts_with("ac_") {
            found.push((
                "st_log.same_account",
                format!("{}?account={}", paths::LOG, entry.subject),
            ));
        }
        if entry.actor.contains(':') {
            let actor = entry.actor.replace(':', "%3A");
            found.push(("st_log.same_actor", format!("{}?actor={actor}", paths::LOG)));
        }
        found.push((
            "st_log.same_action",
            format!("{}?action={}", paths::LOG, entry.action),
        ));
        found
    }
}
