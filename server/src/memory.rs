//! What a process remembers of devices and challenges to save reading it again: facts that never change, and never whether
//! something is still so. Every use of them is confirmed by the statement that writes or reads for it (decision 19).

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use warifu_shared::clock::Timestamp;
use warifu_shared::ids::{ChallengeId, DeviceId};

use crate::store::challenges::NewChallenge;
use crate::store::devices::Device;
use crate::store::hot_reads::Copy;
use crate::store::money_reads::Judged;
use crate::store::withdrawals::Withdrawal;

/// Devices by their request key: whose they are and their two keys. The state is as it was then and proves nothing.
#[derive(Default)]
pub struct KnownDevices(Mutex<HashMap<String, Arc<Device>>>);

impl KnownDevices {
    /// The device with this request key, if it was seen before.
    pub fn get(&self, request_kid: &str) -> Option<Arc<Device>> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(request_kid)
            .cloned()
    }

    /// Remembers a device.
    pub fn remember(&self, request_kid: &str, device: Arc<Device>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= DEVICES {
            known.clear();
        }
        known.insert(request_kid.to_owned(), device);
    }
}

/// Challenges that were made or fetched here lately: the bytes signed for each device, and what does not change of them. The
/// state is as it was then and proves nothing.
#[derive(Default)]
pub struct RecentChallenges(Mutex<Recent>);

#[derive(Default)]
struct Recent {
    copies: HashMap<(ChallengeId, DeviceId), Arc<Copy>>,
    order: VecDeque<(Timestamp, (ChallengeId, DeviceId))>,
    /// The devices of challenges that went to several.
    several: HashMap<ChallengeId, Vec<DeviceId>>,
    /// The withdrawals that challenges ask for.
    asked: HashMap<ChallengeId, Arc<AskedFor>>,
}

/// A withdrawal as a challenge of this process asks for it: its text is the one that was signed. What its owner was judged by
/// may change; like everything else here it is a condition of the statement that uses it.
#[derive(Debug)]
pub struct AskedFor {
    /// The withdrawal as it was stored.
    pub withdrawal: Withdrawal,
    /// What of its owner it was judged by.
    pub judged: Judged,
}

impl RecentChallenges {
    /// The bytes signed for this device, if they are remembered.
    pub fn get(&self, id: &ChallengeId, device: &DeviceId) -> Option<Arc<Copy>> {
        let recent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        recent.copies.get(&(id.clone(), device.clone())).cloned()
    }

    /// The other devices that this challenge went to, as far as this process made it. Costs nothing where there is one device.
    pub fn others(&self, id: &ChallengeId, but: Option<&DeviceId>) -> Vec<DeviceId> {
        let recent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all = recent.several.get(id).map(Vec::as_slice).unwrap_or_default();
        all.iter()
            .filter(|device| Some(*device) != but)
            .cloned()
            .collect()
    }

    /// The withdrawal that this challenge asks for, as far as this process made it.
    pub fn asked(&self, id: &ChallengeId) -> Option<Arc<AskedFor>> {
        let recent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        recent.asked.get(id).cloned()
    }

    /// Remembers what a remembered challenge asks for as long as the challenge.
    pub fn remember_asked(&self, id: &ChallengeId, device: &DeviceId, asked: AskedFor) {
        let mut recent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if recent.copies.contains_key(&(id.clone(), device.clone())) {
            recent.asked.insert(id.clone(), Arc::new(asked));
        }
    }

    /// Remembers a challenge until it ends.
    pub fn remember(&self, new: &NewChallenge) {
        let mut recent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        recent.forget_older(new.challenge.created_at);
        if new.copies.len() > 1 {
            let devices = new.copies.iter().map(|(device, _)| device.clone()).collect();
            recent.several.insert(new.challenge.id.clone(), devices);
        }
        for (device, jws) in &new.copies {
            let key = (new.challenge.id.clone(), device.clone());
            let copy = Arc::new(Copy {
                jws: jws.clone(),
                challenge: new.challenge.clone(),
                active: true,
            });
            recent.order.push_back((new.challenge.expires_at, key.clone()));
            recent.copies.insert(key, copy);
        }
    }
}

impl Recent {
    fn forget_older(&mut self, now: Timestamp) {
        while self.order.len() >= CHALLENGES || self.order.front().is_some_and(|(ends, _)| *ends <= now) {
            if let Some((_, old)) = self.order.pop_front() {
                self.copies.remove(&old);
                self.several.remove(&old.0);
                self.asked.remove(&old.0);
            }
        }
    }
}

/// About 30 MB at most.
const DEVICES: usize = 50_000;
/// About 30 MB at most, twice as much when all of them are about withdrawals.
const CHALLENGES: usize = 15_000;
