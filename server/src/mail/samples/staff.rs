//! The mails about what staff did.

use warifu_shared::clock::Timestamp;

use crate::mail::{Mail, StaffDeed};

pub(super) fn samples(at: Timestamp) -> Vec<(&'static str, Mail)> {
    let acted = |what| Mail::StaffActed { what, at };
    vec![
        ("staff_locked", acted(StaffDeed::Locked)),
        ("staff_unlocked", acted(StaffDeed::Unlocked)),
        ("staff_sessions_ended", acted(StaffDeed::SessionsEnded)),
        ("staff_cool_off_ended", acted(StaffDeed::CoolOffEnded)),
    ]
}
