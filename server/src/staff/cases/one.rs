//! `/cases/{case}`: why it was opened, what happened around it, who else, and what was done about it.

use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::{AccountId, CaseId, StaffId};
use warifu_shared::log::Entry;

use super::list::lines;
use crate::app::App;
use crate::operations::Refusal;
use crate::pages::error::PageError;
use crate::pages::layout::{ErrorNote, Frame, form_page};
use crate::staff::gate::At;
use crate::staff::log::words::{self, Names};
use crate::staff::views::{
    Account, ActLine, CasePage, DeviceLine, Known, ReasonLine, TimeLine, Typed, WithdrawalLine,
};
use crate::store::case_list::{self, Case, Reason};
use crate::store::staff::{acts, customers, members};
use crate::store::{Conn, devices, push_health, signals, withdrawals};

/// Shows it.
pub async fn get(State(app): State<App>, at: At, Path(case): Path<String>) -> Result<Response, PageError> {
    show(&app, &at, &case, Typed::default(), None).await
}

/// The page, with what was typed and refused.
pub(super) async fn show(
    app: &App,
    at: &At,
    case: &str,
    typed: Typed,
    refused: Option<Refusal>,
) -> Result<Response, PageError> {
    let view = view(app, at, case, typed, refused.map(ErrorNote::from)).await;
    let view = view.map_err(|refusal| at.refuse(app, refusal))?;
    Ok(form_page(app, refused, &view))
}

async fn view(
    app: &App,
    at: &At,
    id: &str,
    typed: Typed,
    error: Option<ErrorNote>,
) -> Result<CasePage, Refusal> {
    let id: CaseId = id.parse().map_err(|_| ErrorCode::NotFound)?;
    let mut c = app.store.read().await?;
    let case = case_list::by_id(&mut c, &id).await?.ok_or(ErrorCode::NotFound)?;
    let frame = at.frame(app);
    let known = known(&mut c, &frame, &case, app.now()).await?;
    let decided_by = match &case.decided {
        Some((by, _)) => name_of(&mut c, by).await?,
        None => String::new(),
    };
    let line = lines(&mut c, vec![case])
        .await?
        .pop()
        .ok_or(ErrorCode::NotFound)?;
    Ok(CasePage {
        who: at.who(),
        me: at.member().id.to_string(),
        roles: at.member().roles.clone(),
        frame,
        line,
        known,
        decided_by,
        typed,
        error,
    })
}

async fn name_of(c: &mut Conn, id: &StaffId) -> Result<String, Refusal> {
    Ok(members::by_id(c, id)
        .await?
        .map_or_else(String::new, |it| it.name))
}

async fn known(c: &mut Conn, frame: &Frame, case: &Case, now: Timestamp) -> Result<Known, Refusal> {
    let reasons = case_list::reasons(c, &case.id).await?;
    let mut known = Known {
        acts: acts_of(c, frame, &case.id).await?,
        ..Known::default()
    };
    let mut related = case_list::related(c, &case.id, MOST_RELATED).await?;
    if let Some(account) = &case.account {
        known.timeline = timeline(c, frame, account, &reasons).await?;
        let browsers = case_list::same_browser(c, account, MOST_RELATED).await?;
        related.retain(|it| browsers.iter().all(|other| other.id != it.id));
        related.splice(0..0, browsers);
        if customers::is_customer(c, account).await? {
            for device in devices::of_account(c, account).await? {
                let subscribed = customers::is_subscribed(c, device.id.as_str()).await?;
                let health = push_health::of(c, &device.id).await?;
                known
                    .devices
                    .push(DeviceLine::of(&device, subscribed, health, now));
            }
            let list = withdrawals::of_account(c, account, None, MOST_SHOWN).await?;
            known.withdrawals = list.iter().map(|it| WithdrawalLine::of(it, false, now)).collect();
        }
    }
    known.related = related.into_iter().map(Account::of).collect();
    known.reasons = reasons.into_iter().map(ReasonLine).collect();
    Ok(known)
}

/// What happened around the entries that the reasons rest on.
async fn timeline(
    c: &mut Conn,
    frame: &Frame,
    account: &AccountId,
    reasons: &[Reason],
) -> Result<Vec<TimeLine>, Refusal> {
    let ends = || reasons.iter().flat_map(|it| [&it.entries.0, &it.entries.1]);
    let (Some(first), Some(last)) = (ends().min(), ends().max()) else {
        return Ok(Vec::new());
    };
    let mut lines = Vec::new();
    let mut names = Names::default();
    for bytes in signals::around(c, account.as_str(), (first, last), EACH_SIDE).await? {
        let Ok(entry) = Entry::read(&bytes) else { continue };
        lines.push(TimeLine {
            at: entry.at,
            what: words::action(frame, &entry.action),
            outcome: words::outcome(frame, &entry.outcome),
            by: names.actor(c, frame, &entry).await?,
            trigger: ends().any(|id| *id == entry.id),
        });
    }
    Ok(lines)
}

/// The part of a record that the page shows.
#[derive(Deserialize)]
struct Record {
    at: i64,
    by: StaffId,
    action: String,
    reason: String,
}

async fn acts_of(c: &mut Conn, frame: &Frame, case: &CaseId) -> Result<Vec<ActLine>, Refusal> {
    let mut lines = Vec::new();
    for text in acts::about(c, case.as_str(), MOST_ACTS).await? {
        let Ok(record) = serde_json::from_str::<Record>(&text) else {
            continue;
        };
        lines.push(ActLine {
            at: Timestamp(record.at),
            what: words::action(frame, &record.action),
            by: name_of(c, &record.by).await?,
            reason: record.reason,
        });
    }
    Ok(lines)
}

/// Entries before the first and after the last of the triggering ones; twice as many between.
const EACH_SIDE: i64 = 15;
const MOST_SHOWN: i64 = 15;
const MOST_RELATED: i64 = 50;
const MOST_ACTS: i64 = 100;
