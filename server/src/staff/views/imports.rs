//! What the rooms of imports show.

use askama::Template;
use warifu_shared::clock::Timestamp;
use warifu_shared::display::Language;

use super::Who;
use crate::operations::imports::letters::MOST_PRINTED;
use crate::operations::imports::{MOST_BYTES, MOST_ROWS, WAITING_DAYS};
use crate::pages::layout::{ErrorNote, Frame};
use crate::pages::text;
use crate::store::imports::rows::Wrong;
use crate::store::imports::{Import, State};

/// One line of the list.
#[derive(Debug, Clone)]
pub struct ImportLine {
    /// Its id.
    pub id: String,
    /// The file.
    pub file: String,
    /// Where it stands.
    pub state: State,
    /// When it came.
    pub at: Timestamp,
    /// Rows, good ones, accounts.
    pub counts: [u64; 3],
}

fn many(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

impl ImportLine {
    /// Of an import.
    #[must_use]
    pub fn of(it: &Import) -> Self {
        Self {
            id: it.id.to_string(),
            file: it.file_name.clone(),
            state: it.state,
            at: it.created_at,
            counts: [it.rows_read, it.rows_good, it.opened].map(many),
        }
    }
}

/// `GET /imports`.
#[derive(Template)]
#[template(path = "staff/imports.html")]
pub struct ImportsPage {
    /// The frame.
    pub frame: Frame,
    /// Who is here.
    pub who: Who,
    /// The imports.
    pub lines: Vec<ImportLine>,
    /// From where older ones follow.
    pub older: Option<String>,
    /// Whether this person may bring a file.
    pub can_import: bool,
}

/// The words of a state.
fn state_words(frame: &Frame, state: State) -> String {
    frame.t(&format!("st_import_state.{}", state.name()))
}

impl ImportsPage {
    fn state(&self, line: &ImportLine) -> String {
        state_words(&self.frame, line.state)
    }
}

/// `GET /imports/new`.
#[derive(Template)]
#[template(path = "staff/import_new.html")]
pub struct UploadPage {
    /// The frame.
    pub frame: Frame,
    /// Who is here.
    pub who: Who,
    /// What was refused.
    pub error: Option<ErrorNote>,
}

impl UploadPage {
    fn limits(&self) -> String {
        let values: [(&str, &dyn std::fmt::Display); 2] = [
            ("mega", &(MOST_BYTES / 1024 / 1024)),
            ("rows", &text::grouped(many(MOST_ROWS))),
        ];
        text::fill(self.frame.request.language, "st_import.limits", &values)
    }
}

/// `GET /imports/{import}`.
#[derive(Template)]
#[template(path = "staff/import.html")]
pub struct ImportPage {
    /// The frame.
    pub frame: Frame,
    /// Who is here.
    pub who: Who,
    /// The import.
    pub it: Import,
    /// The first lines that are wrong.
    pub wrong: Vec<Wrong>,
    /// How many letters were made.
    pub letters: i64,
    /// Who brought, proposed, approved it; empty for nobody.
    pub people: Vec<String>,
    /// What this person may decide now.
    pub deeds: Vec<&'static str>,
    /// Whether this person may collect letters.
    pub can_collect: bool,
}

impl ImportPage {
    fn state(&self) -> String {
        state_words(&self.frame, self.it.state)
    }

    fn meaning(&self) -> String {
        let key = format!("st_import_meaning.{}", self.it.state.name());
        self.frame.t1(&key, "days", WAITING_DAYS)
    }

    fn deed(&self, deed: &str) -> String {
        self.frame.t(&format!("st_import_deed_{deed}.button"))
    }

    /// How far it is, of how much.
    fn progress(&self) -> Option<(i64, i64)> {
        match self.it.state {
            State::Checking => Some((self.it.bytes_read, self.it.bytes)),
            State::Opening | State::Paused => Some((self.it.opened + self.it.failed, self.it.rows_good)),
            _ => None,
        }
    }

    fn percent(&self) -> String {
        let (done, all) = self.progress().unwrap_or((0, 1));
        let percent = done.saturating_mul(100) / all.max(1);
        self.frame.t1("st_import.progress", "percent", percent)
    }

    fn facts(&self) -> Vec<(String, String)> {
        let t = |key: &str| self.frame.t(key);
        let count = |count: i64| text::grouped(many(count));
        let mut facts = vec![
            (t("st_import.file"), self.it.file_name.clone()),
            (t("st_import.came"), self.frame.date_time(&self.it.created_at)),
        ];
        if !self.it.characters.is_empty() {
            facts.push((t("st_import.characters"), self.it.characters.clone()));
        }
        facts.push((t("st_import.rows"), count(self.it.rows_read)));
        facts.push((t("st_import.good"), count(self.it.rows_good)));
        facts.push((t("st_import.bad"), count(self.it.rows_bad)));
        if self.it.approved_by.is_some() {
            facts.push((t("st_import.opened"), count(self.it.opened)));
            facts.push((t("st_import.failed"), count(self.it.failed)));
            facts.push((t("st_import.letters"), count(self.letters)));
        }
        for (key, name) in ["st_import.by", "st_import.proposed", "st_import.approved"]
            .into_iter()
            .zip(&self.people)
        {
            if !name.is_empty() {
                facts.push((t(key), name.clone()));
            }
        }
        facts
    }

    fn problem(&self, wrong: &Wrong) -> String {
        problem_words(self.frame.request.language, wrong)
    }

    fn column(&self, wrong: &Wrong) -> String {
        wrong.problem.column().map_or_else(
            || "-".to_owned(),
            |it| self.frame.t(&format!("st_import_column.{it}")),
        )
    }

    fn more(&self) -> bool {
        self.it.rows_bad + self.it.failed > i64::try_from(self.wrong.len()).unwrap_or(i64::MAX)
    }
}

/// What is wrong with a line, and what would be right.
#[must_use]
pub fn problem_words(language: Language, wrong: &Wrong) -> String {
    let key = format!("st_import_problem.{}", wrong.problem.name());
    let line = wrong.other_line.unwrap_or_default();
    text::fill(language, &key, &[("line", &line)])
}

/// Which letters are asked for.
#[derive(Debug, Clone)]
pub struct LettersAsked {
    /// The first.
    pub from: String,
    /// The last.
    pub to: String,
    /// Whether as a table for a printing house.
    pub table: bool,
}

/// `GET /imports/{import}/{deed}`.
#[derive(Template)]
#[template(path = "staff/import_ask.html")]
pub struct ImportAskPage {
    /// The frame.
    pub frame: Frame,
    /// Who is here.
    pub who: Who,
    /// The path of the form.
    pub url: String,
    /// What is asked.
    pub deed: String,
    /// The import.
    pub it: Import,
    /// The reason as typed.
    pub reason: String,
    /// Which letters, where it is about letters.
    pub letters: Option<LettersAsked>,
    /// What was refused.
    pub error: Option<ErrorNote>,
}

impl ImportAskPage {
    fn words(&self, what: &str) -> String {
        self.frame.t(&format!("st_import_deed_{}.{what}", self.deed))
    }

    fn counts(&self) -> String {
        let count = |count: i64| text::grouped(many(count));
        let values: [(&str, &dyn std::fmt::Display); 3] = [
            ("good", &count(self.it.rows_good)),
            ("bad", &count(self.it.rows_bad)),
            ("opened", &count(self.it.opened)),
        ];
        text::fill(self.frame.request.language, "st_import.counts", &values)
    }

    fn most(&self) -> i64 {
        MOST_PRINTED
    }
}
