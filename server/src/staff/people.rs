//! `/staff`: who works here; inviting, other roles, disabling (STAFF-02, STAFF-08).

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::StaffId;

use super::gate::{At, Fields};
use super::views::{InvitePage, MemberLine, MemberPage, StaffPage, TokenPage};
use super::{paths, proposals as face};
use crate::app::App;
use crate::domain::staff::{Act, Role, Roles};
use crate::operations::Refusal;
use crate::operations::staff::Why;
use crate::operations::staff::manage::{self, Invited};
use crate::operations::staff::plan::Plan;
use crate::operations::staff::proposals;
use crate::pages::error::PageError;
use crate::pages::layout::{ErrorNote, form_page, page};
use crate::store::staff::members;

/// From where on.
#[derive(Deserialize)]
pub struct After {
    #[serde(default)]
    after: String,
}

/// The list.
pub async fn list(State(app): State<App>, at: At, Query(from): Query<After>) -> Result<Response, PageError> {
    let found = async {
        let mut c = app.store.read().await?;
        let members = members::list(&mut c, &from.after, MOST + 1).await?;
        drop(c);
        let waiting = face::open(&app, &at, Act::ManageStaff).await?;
        Ok::<_, Refusal>((members, waiting))
    };
    let (members, waiting) = found.await.map_err(|refusal| at.refuse(&app, refusal))?;
    let shown = usize::try_from(MOST).unwrap_or(usize::MAX);
    let lines: Vec<MemberLine> = members.iter().take(shown).map(MemberLine::of).collect();
    let view = StaffPage {
        frame: at.frame(&app),
        who: at.who(),
        next: (members.len() > shown).then(|| lines.last().map(|it| it.id.clone()).unwrap_or_default()),
        lines,
        waiting,
        can_manage: at.member().roles.may(Act::ManageStaff),
    };
    Ok(page(StatusCode::OK, &view))
}

/// The form of an invitation.
pub async fn ask_invite(State(app): State<App>, at: At) -> Response {
    page(StatusCode::OK, &invite_page(&app, &at, &Fields::default(), None))
}

fn invite_page(app: &App, at: &At, fields: &Fields, error: Option<ErrorNote>) -> InvitePage {
    InvitePage {
        frame: at.frame(app),
        who: at.who(),
        name: fields.get("name").chars().take(40).collect(),
        roles: roles_of(fields),
        reason: fields.get("reason").chars().take(400).collect(),
        error,
    }
}

fn roles_of(fields: &Fields) -> Roles {
    let named: Vec<Role> = fields
        .ticked("roles")
        .into_iter()
        .filter_map(Role::read)
        .collect();
    Roles::of(&named)
}

/// Invites, or proposes it.
pub async fn invite(State(app): State<App>, at: At, fields: Fields) -> Result<Response, PageError> {
    let roles = roles_of(&fields);
    let done = match Why::read(fields.get("reason"), &[]) {
        Ok(why) => manage::invite(&app, at.caller(), at.member(), fields.get("name"), &roles, why).await,
        Err(refusal) => Err(refusal),
    };
    match done {
        Ok(Invited::Token(token)) => {
            let view = TokenPage {
                frame: at.frame(&app),
                who: at.who(),
                token,
                origin: app.config.staff.origin.clone(),
            };
            Ok(page(StatusCode::OK, &view))
        }
        Ok(Invited::Proposed) => Ok(Redirect::to(paths::STAFF).into_response()),
        Err(refusal) => {
            let view = invite_page(&app, &at, &fields, Some(refusal.into()));
            Ok(form_page(&app, Some(refusal), &view))
        }
    }
}

/// The question before a member is disabled.
pub async fn ask_disable(
    State(app): State<App>,
    at: At,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let view = member_page(&app, &at, &id, false, None).await?;
    Ok(page(StatusCode::OK, &view))
}

/// The form of other roles.
pub async fn ask_roles(
    State(app): State<App>,
    at: At,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let view = member_page(&app, &at, &id, true, None).await?;
    Ok(page(StatusCode::OK, &view))
}

async fn member_page(
    app: &App,
    at: &At,
    id: &str,
    roles: bool,
    error: Option<ErrorNote>,
) -> Result<MemberPage, PageError> {
    let missing = || at.refuse(app, ErrorCode::NotFound);
    let id: StaffId = id.parse().map_err(|_| missing())?;
    let found = async {
        let mut c = app.store.read().await?;
        Ok::<_, Refusal>(members::by_id(&mut c, &id).await?)
    };
    let found = found.await.map_err(|refusal| at.refuse(app, refusal))?;
    let member = found.ok_or_else(missing)?;
    Ok(MemberPage {
        frame: at.frame(app),
        who: at.who(),
        url: at.browser.page.path.clone(),
        member: MemberLine::of(&member),
        roles: roles.then_some(member.roles),
        error,
    })
}

/// Disables a member.
pub async fn disable(
    State(app): State<App>,
    at: At,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    let member: StaffId = id.parse().map_err(|_| at.refuse(&app, ErrorCode::NotFound))?;
    let done = match Why::read(fields.get("reason"), &[]) {
        Ok(why) => manage::disable(&app, at.caller(), at.member(), &member, why).await,
        Err(refusal) => Err(refusal),
    };
    match done {
        Ok(()) => Ok(Redirect::to(paths::STAFF).into_response()),
        Err(refusal) => {
            let view = member_page(&app, &at, &id, false, Some(refusal.into())).await?;
            Ok(form_page(&app, Some(refusal), &view))
        }
    }
}

/// Proposes other roles.
pub async fn change_roles(
    State(app): State<App>,
    at: At,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    let roles = roles_of(&fields);
    let why = Why::read(fields.get("reason"), &[]);
    let done = match why {
        Ok(_) if roles.all().is_empty() => Err(ErrorCode::StaffRolesUnfit.into()),
        Ok(why) => {
            let plan = Plan::ChangeRoles { to: roles.write() };
            proposals::propose(&app, at.caller(), at.member(), plan, &id, why).await
        }
        Err(refusal) => Err(refusal),
    };
    match done {
        Ok(proposal) => Ok(Redirect::to(&format!("{}/proposals/{proposal}", paths::STAFF)).into_response()),
        Err(refusal) => {
            let view = member_page(&app, &at, &id, true, Some(refusal.into())).await?;
            Ok(form_page(&app, Some(refusal), &view))
        }
    }
}

/// Lines of the list.
const MOST: i64 = 50;
