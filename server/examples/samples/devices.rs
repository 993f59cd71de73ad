//! The devices of a customer, with sample data.

use std::io;

use warifu_server::pages::layout::ErrorNote;
use warifu_server::pages::paths;
use warifu_server::pages::views::*;
use warifu_shared::api::Protection;
use warifu_shared::error::ErrorCode;

use super::{Folder, NOW};

fn row(name: String, protection: Protection, state: DeviceState) -> DeviceRow {
    DeviceRow {
        id: "dv_sample".to_owned(),
        name,
        model: "ThinkPad X1 / Ubuntu 24.04".to_owned(),
        protection,
        registered_at: NOW.plus_secs(-9_000_000),
        enrolled_by: EnrolledBy::MailedCode,
        last_used_at: (state == DeviceState::Active).then(|| NOW.plus_secs(-400)),
        state,
        here: state == DeviceState::Active,
        leaves_at: None,
        expires_at: NOW.plus_secs(54_000_000),
        new_until: None,
        is_last: false,
    }
}

fn desk(to: &Folder) -> DeviceRow {
    let name = to.pick("自宅のパソコン", "Desk at home");
    row(name, Protection::Keystore, DeviceState::Active)
}

fn suspended(to: &Folder) -> DeviceRow {
    let long = to.pick(
        "とても長い名前をつけたリビングのノートパソコン",
        "The laptop in the living room with a very long name",
    );
    row(long, Protection::PinOnly, DeviceState::Suspended)
}

pub fn devices(to: &Folder) -> io::Result<()> {
    let new = DeviceRow {
        here: false,
        registered_at: NOW.plus_secs(-3_600),
        enrolled_by: EnrolledBy::Device,
        new_until: Some(NOW.plus_secs(82_800)),
        ..row("Pixel 8".to_owned(), Protection::Keystore, DeviceState::Active)
    };
    let leaving = DeviceRow {
        leaves_at: Some(NOW.plus_secs(80_000)),
        is_last: true,
        ..desk(to)
    };
    let all = vec![new.clone(), desk(to), suspended(to)];
    for (name, devices, add) in [
        ("devices", all.clone(), AddDevice::Allowed),
        ("devices_none", Vec::new(), AddDevice::Allowed),
        ("devices_code", all, AddDevice::NeedsApproval),
    ] {
        let flash = devices.is_empty().then_some(Flash::DeviceRemoved);
        let frame = to.frame(paths::DEVICES, true);
        let view = DevicesPage {
            frame,
            devices,
            add,
            limit: 5,
            confirm: add == AddDevice::NeedsApproval,
            flash,
        };
        to.put(name, &view)?;
    }
    single(to, new, &leaving)?;
    moving(to)
}

fn single(to: &Folder, new: DeviceRow, leaving: &DeviceRow) -> io::Result<()> {
    for (name, device, flash, error) in [
        ("device", desk(to), Some(Flash::DeviceRenamed), None),
        ("device_new", new, None, None),
        (
            "device_leaving",
            leaving.clone(),
            Some(Flash::DeviceLeaving),
            None,
        ),
        (
            "device_suspended",
            suspended(to),
            None,
            Some(ErrorNote::of(ErrorCode::LiftNeedsOther)),
        ),
    ] {
        let view = DevicePage {
            frame: to.frame("/devices/dv_sample", true),
            device,
            fresh: true,
            confirm: false,
            flash,
            error,
        };
        to.put(name, &view)?;
    }
    for (name, device, fresh) in [
        ("remove_device", desk(to), true),
        (
            "remove_device_last",
            DeviceRow {
                leaves_at: None,
                ..leaving.clone()
            },
            true,
        ),
        ("remove_device_stale", desk(to), false),
    ] {
        let view = RemoveDevicePage {
            frame: to.frame("/devices/dv_sample/remove", true),
            device,
            fresh,
            confirm: !fresh,
            error: None,
        };
        to.put(name, &view)?;
    }
    Ok(())
}

fn moving(to: &Folder) -> io::Result<()> {
    let view = MovePage {
        frame: to.frame(paths::DEVICES_MOVE, true),
        devices: vec![
            desk(to),
            row("Pixel 8".to_owned(), Protection::Keystore, DeviceState::Active),
        ],
        add: AddDevice::Allowed,
        limit: 5,
        confirm: false,
    };
    to.put("devices_move", &view)?;
    for (name, done, error) in [
        ("lost", false, None),
        (
            "lost_refused",
            false,
            Some(ErrorNote::of(ErrorCode::LoginRefused)),
        ),
        ("lost_done", true, None),
    ] {
        let view = LostPage {
            frame: to.frame(paths::LOST, false),
            phone: "0120-000-000".to_owned(),
            account_number: String::new(),
            done,
            error,
        };
        to.put(name, &view)?;
    }
    Ok(())
}
