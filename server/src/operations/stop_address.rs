//! The old side stops a change of the authentication mail address: by the code of its mail, from a session, or by a call to
//! the firm (S1, ENROL-09).

use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;

use super::change_address::{mail, scene, to_one, void_codes, write_event};
use super::confirm_again::Asker;
use super::device_actor::Actor;
use super::revoke_device::{self, Manner};
use super::{Caller, Refusal, admit, notify};
use crate::app::App;
use crate::audit::{self, Event};
use crate::domain::device_life::Why;
use crate::domain::paper_code::PaperCode;
use crate::mail::{AddressNews, Remover, Scene};
use crate::store::accounts::{self, Holds};
use crate::store::address_changes::{self, AddressChange};
use crate::store::{Conn, StoreError, addresses, challenges, devices, sessions};

/// A new stop code and what is kept of it.
pub(super) fn draw(app: &App) -> (PaperCode, String) {
    let code = PaperCode::draw();
    let mac = mac(app, &code);
    (code, mac)
}

fn mac(app: &App, code: &PaperCode) -> String {
    app.secrets
        .code_pepper
        .mac("address-stop", &[code.reveal().as_bytes()])
}

/// Stops a change by the code of the mail, without a session: the old address comes back and every session ends.
///
/// # Errors
/// `StopCodeRefused` for a code that is wrong, used or too late; `TooManyRequests`.
pub async fn by_code(app: &App, caller: &Caller, typed: &str) -> Result<(), Refusal> {
    admit::stop_code(app, caller).await?;
    let code = PaperCode::from_typed(typed);
    let (now, app_in, caller) = (app.now(), app.clone(), caller.clone());
    let outcome = app
        .store
        .write_again(move |c| {
            Box::pin(async move {
                let found = match &code {
                    Some(code) => address_changes::by_stop_code(c, &mac(&app_in, code)).await?,
                    None => None,
                };
                let Some(change) = found else {
                    // Nobody knows whose it should have been: the log has the guess, and the address has its limit.
                    let event = Event {
                        action: "address.stop_refused",
                        actor: "customer",
                        subject: "-",
                        outcome: "wrong_code",
                        object: "-",
                        request: &caller.request,
                        details: caller.details(),
                    };
                    audit::write(c, &event, now).await?;
                    return Ok(Err(ErrorCode::StopCodeRefused.into()));
                };
                let by = By {
                    actor: "customer",
                    caller: &caller,
                    asker: None,
                    how: "code",
                };
                stop(c, &app_in, &by, &change, now).await
            })
        })
        .await??;
    revoke_device::wake(app, outcome.iter());
    Ok(())
}

/// Stops the change of the account from one of its sessions; the others end.
///
/// # Errors
/// `StopCodeRefused` when there is none to stop any more.
pub async fn in_session(app: &App, asker: &Asker) -> Result<(), Refusal> {
    let (now, app_in, asker) = (app.now(), app.clone(), asker.clone());
    let outcome = app
        .store
        .write_again(move |c| {
            Box::pin(async move {
                let Some(change) = address_changes::stoppable_of(c, &asker.account.id).await? else {
                    return Ok(Err(ErrorCode::AddressChangeEnded.into()));
                };
                let by = By {
                    actor: "customer",
                    caller: &asker.caller,
                    asker: Some(&asker),
                    how: "session",
                };
                stop(c, &app_in, &by, &change, now).await
            })
        })
        .await??;
    revoke_device::wake(app, outcome.iter());
    Ok(())
}

/// Who stops it, and by what.
pub(super) struct By<'a> {
    /// As the log names them.
    pub actor: &'a str,
    /// The request.
    pub caller: &'a Caller,
    /// The session, when it is one of the account's.
    pub asker: Option<&'a Asker>,
    /// `code`, `session` or `staff`.
    pub how: &'static str,
}

/// Stops it; gives the challenges that ended with devices.
///
/// # Errors
/// On a database failure. The inner one when it is too late: `AddressChangeEnded`, to a code `StopCodeRefused`.
pub(super) async fn stop(
    c: &mut Conn,
    app: &App,
    by: &By<'_>,
    change: &AddressChange,
    now: Timestamp,
) -> Result<Result<Vec<String>, Refusal>, StoreError> {
    let (account, caller, asker) = (&change.account, by.caller, by.asker);
    let who = (by.actor, caller);
    accounts::take_turn(c, account).await?;
    if !address_changes::stop(c, &change.id, now).await? {
        write_event(c, who, change, ("address.stop_refused", "too_late"), now).await?;
        let code = match by.how {
            "code" => ErrorCode::StopCodeRefused,
            _ => ErrorCode::AddressChangeEnded,
        };
        return Ok(Err(code.into()));
    }
    let (new, old) = (&change.address, &change.old_address);
    if !addresses::replace_authentication(c, account, new, (old, change.old_standing), now).await? {
        return Err(StoreError::inconsistent(
            "address_changes",
            change.id.as_str(),
            "address",
        ));
    }
    void_codes(c, change).await?;
    let cancelled = end_devices(c, app, by, change, now).await?;
    // Whoever asked may still sit in a session, and may have begun the next change.
    sessions::end_others(c, account, asker.map(|it| &it.session.id), "address_stopped", now).await?;
    if let Some(open) = address_changes::open_of(c, account).await? {
        address_changes::end(c, &open.id, "cancelled", now).await?;
        if let Some(challenge) = &open.challenge {
            challenges::cancel(c, challenge, "page", now).await?;
        }
    }
    // Anew, so that the same hands cannot try again at once.
    let hours = app.config.enrolment.cool_off_hours;
    let holds = Holds {
        cool_off_until: (hours > 0).then(|| now.plus_secs(hours * 3600)),
        ..Holds::default()
    };
    accounts::hold(c, account, holds).await?;
    let scene = match by.how {
        // Where the firm's people sit is nobody's business.
        "staff" => Scene {
            at: now,
            place: String::new(),
            browser: String::new(),
        },
        "code" if change.by_staff.is_none() => scene(change, now),
        _ => notify::scene(&caller.source, now),
    };
    let mail = mail(AddressNews::Stopped, old, &scene);
    to_one(c, app, change, new, mail.clone(), now).await?;
    notify::all_addresses(c, app, account, mail, now).await?;
    write_event(c, who, change, ("address.stopped", by.how), now).await?;
    Ok(Ok(cancelled))
}

/// Where staff made the change the account had no device that could veto a new one: what was registered with the codes of the
/// new address goes with it.
async fn end_devices(
    c: &mut Conn,
    app: &App,
    by: &By<'_>,
    change: &AddressChange,
    now: Timestamp,
) -> Result<Vec<String>, StoreError> {
    if change.by_staff.is_none() {
        return Ok(Vec::new());
    }
    let manner = Manner {
        by: match by.how {
            "staff" => Remover::Staff,
            _ => Remover::Customer,
        },
        why: Why::Stolen,
        sessions: true,
        keep: by.asker.map(|it| it.session.id.clone()),
        own_mail: false,
    };
    let mut cancelled = Vec::new();
    for device in devices::of_account(c, &change.account).await? {
        if device.life.bound_at >= change.created_at {
            let actor = Actor::named(by.actor, by.caller);
            let ended = revoke_device::end_in(c, app, &actor, &device, &manner, now).await?;
            cancelled.extend(ended.into_iter().flatten());
        }
    }
    Ok(cancelled)
}
