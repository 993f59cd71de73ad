//! The steps of staff in an interleaving: what they propose, and where a decision must lead.

use warifu_server::domain::withdrawal::State;
use warifu_shared::error::ErrorCode;

use super::Player;
use crate::clerks::release_facts;
use crate::rules;

impl Player<'_> {
    pub(super) async fn staff_recall(&mut self, at: usize) {
        let id = self.asked[at].0.clone();
        let before = self.scene.state(&id).await;
        let done = self.staff.recall(self.scene, &self.owner, &id).await;
        assert_eq!(done.is_ok(), before.can_be_recalled(), "{before:?}");
    }

    pub(super) async fn propose(&mut self, at: usize) {
        let id = self.asked[at].0.clone();
        let facts = release_facts(self.scene, &self.owner, &id).await;
        let before = self.scene.state(&id).await;
        if let Ok(proposal) = self.staff.propose(self.scene, &self.owner, &id).await {
            assert!(before.can_be_recalled(), "{before:?}");
            self.proposed.push((id, proposal, facts));
        }
    }

    /// A release goes exactly where the second approval, or the end of the hold, would have sent it, or nowhere at all.
    pub(super) async fn decide(&mut self, at: usize, approve: bool) {
        let Some(count) = std::num::NonZero::new(self.proposed.len()) else {
            return;
        };
        let (id, proposal, made_on) = self.proposed.swap_remove(at % count);
        let (facts, now) = (self.facts().await, self.scene.server().now());
        let before = self.scene.withdrawal(&id).await;
        let same = release_facts(self.scene, &self.owner, &id).await == made_on;
        let done = self.staff.decide(self.scene, &proposal, approve).await;
        let after = self.scene.state(&id).await;
        if !(approve && same) {
            assert_eq!(after, before.state_at(now), "{done:?}");
            return;
        }
        // A proposal ends after a day.
        if done
            .as_ref()
            .is_err_and(|refusal| refusal.code == ErrorCode::ProposalClosed)
        {
            assert_eq!(after, before.state_at(now));
            return;
        }
        let expected = match before.state {
            State::Second => rules::approve(&self.before, &facts, &before, now),
            _ => State::Queued,
        };
        let payee_changed = !before.txn.contains(&facts.payee);
        let expected = if payee_changed { before.state } else { expected };
        assert_eq!(after, expected, "{before:?} {done:?}");
        let went = matches!(expected, State::Held | State::Queued) && !payee_changed;
        assert_eq!(done.is_ok(), went, "{before:?} {done:?}");
    }
}
