//! Who may do what at the staff console: one table of roles and acts, deny by default (STAFF-02).

use unicode_normalization::UnicodeNormalization;

/// A role. A staff member has one or several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Looks at customers.
    Viewer,
    /// First-line support: acts for a caller.
    Operator,
    /// Approves what others propose for a customer.
    Approver,
    /// Looks into fraud, may stop at once.
    FraudAnalyst,
    /// Reads and exports the log.
    Auditor,
    /// Manages staff.
    Administrator,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 6] = [
        Self::Viewer,
        Self::Operator,
        Self::Approver,
        Self::FraudAnalyst,
        Self::Auditor,
        Self::Administrator,
    ];

    /// The name in the database and in forms. None contains another.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Approver => "approver",
            Self::FraudAnalyst => "fraud_analyst",
            Self::Auditor => "auditor",
            Self::Administrator => "administrator",
        }
    }

    /// Reads the name.
    #[must_use]
    pub fn read(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// The roles of one person, in the order of [`Role::ALL`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roles(Vec<Role>);

impl Roles {
    /// These roles, each once.
    #[must_use]
    pub fn of(named: &[Role]) -> Self {
        Self(
            Role::ALL
                .into_iter()
                .filter(|role| named.contains(role))
                .collect(),
        )
    }

    /// Reads `viewer,operator`; what is no role counts for nothing.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let named: Vec<Role> = text.split(',').filter_map(Role::read).collect();
        Self::of(&named)
    }

    /// As stored.
    #[must_use]
    pub fn write(&self) -> String {
        self.0
            .iter()
            .map(|role| role.name())
            .collect::<Vec<_>>()
            .join(",")
    }

    /// Each role.
    #[must_use]
    pub fn all(&self) -> &[Role] {
        &self.0
    }

    /// Whether one of them is `role`.
    #[must_use]
    pub fn has(&self, role: Role) -> bool {
        self.0.contains(&role)
    }

    /// Whether one of them may do `act`.
    #[must_use]
    pub fn may(&self, act: Act) -> bool {
        self.0.iter().any(|role| act.roles().contains(role))
    }
}

/// What can be done at the console. Each of its routes names one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Be there at all: the first page, logout, the own language.
    Enter,
    /// Find a customer by the exact account number.
    FindCustomer,
    /// Find one by the exact name or mail address.
    FindByDetails,
    /// See the masked screen of a customer.
    SeeCustomer,
    /// See the account number and the addresses in full; each time is written down.
    Reveal,
    /// End a customer's sessions.
    EndSessions,
    /// Remove a customer's device.
    RemoveDevice,
    /// Lock a customer's account.
    LockAccount,
    /// Take back a withdrawal that has not left.
    RecallWithdrawal,
    /// Stop a change of the mail address, for a caller without the stop code.
    StopAddress,
    /// Propose what needs a second person: unlock, end a cool-off, lift a suspension.
    Propose,
    /// Propose another authentication mail address for a customer without a device.
    ProposeAddress,
    /// Propose an enrolment code for a customer at the counter, and show it when another person has approved (decision 40).
    ProposeEnrolment,
    /// Propose a recovery or activation letter, and print it when another person has approved (decision 41).
    ProposeLetter,
    /// Stop a recovery letter.
    StopLetter,
    /// Suspend a customer's device.
    SuspendDevice,
    /// See which withdrawals wait for a second approval or are held.
    SeeHeld,
    /// Propose that one of them goes on.
    ReleaseWithdrawal,
    /// See what is proposed for customers.
    SeeProposals,
    /// Approve or refuse what another has proposed for a customer.
    Approve,
    /// See the charts of what goes on: numbers, no customer.
    Watch,
    /// See cases and alerts: suspicions about customers, masked.
    SeeCases,
    /// Take a case, note, and decide about it.
    WorkCase,
    /// See who works here, with which roles.
    SeeStaff,
    /// Invite, change and disable staff, and approve what another administrator proposes.
    ManageStaff,
    /// Search the audit log, open an entry with its proof, download checkpoints.
    SearchLog,
    /// See the address and the browser behind an entry; each time is written down.
    OpenDetails,
    /// Export entries with their proofs; each time is written down.
    ExportLog,
    /// See imports of customers: how far they are, which lines are wrong. No customer.
    SeeImports,
    /// Bring a file of customers, propose to open their accounts, stop that.
    Import,
    /// Approve or refuse an import that another has proposed.
    ApproveImport,
    /// Collect the letters of an import: codes are made, older ones end.
    CollectLetters,
}

impl Act {
    /// Every act.
    pub const ALL: [Self; 32] = [
        Self::Enter,
        Self::FindCustomer,
        Self::FindByDetails,
        Self::SeeCustomer,
        Self::Reveal,
        Self::EndSessions,
        Self::RemoveDevice,
        Self::LockAccount,
        Self::RecallWithdrawal,
        Self::StopAddress,
        Self::Propose,
        Self::ProposeAddress,
        Self::ProposeEnrolment,
        Self::ProposeLetter,
        Self::StopLetter,
        Self::SuspendDevice,
        Self::SeeHeld,
        Self::ReleaseWithdrawal,
        Self::SeeProposals,
        Self::Approve,
        Self::Watch,
        Self::SeeCases,
        Self::WorkCase,
        Self::SeeStaff,
        Self::ManageStaff,
        Self::SearchLog,
        Self::OpenDetails,
        Self::ExportLog,
        Self::SeeImports,
        Self::Import,
        Self::ApproveImport,
        Self::CollectLetters,
    ];

    /// The table: who may. Whoever is not named may not.
    #[must_use]
    pub const fn roles(self) -> &'static [Role] {
        use Role::{Administrator, Approver, Auditor, FraudAnalyst, Operator, Viewer};
        match self {
            Self::Enter | Self::Watch => &Role::ALL,
            Self::FindCustomer | Self::SeeCustomer => &[Viewer, Operator, Approver, FraudAnalyst],
            Self::FindByDetails
            | Self::Reveal
            | Self::EndSessions
            | Self::RemoveDevice
            | Self::LockAccount
            | Self::RecallWithdrawal
            | Self::StopAddress
            | Self::StopLetter => &[Operator, FraudAnalyst],
            Self::Propose | Self::ProposeAddress => &[Operator],
            Self::ProposeEnrolment | Self::ProposeLetter => &[Operator],
            Self::SuspendDevice => &[Operator, FraudAnalyst],
            Self::SeeHeld => &[Operator, Approver, FraudAnalyst],
            Self::ReleaseWithdrawal => &[Operator],
            Self::SeeProposals => &[Operator, Approver, Auditor],
            Self::Approve => &[Approver],
            Self::SeeCases => &[Operator, Approver, FraudAnalyst, Auditor],
            Self::WorkCase => &[FraudAnalyst],
            Self::SeeStaff => &[Auditor, Administrator],
            Self::ManageStaff => &[Administrator],
            Self::SearchLog | Self::OpenDetails | Self::ExportLog => &[Auditor],
            Self::SeeImports => &[Operator, Approver, Auditor],
            Self::Import | Self::CollectLetters => &[Operator],
            Self::ApproveImport => &[Approver],
        }
    }

    /// The name in the log and in the matrix.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Enter => "enter",
            Self::FindCustomer => "find_customer",
            Self::FindByDetails => "find_by_details",
            Self::SeeCustomer => "see_customer",
            Self::Reveal => "reveal",
            Self::EndSessions => "end_sessions",
            Self::RemoveDevice => "remove_device",
            Self::LockAccount => "lock_account",
            Self::RecallWithdrawal => "recall_withdrawal",
            Self::StopAddress => "stop_address",
            Self::Propose => "propose",
            Self::ProposeAddress => "propose_address",
            Self::ProposeEnrolment => "propose_enrolment",
            Self::ProposeLetter => "propose_letter",
            Self::StopLetter => "stop_letter",
            Self::SuspendDevice => "suspend_device",
            Self::SeeHeld => "see_held",
            Self::ReleaseWithdrawal => "release_withdrawal",
            Self::SeeProposals => "see_proposals",
            Self::Approve => "approve",
            Self::Watch => "watch",
            Self::SeeCases => "see_cases",
            Self::WorkCase => "work_case",
            Self::SeeStaff => "see_staff",
            Self::ManageStaff => "manage_staff",
            Self::SearchLog => "search_log",
            Self::OpenDetails => "open_details",
            Self::ExportLog => "export_log",
            Self::SeeImports => "see_imports",
            Self::Import => "import",
            Self::ApproveImport => "approve_import",
            Self::CollectLetters => "collect_letters",
        }
    }
}

/// The matrix of roles and acts, as `docs/staff-roles.md` has it.
#[must_use]
pub fn matrix() -> String {
    let mut text = String::from("| Act |");
    for role in Role::ALL {
        text.push_str(&format!(" {} |", role.name()));
    }
    text.push_str("\n|---|---|---|---|---|---|---|\n");
    for act in Act::ALL {
        text.push_str(&format!("| `{}` |", act.name()));
        for role in Role::ALL {
            text.push_str(if act.roles().contains(&role) {
                " yes |"
            } else {
                " |"
            });
        }
        text.push('\n');
    }
    text
}

/// A login id as people type it: 3 to 32 small letters, digits and hyphens.
#[must_use]
pub fn login_id(typed: &str) -> Option<String> {
    let id: String = typed.nfkc().collect::<String>().trim().to_lowercase();
    let good = id
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    (good && (3..=32).contains(&id.len())).then_some(id)
}

/// Shortest password of staff, in characters: it stands before a second factor always (PASS-01).
pub const SHORTEST_PASSWORD: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn staff_02_the_matrix_in_the_docs_is_the_table_in_the_code() {
        let docs = include_str!("../../../docs/staff-roles.md");
        assert!(
            docs.contains(&matrix()),
            "docs/staff-roles.md should hold:\n{}",
            matrix()
        );
    }

    #[test]
    fn staff_02_roles_are_read_strictly_and_unknown_ones_allow_nothing() {
        assert!(!Roles::read("").may(Act::Enter));
        assert!(!Roles::read("Administrator,root,operators").may(Act::Enter));
        assert_eq!(Roles::read("operator,viewer,viewer").write(), "viewer,operator");
        for role in Role::ALL {
            let others = Role::ALL.iter().filter(|other| **other != role);
            assert!(others.clone().all(|other| !other.name().contains(role.name())));
        }
    }

    #[test]
    fn staff_03_no_role_both_proposes_and_approves() {
        for role in Role::ALL {
            let roles = Roles::of(&[role]);
            let for_customers = [
                Act::Propose,
                Act::ProposeAddress,
                Act::ProposeEnrolment,
                Act::ProposeLetter,
                Act::ReleaseWithdrawal,
            ];
            let proposes = for_customers.into_iter().any(|act| roles.may(act));
            assert!(!(proposes && roles.may(Act::Approve)), "{role:?}");
            assert!(
                !(roles.may(Act::Import) && roles.may(Act::ApproveImport)),
                "{role:?}"
            );
        }
    }

    #[test]
    fn login_ids_are_folded() {
        assert_eq!(login_id(" Ｔaro-1 ").as_deref(), Some("taro-1"));
        for bad in ["ab", "taro yamada", "太郎", &"a".repeat(33), "a'--"] {
            assert_eq!(login_id(bad), None, "{bad}");
        }
    }
}
