//! What people decide about an import: propose it, approve it, stop it. Two people open accounts (STAFF-03).

use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::ImportId;

use super::{LETTERS_SECS, PROPOSAL_SECS, end};
use crate::app::App;
use crate::domain::staff::Act;
use crate::operations::staff::{Done, Why, record};
use crate::operations::{Caller, Refusal};
use crate::store::imports::{self, Import, State, letters};
use crate::store::staff::members::{self, Member};
use crate::store::{Conn, StoreError};

/// What can be decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Open the accounts: a second person is asked.
    Propose,
    /// The second person says yes.
    Approve,
    /// The second person says no.
    Refuse,
    /// Stop for a while.
    Pause,
    /// Go on.
    Resume,
    /// End it. Accounts that were opened stay.
    Cancel,
    /// Collect the letters: a second person is asked.
    AskLetters,
    /// The second person says yes.
    AllowLetters,
}

impl Deed {
    /// Every deed.
    pub const ALL: [Self; 8] = [
        Self::Propose,
        Self::Approve,
        Self::Refuse,
        Self::Pause,
        Self::Resume,
        Self::Cancel,
        Self::AskLetters,
        Self::AllowLetters,
    ];

    /// The last part of its address, and of its words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Propose => "propose",
            Self::Approve => "approve",
            Self::Refuse => "refuse",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Cancel => "cancel",
            Self::AskLetters => "ask_letters",
            Self::AllowLetters => "allow_letters",
        }
    }

    /// Reads the name.
    #[must_use]
    pub fn read(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }

    /// Where an import stands when this can be decided.
    #[must_use]
    pub const fn from(self) -> &'static [State] {
        match self {
            Self::Propose => &[State::Checked],
            Self::Approve | Self::Refuse => &[State::Proposed],
            Self::Pause => &[State::Opening],
            Self::Resume => &[State::Paused],
            Self::Cancel => &[
                State::Checking,
                State::Checked,
                State::Proposed,
                State::Opening,
                State::Paused,
            ],
            Self::AskLetters | Self::AllowLetters => {
                &[State::Opening, State::Paused, State::Done, State::Cancelled]
            }
        }
    }

    /// Whether it takes the second person.
    #[must_use]
    pub const fn of_second(self) -> bool {
        matches!(self, Self::Approve | Self::Refuse | Self::AllowLetters)
    }

    /// Where it stands behind the decision.
    const fn to(self, from: State) -> State {
        match self {
            Self::Propose => State::Proposed,
            Self::Approve | Self::Resume => State::Opening,
            Self::Refuse => State::Checked,
            Self::Pause => State::Paused,
            Self::Cancel => State::Cancelled,
            Self::AskLetters | Self::AllowLetters => from,
        }
    }

    const fn action(self) -> &'static str {
        match self {
            Self::Propose => "staff.import_proposed",
            Self::Approve => "staff.import_approved",
            Self::Refuse => "staff.import_refused",
            Self::Pause => "staff.import_paused",
            Self::Resume => "staff.import_resumed",
            Self::Cancel => "staff.import_cancelled",
            Self::AskLetters => "staff.letters_proposed",
            Self::AllowLetters => "staff.letters_allowed",
        }
    }

    /// Whether an import can be decided so, as it stands now.
    #[must_use]
    pub fn fits(self, it: &Import, now: Timestamp) -> bool {
        let so = match self {
            Self::Propose => it.rows_good > 0,
            Self::AskLetters => it.opened > 0,
            Self::AllowLetters => {
                it.letters_until.0 == 0 && it.letters_asked_at > now.plus_secs(-PROPOSAL_SECS)
            }
            _ => true,
        };
        so && self.from().contains(&it.state)
    }

    /// Whoever stands on the other side: they brought it, or asked for it.
    fn askers(self, it: &Import) -> Vec<&str> {
        match self {
            Self::AllowLetters => it.letters_by.iter().map(String::as_str).collect(),
            _ => std::iter::once(it.uploaded_by.as_str())
                .chain(it.proposed_by.as_deref())
                .collect(),
        }
    }
}

/// Decides.
///
/// # Errors
/// `NotFound`, `ImportNotNow`, `ImportOwn`.
pub async fn decide(
    app: &App,
    caller: &Caller,
    by: &Member,
    id: &ImportId,
    deed: Deed,
    why: Why,
) -> Result<(), Refusal> {
    let (now, caller, by, id) = (app.now(), caller.clone(), by.clone(), id.clone());
    app.store
        .write_again(move |c| {
            Box::pin(async move {
                let Some(it) = imports::by_id(c, &id).await? else {
                    return Ok(Err(ErrorCode::NotFound.into()));
                };
                if let Some(code) = unfit(c, &it, &by, deed, now).await? {
                    return Ok(Err(code.into()));
                }
                if !go(c, &it, &by, deed, now).await? {
                    return Ok(Err(ErrorCode::ImportNotNow.into()));
                }
                let facts = |state: State| {
                    format!(
                        "state={} file={} rows={} wrong={} opened={}",
                        state.name(),
                        it.file_hash,
                        it.rows_good,
                        it.rows_bad,
                        it.opened
                    )
                };
                let done = Done {
                    action: deed.action(),
                    subject: id.as_str(),
                    object: "-",
                    why: &why,
                    before: &facts(it.state),
                    after: &facts(deed.to(it.state)),
                };
                record(c, &caller, &by, &done, now).await?;
                Ok(Ok(()))
            })
        })
        .await?
}

/// One conditional statement each, so that of two people who decide at once one does.
async fn go(c: &mut Conn, it: &Import, by: &Member, deed: Deed, now: Timestamp) -> Result<bool, StoreError> {
    match deed {
        Deed::Propose => imports::propose(c, &it.id, &by.id, now).await,
        Deed::Approve => {
            let proposer = it.proposed_by.as_deref().unwrap_or_default();
            let (since, letters) = (now.plus_secs(-PROPOSAL_SECS), now.plus_secs(LETTERS_SECS));
            imports::approve(c, &it.id, &by.id, proposer, (since, now, letters)).await
        }
        Deed::AskLetters => letters::ask(c, &it.id, &by.id, now).await,
        Deed::AllowLetters => {
            let asker = it.letters_by.as_deref().unwrap_or_default();
            let times = (now.plus_secs(-PROPOSAL_SECS), now.plus_secs(LETTERS_SECS));
            letters::allow(c, &it.id, &by.id, asker, times).await
        }
        Deed::Cancel => end(c, it, deed.from(), deed.to(it.state), now).await,
        Deed::Refuse | Deed::Pause | Deed::Resume => {
            imports::go(c, &it.id, deed.from(), deed.to(it.state), now).await
        }
    }
}

async fn unfit(
    c: &mut Conn,
    it: &Import,
    by: &Member,
    deed: Deed,
    now: Timestamp,
) -> Result<Option<ErrorCode>, StoreError> {
    let says_yes = matches!(deed, Deed::Approve | Deed::AllowLetters);
    if says_yes && deed.askers(it).contains(&by.id.as_str()) {
        return Ok(Some(ErrorCode::ImportOwn));
    }
    if !deed.fits(it, now) {
        return Ok(Some(ErrorCode::ImportNotNow));
    }
    if says_yes {
        // A proposal of somebody who may no longer propose does not stand.
        let Some(asker) = deed.askers(it).last().and_then(|id| id.parse().ok()) else {
            return Ok(Some(ErrorCode::ImportNotNow));
        };
        let asker = members::by_id(c, &asker).await?;
        if !asker.is_some_and(|it| it.state == "active" && it.roles.may(Act::Import)) {
            return Ok(Some(ErrorCode::ImportNotNow));
        }
    }
    Ok(None)
}
