//! The watcher: reads the log behind the sequencer, entry by entry and once, and keeps what staff look at (S4).
//!
//! Approvals never wait for it. A round counts some hundreds of entries, puts what they mean into cases (`detect`) and moves the
//! cursor in one transaction, so that each entry counts once however many processes run and whenever one of them dies.

mod detect;

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use warifu_shared::log::Entry;

use crate::app::App;
use crate::domain::activity::{Kind, slot};
use crate::store::activity::{self, Count};
use crate::store::log::Placed;
use crate::store::staff::members;
use crate::store::{StoreError, log};

/// One round.
///
/// # Errors
/// On a database failure; the round has had no effect then.
pub async fn round(app: &App) -> Result<bool, StoreError> {
    let mut c = app.store.read().await?;
    let from = activity::cursor(&mut c).await?;
    let found = log::from_position(&mut c, from, AT_ONCE).await?;
    // What a staff member does to get in is no activity of customers.
    let staff = members::accounts(&mut c).await?;
    let Some(last) = found.last() else {
        return Ok(false);
    };
    let to = last.position + 1;
    let more = found.len() as u64 == AT_ONCE;
    // What was pruned or cannot be read counts for nothing: the numbers are no evidence.
    let read = |it: &Placed| Entry::read(it.entry.as_deref()?).ok();
    let entries: Vec<Entry> = found.iter().filter_map(read).collect();
    let counts = count(&entries, &staff);
    let signals = detect::find(&mut c, app, &entries, &staff, (from, to)).await?;
    drop(c);
    let (rules, now) = (app.config.watch.clone(), app.now());
    let mine = app
        .store
        .write_again(move |c| {
            let (counts, signals, rules) = (counts.clone(), signals.clone(), rules.clone());
            Box::pin(async move {
                if !activity::move_on(c, from, to).await? {
                    return Ok(false);
                }
                for count in &counts {
                    activity::add(c, count).await?;
                }
                detect::write(c, &signals, &rules, now).await?;
                Ok(true)
            })
        })
        .await?;
    Ok(more || !mine)
}

/// What the entries add to the numbers.
fn count(entries: &[Entry], staff: &HashSet<String>) -> Vec<Count> {
    let mut counts: BTreeMap<(i64, Kind), i64> = BTreeMap::new();
    for entry in entries.iter().filter(|it| !staff.contains(&it.subject)) {
        if let Some(kind) = Kind::of(&entry.action, &entry.outcome) {
            *counts.entry((slot(entry.at), kind)).or_default() += 1;
        }
    }
    let count = |((at, kind), amount)| Count { at, kind, amount };
    counts.into_iter().map(count).collect()
}

/// Rounds until nothing is left: what tests step.
///
/// # Errors
/// On a database failure.
pub async fn step(app: &App) -> Result<(), StoreError> {
    while round(app).await? {}
    Ok(())
}

/// Rounds for ever.
pub async fn run(app: App) {
    let mut tick = tokio::time::interval(EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        if let Err(error) = step(&app).await {
            tracing::warn!(event = "watch.failed", %error, "the watcher does not go on");
        }
    }
}

const AT_ONCE: u64 = 500;
const EVERY: Duration = Duration::from_secs(2);
/// How long numbers are kept, in days: four weeks before the longest range.
pub const KEPT_DAYS: i64 = 60;
