//! Devices whose enrolment ended without a confirmation are revoked: nothing stays pending for ever (ENROL-06).

use warifu_shared::api::DeviceState;
use warifu_shared::clock::Timestamp;
use warifu_shared::ids::{AccountId, RequestId};

use crate::audit::{Details, Event, write};
use crate::store::unconfirmed::{self, Unconfirmed};
use crate::store::{Conn, StoreError, devices};

/// Ends those of one account, in the transaction that ended their enrolments.
///
/// # Errors
/// On a database failure.
pub async fn of_account(
    c: &mut Conn,
    account: &AccountId,
    request: &RequestId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let found = unconfirmed::of_account(c, account, now).await?;
    end(c, &found, request, now).await
}

/// Ends those whose time is over, some at a time.
///
/// # Errors
/// On a database failure.
pub async fn all(c: &mut Conn, now: Timestamp) -> Result<(), StoreError> {
    let found = unconfirmed::all(c, AT_ONCE, now).await?;
    end(c, &found, &RequestId::random(), now).await
}

async fn end(
    c: &mut Conn,
    found: &[Unconfirmed],
    request: &RequestId,
    now: Timestamp,
) -> Result<(), StoreError> {
    for Unconfirmed { device, account } in found {
        let (from, to) = (DeviceState::Pending, DeviceState::Revoked);
        if !devices::change_state(c, device, from, to, "server", now).await? {
            continue;
        }
        devices::unsubscribe(c, device).await?;
        let event = Event {
            action: "device.expired",
            actor: "server",
            subject: account.as_str(),
            outcome: "ok",
            object: device.as_str(),
            request,
            details: Details::default(),
        };
        write(c, &event, now).await?;
    }
    Ok(())
}

/// How many devices one step of the clean-up ends at most.
const AT_ONCE: i64 = 100;
