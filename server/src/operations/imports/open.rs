//! Opens the next accounts of an import: some hundreds in one transaction, each with its audit leaf.

use warifu_shared::clock::Timestamp;
use warifu_shared::ids::{AccountId, RequestId};

use super::end;
use crate::app::App;
use crate::audit::{self, Event};
use crate::domain::customer_file::Problem;
use crate::store::imports::rows::{self, Waiting, Wrong};
use crate::store::imports::{self, Import, State, insert_leaves};
use crate::store::{Conn, StoreError};

/// One piece.
pub(super) async fn step(app: &App, it: Import) -> Result<(), StoreError> {
    let now = app.now();
    app.store
        .write_again(move |c| Box::pin(async move { write(c, &it, now).await }))
        .await
}

async fn write(c: &mut Conn, it: &Import, now: Timestamp) -> Result<(), StoreError> {
    // Holds the import: whoever comes at the same time waits here, and finds the rows gone.
    if !imports::count_opened(c, &it.id, 0, 0, now).await? {
        return Ok(());
    }
    let Some(it) = imports::by_id(c, &it.id).await? else {
        return Ok(());
    };
    let next = rows::next(c, &it.id, AT_ONCE).await?;
    let over = i64::try_from(next.len()).unwrap_or(i64::MAX) < AT_ONCE;
    let next: Vec<(AccountId, Waiting)> = next.into_iter().map(|row| (AccountId::at(now), row)).collect();
    let opened = rows::open(c, &it.id, it.opened, &next, now).await?;
    let wrong: Vec<Wrong> = next
        .iter()
        .filter(|(_, row)| !opened.contains(&row.number))
        .map(|(_, row)| Wrong {
            line: row.line,
            problem: Problem::NumberTaken,
            other_line: None,
        })
        .collect();
    rows::complain(c, &it.id, &wrong).await?;
    let actor = it
        .approved_by
        .as_ref()
        .map_or("server".to_owned(), |id| format!("staff:{id}"));
    let request = RequestId::random();
    let mut leaves = Vec::with_capacity(opened.len());
    for (id, _) in next.iter().filter(|(_, row)| opened.contains(&row.number)) {
        let event = Event {
            action: "account.opened",
            actor: &actor,
            subject: id.as_str(),
            outcome: "ok",
            object: it.id.as_str(),
            request: &request,
            details: audit::Details::default(),
        };
        leaves.push(audit::leaf(&event, now)?);
    }
    insert_leaves(c, &leaves).await?;
    let many = |of: usize| i64::try_from(of).unwrap_or(i64::MAX);
    imports::count_opened(c, &it.id, many(opened.len()), many(wrong.len()), now).await?;
    if over {
        end(c, &it, &[State::Opening], State::Done, now).await?;
    }
    Ok(())
}

/// Accounts of one piece.
const AT_ONCE: i64 = 500;
