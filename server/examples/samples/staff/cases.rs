//! Cases: the list, one that is worked on, one that was decided, one about many accounts.

use std::io;

use warifu_server::domain::case::{Level, State};
use warifu_server::domain::signal::Signal;
use warifu_server::domain::staff::{Role, Roles};
use warifu_server::pages::layout::ErrorNote;
use warifu_server::staff::views::{
    Account, ActLine, CaseLine, CasePage, CasesPage, FeedLine, Known, MINE, ReasonLine, TimeLine, Typed,
};
use warifu_server::store::case_list::{Case, Reason};
use warifu_shared::api::DeviceState;
use warifu_shared::error::ErrorCode;

use super::super::{Folder, NOW};
use super::customers::{self, broken, device};
use super::{frame, who};

const ANALYST: &[Role] = &[Role::FraudAnalyst, Role::Operator];
const ME: &str = "sf_0000000000000000000001";
const CASE: &str = "cs_0000000000000000000001";

/// A case about one customer.
pub fn line(to: &Folder, state: State) -> io::Result<CaseLine> {
    let me = ME.parse().map_err(|_| broken())?;
    let closed = state != State::AtRisk;
    Ok(CaseLine {
        case: Case {
            id: CASE.parse().map_err(|_| broken())?,
            account: Some("ac_sample".parse().map_err(|_| broken())?),
            state,
            why: if closed {
                "staff_confirmed_compromised"
            } else {
                "signal"
            }
            .to_owned(),
            level: Level::High,
            kind: Some(Signal::NotMe),
            kinds: 2,
            amount: 14,
            active: (NOW.plus_secs(-9_000), NOW.plus_secs(-2_000)),
            detected_at: NOW.plus_secs(-8_990),
            assigned_to: None,
            decided: closed.then_some((me, NOW.plus_secs(-600))),
        },
        customer: Some(customers::line(to)?),
        with: String::new(),
    })
}

fn many(to: &Folder) -> io::Result<CaseLine> {
    let one = line(to, State::AtRisk)?;
    Ok(CaseLine {
        case: Case {
            account: None,
            kind: Some(Signal::ManyAccounts),
            level: Level::Medium,
            kinds: 1,
            ..one.case
        },
        customer: None,
        ..one
    })
}

fn mine(to: &Folder) -> io::Result<CaseLine> {
    let one = line(to, State::AtRisk)?;
    Ok(CaseLine {
        case: Case {
            assigned_to: Some(ME.parse().map_err(|_| broken())?),
            ..one.case
        },
        with: to.pick("森 春", "Haru Mori"),
        ..one
    })
}

fn reason(signal: Signal, level: Level) -> io::Result<ReasonLine> {
    Ok(ReasonLine(Reason {
        case: CASE.parse().map_err(|_| broken())?,
        signal,
        level,
        amount: 7,
        active: (NOW.plus_secs(-9_000), NOW.plus_secs(-2_000)),
        detected: (NOW.plus_secs(-8_990), NOW.plus_secs(-1_990)),
        entries: (String::new(), String::new()),
    }))
}

/// What the room with the charts shows of cases.
pub fn feed(to: &Folder) -> io::Result<Vec<FeedLine>> {
    Ok(vec![
        FeedLine {
            case: line(to, State::AtRisk)?,
            reason: reason(Signal::NotMe, Level::High)?,
        },
        FeedLine {
            case: many(to)?,
            reason: reason(Signal::ManyAccounts, Level::Medium)?,
        },
    ])
}

pub fn all(to: &Folder) -> io::Result<()> {
    let some = vec![line(to, State::AtRisk)?, mine(to)?, many(to)?];
    for (name, part, lines) in [
        ("staff_cases", State::AtRisk.name(), some),
        ("staff_cases_none", MINE, Vec::new()),
    ] {
        let view = CasesPage {
            frame: frame(to, "/cases"),
            who: who(to, ANALYST),
            part: part.to_owned(),
            older: (!lines.is_empty()).then(|| "/cases?before=cs_sample".to_owned()),
            lines,
        };
        to.put(name, &view)?;
    }
    let refused = CasePage {
        error: Some(ErrorNote::of(ErrorCode::StaffReasonMissing)),
        ..page(to, mine(to)?, known(to)?)
    };
    to.put("staff_case", &page(to, line(to, State::AtRisk)?, known(to)?))?;
    to.put("staff_case_mine", &page(to, mine(to)?, known(to)?))?;
    to.put("staff_case_refused", &refused)?;
    to.put(
        "staff_case_decided",
        &page(to, line(to, State::Compromised)?, known(to)?),
    )?;
    to.put("staff_case_many", &page(to, many(to)?, Known::default()))?;
    to.put(
        "staff_case_empty",
        &page(to, line(to, State::AtRisk)?, Known::default()),
    )
}

fn page(to: &Folder, line: CaseLine, known: Known) -> CasePage {
    CasePage {
        frame: frame(to, "/cases/cs_sample"),
        who: who(to, ANALYST),
        me: ME.to_owned(),
        roles: Roles::of(ANALYST),
        line,
        known,
        decided_by: to.pick("森 春", "Haru Mori"),
        typed: Typed::default(),
        error: None,
    }
}

fn known(to: &Folder) -> io::Result<Known> {
    let wrong = TimeLine {
        at: NOW.plus_secs(-9_000),
        what: to.pick("パスワードが違いました", "A wrong password"),
        outcome: None,
        by: to.pick("お客さま", "the customer"),
        trigger: false,
    };
    let denied = TimeLine {
        at: NOW.plus_secs(-2_000),
        what: to.pick("承認が断られました", "An approval was refused"),
        outcome: Some(to.pick("自分ではない", "This is not me")),
        by: to.pick("端末", "a device"),
        trigger: true,
    };
    let related = |line, why: &str| Account {
        line,
        why: why.to_owned(),
        at: NOW.plus_secs(-8_000),
    };
    let note = ActLine {
        at: NOW.plus_secs(-700),
        what: to.pick("メモを書きました", "Wrote a note"),
        by: to.pick("森 春", "Haru Mori"),
        reason: to.pick(
            "登録の電話番号へかけ直しました。お客さまは旅行中で、ログインしていないそうです。",
            "Called back on the registered number. The customer is travelling and did not log in.",
        ),
    };
    Ok(Known {
        reasons: vec![
            reason(Signal::NotMe, Level::High)?,
            reason(Signal::PushFlood, Level::Medium)?,
        ],
        timeline: vec![denied, wrong],
        related: vec![
            related(Some(customers::line(to)?), "failed"),
            related(None, "browser"),
        ],
        devices: vec![device(
            &to.pick("スマートフォン", "Phone"),
            DeviceState::Active,
            None,
        )],
        withdrawals: customers::withdrawals(false),
        acts: vec![note],
    })
}
