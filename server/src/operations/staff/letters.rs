//! Letters with a code, printed once by whoever proposed them, after another person has approved: of a recovery, and of an
//! activation (ENROL-11, STAFF-03, STAFF-05, decisions 25 and 41).

use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::{AccountId, ProposalId};

use super::granted::{self, Grant};
use super::plan::Plan;
use super::{Done, proposals::not_carried_out, record, why_of};
use crate::app::App;
use crate::domain::account::Account;
use crate::domain::paper_code::PaperCode;
use crate::domain::recovery::LETTER_DAYS;
use crate::domain::staff::Act;
use crate::operations::change_address::by_staff;
use crate::operations::{Caller, Refusal, activation_code, recovery_codes as sheet};
use crate::store::accounts::{self, Lane};
use crate::store::recovery_codes::{self, Letter};
use crate::store::staff::customers;
use crate::store::staff::members::Member;
use crate::store::staff::proposals;
use crate::store::{Conn, StoreError};

/// What a letter is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A way back for somebody who lost everything.
    Recovery,
    /// The activation of an account that the firm opened.
    Activation,
}

/// A letter, this once.
pub struct Printed {
    /// What it is for.
    pub kind: Kind,
    /// The customer.
    pub owner: Account,
    /// The code: nowhere else.
    pub code: PaperCode,
    /// From when it works, when not at once.
    pub starts_at: Option<Timestamp>,
    /// Until when.
    pub expires_at: Timestamp,
}

/// Whether such a letter can help this customer.
///
/// # Errors
/// On a database failure. The inner one: `NotFound`; `StaffNothingToDo` for a recovery of an account that is locked or that
/// nobody has activated, and for an activation of one that somebody has; `LetterNeedsAddress`.
pub(super) async fn fits(
    c: &mut Conn,
    account: &AccountId,
    kind: Kind,
) -> Result<Result<(), Refusal>, StoreError> {
    let Some(owner) = accounts::by_id(c, account).await? else {
        return Ok(Err(ErrorCode::NotFound.into()));
    };
    if owner.disabled || owner.opened != (kind == Kind::Activation) {
        return Ok(Err(ErrorCode::StaffNothingToDo.into()));
    }
    let known = accounts::addresses(c, account).await?;
    if kind == Kind::Recovery && !known.iter().any(|it| it.authentication && it.proven) {
        return Ok(Err(ErrorCode::LetterNeedsAddress.into()));
    }
    Ok(Ok(()))
}

/// What stops the account, its devices and its addresses, and whether somebody has activated it.
///
/// # Errors
/// On a database failure.
pub(super) async fn facts(
    c: &mut Conn,
    app: &App,
    account: &AccountId,
) -> Result<Option<String>, StoreError> {
    let (Some(state), Some(owner)) = (
        customers::facts(c, account).await?,
        accounts::by_id(c, account).await?,
    ) else {
        return Ok(None);
    };
    let waits = if owner.opened { "opened" } else { "active" };
    let addresses = by_staff::facts(c, app, account).await?;
    Ok(Some(format!("account={waits} {state} {addresses}")))
}

/// Prints it, once: the code is drawn here, given back, and kept as a keyed hash only. A letter before it dies.
///
/// # Errors
/// Those of [`granted::own`] and [`granted::stands`]; `ProposalUsed` when it was printed or stopped; those of [`fits`].
pub async fn print(app: &App, caller: &Caller, by: &Member, id: &ProposalId) -> Result<Printed, Refusal> {
    let now = app.now();
    let drawing = Drawing {
        app: app.clone(),
        caller: caller.clone(),
        by: by.clone(),
        code: PaperCode::draw(),
        now,
    };
    let id = id.clone();
    let printed = app
        .store
        .write_again(move |c| Box::pin(async move { drawing.run(c, &id).await }));
    printed.await?
}

#[derive(Clone)]
struct Drawing {
    app: App,
    caller: Caller,
    by: Member,
    code: PaperCode,
    now: Timestamp,
}

impl Drawing {
    async fn run(&self, c: &mut Conn, id: &ProposalId) -> Result<Result<Printed, Refusal>, StoreError> {
        let who = (&self.caller, &self.by);
        let asked = (id, Act::ProposeLetter);
        let grant = match granted::take(c, &self.app, who, asked, self.now).await? {
            Ok(grant) => grant,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let kind = match grant.plan {
            Plan::ActivationLetter { .. } => Kind::Activation,
            _ => Kind::Recovery,
        };
        let refusal = match fits(c, &grant.account, kind).await? {
            Err(refusal) => Some(refusal),
            Ok(()) if proposals::print_once(c, id).await? => None,
            Ok(()) => Some(ErrorCode::ProposalUsed.into()),
        };
        if let Some(refusal) = refusal {
            let why = (refusal.code.name(), self.now);
            not_carried_out(c, &self.caller, &self.by, &grant.proposal, why).await?;
            return Ok(Err(refusal));
        }
        let owner = accounts::by_id(c, &grant.account).await?;
        let owner =
            owner.ok_or_else(|| StoreError::inconsistent("accounts", grant.account.as_str(), "gone"))?;
        let (starts_at, expires_at) = match kind {
            Kind::Recovery => self.recovery(c, &grant).await?,
            Kind::Activation => self.activation(c, &grant).await?,
        };
        self.write(c, &grant, kind, expires_at).await?;
        Ok(Ok(Printed {
            kind,
            owner,
            code: self.code.clone(),
            starts_at,
            expires_at,
        }))
    }

    /// It works when the owner has had the time of a cool-off, from the announcement on, to object.
    async fn recovery(
        &self,
        c: &mut Conn,
        grant: &Grant,
    ) -> Result<(Option<Timestamp>, Timestamp), StoreError> {
        let hours = self.app.config.enrolment.cool_off_hours;
        let letter = Letter {
            id: grant.proposal.id.clone(),
            account: grant.account.clone(),
            mac: sheet::mac(&self.app, &grant.account, self.code.reveal()),
            starts_at: grant.approved_at.plus_secs(hours * 3600),
            expires_at: self.now.plus_secs(LETTER_DAYS * 86_400),
        };
        recovery_codes::insert_letter(c, &letter, self.now).await?;
        // Guesses were at codes before: a stop of the recovery ends with it.
        accounts::reset_counter(c, &grant.account, Lane::Recovery).await?;
        let starts_at = Some(letter.starts_at).filter(|it| *it > self.now);
        Ok((starts_at, letter.expires_at))
    }

    async fn activation(
        &self,
        c: &mut Conn,
        grant: &Grant,
    ) -> Result<(Option<Timestamp>, Timestamp), StoreError> {
        let by = super::actor(&self.by);
        activation_code::replace(c, &self.app, &grant.account, &self.code, &by).await?;
        let days = self.app.config.activation.code_days;
        Ok((None, self.now.plus_secs(days * 86_400)))
    }

    async fn write(
        &self,
        c: &mut Conn,
        grant: &Grant,
        kind: Kind,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        let action = match kind {
            Kind::Recovery => "staff.recovery_letter_printed",
            Kind::Activation => "staff.activation_letter_printed",
        };
        let done = Done {
            action,
            subject: grant.account.as_str(),
            object: grant.proposal.id.as_str(),
            why: &why_of(&grant.proposal),
            before: "letter=approved",
            after: &format!("letter=printed until={}", until.0),
        };
        record(c, &self.caller, &self.by, &done, self.now).await
    }
}
