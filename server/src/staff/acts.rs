//! What is done for a customer: the question with the checklist, and the deed (STAFF-03, STAFF-05, STAFF-06).

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::AccountId;

use super::customers::{back_to, customer_of};
use super::gate::{At, Fields};
use super::paths;
use super::views::{AskPage, FoundLine};
use crate::app::App;
use crate::mail::MailAddress;
use crate::operations::staff::Why;
use crate::operations::staff::customer::{self as operation, Acting};
use crate::operations::staff::plan::{Handover, Plan};
use crate::operations::staff::proposals;
use crate::operations::{Refusal, staff};
use crate::pages::error::PageError;
use crate::pages::layout::{ErrorNote, form_page, page};
use crate::store::{Conn, accounts, devices, withdrawals};

/// The question before a deed about the account.
pub async fn ask(State(app): State<App>, at: At, Path(account): Path<String>) -> Result<Response, PageError> {
    let view = question(&app, &at, &account, &Fields::default(), None).await?;
    Ok(page(StatusCode::OK, &view))
}

/// The question before a deed about one thing of the account.
pub async fn ask_object(
    State(app): State<App>,
    at: At,
    Path((account, _)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let view = question(&app, &at, &account, &Fields::default(), None).await?;
    Ok(page(StatusCode::OK, &view))
}

async fn question(
    app: &App,
    at: &At,
    account: &str,
    typed: &Fields,
    error: Option<ErrorNote>,
) -> Result<AskPage, PageError> {
    let short = |name: &str, most: usize| typed.get(name).chars().take(most).collect::<String>();
    let found = async {
        let id = customer_of(app, account).await?;
        let mut c = app.store.read().await?;
        let owner = accounts::by_id(&mut c, &id).await?.ok_or(ErrorCode::NotFound)?;
        let object = object_of(&mut c, &id, &at.browser.page.path).await?;
        Ok::<_, Refusal>((owner, object))
    };
    let (owner, object) = found.await.map_err(|refusal| at.refuse(app, refusal))?;
    let url = at.browser.page.path.clone();
    let deed = url.rsplit('/').next().unwrap_or_default().replace('-', "_");
    Ok(AskPage {
        frame: at.frame(app),
        who: at.who(),
        customer: FoundLine::masked(&owner),
        object,
        back: paths::customer(account),
        identity: if deed == "reveal" { &[] } else { &staff::IDENTITY },
        ticked: typed.ticked("identity").into_iter().map(str::to_owned).collect(),
        address: (deed == "change_address").then(|| short("address", 320)),
        handover: matches!(deed.as_str(), "recovery_letter" | "activation_letter")
            .then(|| Handover::read(typed.get("handover")).unwrap_or(Handover::Post)),
        reason: short("reason", 400),
        url,
        deed,
        error,
    })
}

/// What of the account a path is about, as people call it: the name of a device, the reference of a withdrawal.
async fn object_of(c: &mut Conn, account: &AccountId, path: &str) -> Result<Option<String>, Refusal> {
    let parts: Vec<&str> = path.split('/').collect();
    let [.., kind, id, _] = parts.as_slice() else {
        return Ok(None);
    };
    let found = match *kind {
        "devices" => {
            let id = id.parse().map_err(|_| ErrorCode::NotFound)?;
            let found = devices::by_id(c, &id).await?;
            found.filter(|it| it.account == *account).map(|it| it.name)
        }
        "withdrawals" => {
            let id = id.parse().map_err(|_| ErrorCode::NotFound)?;
            let found = withdrawals::by_id(c, &id).await?;
            found.filter(|it| it.account == *account).map(|it| it.reference)
        }
        _ => return Ok(None),
    };
    found.map(Some).ok_or_else(|| ErrorCode::NotFound.into())
}

/// Reads customer, reason and checklist of a deed. The inner error is the form again, with what was wrong.
///
/// # Errors
/// A page for what is not there.
pub(super) async fn acting(
    app: &App,
    at: &At,
    account: &str,
    fields: &Fields,
    identified: bool,
) -> Result<Result<Acting, Response>, PageError> {
    let id = customer_of(app, account)
        .await
        .map_err(|refusal| at.refuse(app, refusal))?;
    let why = Why::read(fields.get("reason"), &fields.ticked("identity"));
    let why = if identified {
        why.and_then(Why::identified)
    } else {
        why
    };
    match why {
        Ok(why) => Ok(Ok(Acting {
            caller: at.caller().clone(),
            by: at.member().clone(),
            account: id,
            why,
        })),
        Err(refusal) => {
            let view = question(app, at, account, fields, Some(refusal.into())).await?;
            Ok(Err(form_page(app, Some(refusal), &view)))
        }
    }
}

/// Proposes another mail address. What is wrong with it is said above the form, with everything as it was typed.
pub async fn change_address(
    State(app): State<App>,
    at: At,
    Path(account): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    let acting = match acting(&app, &at, &account, &fields, true).await? {
        Ok(acting) => acting,
        Err(again) => return Ok(again),
    };
    let plan = match fields.get("address").trim().parse::<MailAddress>() {
        Ok(to) => Ok(Plan::ChangeAddress { to: to.into() }),
        Err(_) => Err(ErrorCode::AddressInvalid.into()),
    };
    propose_acting(&app, &at, &account, &fields, plan, acting).await
}

/// Proposes a plan for an identified customer. What is wrong is said above the form, with everything as it was typed.
///
/// # Errors
/// A page for what is not there.
pub(super) async fn propose_or_ask(
    app: &App,
    at: &At,
    account: &str,
    fields: &Fields,
    plan: Result<Plan, Refusal>,
) -> Result<Response, PageError> {
    match acting(app, at, account, fields, true).await? {
        Ok(acting) => propose_acting(app, at, account, fields, plan, acting).await,
        Err(again) => Ok(again),
    }
}

async fn propose_acting(
    app: &App,
    at: &At,
    account: &str,
    fields: &Fields,
    plan: Result<Plan, Refusal>,
    acting: Acting,
) -> Result<Response, PageError> {
    let subject = acting.account.to_string();
    let made = match plan {
        Ok(plan) => proposals::propose(app, at.caller(), at.member(), plan, &subject, acting.why).await,
        Err(refusal) => Err(refusal),
    };
    match made {
        Ok(id) => Ok(Redirect::to(&paths::proposal(id.as_str())).into_response()),
        Err(refusal) => {
            let view = question(app, at, account, fields, Some(refusal.into())).await?;
            Ok(form_page(app, Some(refusal), &view))
        }
    }
}

/// Back to the customer when it was done.
///
/// # Errors
/// A page with what was refused.
pub(super) fn answer(
    app: &App,
    at: &At,
    account: &AccountId,
    done: Result<(), Refusal>,
) -> Result<Response, PageError> {
    done.map_err(|refusal| at.refuse(app, refusal))?;
    Ok(back_to(account))
}

/// Ends every session.
pub async fn end_sessions(
    State(app): State<App>,
    at: At,
    Path(account): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    match acting(&app, &at, &account, &fields, false).await? {
        Ok(acting) => {
            let id = acting.account.clone();
            answer(&app, &at, &id, operation::end_sessions(&app, acting).await)
        }
        Err(again) => Ok(again),
    }
}

/// Locks the account. Stopping needs no identified caller: whoever warns us may be anybody.
pub async fn lock(
    State(app): State<App>,
    at: At,
    Path(account): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    match acting(&app, &at, &account, &fields, false).await? {
        Ok(acting) => {
            let id = acting.account.clone();
            answer(&app, &at, &id, operation::lock(&app, acting).await)
        }
        Err(again) => Ok(again),
    }
}

/// Stops the change of the mail address, for a caller who was identified.
pub async fn stop_address(
    State(app): State<App>,
    at: At,
    Path(account): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    match acting(&app, &at, &account, &fields, true).await? {
        Ok(acting) => {
            let id = acting.account.clone();
            answer(&app, &at, &id, operation::stop_address(&app, acting).await)
        }
        Err(again) => Ok(again),
    }
}

/// Removes a device, for a caller who was identified.
pub async fn remove_device(
    State(app): State<App>,
    at: At,
    Path((account, object)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, PageError> {
    let device = object.parse().map_err(|_| at.refuse(&app, ErrorCode::NotFound))?;
    match acting(&app, &at, &account, &fields, true).await? {
        Ok(acting) => {
            let id = acting.account.clone();
            answer(
                &app,
                &at,
                &id,
                operation::remove_device(&app, acting, &device).await,
            )
        }
        Err(again) => Ok(again),
    }
}

/// Takes a withdrawal back.
pub async fn recall(
    State(app): State<App>,
    at: At,
    Path((account, object)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, PageError> {
    let withdrawal = object.parse().map_err(|_| at.refuse(&app, ErrorCode::NotFound))?;
    match acting(&app, &at, &account, &fields, true).await? {
        Ok(acting) => {
            let id = acting.account.clone();
            answer(&app, &at, &id, operation::recall(&app, acting, &withdrawal).await)
        }
        Err(again) => Ok(again),
    }
}

/// Proposes to open the account again.
pub async fn unlock(
    State(app): State<App>,
    at: At,
    Path(account): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    propose(&app, &at, &account, &fields, Plan::Unlock).await
}

/// Proposes to end the cool-off.
pub async fn end_cool_off(
    State(app): State<App>,
    at: At,
    Path(account): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    propose(&app, &at, &account, &fields, Plan::EndCoolOff).await
}

/// Proposes something about the account. What is wrong with it is said above the form, with everything as it was typed.
///
/// # Errors
/// A page for what is not there.
pub(super) async fn propose(
    app: &App,
    at: &At,
    account: &str,
    fields: &Fields,
    plan: Plan,
) -> Result<Response, PageError> {
    let acting = match acting(app, at, account, fields, true).await? {
        Ok(acting) => acting,
        Err(again) => return Ok(again),
    };
    let subject = acting.account.to_string();
    match proposals::propose(app, at.caller(), at.member(), plan, &subject, acting.why).await {
        Ok(id) => Ok(Redirect::to(&format!("{}/{id}", paths::PROPOSALS)).into_response()),
        Err(refusal) => {
            let view = question(app, at, account, fields, Some(refusal.into())).await?;
            Ok(form_page(app, Some(refusal), &view))
        }
    }
}
