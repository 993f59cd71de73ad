//! Which notice a mail also becomes on the devices of the account. Each mail decides: the compiler asks for new ones.

use warifu_shared::clock::Timestamp;
use warifu_shared::ids::DeviceId;
use warifu_shared::jws::can_be_shown;
use warifu_shared::jws::challenge::is_place;
use warifu_shared::jws::notice::{Happened, NoticeKind, NoticeStage, is_name};

use crate::domain::recovery::Lost;

use super::{AddressNews, Alarm, CoolOff, DeviceNews, LoginWhat, Mail, Scene, Stage};

/// What the devices are told; nothing for mails that carry a code.
#[must_use]
#[expect(clippy::too_many_lines, reason = "one arm a mail, and none without one")]
pub fn of_mail(mail: &Mail) -> Option<Happened> {
    let (kind, scene) = match mail {
        Mail::LoginCode { .. }
        | Mail::WithdrawalCode { .. }
        | Mail::AddressCode { .. }
        | Mail::RecoveryMailCode { .. } => return None,
        // Nobody has a device before the account is activated.
        Mail::AccountActivated { .. } => return None,
        Mail::AddressNews { news, scene, .. } => (address_news(news), scene),
        Mail::Withdrawal {
            stage,
            withdrawal,
            until,
            scene,
        } => {
            let (stage, reference) = (stage_of(*stage), withdrawal.reference.clone());
            let until = secs(*until);
            let kind = NoticeKind::Withdrawal {
                stage,
                reference,
                until,
            };
            (kind, scene)
        }
        Mail::PayoutAccountChanged {
            cool_off_until,
            scene,
            ..
        } => {
            let until = secs(*cool_off_until);
            (NoticeKind::PayoutAccountChanged { until }, scene)
        }
        Mail::WithdrawalPasswordChanged { anew, scene } => {
            (NoticeKind::WithdrawalPasswordChanged { anew: *anew }, scene)
        }
        Mail::PasswordChanged { scene, .. } => (NoticeKind::PasswordChanged {}, scene),
        Mail::Recovered { lost, scene, .. } if *lost == Lost::Password => {
            (NoticeKind::PasswordChanged {}, scene)
        }
        Mail::Recovered { scene, .. } | Mail::RecoveryLetterStopped { scene } => {
            (NoticeKind::SeePage {}, scene)
        }
        Mail::RecoveryCodesMade { scene, .. } => (NoticeKind::RecoveryCodesMade {}, scene),
        Mail::WithdrawalsLocked { scene, until } => {
            (NoticeKind::WithdrawalsLocked { until: secs(*until) }, scene)
        }
        Mail::DeviceRegistered {
            device,
            id,
            until,
            scene,
            ..
        } => {
            let kind = id.clone().map(|id| NoticeKind::DeviceRegistered {
                device: id,
                name: name(device),
                until: secs(*until),
            });
            (kind.unwrap_or(NoticeKind::SeePage {}), scene)
        }
        Mail::DeviceRemoved { device, scene, .. } => {
            (NoticeKind::DeviceRemoved { name: name(device) }, scene)
        }
        Mail::DeviceNews {
            device,
            id,
            news,
            scene,
        } => (device_news(name(device), id.clone(), *news), scene),
        Mail::CoolOffRefused { what, until, scene } => (refused(*what, until.secs()), scene),
        Mail::LoginDenied {
            alarm,
            scene,
            withdrawals_held_until,
        } => {
            let (phone, until) = (*alarm == Alarm::Phone, secs(*withdrawals_held_until));
            (NoticeKind::RequestDenied { phone, until }, scene)
        }
        Mail::StaffActed { at, .. } => return Some(without_scene(NoticeKind::SeePage {}, *at)),
        Mail::LoginDone { scene, .. } => (NoticeKind::LoginCompleted {}, scene),
        Mail::LoginUnfinished { scene } => (NoticeKind::LoginUnfinished {}, scene),
        Mail::LoginNoticesChanged { scene, .. } | Mail::RecoveryClosed { scene, .. } => {
            (NoticeKind::SeePage {}, scene)
        }
        Mail::SessionsEnded { scene } => (NoticeKind::SessionLimit {}, scene),
        // The mail lists and counts them; the newest stands for all.
        Mail::LoginSummary { lines, .. } => {
            let newest = lines.last()?;
            (login(newest.what), &newest.scene)
        }
        Mail::PasswordsWrong { lines, .. } => (NoticeKind::PasswordsWrong {}, &lines.last()?.scene),
        Mail::PasswordLocked {
            scene, until, known, ..
        } => (locked(*known, *until), scene),
        Mail::PushesSilent { at } => return Some(without_scene(NoticeKind::PushesSilent {}, *at)),
        Mail::AccountLocked { scene, until } => (NoticeKind::AccountLocked { until: secs(*until) }, scene),
    };
    Some(at_scene(kind, scene))
}

/// What the cool-off refused, until when.
const fn refused(what: CoolOff, until: i64) -> NoticeKind {
    match what {
        CoolOff::MailAddress => NoticeKind::AddressChangeRefused { until },
        CoolOff::PayoutAccount => NoticeKind::CoolOffRefused { payout: true, until },
        CoolOff::Withdrawal => NoticeKind::CoolOffRefused { payout: false, until },
    }
}

const fn login(what: LoginWhat) -> NoticeKind {
    match what {
        LoginWhat::Unfinished => NoticeKind::LoginUnfinished {},
        LoginWhat::Wrong | LoginWhat::Locked => NoticeKind::PasswordsWrong {},
        LoginWhat::App | LoginWhat::Code => NoticeKind::LoginCompleted {},
    }
}

const fn locked(known: bool, until: Timestamp) -> NoticeKind {
    let until = until.secs();
    NoticeKind::PasswordLocked { known, until }
}

const fn address_news(news: &AddressNews) -> NoticeKind {
    match news {
        AddressNews::Changed {
            until: Some(until), ..
        }
        | AddressNews::ByStaff {
            until: Some(until), ..
        } => NoticeKind::AddressChanged {
            until: Some(until.secs()),
        },
        AddressNews::Changed { until: None, .. }
        | AddressNews::ByStaff { until: None, .. }
        | AddressNews::Given => NoticeKind::AddressChanged { until: None },
        AddressNews::Added | AddressNews::Removed => NoticeKind::AddressListChanged {},
        AddressNews::Stopped => NoticeKind::AddressChangeStopped {},
    }
}

fn device_news(name: String, id: Option<DeviceId>, news: DeviceNews) -> NoticeKind {
    match news {
        DeviceNews::Suspended | DeviceNews::SuspendedByStaff => NoticeKind::DeviceSuspended { name },
        DeviceNews::Lifted | DeviceNews::LiftedByStaff => NoticeKind::DeviceResumed { name },
        DeviceNews::Leaving(at) => NoticeKind::DeviceLeaving {
            device: id,
            name,
            until: at.secs(),
        },
        DeviceNews::Kept => NoticeKind::DeviceStays { name },
        DeviceNews::Vetoed => NoticeKind::DeviceVetoed { name },
        DeviceNews::Expires(at) => NoticeKind::DeviceExpiring {
            name,
            until: at.secs(),
        },
    }
}

/// With when and where, as far as they can be shown.
fn at_scene(kind: NoticeKind, scene: &Scene) -> Happened {
    let place = Some(&scene.place).filter(|place| is_place(place));
    let browser = Some(&scene.browser).filter(|browser| can_be_shown(browser, 80));
    Happened {
        place: place.cloned().unwrap_or_default(),
        browser: browser.cloned().unwrap_or_default(),
        ..without_scene(kind, scene.at)
    }
}

/// What happened nowhere in particular.
fn without_scene(kind: NoticeKind, at: Timestamp) -> Happened {
    Happened {
        at: at.secs(),
        place: String::new(),
        browser: String::new(),
        kind,
    }
}

/// A device's name as its owner wrote it. One that cannot be shown is left out, and the notice is told all the same.
fn name(text: &str) -> String {
    if is_name(text) {
        text.to_owned()
    } else {
        "?".to_owned()
    }
}

fn secs(at: Option<Timestamp>) -> Option<i64> {
    at.map(Timestamp::secs)
}

const fn stage_of(stage: Stage) -> NoticeStage {
    match stage {
        Stage::Requested => NoticeStage::Requested,
        Stage::Held => NoticeStage::Held,
        Stage::SecondNeeded => NoticeStage::SecondNeeded,
        Stage::Approved => NoticeStage::Approved,
        Stage::Paid => NoticeStage::Paid,
        Stage::Refused(_) => NoticeStage::Refused,
        Stage::Recalled => NoticeStage::Recalled,
    }
}
