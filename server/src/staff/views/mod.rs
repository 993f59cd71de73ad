//! What each page of the console shows; the templates under `server/templates/staff` have the same names.

mod ask;
mod case;
mod chart;
mod counter;
mod customer;
mod events;
mod held;
pub mod import_letter;
pub mod imports;
mod log;
mod log_entry;
mod people;
mod shown;
mod watch;

use askama::Template;
use warifu_shared::clock::Timestamp;

use crate::domain::staff::{Act, Role, Roles};
use crate::pages::layout::{ErrorNote, Frame};
use crate::pages::qr::{QrSvg, qr_svg};
use crate::store::staff::members::Member;

pub use ask::{AskPage, Next, Opened as OpenedMoney, ProposalLine, ProposalPage, ProposalsPage};
pub use case::{Account, ActLine, CaseLine, CasePage, CasesPage, Known, MINE, ReasonLine, TimeLine, Typed};
pub use chart::{Chart, Series};
pub use counter::{CodePage, ComparePage, EnrolledPage, LetterPage};
pub use customer::{CustomerPage, FindPage, FoundLine};
pub use events::EventsPage;
pub use held::{HeldLine, HeldPage};
pub use log::{CheckpointLine, CheckpointsPage, ExportPage, LogLine, LogPage};
pub use log_entry::{EntryPage, Opened, Proven};
pub use people::{InvitePage, MemberLine, MemberPage, StaffPage, TokenPage};
pub use shown::{DeviceLine, EventLine, Factors, PendingLine, Shown, Tries, WithdrawalLine};
pub use watch::{FeedLine, Tile, WatchPage};

pub use crate::staff::log::Query;

/// Who is logged in, for the head of each page.
#[derive(Debug, Clone)]
pub struct Who {
    /// Their name.
    pub name: String,
    /// Their roles.
    pub roles: Roles,
}

impl Who {
    /// Of a member.
    #[must_use]
    pub fn of(member: &Member) -> Self {
        Self {
            name: member.name.clone(),
            roles: member.roles.clone(),
        }
    }

    /// The menu: only rooms that this person may enter.
    #[must_use]
    pub fn menu(&self) -> Vec<(&'static str, &'static str)> {
        [
            (Act::FindCustomer, "/customers", "st_frame.customers"),
            (Act::SeeHeld, "/held", "st_frame.held"),
            (Act::Watch, "/watch", "st_frame.watch"),
            (Act::SeeCases, "/cases", "st_case.menu"),
            (Act::SeeProposals, "/proposals", "st_frame.proposals"),
            (Act::SeeImports, "/imports", "st_frame.imports"),
            (Act::SearchLog, "/log", "st_frame.log"),
            (Act::SeeStaff, "/staff", "st_frame.staff"),
        ]
        .into_iter()
        .filter(|(act, ..)| self.roles.may(*act))
        .map(|(_, url, key)| (url, key))
        .collect()
    }
}

/// The words of a role.
#[must_use]
pub const fn role_key(role: Role) -> &'static str {
    match role {
        Role::Viewer => "st_role.viewer",
        Role::Operator => "st_role.operator",
        Role::Approver => "st_role.approver",
        Role::FraudAnalyst => "st_role.fraud_analyst",
        Role::Auditor => "st_role.auditor",
        Role::Administrator => "st_role.administrator",
    }
}

/// The names of roles, joined.
#[must_use]
pub fn role_names(frame: &Frame, roles: &Roles) -> String {
    let names: Vec<String> = roles.all().iter().map(|role| frame.t(role_key(*role))).collect();
    names.join(frame.request.language.pick("・", ", "))
}

/// `GET /login`.
#[derive(Template)]
#[template(path = "staff/login.html")]
pub struct LoginPage {
    /// The frame.
    pub frame: Frame,
    /// What was typed.
    pub login_id: String,
    /// What was refused.
    pub error: Option<ErrorNote>,
    /// Setting up has just been finished.
    pub ready: bool,
}

/// `GET /activate`.
#[derive(Template)]
#[template(path = "staff/set_up.html")]
pub struct SetUpPage {
    /// The frame.
    pub frame: Frame,
    /// The one-time token as typed.
    pub token: String,
    /// The name as typed.
    pub name: String,
    /// The staff ID as typed.
    pub login_id: String,
    /// What was refused.
    pub error: Option<ErrorNote>,
}

/// `GET /activate/device/{enrolment}`: the code for the member's own device, as QR and link only.
#[derive(Template)]
#[template(path = "staff/device.html")]
pub struct DevicePage {
    /// The frame.
    pub frame: Frame,
    /// Its path.
    pub url: String,
    /// `warifu://enrol?...`.
    pub app_link: String,
    /// When the code was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// The server's time.
    pub now: Timestamp,
}

impl DevicePage {
    /// The QR code of the link.
    #[must_use]
    pub fn qr(&self) -> QrSvg {
        qr_svg(&self.app_link, &self.frame.t("enrol.qr_label"))
    }
}

/// `GET /`.
#[derive(Template)]
#[template(path = "staff/home.html")]
pub struct HomePage {
    /// The frame.
    pub frame: Frame,
    /// Who is here.
    pub who: Who,
    /// Proposals that they could decide.
    pub waiting: usize,
    /// Withdrawals that wait, for whoever may see them; counted up to a hundred.
    pub held: Option<i64>,
    /// Imports that they could approve.
    pub imports: i64,
}

impl HomePage {
    /// Their roles in words.
    #[must_use]
    pub fn roles(&self) -> String {
        role_names(&self.frame, &self.who.roles)
    }

    /// How many withdrawals wait, in a word; none when nothing does.
    #[must_use]
    pub fn held_words(&self) -> Option<String> {
        let held = self.held.filter(|count| *count > 0)?;
        let count = if held < super::home::MOST_COUNTED {
            held.to_string()
        } else {
            self.frame
                .t1("st_watch.more_than", "count", super::home::MOST_COUNTED)
        };
        Some(self.frame.t1("st_held.waiting", "count", count))
    }

    /// Where what waits is decided.
    #[must_use]
    pub fn waiting_url(&self) -> &'static str {
        let act = if self.who.roles.may(Act::Approve) {
            Act::Approve
        } else {
            Act::ManageStaff
        };
        super::proposals::list_of(act)
    }
}
