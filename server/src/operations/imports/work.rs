//! The worker: takes the import that waits longest, for a while, and moves it on piece by piece.

use std::time::Duration;

use warifu_shared::ids::RequestId;

use super::{PROPOSAL_SECS, WAITING_DAYS, check, end, open};
use crate::app::App;
use crate::store::StoreError;
use crate::store::imports::{self, State};

/// A worker of one process.
pub struct Worker {
    app: App,
    name: String,
}

impl Worker {
    /// A worker with a name of its own.
    #[must_use]
    pub fn new(app: App) -> Self {
        Self {
            app,
            name: RequestId::random().to_string(),
        }
    }

    /// One piece of one import; false when there is nothing to do. A worker that dies is followed by another when its lease
    /// ends.
    ///
    /// # Errors
    /// On a database failure; the piece has had no effect then.
    pub async fn step(&self) -> Result<bool, StoreError> {
        let (now, name) = (self.app.now(), self.name.clone());
        let mut c = self.app.store.read().await?;
        let waits = imports::any_moves(&mut c).await?;
        drop(c);
        if !waits {
            return Ok(false);
        }
        let until = now.plus_secs(LEASE_SECS);
        let mine = self
            .app
            .store
            .write(move |c| Box::pin(async move { imports::lease(c, &name, now, until).await }))
            .await?;
        let Some(it) = mine else { return Ok(false) };
        match it.state {
            State::Checking => check::step(&self.app, it).await?,
            _ => open::step(&self.app, it).await?,
        }
        Ok(true)
    }

    /// Pieces until nothing is left.
    ///
    /// # Errors
    /// On a database failure.
    pub async fn all(&self) -> Result<(), StoreError> {
        while self.step().await? {}
        Ok(())
    }
}

/// Ends what nobody went on with: files that stopped coming in, proposals of yesterday, and imports that wait too long. The rows
/// of an import that ends are erased.
///
/// # Errors
/// On a database failure.
pub async fn sweep(app: &App) -> Result<(), StoreError> {
    let now = app.now();
    let (uploading, waiting) = (now.plus_secs(-3600), now.plus_secs(-WAITING_DAYS * 86_400));
    let since = now.plus_secs(-PROPOSAL_SECS);
    let mut c = app.store.read().await?;
    let none = !imports::has_proposals(&mut c, since).await?
        && imports::left_behind(&mut c, uploading, waiting).await?.is_empty();
    drop(c);
    if none {
        return Ok(());
    }
    app.store
        .write_again(move |c| {
            Box::pin(async move {
                imports::end_proposals(c, since).await?;
                for id in imports::left_behind(c, uploading, waiting).await? {
                    let from = [State::Uploading, State::Checked, State::Proposed, State::Paused];
                    if let Some(it) = imports::by_id(c, &id).await? {
                        end(c, &it, &from, State::Cancelled, now).await?;
                    }
                }
                Ok(())
            })
        })
        .await
}

/// Works for ever.
pub async fn run(app: App) {
    let worker = Worker::new(app.clone());
    let mut tick = tokio::time::interval(EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    for turn in 0_u64.. {
        tick.tick().await;
        let done = async {
            if turn % SWEEP_EACH == 0 {
                sweep(&app).await?;
            }
            worker.all().await
        };
        if let Err(error) = done.await {
            tracing::warn!(event = "imports.failed", %error, "an import does not go on");
        }
    }
}

const EVERY: Duration = Duration::from_secs(2);
/// Turns from one sweep to the next.
const SWEEP_EACH: u64 = 30;
/// How long others leave an import alone after its last piece.
const LEASE_SECS: i64 = 10;
