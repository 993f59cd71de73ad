//! `/proposals` (customers) and `/staff/proposals` (staff): what waits for a second person (STAFF-03).

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use warifu_shared::display::place_name;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::ProposalId;
use warifu_shared::jws::withdrawal::Transaction;

use super::gate::{At, Fields};
use super::paths;
use super::views::{Next, OpenedMoney, ProposalLine, ProposalPage, ProposalsPage, TokenPage};
use crate::app::App;
use crate::audit::evidence_of;
use crate::domain::staff::Act;
use crate::operations::Refusal;
use crate::operations::staff::Why;
use crate::operations::staff::customer::{self, Acting};
use crate::operations::staff::granted;
use crate::operations::staff::plan::Plan;
use crate::operations::staff::proposals as operation;
use crate::operations::withdrawal::release;
use crate::pages::error::PageError;
use crate::pages::layout::{ErrorNote, form_page, page};
use crate::pages::live_status::{self, Status};
use crate::pages::views::MoneyFacts;
use crate::store::StoreError;
use crate::store::devices;
use crate::store::staff::members;
use crate::store::staff::proposals::{self, Proposal};
use crate::store::withdrawals::{self, Withdrawal};

/// The open proposals for customers.
pub async fn list(State(app): State<App>, at: At) -> Result<Response, PageError> {
    let lines = open(&app, &at, Act::Approve).await;
    let view = ProposalsPage {
        frame: at.frame(&app),
        who: at.who(),
        lines: lines.map_err(|refusal| at.refuse(&app, refusal))?,
        granted: granted_to(&app, &at)
            .await
            .map_err(|refusal| at.refuse(&app, refusal))?,
    };
    Ok(page(StatusCode::OK, &view))
}

/// The open proposals that whoever may `deciding` decides.
pub(super) async fn open(app: &App, at: &At, deciding: Act) -> Result<Vec<ProposalLine>, Refusal> {
    let mut c = app.store.read().await?;
    let mut lines = Vec::new();
    for p in proposals::open(&mut c, app.now(), MOST).await? {
        let plan = Plan::of(&p)?;
        if plan.deciding() == deciding {
            let by = members::by_id(&mut c, &p.requested_by).await?;
            lines.push(ProposalLine::of(&p, &plan, by.as_ref(), &at.member().id));
        }
    }
    Ok(lines)
}

/// One about a customer.
pub async fn get(State(app): State<App>, at: At, Path(id): Path<String>) -> Result<Response, PageError> {
    let found = find(&app, &at, &id, Act::Approve).await?;
    show(&app, &at, found, Act::Approve, (false, None)).await
}

/// One about staff.
pub async fn get_staff(
    State(app): State<App>,
    at: At,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let found = find(&app, &at, &id, Act::ManageStaff).await?;
    show(&app, &at, found, Act::ManageStaff, (false, None)).await
}

/// Decides one about a customer.
pub async fn post(
    State(app): State<App>,
    at: At,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    decide(&app, &at, &id, Act::Approve, &fields).await
}

/// Decides one about staff.
pub async fn post_staff(
    State(app): State<App>,
    at: At,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    decide(&app, &at, &id, Act::ManageStaff, &fields).await
}

/// Shows amount and payee of a withdrawal to whoever decides whether it goes on, after that was written down (STAFF-04).
pub async fn open_details(
    State(app): State<App>,
    at: At,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let found = find(&app, &at, &id, Act::Approve).await?;
    let Plan::ReleaseWithdrawal { withdrawal } = &found.line.plan else {
        return Err(at.refuse(&app, ErrorCode::NotFound));
    };
    if !found.decidable(&app, &at, Act::Approve) {
        return show(&app, &at, found, Act::Approve, (false, None)).await;
    }
    let account = found.proposal.subject.parse();
    let acting = Acting {
        caller: at.caller().clone(),
        by: at.member().clone(),
        account: account.map_err(|_| at.refuse(&app, ErrorCode::NotFound))?,
        why: Why {
            reason: format!("to decide {}", found.proposal.id),
            identity: Vec::new(),
        },
    };
    let written = customer::reveal(&app, acting, withdrawal.as_str()).await;
    written.map_err(|refusal| at.refuse(&app, refusal))?;
    show(&app, &at, found, Act::Approve, (true, None)).await
}

/// A proposal with what it is about.
struct Proposed {
    proposal: Proposal,
    line: ProposalLine,
    /// The device or the withdrawal, as people call it.
    object: Option<String>,
    /// What a withdrawal moves, read from what was signed; nothing when that does not hold together.
    money: Option<OpenedMoney>,
}

impl Proposed {
    fn is_open(&self, app: &App) -> bool {
        self.proposal.state == "open" && app.now() < self.proposal.expires_at
    }

    fn decidable(&self, app: &App, at: &At, deciding: Act) -> bool {
        self.is_open(app) && !self.line.own && at.member().roles.may(deciding)
    }

    /// Whether this form shows that its sender had amount and payee before their eyes, exactly as they would go out.
    fn was_seen(&self, fields: &Fields) -> Result<(), Refusal> {
        match (&self.line.plan, &self.money) {
            (Plan::ReleaseWithdrawal { .. }, None) => Err(ErrorCode::ReleaseUnproven.into()),
            (Plan::ReleaseWithdrawal { .. }, Some(money)) if fields.get("seen") != money.seen => {
                Err(ErrorCode::ReleaseUnseen.into())
            }
            _ => Ok(()),
        }
    }
}

/// A proposal of this kind; one of the other kind is not found here.
async fn find(app: &App, at: &At, id: &str, deciding: Act) -> Result<Proposed, PageError> {
    let missing = || at.refuse(app, ErrorCode::NotFound);
    let id: ProposalId = id.parse().map_err(|_| missing())?;
    let found = read(app, at, &id).await;
    let found = found.map_err(|refusal| at.refuse(app, refusal))?;
    found
        .filter(|it| it.line.plan.deciding() == deciding)
        .ok_or_else(missing)
}

async fn read(app: &App, at: &At, id: &ProposalId) -> Result<Option<Proposed>, Refusal> {
    let mut c = app.store.read().await?;
    let Some(proposal) = proposals::by_id(&mut c, id).await? else {
        return Ok(None);
    };
    let plan = Plan::of(&proposal)?;
    let by = members::by_id(&mut c, &proposal.requested_by).await?;
    let line = ProposalLine::of(&proposal, &plan, by.as_ref(), &at.member().id);
    let (mut object, mut withdrawal) = (None, None);
    match &plan {
        Plan::LiftDevice { device } => object = devices::by_id(&mut c, device).await?.map(|it| it.name),
        Plan::ReleaseWithdrawal { withdrawal: id } => withdrawal = withdrawals::by_id(&mut c, id).await?,
        _ => {}
    }
    drop(c);
    let mut money = None;
    if let Some(it) = withdrawal {
        // Only for whoever decides, while there is something to decide, it is verified anew.
        if proposal.state == "open" && at.member().roles.may(Act::Approve) {
            money = opened(app, at, &it).await?;
        }
        object = Some(it.reference);
    }
    Ok(Some(Proposed {
        proposal,
        line,
        object,
        money,
    }))
}

async fn opened(app: &App, at: &At, it: &Withdrawal) -> Result<Option<OpenedMoney>, Refusal> {
    let language = at.frame(app).request.language;
    let signed = release::shown(app, it).await?;
    Ok(signed.map(|signed| OpenedMoney {
        money: MoneyFacts::of(&Transaction::Withdrawal(signed), language),
        seen: evidence_of(&it.txn),
        place: place_name(&it.place, language),
        browser: it.browser.clone(),
        at: it.created_at,
    }))
}

async fn show(
    app: &App,
    at: &At,
    found: Proposed,
    deciding: Act,
    (open, refused): (bool, Option<Refusal>),
) -> Result<Response, PageError> {
    let next = next(app, at, &found.proposal, &found.line.plan).await;
    let can_decide = found.decidable(app, at, deciding);
    let is_release = matches!(found.line.plan, Plan::ReleaseWithdrawal { .. });
    let unproven = open && is_release && found.money.is_none();
    let refused = refused.or_else(|| unproven.then(|| ErrorCode::ReleaseUnproven.into()));
    let view = ProposalPage {
        now: app.now(),
        next: next.map_err(|refusal| at.refuse(app, refusal))?,
        frame: at.frame(app),
        who: at.who(),
        can_decide,
        open: found.is_open(app),
        expires_at: found.proposal.expires_at,
        opened: found.money.filter(|_| open && can_decide),
        object: found.object,
        line: found.line,
        error: refused.map(ErrorNote::from),
    };
    Ok(form_page(app, refused, &view))
}

/// What whoever proposed can do with it now: nothing for most plans.
async fn next(app: &App, at: &At, p: &Proposal, plan: &Plan) -> Result<Next, Refusal> {
    let own = p.requested_by == at.member().id && p.state == "approved";
    if !own || granted::window(plan).is_none() {
        return Ok(Next::Nothing);
    }
    let mut c = app.store.read().await?;
    let grant = granted::own(&mut c, at.member(), &p.id, plan.proposing()).await?;
    let stands = match &grant {
        Ok(grant) => granted::stands(&mut c, app, grant, app.now()).await?.is_ok(),
        Err(_) => false,
    };
    Ok(match plan {
        Plan::Enrol if stands => Next::ShowCode,
        Plan::RecoveryLetter { .. } | Plan::ActivationLetter { .. } if stands && p.made.is_none() => {
            Next::Print
        }
        _ => Next::Over,
    })
}

/// What this person proposed, was approved, and waits for their hands.
async fn granted_to(app: &App, at: &At) -> Result<Vec<ProposalLine>, Refusal> {
    let since = app.now().plus_secs(-granted::LETTER_SECS);
    let mut c = app.store.read().await?;
    let found = proposals::granted(&mut c, &at.member().id, since).await?;
    drop(c);
    let mut lines = Vec::new();
    for p in found {
        let plan = Plan::of(&p)?;
        if matches!(next(app, at, &p, &plan).await?, Next::ShowCode | Next::Print) {
            lines.push(ProposalLine::of(&p, &plan, Some(at.member()), &at.member().id));
        }
    }
    Ok(lines)
}

/// The live status as a stream, for whoever waits for the second person.
pub async fn events(State(app): State<App>, at: At, Path(id): Path<String>) -> Result<Response, PageError> {
    let p = find(&app, &at, &id, Act::Approve).await?.proposal;
    let follow = app.clone();
    Ok(live_status::stream(&app, p.id.to_string(), move || {
        let (app, id) = (follow.clone(), p.id.clone());
        async move { read_status(&app, &id).await.ok()? }
    }))
}

/// The live status once.
pub async fn status(State(app): State<App>, at: At, Path(id): Path<String>) -> Result<Response, PageError> {
    let p = find(&app, &at, &id, Act::Approve).await?.proposal;
    let status = read_status(&app, &p.id)
        .await
        .map_err(|error| at.refuse(&app, error))?;
    Ok(status.ok_or_else(|| at.refuse(&app, ErrorCode::NotFound))?.json())
}

async fn read_status(app: &App, id: &ProposalId) -> Result<Option<Status>, StoreError> {
    let now = app.now();
    let mut c = app.store.read().await?;
    let found = proposals::by_id(&mut c, id).await?;
    Ok(found.map(|p| Status {
        state: match p.state.as_str() {
            "open" if now < p.expires_at => "pending",
            "open" => "expired",
            "approved" => "approved",
            _ => "cancelled",
        },
        expires_at: p.expires_at,
        now,
    }))
}

async fn decide(app: &App, at: &At, id: &str, deciding: Act, fields: &Fields) -> Result<Response, PageError> {
    let found = find(app, at, id, deciding).await?;
    let approve = fields.get("decision") == "approve";
    let seen = found.was_seen(fields);
    let shown_before = seen.is_ok();
    let asked = match (approve, seen) {
        (true, Err(refusal)) if found.decidable(app, at, deciding) => Err(refusal),
        _ => Why::read(fields.get("reason"), &[]),
    };
    let done = match asked {
        Ok(why) => operation::decide(app, at.caller(), at.member(), &found.proposal.id, approve, why).await,
        Err(refusal) => Err(refusal),
    };
    match done {
        Ok(carried) => match carried.token {
            Some(token) => {
                let view = TokenPage {
                    frame: at.frame(app),
                    who: at.who(),
                    token,
                    origin: app.config.staff.origin.clone(),
                };
                Ok(page(StatusCode::OK, &view))
            }
            None => Ok(Redirect::to(&found.line.url).into_response()),
        },
        Err(refusal) => {
            let again = find(app, at, id, deciding).await?;
            show(app, at, again, deciding, (shown_before, Some(refusal))).await
        }
    }
}

/// Where the list is that holds proposals of this kind.
pub(super) const fn list_of(deciding: Act) -> &'static str {
    match deciding {
        Act::ManageStaff => paths::STAFF,
        _ => paths::PROPOSALS,
    }
}

/// Lines of a list at most.
const MOST: i64 = 200;
