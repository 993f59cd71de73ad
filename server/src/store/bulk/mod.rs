//! Writes of the hot path, done for many callers with one statement a kind and group (decision 19).
//!
//! Only what is ordinary is done here: the statement's own conditions say which member that is. A member that is not among
//! the winners has had no effect; its caller takes the plain road, which is slower and gives the exact answer. So this file
//! decides nothing that the plain road would decide otherwise.

mod approve;
mod batch;
mod create;
mod leaves;
mod money;
mod news;
mod post;
mod steps;

use std::collections::HashSet;

use super::{Conn, StoreError};

pub use approve::OrdinaryApproval;
pub use create::{Company, OrdinaryChallenge};
#[cfg(test)]
pub(super) use money::approving as limit_of_an_approval;
pub use money::{OrdinaryPayment, OrdinaryRequest};
pub use news::News;
pub use steps::{Lease, OrdinaryStep};

use self::batch::Batch;
use self::leaves::Told;
use super::leaves::LeafRow;
use super::relay::NewMessage;
use super::rows::{MOST, WIDEST};

/// A write of the hot path.
#[derive(Debug)]
pub enum Hot {
    /// A new challenge, with its attempt or withdrawal, and its push.
    Challenge(Box<OrdinaryChallenge>),
    /// An approval, with the step of its withdrawal.
    Approval(Box<OrdinaryApproval>),
    /// A message for the relay to keep.
    Message(Box<NewMessage>),
    /// A withdrawal taken for a call to the core system.
    Lease(Lease),
    /// A step of a withdrawal on its way.
    Step(Box<OrdinaryStep>),
}

/// Writes all members durably, in a transaction of its own; says for each whether it was done.
///
/// # Errors
/// On a database failure: then nothing was written, and every member takes the plain road.
pub async fn write(c: &mut Conn, members: &[Hot]) -> Result<Vec<bool>, StoreError> {
    let takes_part = first_touches(members);
    let (mut challenges, mut approvals, mut messages) = (Vec::new(), Vec::new(), Vec::new());
    let (mut leases, mut steps) = (Vec::new(), Vec::new());
    let (mut told, mut news) = (Vec::new(), Vec::new());
    for (member, _) in members
        .iter()
        .zip(&takes_part)
        .filter(|(_, takes_part)| **takes_part)
    {
        told.extend(member.tells());
        news.extend(member.news());
        match member {
            Hot::Challenge(new) => challenges.push(&**new),
            Hot::Approval(new) => approvals.push(&**new),
            Hot::Message(new) => messages.push(&**new),
            Hot::Lease(new) => leases.push(new),
            Hot::Step(new) => steps.push(&**new),
        }
    }
    let copies: usize = challenges.iter().map(|new| new.new.copies.len()).sum();
    let sizes = [
        copies,
        challenges.len(),
        approvals.len(),
        messages.len(),
        leases.len(),
        steps.len(),
    ];
    let most = sizes.into_iter().max().unwrap_or(1);
    let mails = news.iter().map(|(_, it)| it.mails.len()).sum();
    let wide = (told.len() + steps.len()).max(mails).max(most);
    let mut batch = Batch::of(most, wide);
    create::add(&mut batch, &challenges);
    approve::add(&mut batch, &approvals, c.backend_name());
    steps::hold(&mut batch, &steps, c.backend_name());
    leaves::add(&mut batch, &told, &steps);
    news::add(&mut batch, &news);
    steps::add(&mut batch, &steps, &leases);
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
    let (mut seen, mut copies, mut mails) = (HashSet::new(), 0, 0);
    let mut free = |member: &Hot| {
        copies += member.copies();
        mails += member.news().map_or(0, |(_, it)| it.mails.len());
        let touches = member.touches().into_iter();
        let first = touches.filter(|it| !seen.insert((*it).to_owned())).count() == 0;
        first && copies <= MOST && mails <= WIDEST
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
            Self::Lease(new) => new.id.as_str(),
            Self::Step(new) => new.id.as_str(),
        }
    }

    fn copies(&self) -> usize {
        match self {
            Self::Challenge(new) => new.new.copies.len(),
            _ => 0,
        }
    }

    /// What no other member of its group may touch.
    fn touches(&self) -> Vec<&str> {
        match self {
            Self::Challenge(new) => {
                let account = new.new.challenge.account.as_str();
                let key = new.request.as_ref().map(|request| request.key.as_str());
                key.into_iter().chain([account]).collect()
            }
            Self::Approval(new) => {
                let withdrawal = new.payment.as_ref().map(|it| &it.withdrawal);
                let also = withdrawal.map(|it| [it.id.as_str(), it.account.as_str()]);
                let own = [new.challenge.as_str(), new.nonce.as_str()];
                own.into_iter().chain(also.into_iter().flatten()).collect()
            }
            Self::Message(new) => vec![&new.agent],
            Self::Lease(new) => vec![new.id.as_str()],
            Self::Step(new) => vec![new.id.as_str()],
        }
    }

    /// What the audit log says when it is done; of a step its own statement.
    fn tells(&self) -> Vec<Told<'_>> {
        let (leaves, challenge, request): (Vec<&LeafRow>, _, _) = match self {
            Self::Challenge(new) => {
                let asked = new.request.iter().flat_map(|request| &request.leaves);
                let leaves = asked.chain([&new.leaf]).collect();
                (leaves, new.new.challenge.id.as_str(), "")
            }
            Self::Approval(new) => {
                let moved = new.payment.iter().map(|payment| &payment.leaf);
                let leaves = [&new.leaf].into_iter().chain(moved).collect();
                (leaves, new.challenge.as_str(), new.request.as_str())
            }
            Self::Message(_) | Self::Lease(_) | Self::Step(_) => return Vec::new(),
        };
        let told = leaves.into_iter().map(|leaf| Told {
            leaf,
            challenge,
            request,
        });
        told.collect()
    }

    /// What the customer is told, with the leaf that it belongs to.
    fn news(&self) -> Option<(&LeafRow, &News)> {
        match self {
            Self::Challenge(new) => new.request.as_ref().map(|request| (&new.leaf, &request.news)),
            Self::Approval(new) => {
                let payment = new.payment.as_ref();
                payment.map(|payment| (&payment.leaf, &payment.news))
            }
            Self::Step(new) => Some((&new.leaf, &new.news)),
            Self::Message(_) | Self::Lease(_) => None,
        }
    }
}
