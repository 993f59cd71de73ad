//! What can be proposed to a second person: who may, on which facts, and what an approval brings about (STAFF-03).

use serde::{Deserialize, Serialize};
use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::{AccountId, DeviceId, StaffId, WithdrawalId};

use super::customer::tell;
use super::letters::{self, Kind};
use super::{Why, counter, manage, suspend};
use crate::app::App;
use crate::domain::staff::{Act, Roles};
use crate::mail::StaffDeed;
use crate::operations::Refusal;
use crate::operations::change_address::by_staff::{self, Approval};
use crate::operations::withdrawal::release;
use crate::store::staff::customers;
use crate::store::staff::members;
use crate::store::staff::proposals::Proposal;
use crate::store::{Conn, StoreError};

/// What is proposed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "plan", rename_all = "snake_case")]
pub enum Plan {
    /// Open a customer's account again.
    Unlock,
    /// End a customer's cool-off early.
    EndCoolOff,
    /// Put in another authentication mail address for a customer without a device.
    ChangeAddress {
        /// The address.
        to: String,
    },
    /// Register a device of a customer at the counter (decision 40).
    Enrol,
    /// Print a recovery letter (decision 41).
    RecoveryLetter {
        /// How it reaches the customer.
        handover: Handover,
    },
    /// Print another activation letter for an account that still waits (decisions 25 and 41).
    ActivationLetter {
        /// How it reaches the customer.
        handover: Handover,
    },
    /// Lift the suspension of a customer's device (ENROL-14).
    LiftDevice {
        /// The device.
        device: DeviceId,
    },
    /// Let a withdrawal go on that is held or waits for its second approval (TXN-09).
    ReleaseWithdrawal {
        /// The withdrawal.
        withdrawal: WithdrawalId,
    },
    /// Give a staff member other roles.
    ChangeRoles {
        /// As stored.
        to: String,
    },
    /// Invite a staff member.
    Invite {
        /// Their name.
        name: String,
        /// As stored.
        roles: String,
    },
}

impl Plan {
    /// The name in the database.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Unlock => "unlock",
            Self::EndCoolOff => "end_cool_off",
            Self::ChangeAddress { .. } => "change_address",
            Self::Enrol => "enrol",
            Self::RecoveryLetter { .. } => "recovery_letter",
            Self::ActivationLetter { .. } => "activation_letter",
            Self::LiftDevice { .. } => "lift_device",
            Self::ReleaseWithdrawal { .. } => "release_withdrawal",
            Self::ChangeRoles { .. } => "change_roles",
            Self::Invite { .. } => "invite",
        }
    }

    /// Who may propose it.
    #[must_use]
    pub const fn proposing(&self) -> Act {
        match self {
            Self::Unlock | Self::EndCoolOff | Self::LiftDevice { .. } => Act::Propose,
            Self::ReleaseWithdrawal { .. } => Act::ReleaseWithdrawal,
            Self::ChangeAddress { .. } => Act::ProposeAddress,
            Self::Enrol => Act::ProposeEnrolment,
            Self::RecoveryLetter { .. } | Self::ActivationLetter { .. } => Act::ProposeLetter,
            Self::ChangeRoles { .. } | Self::Invite { .. } => Act::ManageStaff,
        }
    }

    /// Who may decide.
    #[must_use]
    pub const fn deciding(&self) -> Act {
        match self {
            Self::Unlock | Self::EndCoolOff | Self::ChangeAddress { .. } => Act::Approve,
            Self::Enrol | Self::RecoveryLetter { .. } | Self::ActivationLetter { .. } => Act::Approve,
            Self::LiftDevice { .. } | Self::ReleaseWithdrawal { .. } => Act::Approve,
            Self::ChangeRoles { .. } | Self::Invite { .. } => Act::ManageStaff,
        }
    }

    /// Reads the parameters of a stored proposal.
    ///
    /// # Errors
    /// When the stored text is none of ours.
    pub fn of(p: &Proposal) -> Result<Self, StoreError> {
        serde_json::from_str(&p.parameters)
            .map_err(|error| StoreError::inconsistent("proposals", p.id.as_str(), error))
    }

    /// What it takes of the reason and the checklist (STAFF-05).
    pub(super) fn weigh(&self, why: Why) -> Result<Why, Refusal> {
        match self {
            Self::Unlock | Self::EndCoolOff => why.identified(),
            Self::ChangeAddress { .. } => why.identified_beyond_words(),
            Self::Enrol => why.identified()?.in_person(),
            Self::RecoveryLetter { handover } => handover.weigh(why.identified_well()?),
            Self::ActivationLetter { handover } => handover.weigh(why.identified()?),
            Self::LiftDevice { .. } | Self::ReleaseWithdrawal { .. } => why.identified_beyond_words(),
            Self::ChangeRoles { .. } | Self::Invite { .. } => Ok(why),
        }
    }

    /// Whether it can be proposed at all.
    pub(super) async fn fits(
        &self,
        c: &mut Conn,
        app: &App,
        subject: &str,
        now: Timestamp,
    ) -> Result<Result<(), Refusal>, StoreError> {
        let Ok(account) = subject.parse::<AccountId>() else {
            return Ok(Ok(()));
        };
        match self {
            Self::ChangeAddress { to } => match to.parse() {
                Ok(to) => by_staff::fits(c, &account, &to, now).await,
                Err(_) => Ok(Err(ErrorCode::AddressInvalid.into())),
            },
            Self::Enrol => counter::fits(c, app, &account).await,
            Self::RecoveryLetter { .. } => letters::fits(c, &account, Kind::Recovery).await,
            Self::ActivationLetter { .. } => letters::fits(c, &account, Kind::Activation).await,
            Self::LiftDevice { device } => suspend::can_be_lifted(c, &account, device, now).await,
            Self::ReleaseWithdrawal { withdrawal } => release::fits(c, &account, withdrawal, now).await,
            _ => Ok(Ok(())),
        }
    }

    /// The parameters as the record has them: an address masked.
    pub(super) fn recorded(&self) -> Self {
        match self {
            Self::ChangeAddress { to } => Self::ChangeAddress {
                to: by_staff::masked(to),
            },
            other => other.clone(),
        }
    }

    /// The state it is made on; `None` when there is no such customer or member.
    pub(super) async fn facts(
        &self,
        c: &mut Conn,
        app: &App,
        subject: &str,
    ) -> Result<Option<String>, StoreError> {
        match self {
            Self::Unlock | Self::EndCoolOff | Self::LiftDevice { .. } => match subject.parse::<AccountId>() {
                Ok(account) => customers::facts(c, &account).await,
                Err(_) => Ok(None),
            },
            Self::ReleaseWithdrawal { withdrawal } => match subject.parse::<AccountId>() {
                Ok(account) => release::facts(c, &account, withdrawal, app.now()).await,
                Err(_) => Ok(None),
            },
            Self::ChangeAddress { .. } => {
                let Ok(account) = subject.parse::<AccountId>() else {
                    return Ok(None);
                };
                let Some(state) = customers::facts(c, &account).await? else {
                    return Ok(None);
                };
                let addresses = by_staff::facts(c, app, &account).await?;
                Ok(Some(format!("{state} {addresses}")))
            }
            Self::Enrol => match subject.parse::<AccountId>() {
                Ok(account) => counter::facts(c, &account).await,
                Err(_) => Ok(None),
            },
            Self::RecoveryLetter { .. } | Self::ActivationLetter { .. } => {
                match subject.parse::<AccountId>() {
                    Ok(account) => letters::facts(c, app, &account).await,
                    Err(_) => Ok(None),
                }
            }
            Self::ChangeRoles { .. } => match subject.parse::<StaffId>() {
                Ok(id) => Ok(members::by_id(c, &id).await?.map(|it| manage::facts(&it))),
                Err(_) => Ok(None),
            },
            Self::Invite { .. } => Ok(Some("invited=no".to_owned())),
        }
    }

    /// Does it; `None` when nothing was to be done. What an invitation gives out comes back.
    pub(super) async fn carry_out(
        &self,
        c: &mut Conn,
        app: &App,
        (p, by): (&Proposal, &Approval<'_>),
        now: Timestamp,
    ) -> Result<Option<Carried>, StoreError> {
        let account = p.subject.parse::<AccountId>();
        let done = match (self, account) {
            (Self::Unlock, Ok(account)) => {
                let done = customers::unlock(c, &account, now).await?;
                if done {
                    tell(c, app, &account, StaffDeed::Unlocked, now).await?;
                }
                done
            }
            (Self::EndCoolOff, Ok(account)) => {
                let done = customers::end_cool_off(c, &account, now).await?;
                if done {
                    tell(c, app, &account, StaffDeed::CoolOffEnded, now).await?;
                }
                done
            }
            (Self::ChangeAddress { to }, Ok(account)) => {
                by_staff::carry_out(c, app, by, &account, to, now).await?
            }
            // What follows is in the hands of whoever proposed it (`granted`).
            (Self::Enrol, Ok(account)) => counter::fits(c, app, &account).await?.is_ok(),
            (Self::RecoveryLetter { .. }, Ok(account)) => {
                let fits = letters::fits(c, &account, Kind::Recovery).await?.is_ok();
                if fits {
                    tell(c, app, &account, StaffDeed::RecoveryLetter, now).await?;
                }
                fits
            }
            (Self::ActivationLetter { .. }, Ok(account)) => {
                letters::fits(c, &account, Kind::Activation).await?.is_ok()
            }
            (Self::LiftDevice { device }, Ok(account)) => {
                suspend::lift(c, app, by, (&account, device), now).await?
            }
            (Self::ReleaseWithdrawal { withdrawal }, Ok(account)) => {
                release::carry_out(c, app, by, (&account, withdrawal), now).await?
            }
            (Self::ChangeRoles { to }, _) => {
                let Ok(id) = p.subject.parse::<StaffId>() else {
                    return Ok(None);
                };
                let Some(member) = members::by_id(c, &id).await? else {
                    return Ok(None);
                };
                members::set_roles(c, &id, &member.roles, &Roles::read(to)).await?
            }
            (Self::Invite { name, roles }, _) => {
                let (invitation, token) =
                    manage::invitation(name, &Roles::read(roles), p.requested_by.as_str(), now);
                members::invite(c, &invitation, now).await?;
                return Ok(Some(Carried { token: Some(token) }));
            }
            _ => false,
        };
        Ok(done.then_some(Carried { token: None }))
    }
}

/// How a letter reaches the customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Handover {
    /// By post, to the address that the firm knows.
    Post,
    /// At the counter.
    Hand,
}

impl Handover {
    /// Reads the choice of the form.
    #[must_use]
    pub fn read(name: &str) -> Option<Self> {
        [Self::Post, Self::Hand].into_iter().find(|it| it.name() == name)
    }

    /// Its name in forms and texts.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Post => "post",
            Self::Hand => "hand",
        }
    }

    /// Over the counter a document must be seen; a letter that is posted goes to the registered address anyway.
    fn weigh(self, why: Why) -> Result<Why, Refusal> {
        match self {
            Self::Post => why.identified_beyond_words(),
            Self::Hand => why.in_person(),
        }
    }
}

/// What an approval brought about.
#[derive(Debug, Clone)]
pub struct Carried {
    /// The one-time token of an invitation, shown once.
    pub token: Option<String>,
}
