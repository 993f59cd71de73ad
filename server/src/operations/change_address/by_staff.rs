//! Staff put in another authentication address for a customer without a device, by two people (CODE-12, STAFF-03, ENROL-09).

use warifu_shared::api::DeviceState;
use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::{AccountId, AddressChangeId};

use super::{mail, same, to_one, void_codes, write_event};
use crate::app::App;
use crate::audit::{self, Event};
use crate::mail::{AddressNews, MailAddress, Scene, StopText};
use crate::operations::{Caller, Refusal, notify, stop_address};
use crate::store::accounts::{self, Holds};
use crate::store::address_changes::{self, AddressChange, DONE};
use crate::store::addresses::{self, Standing};
use crate::store::{Conn, StoreError, challenges, devices};

/// Whether the address of this customer can be changed by staff now, and to this one.
///
/// # Errors
/// The inner one: `NotFound`; `StaffNothingToDo` for an account that nobody has activated; `AddressInApp` with an active
/// device; `AddressSame`; `AddressStillStoppable` while a change of a proven address can be stopped.
pub async fn fits(
    c: &mut Conn,
    account: &AccountId,
    new: &MailAddress,
    now: Timestamp,
) -> Result<Result<(), Refusal>, StoreError> {
    let refuse = |code: ErrorCode| Ok(Err(code.into()));
    let Some(owner) = accounts::by_id(c, account).await? else {
        return refuse(ErrorCode::NotFound);
    };
    if owner.opened {
        return refuse(ErrorCode::StaffNothingToDo);
    }
    let devices = devices::of_account(c, account).await?;
    if devices.iter().any(|d| d.state == DeviceState::Active) {
        return refuse(ErrorCode::AddressInApp);
    }
    let current = addresses::authentication(c, account).await?;
    let known = accounts::addresses(c, account).await?;
    // An address that nobody vouched for may be put in as it is: then login codes go there.
    let idle = |it: &&accounts::Address| {
        !(it.authentication && current.as_ref().is_some_and(|it| it.1 == Standing::Unproven))
    };
    if known.iter().filter(idle).any(|it| same(&it.address, new)) {
        return refuse(ErrorCode::AddressSame);
    }
    // Otherwise two changes in a row would take the way back from whoever reads the first address.
    if let Some((_, Standing::Proven)) = current
        && let Some(change) = stoppable(c, account, now).await?
    {
        let until = change.stop_until.unwrap_or(now);
        return Ok(Err(Refusal::new(ErrorCode::AddressStillStoppable).at(until)));
    }
    Ok(Ok(()))
}

/// The addresses as the facts of a proposal have them: masked, and a keyed hash that tells two behind one mask apart.
///
/// # Errors
/// On a database failure.
pub async fn facts(c: &mut Conn, app: &App, account: &AccountId) -> Result<String, StoreError> {
    let current = addresses::authentication(c, account).await?;
    let standing = current.map_or("none", |it| it.1.as_str());
    let mut text = format!("authentication={standing}");
    for it in accounts::addresses(c, account).await? {
        let purpose = if it.authentication { "mail" } else { "second" };
        let hash = app
            .secrets
            .code_pepper
            .mac("proposal-address", &[it.address.as_bytes()]);
        let hash = hash.get(..16).unwrap_or_default();
        text.push_str(&format!(" {purpose}={}#{hash}", masked(&it.address)));
    }
    Ok(text)
}

/// The address as records of staff show it.
#[must_use]
pub fn masked(address: &str) -> String {
    let read = address.parse::<MailAddress>();
    read.map_or_else(|_| "***".to_owned(), |it| it.masked())
}

/// Who approved it, and what was proposed.
pub struct Approval<'a> {
    /// The approver, as the log names them.
    pub actor: &'a str,
    /// Their request.
    pub caller: &'a Caller,
    /// The proposal.
    pub proposal: &'a str,
}

/// Puts the new address in. Login codes go there from now on, and the first one that comes back proves it. The old address
/// gets a stop code, the other side is told, the cool-off begins. False when the account allows it no more.
///
/// # Errors
/// On a database failure.
pub async fn carry_out(
    c: &mut Conn,
    app: &App,
    by: &Approval<'_>,
    account: &AccountId,
    new: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let new = notify::read_address(new)?;
    accounts::take_turn(c, account).await?;
    if fits(c, account, &new, now).await?.is_err() {
        return Ok(false);
    }
    end_open(c, account, now).await?;
    let current = addresses::authentication(c, account).await?;
    let change = plan(c, by, account, (&new, current.as_ref()), now).await?;
    let hours = app.config.enrolment.cool_off_hours;
    let until = (hours > 0).then(|| now.plus_secs(hours * 3600));
    let stop = until
        .filter(|_| !change.old_address.is_empty())
        .map(|until| (stop_address::draw(app), until));
    let kept = stop.as_ref().map(|((_, mac), until)| (mac.as_str(), *until));
    address_changes::insert_by_staff(c, &change, kept).await?;
    match &current {
        None => addresses::give_authentication(c, account, new.as_str(), now).await?,
        Some((before, _)) => {
            let to = (new.as_str(), Standing::Given);
            if !addresses::replace_authentication(c, account, before, to, now).await? {
                let id = change.id.as_str();
                return Err(StoreError::inconsistent("address_changes", id, "address"));
            }
        }
    }
    void_codes(c, &change).await?;
    let holds = Holds {
        cool_off_until: until,
        ..Holds::default()
    };
    accounts::hold(c, account, holds).await?;
    let code = stop.map(|((code, _), _)| StopText::new(&code.grouped()));
    tell(c, app, &change, (until, code), now).await?;
    let what = ("address.changed", "ok");
    write_event(c, (by.actor, by.caller), &change, what, now).await?;
    Ok(true)
}

async fn stoppable(
    c: &mut Conn,
    account: &AccountId,
    now: Timestamp,
) -> Result<Option<AddressChange>, StoreError> {
    let found = address_changes::stoppable_of(c, account).await?;
    Ok(found.filter(|it| it.stop_until.is_some_and(|until| now < until)))
}

/// What the customer had begun is over: it was begun on another address.
async fn end_open(c: &mut Conn, account: &AccountId, now: Timestamp) -> Result<(), StoreError> {
    if let Some(open) = address_changes::open_of(c, account).await? {
        address_changes::end(c, &open.id, "cancelled", now).await?;
        if let Some(challenge) = &open.challenge {
            challenges::cancel(c, challenge, "page", now).await?;
        }
    }
    Ok(())
}

/// The change as stored. One that mends an address which nobody has proven yet keeps the way back to the one before both.
async fn plan(
    c: &mut Conn,
    by: &Approval<'_>,
    account: &AccountId,
    (new, current): (&MailAddress, Option<&(String, Standing)>),
    now: Timestamp,
) -> Result<AddressChange, StoreError> {
    let earlier = match current {
        Some((_, Standing::Given)) => stoppable(c, account, now).await?,
        _ => None,
    };
    let before = match (earlier, current) {
        (Some(earlier), _) => Some((earlier.old_address, earlier.old_standing)),
        // The same address with more trust: there is no other side.
        (None, Some((address, _))) if same(address, new) => None,
        (None, Some(current)) => Some(current.clone()),
        (None, None) => None,
    };
    let (old_address, old_standing) = before.unwrap_or((String::new(), Standing::Unproven));
    Ok(AddressChange {
        id: AddressChangeId::at(now),
        account: account.clone(),
        authentication: true,
        state: DONE.to_owned(),
        address: new.as_str().to_owned(),
        old_address,
        old_standing,
        by_staff: Some(by.proposal.to_owned()),
        challenge: None,
        session_hash: String::new(),
        // Where the firm's people sit is nobody's business.
        place: String::new(),
        browser: String::new(),
        stop_until: None,
        created_at: now,
        expires_at: now,
    })
}

/// The old address hears with the stop code, the second address and the devices without it, and the new one what comes next.
async fn tell(
    c: &mut Conn,
    app: &App,
    change: &AddressChange,
    (until, stop): (Option<Timestamp>, Option<StopText>),
    now: Timestamp,
) -> Result<(), StoreError> {
    let scene = Scene {
        at: now,
        place: String::new(),
        browser: String::new(),
    };
    if !change.old_address.is_empty() {
        let old = mail(AddressNews::ByStaff { until, stop }, &change.address, &scene);
        to_one(c, app, change, &change.old_address, old, now).await?;
    }
    let news = AddressNews::ByStaff { until, stop: None };
    let others = mail(news, &change.address, &scene);
    notify::all_addresses(c, app, &change.account, others, now).await?;
    let new = mail(AddressNews::Given, &change.address, &scene);
    to_one(c, app, change, &change.address, new, now).await
}

/// A login code came back. When it went to an address that staff put in, that one is proven now: the cool-off begins anew,
/// and the old side can stop the change as long as that lasts.
///
/// # Errors
/// On a database failure.
pub async fn proven_by_login(
    c: &mut Conn,
    app: &App,
    caller: &Caller,
    account: &AccountId,
    now: Timestamp,
) -> Result<(), StoreError> {
    if !addresses::prove_given(c, account, now).await? {
        return Ok(());
    }
    let hours = app.config.enrolment.cool_off_hours;
    let until = (hours > 0).then(|| now.plus_secs(hours * 3600));
    let holds = Holds {
        cool_off_until: until,
        ..Holds::default()
    };
    accounts::hold(c, account, holds).await?;
    if let Some(until) = until {
        address_changes::stop_longer(c, account, until).await?;
    }
    let event = Event {
        action: "address.proven",
        actor: "customer",
        subject: account.as_str(),
        outcome: "ok",
        object: "-",
        request: &caller.request,
        details: caller.details(),
    };
    audit::write(c, &event, now).await
}
