//! Entries of the log in plain words, in the language of the page; account numbers masked (STAFF-04).

use std::collections::BTreeMap;

use warifu_shared::error::ErrorCode;
use warifu_shared::ids::{AccountId, StaffId};
use warifu_shared::log::Entry;

use crate::operations::Refusal;
use crate::pages::layout::Frame;
use crate::pages::text;
use crate::store::staff::members;
use crate::store::{Conn, accounts};

/// What an action is called; a neutral sentence for one that this version does not know.
pub fn action(frame: &Frame, action: &str) -> String {
    text::known(frame.request.language, &format!("event.{action}")).unwrap_or_else(|| frame.t("events.other"))
}

/// How it went: the sentence of an outcome or of a refusal, or nothing more than the word itself.
pub fn outcome(frame: &Frame, outcome: &str) -> Option<String> {
    let words = text::known(frame.request.language, &format!("outcome.{outcome}"));
    let signal = || text::known(frame.request.language, &format!("st_case_signal.{outcome}"));
    words.or_else(signal).or_else(|| {
        let code = ErrorCode::ALL.iter().find(|code| code.name() == outcome)?;
        Some(frame.sentence(*code).to_owned())
    })
}

/// Names that entries on one page mention, each read once.
#[derive(Default)]
pub struct Names(BTreeMap<String, String>);

impl Names {
    /// Who did it: the kind in words, and the name of a staff member.
    pub async fn actor(&mut self, c: &mut Conn, frame: &Frame, entry: &Entry) -> Result<String, Refusal> {
        let (kind, id) = entry.actor.split_once(':').unwrap_or((&entry.actor, ""));
        let word = text::known(frame.request.language, &format!("st_log.actor_{kind}"));
        let word = word.unwrap_or_else(|| kind.to_owned());
        let name = if kind == "staff" {
            self.staff(c, id).await?
        } else {
            String::new()
        };
        Ok(if name.is_empty() {
            word
        } else {
            format!("{word} {name}")
        })
    }

    /// Whom it concerns: a masked account number, or the name of a staff member. Empty for nobody.
    pub async fn subject(&mut self, c: &mut Conn, subject: &str) -> Result<String, Refusal> {
        if subject.starts_with(StaffId::PREFIX) {
            return self.staff(c, subject).await;
        }
        if let Some(known) = self.0.get(subject) {
            return Ok(known.clone());
        }
        let Ok(id) = subject.parse::<AccountId>() else {
            return Ok(String::new());
        };
        // An account of a staff member carries their device and nothing else (decision 31).
        let number = match members::name_of_account(c, &id).await? {
            Some(name) => name,
            None => {
                let found = accounts::by_id(c, &id).await?;
                found.map_or_else(String::new, |it| it.number.masked())
            }
        };
        self.0.insert(subject.to_owned(), number.clone());
        Ok(number)
    }

    async fn staff(&mut self, c: &mut Conn, id: &str) -> Result<String, Refusal> {
        if let Some(known) = self.0.get(id) {
            return Ok(known.clone());
        }
        let Ok(staff) = id.parse::<StaffId>() else {
            return Ok(String::new());
        };
        let found = members::by_id(c, &staff).await?;
        let name = found.map_or_else(String::new, |it| it.name);
        self.0.insert(id.to_owned(), name.clone());
        Ok(name)
    }
}
