//! How safe the account is, and its history, with sample data.

use std::io;

use warifu_server::pages::paths;
use warifu_server::pages::views::*;

use super::{Folder, NOW};

pub fn all(to: &Folder) -> io::Result<()> {
    let step = |key, link, url| Step { key, link, url };
    let second = step("security.do_second", "security.to_devices", paths::DEVICES);
    let register = step("security.do_register", "security.to_devices", paths::DEVICES);
    for (name, standing, steps, registered) in [
        ("security", Standing::CouldBeBetter, vec![second], true),
        ("security_good", Standing::Good, Vec::new(), true),
        ("security_look", Standing::LookAtIt, vec![register], false),
    ] {
        let held = Pending {
            sentence: to.pick(
                "安全のため、2026年11月23日(月) 14:05 まで出金をお預かりしています。",
                "To be safe, withdrawals are held until Mon 23 Nov 2026, 14:05 JST.",
            ),
            url: paths::WITHDRAWALS,
        };
        let desk = Factor {
            name: to.pick("自宅のパソコン", "Desk at home"),
            protection: "devices.protection_keystore",
            state: "devices.state_active",
            badge: "badge badge--done",
        };
        let login = |hours: i64, open| LoginRow {
            at: NOW.plus_secs(-3600 * hours),
            from: to.pick(
                "東京都・日本 ・ Firefox 145 / Windows",
                "Tokyo, Japan ・ Firefox 145 / Windows",
            ),
            how: "account.by_approval",
            open,
        };
        let view = SecurityPage {
            frame: to.frame(paths::SECURITY, true),
            standing,
            steps,
            letter_until: (!registered).then(|| NOW.plus_secs(20 * 86_400)),
            pending: if registered { Vec::new() } else { vec![held] },
            factors: if registered { vec![desk] } else { Vec::new() },
            address: Some("t****o@example.jp".to_owned()),
            by_code: !registered,
            codes: if registered { 9 } else { 0 },
            logins: vec![login(0, true), login(20, false), login(90, false)],
            sessions: 1,
            pages: &[
                ("security.page_password", paths::PASSWORD),
                ("security.page_devices", paths::DEVICES),
                ("security.page_move", paths::DEVICES_MOVE),
                ("security.page_codes", paths::RECOVERY_CODES),
                ("security.page_sessions", paths::SESSIONS),
                ("security.page_wpassword", paths::WITHDRAWAL_PASSWORD),
            ],
        };
        to.put(name, &view)?;
    }
    history(to)
}

fn history(to: &Folder) -> io::Result<()> {
    let place = || {
        to.pick(
            "東京都・日本 ・ Firefox 145 / Windows",
            "Tokyo, Japan ・ Firefox 145 / Windows",
        )
    };
    let row = |hours: i64, ja: &str, en: &str, outcome: Option<String>, attention| EventRow {
        at: NOW.plus_secs(-3600 * hours),
        what: to.pick(ja, en),
        by: Some(to.pick("お客さま", "You")),
        from: (hours < 80).then(place),
        outcome,
        attention,
    };
    let wrong = || Some(to.pick("パスワードが違います", "wrong password"));
    let rows = vec![
        row(
            1,
            "ログイン",
            "Logged in",
            Some(to.pick("アプリで承認", "approved in the app")),
            false,
        ),
        row(2, "パスワードの入力", "Password entered", wrong(), true),
        row(90, "端末を登録", "Device registered", None, false),
    ];
    for (name, rows, kind) in [
        ("history", rows, None),
        ("history_none", Vec::new(), Some(EventKind::Money)),
    ] {
        let view = EventsPage {
            frame: to.frame(paths::HISTORY, true),
            older: (!rows.is_empty()).then(|| format!("{}?before=4", paths::HISTORY)),
            rows,
            kind,
            first: true,
        };
        to.put(name, &view)?;
    }
    Ok(())
}
