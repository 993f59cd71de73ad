//! The pages of someone who is logged in, with sample data.

use std::io;

use warifu_server::domain::session::Assurance as Proven;
use warifu_server::operations::confirm_again::Way;
use warifu_server::pages::back::Back;
use warifu_server::pages::paths;
use warifu_server::pages::views::*;
use warifu_shared::error::ErrorCode;

use super::{Folder, NOW};

const ENROL_LINK: &str = "warifu://enrol?o=https%3A%2F%2Fauth.hinode.example&k=q3Vq0mA8cS2mX6kQbJd1rTgq3Vq0mA8cS2mX6kQbJd0\
    &c=7XcS2mX6kQbJd1rTgq3VqA";

/// Confirming again: by the app, by a mailed code, and where it is not possible.
pub fn confirm(to: &Folder) -> io::Result<()> {
    for (name, way, note) in [
        ("confirm", Way::App, None),
        ("confirm_again", Way::App, Some(ConfirmNote::NotApproved)),
        ("confirm_code", Way::Code, None),
        ("confirm_closed", Way::Closed(ErrorCode::AssuranceTooLow), None),
    ] {
        let view = ConfirmPage {
            frame: to.frame(paths::CONFIRM, true),
            back: Back::exactly(paths::DEVICES),
            way,
            note,
            error: None,
        };
        to.put(name, &view)?;
    }
    let view = ErrorPage {
        frame: to.frame(paths::DEVICES, true),
        code: ErrorCode::AssuranceTooLow,
        confirm: true,
        request_id: "rq_sample".to_owned(),
    };
    to.put("error_confirm", &view)
}

/// The open sessions, with and without others.
pub fn sessions(to: &Folder) -> io::Result<()> {
    let row = |id: &str, browser: &str, ago: i64, here| SessionRow {
        id: id.to_owned(),
        browser: browser.to_owned(),
        place: to.pick("東京都・日本", "Tokyo, Japan"),
        begun_at: NOW.plus_secs(-ago),
        last_used_at: NOW.plus_secs(-ago / 4),
        how: if here { Proven::App } else { Proven::Code },
        here,
    };
    for (name, count) in [("sessions", 3), ("sessions_alone", 1)] {
        let all = [
            row("se_1", "Firefox 145 / Windows", 600, true),
            row("se_2", "Chrome 145 / Android", 7_200, false),
            row("se_3", "Safari 19 / macOS", 9_000, false),
        ];
        let view = SessionsPage {
            frame: to.frame(paths::SESSIONS, true),
            rows: all.into_iter().take(count).collect(),
            needs_password: count > 1,
            error: None,
            done: count == 1,
        };
        to.put(name, &view)?;
    }
    Ok(())
}

/// Which logins are told.
pub fn notices(to: &Folder) -> io::Result<()> {
    for (name, only_new, fresh, done) in [
        ("notices", false, true, false),
        ("notices_old_proof", false, false, false),
        ("notices_new", true, false, true),
    ] {
        let view = NoticesPage {
            frame: to.frame(paths::NOTICES, true),
            only_new,
            fresh,
            addresses: vec!["t****o@example.jp".to_owned()],
            error: None,
            done,
        };
        to.put(name, &view)?;
    }
    Ok(())
}

pub fn account(to: &Folder) -> io::Result<()> {
    for (name, assurance, devices) in [
        ("account", Assurance::Approval, 2),
        ("account_code", Assurance::MailedCode, 0),
    ] {
        let view = AccountPage {
            frame: to.frame(paths::ACCOUNT, true),
            customer: to.pick("山田 太郎", "Taro Yamada"),
            account_number: "1000-0001".to_owned(),
            assurance,
            logged_in_at: NOW,
            session_ends_at: NOW.plus_secs(180 * 60),
            last_login: Some(LastLogin {
                at: NOW.plus_secs(-86_400),
                place: to.pick("東京都・日本", "Tokyo, Japan"),
                browser: "Firefox 145 / Windows".to_owned(),
            }),
            devices,
            masked_address: Some("t****o@example.jp".to_owned()),
            cool_off_until: (devices > 0).then(|| NOW.plus_secs(50_000)),
            available: Some(to.pick("3,250,000円", "JPY 3,250,000")),
            kept: (devices > 0).then(|| "150,000".to_owned()),
            flash: (devices > 0).then_some(Flash::DeviceAdded),
        };
        to.put(name, &view)?;
    }
    Ok(())
}

pub fn enrolment(to: &Folder) -> io::Result<()> {
    let url = "/enrol/en_sample".to_owned();
    let frame = to.frame(&url, true);
    let enrol = EnrolPage {
        frame: frame.clone(),
        url: url.clone(),
        app_link: ENROL_LINK.to_owned(),
        server_origin: "https://auth.hinode.example".to_owned(),
        account_number: "1000-0001".to_owned(),
        short_code: "K7QXM-4TRWA".to_owned(),
        created_at: NOW.plus_secs(-100),
        expires_at: NOW.plus_secs(500),
        now: NOW,
    };
    to.put("enrol", &enrol)?;
    let fingerprint = FingerprintPage {
        frame: frame.clone(),
        url,
        fingerprint: "206159".to_owned(),
        device_name: to.pick("自宅のパソコン", "Desk at home"),
        model: "ThinkPad X1 / Ubuntu 24.04".to_owned(),
        expires_at: NOW.plus_secs(380),
        now: NOW,
        error: None,
    };
    to.put("fingerprint", &fingerprint)?;
    for (name, test) in [("done", TestState::Offered), ("done_passed", TestState::Passed)] {
        let device_name = to.pick("自宅のパソコン", "Desk at home");
        let cool_off_until = (test == TestState::Offered).then(|| NOW.plus_secs(86_400));
        to.put(
            name,
            &EnrolDonePage {
                frame: frame.clone(),
                device_name,
                test,
                cool_off_until,
            },
        )?;
    }
    Ok(())
}
