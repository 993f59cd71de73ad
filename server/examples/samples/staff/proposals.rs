//! What waits for a second person.

use std::io;

use warifu_server::operations::staff::plan::{Handover, Plan};
use warifu_server::pages::layout::ErrorNote;
use warifu_server::staff::views::{Next, OpenedMoney as Opened, ProposalLine, ProposalPage, ProposalsPage};
use warifu_shared::error::ErrorCode;

use super::super::{Folder, NOW, money};
use super::{CUSTOMER, OPERATOR, frame, who};

pub fn line(to: &Folder, plan: Plan, state: &str) -> ProposalLine {
    let about_staff = matches!(plan, Plan::ChangeRoles { .. } | Plan::Invite { .. });
    ProposalLine {
        url: "/proposals/pr_sample".to_owned(),
        plan,
        customer: (!about_staff).then(|| CUSTOMER.to_owned()),
        by: to.pick("森 春", "Haru Mori"),
        at: NOW.plus_secs(-4_000),
        reason: to.pick(
            "登録の電話番号へかけ直し、端末がお手元にあることを確かめました。",
            "Called back on the registered number; the customer has the device in hand.",
        ),
        identity: vec!["name".to_owned(), "callback".to_owned()],
        state: state.to_owned(),
        own: false,
    }
}

pub fn all(to: &Folder) -> io::Result<()> {
    let address = Plan::ChangeAddress {
        to: "hanako.suzuki.new@another-mail.example".to_owned(),
    };
    let open = vec![
        line(to, Plan::Unlock, "open"),
        line(to, address.clone(), "open"),
        line(to, Plan::EndCoolOff, "open"),
    ];
    for (name, lines) in [("staff_proposals", open), ("staff_proposals_none", Vec::new())] {
        let view = ProposalsPage {
            frame: frame(to, "/proposals"),
            who: who(to, OPERATOR),
            granted: if lines.is_empty() {
                Vec::new()
            } else {
                vec![line(to, Plan::Enrol, "approved")]
            },
            lines,
        };
        to.put(name, &view)?;
    }
    deciding(to, address)?;
    release(to)
}

fn deciding(to: &Folder, address: Plan) -> io::Result<()> {
    let own = ProposalLine {
        own: true,
        ..line(to, Plan::Unlock, "open")
    };
    one(
        to,
        "staff_proposal",
        line(to, address, "open"),
        Next::Nothing,
        None,
    )?;
    one(to, "staff_proposal_own", own, Next::Nothing, None)?;
    let refused = Some(ErrorNote::of(ErrorCode::StaffStateChanged));
    let cool_off = line(to, Plan::EndCoolOff, "open");
    one(to, "staff_proposal_refused", cool_off, Next::Nothing, refused)?;
    let approved = |plan| ProposalLine {
        own: true,
        ..line(to, plan, "approved")
    };
    let letter = Plan::RecoveryLetter {
        handover: Handover::Post,
    };
    one(
        to,
        "staff_proposal_approved",
        approved(Plan::Unlock),
        Next::Nothing,
        None,
    )?;
    one(
        to,
        "staff_proposal_code",
        approved(Plan::Enrol),
        Next::ShowCode,
        None,
    )?;
    one(
        to,
        "staff_proposal_print",
        approved(letter.clone()),
        Next::Print,
        None,
    )?;
    one(to, "staff_proposal_over", approved(letter), Next::Over, None)
}

fn release(to: &Folder) -> io::Result<()> {
    let broken = |_| io::Error::other("a sample is broken");
    let withdrawal = "wd_0000000000000000000001".parse().map_err(broken)?;
    let closed = ProposalPage {
        object: Some("W-261122-7KQ2MX9A".to_owned()),
        ..page(to, line(to, Plan::ReleaseWithdrawal { withdrawal }, "open"))
    };
    to.put("staff_proposal_closed", &closed)?;
    let opened = ProposalPage {
        opened: Some(Opened {
            money: money::facts(to),
            seen: "d".repeat(43),
            place: to.pick("東京都", "Tokyo"),
            browser: "Firefox 145 / Windows".to_owned(),
            at: NOW.plus_secs(-7_000),
        }),
        ..closed
    };
    to.put("staff_proposal_opened", &opened)
}

fn one(to: &Folder, name: &str, line: ProposalLine, next: Next, error: Option<ErrorNote>) -> io::Result<()> {
    let view = ProposalPage {
        next,
        error,
        ..page(to, line)
    };
    to.put(name, &view)
}

fn page(to: &Folder, line: ProposalLine) -> ProposalPage {
    ProposalPage {
        frame: frame(to, "/proposals/pr_sample"),
        who: who(to, OPERATOR),
        object: None,
        opened: None,
        open: line.state == "open",
        can_decide: line.state == "open" && !line.own,
        line,
        expires_at: NOW.plus_secs(82_000),
        now: NOW,
        next: Next::Nothing,
        error: None,
    }
}
