//! Two of the staff who let withdrawals go on or take them back, without a console.

use warifu_server::domain::staff::{Role, Roles};
use warifu_server::operations::Refusal;
use warifu_server::operations::staff::Why;
use warifu_server::operations::staff::customer::{self, Acting};
use warifu_server::operations::staff::plan::Plan;
use warifu_server::operations::staff::proposals;
use warifu_server::operations::withdrawal::release;
use warifu_server::store::staff::members::{self, Invitation, Member};
use warifu_shared::ids::{ProposalId, StaffId, WithdrawalId};

use crate::scene::{Owner, Scene, caller};

/// Whoever asks, and whoever decides.
pub struct Staff {
    operator: Member,
    approver: Member,
}

impl Staff {
    pub async fn of(scene: &Scene) -> Self {
        Self {
            operator: member(scene, Role::Operator).await,
            approver: member(scene, Role::Approver).await,
        }
    }

    pub async fn propose(
        &self,
        scene: &Scene,
        owner: &Owner,
        id: &WithdrawalId,
    ) -> Result<ProposalId, Refusal> {
        let plan = Plan::ReleaseWithdrawal {
            withdrawal: id.clone(),
        };
        let subject = owner.account.to_string();
        proposals::propose(scene.app(), &caller(), &self.operator, plan, &subject, why()).await
    }

    pub async fn decide(&self, scene: &Scene, id: &ProposalId, approve: bool) -> Result<(), Refusal> {
        let done = proposals::decide(scene.app(), &caller(), &self.approver, id, approve, why()).await;
        done.map(drop)
    }

    pub async fn recall(&self, scene: &Scene, owner: &Owner, id: &WithdrawalId) -> Result<(), Refusal> {
        let acting = Acting {
            caller: caller(),
            by: self.operator.clone(),
            account: owner.account.clone(),
            why: why(),
        };
        customer::recall(scene.app(), acting, id).await
    }
}

/// What a release of this withdrawal would be proposed on now.
pub async fn release_facts(scene: &Scene, owner: &Owner, id: &WithdrawalId) -> String {
    let mut c = scene.store().read().await.expect("a connection");
    let facts = release::facts(&mut c, &owner.account, id, scene.server().now()).await;
    facts.expect("it answers").unwrap_or_default()
}

fn why() -> Why {
    Why {
        reason: "asked for by telephone".to_owned(),
        identity: vec!["name", "callback"],
    }
}

async fn member(scene: &Scene, role: Role) -> Member {
    let now = scene.server().now();
    let invitation = Invitation {
        id: StaffId::random(),
        name: role.name().to_owned(),
        roles: Roles::of(&[role]),
        invited_by: StaffId::random().to_string(),
        token_hash: StaffId::random().to_string(),
        expires_at: now,
    };
    let id = invitation.id.clone();
    let done = scene
        .store()
        .write(move |c| Box::pin(async move { members::invite(c, &invitation, now).await }));
    done.await.expect("invited");
    scene
        .tamper(format!("UPDATE staff SET state = 'active' WHERE id = '{id}'"))
        .await;
    let mut c = scene.store().read().await.expect("a connection");
    let found = members::by_id(&mut c, &id).await.expect("it answers");
    found.expect("a member")
}
