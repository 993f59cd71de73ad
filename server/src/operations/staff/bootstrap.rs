//! The first administrator: a one-time token from the command line of the server, never a default account (STAFF-08).

use warifu_shared::clock::Timestamp;
use warifu_shared::ids::{RequestId, StaffId};

use crate::audit::{self, Details, Event};
use crate::crypto::mac::{new_token, token_hash};
use crate::domain::staff::{Role, Roles};
use crate::store::staff::members::{self, Invitation};
use crate::store::{Store, StoreError};

/// Makes a token for the first administrator. Earlier ones that nobody finished with end. `None`: there is an administrator
/// already, who invites everybody else.
///
/// # Errors
/// On a database failure.
pub async fn run(store: &Store, now: Timestamp) -> Result<Option<String>, StoreError> {
    let token = new_token();
    let invitation = Invitation {
        id: StaffId::at(now),
        name: String::new(),
        roles: Roles::of(&[Role::Administrator]),
        invited_by: members::BOOTSTRAP.to_owned(),
        token_hash: token_hash(&token),
        expires_at: now.plus_secs(LIFETIME_SECS),
    };
    let made = store
        .write(move |c| {
            Box::pin(async move {
                members::take_guard(c).await?;
                if members::administrators(c).await? > 0 {
                    return Ok(false);
                }
                members::end_bootstraps(c).await?;
                members::invite(c, &invitation, now).await?;
                let event = Event {
                    action: "staff.bootstrap",
                    actor: "server",
                    subject: invitation.id.as_str(),
                    outcome: "ok",
                    object: "-",
                    request: &RequestId::random(),
                    details: Details::default(),
                };
                audit::write(c, &event, now).await?;
                Ok(true)
            })
        })
        .await?;
    Ok(made.then_some(token))
}

/// How long a bootstrap token works.
const LIFETIME_SECS: i64 = 3600;
