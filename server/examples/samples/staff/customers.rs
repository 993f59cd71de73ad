//! Finding a customer, the screen of one, and the question before each deed.

use std::io;

use warifu_server::domain::account::{Account, AccountNumber};
use warifu_server::domain::case::State;
use warifu_server::domain::yen::Yen;
use warifu_server::operations::staff::IDENTITY;
use warifu_server::operations::staff::plan::Handover;
use warifu_server::pages::layout::ErrorNote;
use warifu_server::staff::views::{
    AskPage, CustomerPage, DeviceLine, EventLine, EventsPage, Factors, FindPage, FoundLine, Shown, Tries,
    WithdrawalLine,
};
use warifu_server::store::accounts::{Address, Lane};
use warifu_server::store::push_health::Health;
use warifu_server::store::staff::customers::{Found, OpenSession};
use warifu_shared::api::{DeviceState, Protection};
use warifu_shared::clock::Timestamp;
use warifu_shared::display::Language;
use warifu_shared::error::ErrorCode;

use super::super::{Folder, NOW};
use super::{CUSTOMER, OPERATOR, cases, frame, who};

pub fn all(to: &Folder) -> io::Result<()> {
    find(to)?;
    screens(to)?;
    history(to)?;
    asks(to)
}

pub fn broken() -> io::Error {
    io::Error::other("a sample is broken")
}

pub fn line(to: &Folder) -> io::Result<FoundLine> {
    Ok(FoundLine::of(&Found {
        id: "ac_sample".parse().map_err(|_| broken())?,
        number: "1002011".to_owned(),
        name: to.pick("高橋 健一", "Kenichi Takahashi"),
    }))
}

fn find(to: &Folder) -> io::Result<()> {
    let two = vec![line(to)?, line(to)?];
    for (name, found, searched, error) in [
        ("staff_find", Vec::new(), false, None),
        ("staff_find_nothing", Vec::new(), true, None),
        ("staff_find_two", two, true, None),
        (
            "staff_find_too_many",
            Vec::new(),
            false,
            Some(ErrorNote::of(ErrorCode::TooManyRequests)),
        ),
    ] {
        let view = FindPage {
            frame: frame(to, "/customers"),
            who: who(to, OPERATOR),
            by_details: name != "staff_find_nothing",
            found,
            searched,
            error,
        };
        to.put(name, &view)?;
    }
    Ok(())
}

fn owner(to: &Folder, locked: bool) -> io::Result<Account> {
    let until = |secs: i64| if locked { NOW.plus_secs(secs) } else { Timestamp(0) };
    Ok(Account {
        id: "ac_sample".parse().map_err(|_| broken())?,
        number: AccountNumber::from_typed("1002011").ok_or_else(broken)?,
        customer_name: to.pick("高橋 健一", "Kenichi Takahashi"),
        language: Language::Ja,
        password_hash: String::new(),
        opened: false,
        disabled: locked,
        mail_refused: false,
        fallback_opens_at: Timestamp(0),
        unknown_blocked_until: until(90_000),
        known_blocked_until: Timestamp(0),
        withdrawals_held_until: until(40_000),
        cool_off_until: until(80_000),
    })
}

pub fn device(name: &str, state: DeviceState, health: Option<Health>) -> DeviceLine {
    DeviceLine {
        id: "dv_sample".to_owned(),
        name: name.to_owned(),
        model: "Pixel 8 / Android 16".to_owned(),
        protection: Protection::Keystore,
        state,
        expired: false,
        bound_at: NOW.plus_secs(-9_000_000),
        last_seen_at: NOW.plus_secs(-4_000),
        subscribed: state == DeviceState::Active,
        health,
    }
}

fn full(to: &Folder, locked: bool, reveal: bool) -> io::Result<Shown> {
    let address = |address: &str, authentication| Address {
        address: address.to_owned(),
        authentication,
        proven: authentication,
    };
    let failing = Health {
        delivered_at: Some(NOW.plus_secs(-180_000)),
        took_ms: Some(412),
        failed_at: Some(NOW.plus_secs(-3_000)),
        failures: 3,
        why: Some("unreachable".to_owned()),
    };
    let long = to.pick(
        "とても長い名前をつけたリビングのノートパソコン",
        "The laptop in the living room with a very long name",
    );
    let session = OpenSession {
        place: "JP-13".to_owned(),
        browser: "Firefox 145 / Windows".to_owned(),
        assurance: "app".to_owned(),
        created_at: NOW.plus_secs(-5_000),
        last_access_at: NOW.plus_secs(-300),
    };
    let mut shown = Shown::new(owner(to, locked)?, reveal)
        .with_devices(vec![
            device(
                &to.pick("スマートフォン", "Phone"),
                DeviceState::Active,
                Some(failing),
            ),
            device(&long, DeviceState::Suspended, None),
            device(&to.pick("古い端末", "The old one"), DeviceState::Revoked, None),
        ])
        .with_addresses(&[
            address("kenichi.takahashi@mail.example", true),
            address("takahashi.family@another-mail.example", false),
        ])
        .with_sessions(vec![session]);
    if locked {
        let locks = vec![
            (Lane::PasswordUnknown, NOW.plus_secs(900)),
            (Lane::Factor, NOW.plus_secs(600)),
        ];
        shown = shown
            .with_state(locks, 2)
            .with_stoppable(Some(NOW.plus_secs(500_000)));
    }
    shown.withdrawals = withdrawals(reveal);
    shown.events = lines(to);
    counts(&mut shown);
    Ok(shown)
}

fn counts(shown: &mut Shown) {
    shown.tries = Tries {
        right: 3,
        wrong: 12,
        completed: 1,
        denied: 1,
        unfinished: 1,
    };
    shown.factors = Factors {
        password: true,
        devices: 1,
        suspended: 1,
        codes: 8,
        withdrawal_password: true,
    };
}

/// The latest withdrawals of a customer.
pub fn withdrawals(reveal: bool) -> Vec<WithdrawalLine> {
    [("held", "badge badge--attention"), ("paid", "badge badge--done")]
        .map(|(state, badge)| WithdrawalLine {
            id: "wd_sample".to_owned(),
            reference: "W-261122-7KQ2MX9A".to_owned(),
            at: NOW.plus_secs(-7_000),
            amount: Yen::new(1_500_000).filter(|_| reveal),
            state_key: format!("withdrawal.state.{state}"),
            badge,
            can_recall: state == "held",
        })
        .to_vec()
}

/// What happened to a customer, newest first.
fn lines(to: &Folder) -> Vec<EventLine> {
    let line = |what: String, attention, from: String, action: &str, code: &str| EventLine {
        at: NOW.plus_secs(-2_000),
        what,
        outcome: None,
        attention,
        from,
        by: to.pick("お客さま", "the customer"),
        action: action.to_owned(),
        code: code.to_owned(),
    };
    let from = to.pick("東京都 / Firefox 145 / Windows", "Tokyo / Firefox 145 / Windows");
    let denied = to.pick("「自分ではない」と断られました", "Refused: “This is not me”");
    let wrong = to.pick("パスワードが違いました", "A wrong password");
    let done = to.pick("ログインしました", "Logged in");
    vec![
        line(denied, true, from.clone(), "challenge.deny", "not_me"),
        line(wrong, true, from, "login.password", "wrong_password"),
        line(done, false, String::new(), "login.completed", "app"),
    ]
}

fn history(to: &Folder) -> io::Result<()> {
    for (name, lines, first) in [
        ("staff_events", lines(to), true),
        ("staff_events_older", lines(to), false),
        ("staff_events_none", Vec::new(), true),
    ] {
        let view = EventsPage {
            frame: frame(to, &format!("{CUSTOMER}/events")),
            who: who(to, OPERATOR),
            customer: line(to)?,
            next: (!lines.is_empty()).then(|| "au_sample".to_owned()),
            lines,
            first,
        };
        to.put(name, &view)?;
    }
    Ok(())
}

fn screens(to: &Folder) -> io::Result<()> {
    for (name, shown) in [
        ("staff_customer", full(to, false, false)?),
        ("staff_customer_locked", full(to, true, false)?),
        ("staff_customer_revealed", full(to, false, true)?),
        ("staff_customer_empty", Shown::new(owner(to, false)?, false)),
    ] {
        let who = who(to, OPERATOR);
        let view = CustomerPage {
            frame: frame(to, CUSTOMER),
            roles: who.roles.clone(),
            who,
            now: NOW,
            cases: if name == "staff_customer_locked" {
                vec![cases::line(to, State::AtRisk)?]
            } else {
                Vec::new()
            },
            shown,
        };
        to.put(name, &view)?;
    }
    Ok(())
}

fn asks(to: &Folder) -> io::Result<()> {
    for deed in [
        "reveal",
        "end_sessions",
        "lock",
        "unlock",
        "end_cool_off",
        "remove",
        "recall",
        "stop_address",
        "change_address",
        "suspend",
        "lift",
        "release",
        "enrol",
        "recovery_letter",
        "activation_letter",
        "stop_letter",
    ] {
        to.put(&format!("staff_ask_{deed}"), &ask(to, deed)?)?;
    }
    let refused = AskPage {
        ticked: vec!["name".to_owned()],
        reason: to.pick("急ぎです。", "In a hurry."),
        error: Some(ErrorNote::of(ErrorCode::StaffIdentityMissing)),
        ..ask(to, "remove")?
    };
    to.put("staff_ask_refused", &refused)
}

fn ask(to: &Folder, deed: &str) -> io::Result<AskPage> {
    let url = format!("{CUSTOMER}/{}", deed.replace('_', "-"));
    Ok(AskPage {
        frame: frame(to, &url),
        who: who(to, OPERATOR),
        customer: line(to)?,
        object: match deed {
            "remove" | "suspend" | "lift" => Some(to.pick("スマートフォン", "Phone")),
            "recall" | "release" => Some("W-261122-7KQ2MX9A".to_owned()),
            _ => None,
        },
        handover: matches!(deed, "recovery_letter" | "activation_letter").then_some(Handover::Post),
        back: CUSTOMER.to_owned(),
        url,
        deed: deed.to_owned(),
        identity: if deed == "reveal" { &[] } else { &IDENTITY },
        ticked: Vec::new(),
        address: (deed == "change_address").then(|| "kenichi.new@another-mail.example".to_owned()),
        reason: String::new(),
        error: None,
    })
}
