//! What an auditor asks for: read from a form or an address, checked, and written into an address again. Nothing in it is a
//! pattern: what is typed is compared as a whole, and what cannot be in the log is refused with a sentence.

use chrono::NaiveDateTime;
use warifu_shared::clock::Timestamp;
use warifu_shared::display::dates::JST_SECS;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::{AccountId, EntryId};

use crate::staff::gate::Fields;
use crate::store::log::END;
use crate::store::log_search::Filter;

/// A search as it was asked for. Empty texts stand for any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// The account, by its id: no address of a page holds an account number.
    pub account: String,
    /// The action.
    pub action: String,
    /// Who did it.
    pub actor: String,
    /// The first minute or second, Japan Standard Time.
    pub from: String,
    /// The last one.
    pub to: String,
    /// The entry before which this part begins.
    pub before: String,
}

impl Query {
    /// Reads the fields of a form, or the part of an address behind its question mark.
    #[must_use]
    pub fn of(fields: &Fields) -> Self {
        let one = |name: &str| -> String { fields.get(name).trim().chars().take(MOST_CHARS).collect() };
        Self {
            account: one("account"),
            action: one("action").to_ascii_lowercase(),
            actor: one("actor"),
            from: one("from"),
            to: one("to"),
            before: one("before"),
        }
    }

    /// What the store is asked for.
    ///
    /// # Errors
    /// `LogActionUnfit`, `LogActorUnfit`, `LogTimeUnfit`; `BadRequest` for ids that no page of ours has made.
    pub fn filter(&self) -> Result<Filter, ErrorCode> {
        if !self.account.is_empty() && self.account.parse::<AccountId>().is_err() {
            return Err(ErrorCode::BadRequest);
        }
        if !self.action.bytes().all(is_name) {
            return Err(ErrorCode::LogActionUnfit);
        }
        if !self.actor.is_empty() && !is_actor(&self.actor) {
            return Err(ErrorCode::LogActorUnfit);
        }
        let from = bound(&self.from, 0)?.map_or_else(String::new, EntryId::from_moment);
        let mut to = bound(&self.to, 1)?.map_or_else(|| END.to_owned(), EntryId::from_moment);
        if from >= to {
            return Err(ErrorCode::LogTimeUnfit);
        }
        if !self.before.is_empty() {
            let before: EntryId = self.before.parse().map_err(|_| ErrorCode::BadRequest)?;
            to = to.min(before.as_str().to_owned());
        }
        Ok(Filter {
            subject: self.account.clone(),
            actor: self.actor.clone(),
            action: self.action.clone(),
            from,
            to,
        })
    }

    /// The same search from `before` on.
    #[must_use]
    pub fn before(&self, before: &str) -> Self {
        Self {
            before: before.to_owned(),
            ..self.clone()
        }
    }

    /// The same for every account.
    #[must_use]
    pub fn of_all(&self) -> Self {
        Self {
            account: String::new(),
            before: String::new(),
            ..self.clone()
        }
    }

    /// Whether anything is asked for.
    #[must_use]
    pub fn asks(&self) -> bool {
        *self != Self::default()
    }

    /// Names and values of what is asked for.
    #[must_use]
    pub fn pairs(&self) -> Vec<(&'static str, &str)> {
        [
            ("account", self.account.as_str()),
            ("action", &self.action),
            ("actor", &self.actor),
            ("from", &self.from),
            ("to", &self.to),
            ("before", &self.before),
        ]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .collect()
    }

    /// The address of this search at `path`.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        let pairs = self.pairs();
        if pairs.is_empty() {
            return path.to_owned();
        }
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish();
        format!("{path}?{query}")
    }

    /// One line for the record of an export.
    #[must_use]
    pub fn in_words(&self) -> String {
        let pairs = self.pairs().into_iter();
        pairs
            .map(|(name, value)| format!("{name}={value}"))
            .collect::<Vec<_>>()
            .join(" ")
    }
}

/// An actor as people write it: the ids of devices and staff need no word before them.
#[must_use]
pub fn actor_of(typed: &str) -> Option<String> {
    let typed = match typed.get(..3) {
        Some("dv_") => format!("device:{typed}"),
        Some("sf_") => format!("staff:{typed}"),
        _ => typed.to_owned(),
    };
    is_actor(&typed).then_some(typed)
}

/// One of [`PLAIN`], or a kind and an id.
fn is_actor(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    match text.split_once(':') {
        Some((kind, id)) => {
            !kind.is_empty() && kind.bytes().all(is_name) && !id.is_empty() && id.bytes().all(plain)
        }
        None => PLAIN.contains(&text),
    }
}

fn is_name(b: u8) -> bool {
    b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'.')
}

/// The moment that a field of date and time names, or the end of the minute or second it names.
fn bound(typed: &str, beyond: i64) -> Result<Option<Timestamp>, ErrorCode> {
    if typed.is_empty() {
        return Ok(None);
    }
    for (form, secs) in [("%Y-%m-%dT%H:%M", 60), ("%Y-%m-%dT%H:%M:%S", 1)] {
        if let Ok(local) = NaiveDateTime::parse_from_str(typed, form) {
            let utc = local.and_utc().timestamp() - i64::from(JST_SECS);
            if !(0..=LAST_SECS).contains(&utc) {
                return Err(ErrorCode::LogTimeUnfit);
            }
            return Ok(Some(Timestamp::from_secs(utc).plus_secs(beyond * secs)));
        }
    }
    Err(ErrorCode::LogTimeUnfit)
}

/// Who acts without an id of their own.
const PLAIN: [&str; 5] = ["customer", "server", "core", "demo", "command line"];
/// A field is never longer.
const MOST_CHARS: usize = 80;
/// The year 3000: before ids run out of digits.
const LAST_SECS: i64 = 32_503_680_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: &str) -> Query {
        Query::of(&Fields::read(text.as_bytes()))
    }

    #[test]
    fn what_cannot_be_in_the_log_is_refused_and_nothing_is_a_pattern() {
        for (text, code) in [
            ("action=login.%25", ErrorCode::LogActionUnfit),
            ("action=*", ErrorCode::LogActionUnfit),
            ("action=%27+OR+1%3D1--", ErrorCode::LogActionUnfit),
            ("action=%00", ErrorCode::LogActionUnfit),
            ("actor=%25", ErrorCode::LogActorUnfit),
            ("actor=device%3A", ErrorCode::LogActorUnfit),
            ("actor=somebody", ErrorCode::LogActorUnfit),
            ("actor=staff%3Asf_%27", ErrorCode::LogActorUnfit),
            ("from=yesterday", ErrorCode::LogTimeUnfit),
            ("from=2026-02-30T00%3A00", ErrorCode::LogTimeUnfit),
            ("to=1969-01-01T00%3A00", ErrorCode::LogTimeUnfit),
            ("to=9999-01-01T00%3A00", ErrorCode::LogTimeUnfit),
            (
                "from=2026-01-02T00%3A00&to=2026-01-01T00%3A00",
                ErrorCode::LogTimeUnfit,
            ),
            ("account=12345", ErrorCode::BadRequest),
            ("before=x", ErrorCode::BadRequest),
        ] {
            assert_eq!(query(text).filter(), Err(code), "{text}");
        }
    }

    #[test]
    fn a_minute_is_in_its_range_and_an_address_says_the_same_again() {
        let asked =
            query("from=2026-01-01T09%3A00&to=2026-01-01T09%3A00&action=login.completed&account=ac_1&x=1");
        let filter = asked.filter().unwrap();
        let moment = |secs| EntryId::from_moment(Timestamp::from_secs(secs));
        assert_eq!(
            (filter.from, filter.to),
            (moment(1_767_225_600), moment(1_767_225_660))
        );
        let url = asked.url("/log");
        assert_eq!(query(url.split_once('?').unwrap().1), asked);
        let second = query("from=2026-01-01T09%3A00%3A05&to=2026-01-01T09%3A00%3A05")
            .filter()
            .unwrap();
        assert_eq!(
            (second.from, second.to),
            (moment(1_767_225_605), moment(1_767_225_606))
        );
        assert_eq!(actor_of("dv_1").as_deref(), Some("device:dv_1"));
        assert_eq!(actor_of("aoi"), None);
    }
}
