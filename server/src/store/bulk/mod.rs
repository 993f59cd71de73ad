//! Writes of the hot path, done for many callers with one statement a kind and group (decision 19).
//!
//! Only what is ordinary is done here: the statement's own conditions say which member that is. A member that is not among
//! the winners has had no effect; its caller takes the plain road, which is slower and gives the exact answer. So this file
//! decides nothing that the plain road would decide otherwise.

mod approve;
mod batch;
mod create;
mod leaves;
mod post;

use std::collections::HashSet;

use super::{Conn, StoreError};

pub use approve::OrdinaryApproval;
pub use create::OrdinaryChallenge;

use self::batch::Batch;
use self::leaves::Told;
use super::relay::NewMessage;
use super::rows::MOST;

/// A write of the hot path.
#[derive(Debug)]
pub enum Hot {
    /// A new challenge, with its attempt and its push.
    Challenge(Box<OrdinaryChallenge>),
    /// An approval.
    Approval(Box<OrdinaryApproval>),
    /// A message for the relay to keep.
    Message(Box<NewMessage>),
}

/// Writes all members durably, in a transaction of its own; says for each whether it was done.
///
/// # Errors
/// On a database failure: then nothing was written, and every member takes the plain road.
pub async fn write(c: &mut Conn, members: &[Hot]) -> Result<Vec<bool>, StoreError> {
    let takes_part = first_touches(members);
    let (mut challenges, mut approvals, mut messages) = (Vec::new(), Vec::new(), Vec::new());
    let mut told = Vec::new();
    for (member, _) in members
        .iter()
        .zip(&takes_part)
        .filter(|(_, takes_part)| **takes_part)
    {
        told.extend(member.tells());
        match member {
            Hot::Challenge(new) => challenges.push(&**new),
            Hot::Approval(new) => approvals.push(&**new),
            Hot::Message(new) => messages.push(&**new),
        }
    }
    let copies = challenges.iter().map(|new| new.new.copies.len()).sum();
    let most = [copies, challenges.len(), messages.len(), told.len()]
        .into_iter()
        .max();
    let mut batch = Batch::of(most.unwrap_or(1));
    create::add(&mut batch, &challenges);
    approve::add(&mut batch, &approvals, c.backend_name());
    leaves::add(&mut batch, &told);
    post::add(&mut batch, &messages);
    let done = batch.run(c).await?;
    Ok(members
        .iter()
        .zip(takes_part)
        .map(|(member, takes_part)| takes_part && done.contains(member.key()))
        .collect())
}

/// Members that touch the same thing cannot see each other within one statement: only the first of them takes part. Nor does
/// one whose copies no longer fit.
fn first_touches(members: &[Hot]) -> Vec<bool> {
    let (mut seen, mut copies) = (HashSet::new(), 0);
    let mut free = |member: &Hot| {
        copies += member.copies();
        let touches = member.touches().into_iter();
        touches.filter(|it| !seen.insert((*it).to_owned())).count() == 0 && copies <= MOST
    };
    members.iter().map(&mut free).collect()
}

impl Hot {
    /// What its statement returns when it was done.
    fn key(&self) -> &str {
        match self {
            Self::Challenge(new) => new.new.challenge.id.as_str(),
            Self::Approval(new) => new.challenge.as_str(),
            Self::Message(new) => &new.id,
        }
    }

    fn copies(&self) -> usize {
        match self {
            Self::Challenge(new) => new.new.copies.len(),
            Self::Approval(_) | Self::Message(_) => 0,
        }
    }

    /// What no other member of its group may touch.
    fn touches(&self) -> Vec<&str> {
        match self {
            Self::Challenge(new) => vec![new.new.challenge.account.as_str()],
            Self::Approval(new) => vec![new.challenge.as_str(), &new.nonce],
            Self::Message(new) => vec![&new.agent],
        }
    }

    /// What the audit log says when it is done.
    fn tells(&self) -> Option<Told<'_>> {
        match self {
            Self::Challenge(new) => Some(Told {
                leaf: &new.leaf,
                challenge: new.new.challenge.id.as_str(),
                request: "",
            }),
            Self::Approval(new) => Some(Told {
                leaf: &new.leaf,
                challenge: new.challenge.as_str(),
                request: new.request.as_str(),
            }),
            Self::Message(_) => None,
        }
    }
}
