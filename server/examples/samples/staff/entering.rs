//! The way in: password, the first page with a token, the device's code; and home.

use std::io;

use warifu_server::pages::layout::ErrorNote;
use warifu_server::staff::views::{DevicePage, HomePage, LoginPage, SetUpPage};
use warifu_shared::error::ErrorCode;

use super::super::{Folder, NOW};
use super::{EVERYTHING, OPERATOR, frame, who};

pub fn all(to: &Folder) -> io::Result<()> {
    for (name, error, ready) in [
        ("staff_login", None, false),
        ("staff_login_ready", None, true),
        (
            "staff_login_refused",
            Some(ErrorNote::of(ErrorCode::StaffLoginRefused)),
            false,
        ),
    ] {
        let view = LoginPage {
            frame: frame(to, "/login"),
            login_id: error.as_ref().map_or("", |_| "haru").to_owned(),
            error,
            ready,
        };
        to.put(name, &view)?;
    }
    for (name, error) in [
        ("staff_set_up", None),
        (
            "staff_set_up_refused",
            Some(ErrorNote::of(ErrorCode::StaffTokenInvalid)),
        ),
    ] {
        let view = SetUpPage {
            frame: frame(to, "/activate"),
            token: String::new(),
            name: to.pick("森 春", "Haru Mori"),
            login_id: "haru".to_owned(),
            error,
        };
        to.put(name, &view)?;
    }
    let view = DevicePage {
        frame: frame(to, "/activate/device/en_sample"),
        url: "/activate/device/en_sample".to_owned(),
        app_link: "warifu://enrol?o=https%3A%2F%2Fauth.hinode.example&c=7K2M9QXD4TVB8RHA".to_owned(),
        created_at: NOW.plus_secs(-40),
        expires_at: NOW.plus_secs(560),
        now: NOW,
    };
    to.put("staff_device", &view)?;
    for (name, roles, waiting) in [("staff_home", EVERYTHING, 3), ("staff_home_quiet", OPERATOR, 0)] {
        let view = HomePage {
            frame: frame(to, "/"),
            who: who(to, roles),
            waiting,
            held: (waiting > 0).then_some(2),
            imports: i64::from(waiting > 0),
        };
        to.put(name, &view)?;
    }
    Ok(())
}
