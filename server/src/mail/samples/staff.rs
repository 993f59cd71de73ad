//! The mails about what staff did.

use warifu_shared::clock::Timestamp;

use super::scene;
use crate::domain::recovery::Lost;
use crate::mail::{Mail, Scene, StaffDeed};

pub(super) fn samples(at: Timestamp) -> Vec<(&'static str, Mail)> {
    let acted = |what| Mail::StaffActed { what, at };
    vec![
        ("staff_locked", acted(StaffDeed::Locked)),
        ("staff_unlocked", acted(StaffDeed::Unlocked)),
        ("staff_sessions_ended", acted(StaffDeed::SessionsEnded)),
        ("staff_cool_off_ended", acted(StaffDeed::CoolOffEnded)),
        ("staff_recovery_letter", acted(StaffDeed::RecoveryLetter)),
        (
            "recovered_by_letter",
            Mail::Recovered {
                lost: Lost::Password,
                left: 0,
                letter: true,
                scene: scene(),
            },
        ),
        ("recovery_letter_stopped", stopped(scene())),
        ("recovery_letter_stopped_by_staff", stopped(nowhere())),
        (
            "device_registered_at_the_counter",
            Mail::DeviceRegistered {
                device: "タロウのPixel 8".to_owned(),
                id: None,
                until: None,
                counter: true,
                scene: nowhere(),
            },
        ),
    ]
}

fn stopped(scene: Scene) -> Mail {
    Mail::RecoveryLetterStopped { scene }
}

/// Where the firm's people sit is nobody's business.
fn nowhere() -> Scene {
    Scene {
        place: String::new(),
        browser: String::new(),
        ..scene()
    }
}
