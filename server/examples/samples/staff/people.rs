//! Who works at the console: the list, an invitation, a member, a token.

use std::io;

use warifu_server::domain::staff::{Role, Roles};
use warifu_server::operations::staff::plan::Plan;
use warifu_server::pages::layout::ErrorNote;
use warifu_server::staff::views::{InvitePage, MemberLine, MemberPage, StaffPage, TokenPage};
use warifu_shared::error::ErrorCode;

use super::super::{Folder, NOW};
use super::{EVERYTHING, frame, proposals, who};

fn member(to: &Folder, roles: &[Role], state: &str) -> MemberLine {
    MemberLine {
        id: "sf_sample".to_owned(),
        name: to.pick("木村 葵", "Aoi Kimura"),
        login_id: if state == "invited" { "" } else { "aoi" }.to_owned(),
        roles: Roles::of(roles),
        state: state.to_owned(),
        last_login_at: (state == "active").then(|| NOW.plus_secs(-70_000)),
    }
}

pub fn all(to: &Folder) -> io::Result<()> {
    let invite = Plan::Invite {
        name: to.pick("山口 結", "Yui Yamaguchi"),
        roles: Role::Viewer.name().to_owned(),
    };
    let full = vec![
        member(to, &[Role::Administrator], "active"),
        member(to, EVERYTHING, "active"),
        member(to, &[Role::Operator], "invited"),
        member(to, &[Role::Auditor], "disabled"),
    ];
    let few = vec![member(to, &[Role::Administrator], "active")];
    for (name, lines, waiting) in [
        ("staff_people", full, vec![proposals::line(to, invite, "open")]),
        ("staff_people_first", few, Vec::new()),
    ] {
        let view = StaffPage {
            frame: frame(to, "/staff"),
            who: who(to, EVERYTHING),
            next: (lines.len() > 1).then(|| "/staff?after=sf_sample".to_owned()),
            lines,
            waiting,
            can_manage: true,
        };
        to.put(name, &view)?;
    }
    invitations(to)?;
    members(to)
}

fn invitations(to: &Folder) -> io::Result<()> {
    for (name, error) in [
        ("staff_invite", None),
        (
            "staff_invite_refused",
            Some(ErrorNote::of(ErrorCode::StaffNameUnfit)),
        ),
    ] {
        let view = InvitePage {
            frame: frame(to, "/staff/invite"),
            who: who(to, EVERYTHING),
            name: String::new(),
            roles: Roles::of(&[Role::Operator]),
            reason: String::new(),
            error,
        };
        to.put(name, &view)?;
    }
    Ok(())
}

fn members(to: &Folder) -> io::Result<()> {
    for (name, roles) in [
        (
            "staff_member_roles",
            Some(Roles::of(&[Role::Operator, Role::Viewer])),
        ),
        ("staff_member_disable", None),
    ] {
        let view = MemberPage {
            frame: frame(to, "/staff/members/sf_sample"),
            who: who(to, EVERYTHING),
            url: "/staff/members/sf_sample/disable".to_owned(),
            member: member(to, &[Role::Operator, Role::Viewer], "active"),
            roles,
            error: None,
        };
        to.put(name, &view)?;
    }
    let view = TokenPage {
        frame: frame(to, "/staff/invite"),
        who: who(to, EVERYTHING),
        token: "q3VZk0mA8cS2mX6kQbJd1rTgYw5Nn7Lh4Pf9Ru2Ee0s".to_owned(),
        origin: "https://staff.hinode.example".to_owned(),
    };
    to.put("staff_token", &view)
}
