//! The mails about activation, and about the life of a device.

use super::scene;
use crate::mail::{AddressNews, CodeText, CoolOff, DeviceNews, Mail, Scene, StopText};

/// Activation, and what happens to mail addresses.
pub(super) fn address_samples() -> Vec<(&'static str, Mail)> {
    let later = scene().at.plus_secs(86_400);
    let news = |news| Mail::AddressNews {
        news,
        masked: "ta***@example.jp".to_owned(),
        scene: scene(),
    };
    let changed = |stop: Option<&str>| {
        news(AddressNews::Changed {
            until: Some(later),
            stop: stop.map(StopText::new),
        })
    };
    vec![
        ("address_changed", changed(None)),
        ("address_changed_old", changed(Some("7K2M-9QXD-4TVB-8RHA"))),
        (
            "address_by_staff",
            news(AddressNews::ByStaff {
                until: Some(later),
                stop: None,
            }),
        ),
        (
            "address_by_staff_old",
            news(AddressNews::ByStaff {
                until: Some(later),
                stop: Some(StopText::new("7K2M-9QXD-4TVB-8RHA")),
            }),
        ),
        ("address_given", news(AddressNews::Given)),
        ("address_added", news(AddressNews::Added)),
        ("address_removed", news(AddressNews::Removed)),
        ("address_stopped", news(AddressNews::Stopped)),
        (
            "address_code",
            Mail::AddressCode {
                code: CodeText::sample(),
                domain: "auth.example".to_owned(),
                expires_at: scene().at.plus_secs(300),
                scene: scene(),
            },
        ),
        ("account_activated", Mail::AccountActivated { scene: scene() }),
    ]
}

/// The life of a device, and refusals in the cool-off.
pub(super) fn device_samples() -> Vec<(&'static str, Mail)> {
    let later = scene().at.plus_secs(86_400);
    let nowhere = Scene {
        place: String::new(),
        browser: String::new(),
        ..scene()
    };
    let news = |news, scene| Mail::DeviceNews {
        device: "タロウのPixel 8".to_owned(),
        id: None,
        news,
        scene,
    };
    let refused = |what| Mail::CoolOffRefused {
        what,
        until: later,
        scene: scene(),
    };
    vec![
        ("device_suspended", news(DeviceNews::Suspended, scene())),
        ("device_lifted", news(DeviceNews::Lifted, scene())),
        (
            "device_suspended_by_staff",
            news(DeviceNews::SuspendedByStaff, nowhere.clone()),
        ),
        (
            "device_lifted_by_staff",
            news(DeviceNews::LiftedByStaff, nowhere.clone()),
        ),
        ("device_leaving", news(DeviceNews::Leaving(later), scene())),
        ("device_kept", news(DeviceNews::Kept, scene())),
        ("device_vetoed", news(DeviceNews::Vetoed, scene())),
        ("device_expires", news(DeviceNews::Expires(later), nowhere)),
        ("cool_off_withdrawal", refused(CoolOff::Withdrawal)),
        ("cool_off_payout", refused(CoolOff::PayoutAccount)),
        ("cool_off_address", refused(CoolOff::MailAddress)),
    ]
}
