//! Writes of the hot path, done for many callers with one statement a kind and group (decision 19).
//!
//! Only what is ordinary is done here: the statement's own conditions say which member that is. A member that is not among
//! the winners has had no effect; its caller takes the plain road, which is slower and gives the exact answer. So this file
//! decides nothing that the plain road would decide otherwise.

mod approve;
mod create;
mod leaves;
mod post;

use std::collections::HashSet;

use super::{Conn, StoreError};

pub use approve::OrdinaryApproval;
pub use create::OrdinaryChallenge;

use super::leaves::LeafRow;
use super::relay::NewMessage;

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

/// Writes all members; says for each whether it was done.
///
/// # Errors
/// On a database failure: then nothing may be committed, and every member takes the plain road.
pub async fn write(c: &mut Conn, members: &[Hot]) -> Result<Vec<bool>, StoreError> {
    let takes_part = first_touches(members);
    let (mut challenges, mut approvals, mut messages) = (Vec::new(), Vec::new(), Vec::new());
    for (member, _) in members
        .iter()
        .zip(&takes_part)
        .filter(|(_, takes_part)| **takes_part)
    {
        match member {
            Hot::Challenge(new) => challenges.push(&**new),
            Hot::Approval(new) => approvals.push(&**new),
            Hot::Message(new) => messages.push(&**new),
        }
    }
    let mut won = HashSet::new();
    won.extend(create::write(c, &challenges).await?);
    won.extend(approve::write(c, &approvals).await?);
    won.extend(post::write(c, &messages).await?);
    let done: Vec<bool> = members
        .iter()
        .zip(takes_part)
        .map(|(member, takes_part)| takes_part && won.contains(member.key()))
        .collect();
    let leaves: Vec<&LeafRow> = members
        .iter()
        .zip(&done)
        .filter(|(_, done)| **done)
        .filter_map(|(member, _)| member.leaf())
        .collect();
    leaves::write(c, &leaves).await?;
    Ok(done)
}

/// Members that touch the same thing cannot see each other within one statement: only the first of them takes part.
fn first_touches(members: &[Hot]) -> Vec<bool> {
    let mut seen = HashSet::new();
    let free = |member: &Hot| {
        member
            .touches()
            .into_iter()
            .filter(|it| !seen.insert(it.to_string()))
            .count()
            == 0
    };
    members.iter().map(free).collect()
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

    /// What no other member of its group may touch.
    fn touches(&self) -> Vec<&str> {
        match self {
            Self::Challenge(new) => vec![new.new.challenge.account.as_str()],
            Self::Approval(new) => vec![new.challenge.as_str(), &new.nonce],
            Self::Message(new) => vec![&new.agent],
        }
    }

    fn leaf(&self) -> Option<&LeafRow> {
        match self {
            Self::Challenge(new) => Some(&new.leaf),
            Self::Approval(new) => Some(&new.leaf),
            Self::Message(_) => None,
        }
    }
}
