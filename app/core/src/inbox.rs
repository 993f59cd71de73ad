//! The inbox: open challenges, verified with the pinned server key before anything of them is shown (APPR-02).

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use warifu_shared::api::OpenChallenge;
use warifu_shared::clock::Timestamp;
use warifu_shared::display::{Language, Screen, render};
use warifu_shared::ids::{ChallengeId, DeviceId};
use warifu_shared::jws::JwsError;
use warifu_shared::jws::challenge::{Challenge, Expect, Verified};
use warifu_shared::keys::PublicKey;
use warifu_shared::number::MatchNumber;

use crate::approval::DenyReason;
use crate::view::ChallengeCard;

/// A verified challenge that waits for a decision.
pub(crate) struct Item {
    /// The service's handle.
    pub(crate) service: String,
    pub(crate) verified: Verified,
    /// Brought by a link that was opened on this device.
    pub(crate) link_number: Option<MatchNumber>,
    /// Tries left for the number, once the server has said so.
    pub(crate) tries_left: Option<u32>,
    /// A signed decision whose answer was lost: the same bytes are sent again (APPR-10).
    pub(crate) sent: Option<Sent>,
    /// The order of arrival.
    seq: u64,
}

/// A decision that was signed and whose outcome is not known.
#[derive(Clone)]
pub(crate) struct Sent {
    pub(crate) token: String,
    pub(crate) answer: Answer,
}

/// What a person decided.
#[derive(Clone)]
pub(crate) enum Answer {
    Approve {
        number: MatchNumber,
        via: warifu_shared::jws::approval::MatchVia,
    },
    Deny(DenyReason),
}

impl Answer {
    /// Whether a token made for one answer says the other too.
    pub(crate) fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Deny(a), Self::Deny(b)) => a == b,
            (Self::Approve { number: a, via: va }, Self::Approve { number: b, via: vb }) => {
                a.matches(b) && va == vb
            }
            _ => false,
        }
    }
}

/// Who a challenge must come from and be for.
pub(crate) struct Sender<'a> {
    pub(crate) service: &'a str,
    pub(crate) origin: &'a str,
    pub(crate) server_key: &'a PublicKey,
    pub(crate) device: &'a DeviceId,
}

/// All open challenges by handle. None replaces another.
#[derive(Default)]
pub(crate) struct Inbox {
    items: BTreeMap<String, Item>,
    next: u64,
}

impl Inbox {
    /// A mark in time: what arrives later has a higher number.
    pub(crate) fn mark(&self) -> u64 {
        self.next
    }

    /// Verifies a challenge and takes it in. Gives its handle, and whether it is new.
    ///
    /// # Errors
    /// What is wrong with it; it is then nowhere.
    pub(crate) fn take(
        &mut self,
        open: &OpenChallenge,
        from: &Sender<'_>,
        now: Timestamp,
    ) -> Result<(String, bool), JwsError> {
        let expect = Expect {
            iss: from.origin,
            device: from.device,
            now,
        };
        let verified = Challenge::verify(&open.jws, from.server_key, &expect)?;
        if verified.challenge.jti != open.id {
            return Err(JwsError::BadClaims("jti"));
        }
        if let Some(handle) = self.find(from.service, &open.id) {
            // The same id with other bytes is no second challenge: what is on the screen stays what is signed.
            let same = self
                .items
                .get(&handle)
                .is_some_and(|item| item.verified.hash == verified.hash);
            return if same {
                Ok((handle, false))
            } else {
                Err(JwsError::BadClaims("jti"))
            };
        }
        let handle = handle_of(from.service, &open.id);
        let (service, seq) = (from.service.to_owned(), self.next);
        self.next += 1;
        let item = Item {
            service,
            verified,
            link_number: None,
            tries_left: None,
            sent: None,
            seq,
        };
        self.items.insert(handle.clone(), item);
        Ok((handle, true))
    }

    /// A service's challenges that the server no longer lists, with their handles.
    pub(crate) fn unlisted(
        &self,
        service: &str,
        listed: &[OpenChallenge],
        mark: u64,
    ) -> Vec<(String, ChallengeId)> {
        let gone = |item: &Item| {
            let is_listed = listed.iter().any(|open| open.id == item.verified.challenge.jti);
            item.service == service && item.seq < mark && !is_listed
        };
        let items = self.items.iter().filter(|(_, item)| gone(item));
        items
            .map(|(handle, item)| (handle.clone(), item.verified.challenge.jti.clone()))
            .collect()
    }

    /// Removes a service's challenges that the server no longer lists. Those that came after `mark` were taken in while
    /// the list was under way and stay.
    pub(crate) fn keep_listed(&mut self, service: &str, listed: &[OpenChallenge], mark: u64) {
        self.items.retain(|_, item| {
            let is_listed = listed.iter().any(|open| open.id == item.verified.challenge.jti);
            item.service != service || item.seq >= mark || is_listed
        });
    }

    /// Removes what is over. `now` is the time as the item's service has it.
    pub(crate) fn expire(&mut self, now: impl Fn(&str) -> Timestamp) -> bool {
        let before = self.items.len();
        self.items
            .retain(|_, item| seconds_left(item, now(&item.service)) > 0);
        self.items.len() != before
    }

    /// The handle of a challenge.
    pub(crate) fn find(&self, service: &str, id: &ChallengeId) -> Option<String> {
        let mut entries = self.items.iter();
        entries
            .find(|(_, item)| item.service == service && item.verified.challenge.jti == *id)
            .map(|(handle, _)| handle.clone())
    }

    /// A challenge by its handle.
    pub(crate) fn get(&self, handle: &str) -> Option<&Item> {
        self.items.get(handle)
    }

    /// The same, to be changed.
    pub(crate) fn get_mut(&mut self, handle: &str) -> Option<&mut Item> {
        self.items.get_mut(handle)
    }

    /// Takes a challenge out.
    pub(crate) fn remove(&mut self, handle: &str) {
        self.items.remove(handle);
    }

    /// Takes everything of a service out.
    pub(crate) fn remove_service(&mut self, service: &str) {
        self.items.retain(|_, item| item.service != service);
    }

    /// The list, oldest first.
    pub(crate) fn cards(&self, language: Language, now: impl Fn(&str) -> Timestamp) -> Vec<ChallengeCard> {
        let mut items: Vec<(&String, &Item)> = self.items.iter().collect();
        items.sort_by_key(|(_, item)| item.seq);
        let cards = items
            .into_iter()
            .map(|(handle, item)| card(handle, item, language, now(&item.service)));
        cards.filter(|card| card.seconds_left > 0).collect()
    }
}

/// The handle of a challenge: the same in every process of this device, and no id of the protocol.
fn handle_of(service: &str, id: &ChallengeId) -> String {
    let digest = Sha256::digest(format!("{service}\0{id}"));
    format!("q_{}", warifu_shared::b64::encode(&digest[..12]))
}

/// Seconds until a challenge ends.
pub(crate) fn seconds_left(item: &Item, now: Timestamp) -> i64 {
    Timestamp::from_secs(item.verified.challenge.exp)
        .secs_since(now)
        .max(0)
}

fn card(handle: &str, item: &Item, language: Language, now: Timestamp) -> ChallengeCard {
    let screen: Screen = render(&item.verified.challenge, language);
    let lines: Vec<String> = match screen.amount {
        Some(amount) => vec![amount],
        None => screen.rows.iter().skip(1).map(|row| row.value.clone()).collect(),
    };
    ChallengeCard {
        handle: handle.to_owned(),
        service: screen.service,
        heading: screen.heading,
        summary: lines.join(" · "),
        badges: screen.badges,
        seconds_left: seconds_left(item, now),
    }
}

#[cfg(test)]
#[path = "inbox_tests.rs"]
mod tests;
