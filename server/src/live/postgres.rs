//! Wake-ups between processes on one PostgreSQL: LISTEN/NOTIFY, sent after the commit, many ids in one notification.

use std::time::Duration;

use sqlx::postgres::PgListener;
use tokio::sync::mpsc;

use super::Live;
use crate::store::{Store, StoreError};

/// Sends the changes of this process. Ids are joined by line feeds, which none contains.
pub async fn send(store: Store, mut changes: mpsc::Receiver<String>) {
    let mut ids = Vec::new();
    // 64 ids of 25 characters stay far below the 8000 bytes that a notification may have.
    while changes.recv_many(&mut ids, 64).await > 0 {
        let payload = ids.join("\n");
        ids.clear();
        if let Err(error) = notify(&store, &payload).await {
            tracing::warn!(event = "live.notify", %error, "other processes were not woken");
        }
    }
}

async fn notify(store: &Store, payload: &str) -> Result<(), StoreError> {
    let mut c = store.read().await?;
    sqlx::query("SELECT CAST(pg_notify($1, $2) AS TEXT)")
        .bind(CHANNEL)
        .bind(payload)
        .execute(&mut *c)
        .await?;
    Ok(())
}

/// Wakes this process for changes elsewhere. While the connection is lost pages live on their own reading.
pub async fn listen(url: String, live: Live) {
    loop {
        if let Err(error) = listen_once(&url, &live).await {
            tracing::warn!(event = "live.listen", %error, "listening for other processes failed; trying again");
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
}

async fn listen_once(url: &str, live: &Live) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect(url).await?;
    listener.listen(CHANNEL).await?;
    loop {
        let notification = listener.recv().await?;
        notification.payload().lines().for_each(|id| live.wake_here(id));
    }
}

const CHANNEL: &str = "warifu_live";
