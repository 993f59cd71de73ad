//! The mail addresses of an account, with sample data.

use std::io;

use warifu_server::pages::paths;
use warifu_server::pages::views::*;
use warifu_shared::error::ErrorCode;

use super::{ErrorNote, Folder, NOW};

pub fn all(to: &Folder) -> io::Result<()> {
    list(to)?;
    for (name, error, done) in [
        ("stop_address", None, false),
        ("stop_address_refused", Some(ErrorCode::StopCodeRefused), false),
        ("stop_address_done", None, true),
    ] {
        let view = StopAddressPage {
            frame: to.frame(paths::STOP_ADDRESS, false),
            phone: PHONE.to_owned(),
            error: error.map(ErrorNote::of),
            done,
        };
        to.put(name, &view)?;
    }
    let view = CodePage {
        frame: to.frame(paths::ADDRESSES, true),
        url: paths::address_change("ax_sample"),
        masked_address: "taro.yamada.new@another-mail.example".to_owned(),
        sender: "authentication@hinode.example".to_owned(),
        error: None,
        resend_at: NOW.plus_secs(40),
        expires_at: NOW.plus_secs(280),
        now: NOW,
        mail_late: false,
        sent_again: false,
        what: CodeFor::Address,
        money: None,
        closed: false,
    };
    to.put("code_address", &view)
}

fn listed(masked: &str, state: AddressState) -> Option<Listed> {
    Some(Listed {
        masked: masked.to_owned(),
        state,
    })
}

fn plain(to: &Folder) -> AddressesPage {
    AddressesPage {
        frame: to.frame(paths::ADDRESSES, true),
        authentication: listed("ta***@mail.example", AddressState::Proven),
        second: None,
        started: None,
        stoppable: None,
        needs_app: false,
        weak_session: false,
        fresh: true,
        fresh_for_second: true,
        cool_off_until: None,
        cool_off_hours: 24,
        limited: false,
        phone: PHONE.to_owned(),
        typed: String::new(),
        typed_second: String::new(),
        error: None,
        done: None,
    }
}

fn list(to: &Folder) -> io::Result<()> {
    let plain = || plain(to);
    let error = Some(ErrorNote::of(ErrorCode::AddressInvalid));
    let typed = "taro@".to_owned();
    let started = Started {
        masked: "ta***@another-mail.example".to_owned(),
        own: true,
        url: paths::address_change("ax_sample"),
    };
    to.put("addresses", &plain())?;
    to.put(
        "addresses_invalid",
        &AddressesPage {
            error,
            typed,
            ..plain()
        },
    )?;
    to.put(
        "addresses_started",
        &AddressesPage {
            started: Some(started),
            ..plain()
        },
    )?;
    changed(to)
}

fn changed(to: &Folder) -> io::Result<()> {
    let plain = || plain(to);
    let until = NOW.plus_secs(80_000);
    let stoppable = Stoppable {
        old: "ta***@mail.example".to_owned(),
        until,
        hours: 23,
    };
    let new = listed("ta***@another-mail.example", AddressState::Proven);
    let refused = listed("ta***@mail.example", AddressState::Refused);
    let second = listed("ta***@second.example", AddressState::Proven);
    let changed = AddressesPage {
        authentication: new,
        second,
        stoppable: Some(stoppable),
        cool_off_until: Some(until),
        done: Some("addresses.done_changed"),
        ..plain()
    };
    to.put("addresses_changed", &changed)?;
    let without = AddressesPage {
        needs_app: true,
        authentication: refused,
        ..plain()
    };
    to.put("addresses_no_app", &without)?;
    let none = AddressesPage {
        authentication: None,
        fresh: false,
        fresh_for_second: false,
        limited: true,
        ..plain()
    };
    to.put("addresses_none", &none)
}

const PHONE: &str = "0120-000-000";
