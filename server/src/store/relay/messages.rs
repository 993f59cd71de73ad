//! The messages that wait in the relay until they are acknowledged or expire (RELAY-08).

use sqlx::Row;
use sqlx::any::AnyRow;
use warifu_shared::clock::Timestamp;

use crate::store::{Conn, StoreError};

/// A message to keep until it is acknowledged or expires.
#[derive(Debug, Clone)]
pub struct NewMessage {
    /// The message's id, which the client sees as `version`.
    pub id: String,
    /// The hash of the agent's uaid.
    pub agent: String,
    /// The channel.
    pub channel: String,
    /// The VAPID key hash that the endpoint carries; it must still be the channel's.
    pub vapid: String,
    /// A newer message of the same topic replaces this one.
    pub topic: Option<String>,
    /// The encryption headers as JSON, empty when there is no body.
    pub headers: String,
    /// The encrypted body, as it was posted.
    pub body: Vec<u8>,
    /// When it was posted.
    pub created_at: Timestamp,
    /// When it stops being worth delivering.
    pub expires_at: Timestamp,
    /// Most messages that may wait for the agent (RELAY-10).
    pub quota: i64,
}

/// A message that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// See [`NewMessage::id`].
    pub id: String,
    /// See [`NewMessage::channel`].
    pub channel: String,
    /// See [`NewMessage::headers`].
    pub headers: String,
    /// See [`NewMessage::body`].
    pub body: Vec<u8>,
}

/// Keeps a message, in one statement: checks the channel and the quota, and replaces the message of the same topic.
/// Answers `false`, changing nothing, when it may not be kept; [`why_refused`] tells the reason.
///
/// # Errors
/// When the database fails.
pub async fn insert_message(c: &mut Conn, new: &NewMessage) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "INSERT INTO relay_messages (id, uaid_hash, channel_id, topic, headers, body, created_at, expires_at)
         SELECT $1, $2, $3, $4, $5, $6, $7, $8
         WHERE EXISTS (SELECT 1 FROM relay_channels
                       WHERE uaid_hash = $2 AND channel_id = $3 AND vapid_key_hash = $9)
           AND ((SELECT COUNT(*) FROM relay_messages WHERE uaid_hash = $2 AND expires_at > $7) < $10
                OR EXISTS (SELECT 1 FROM relay_messages WHERE uaid_hash = $2 AND channel_id = $3 AND topic = $4))
         ON CONFLICT (uaid_hash, channel_id, topic) DO UPDATE SET
             id = excluded.id, headers = excluded.headers, body = excluded.body,
             created_at = excluded.created_at, expires_at = excluded.expires_at
         RETURNING id",
    )
    .bind(&new.id)
    .bind(&new.agent)
    .bind(&new.channel)
    .bind(new.topic.as_deref())
    .bind(&new.headers)
    .bind(&new.body[..])
    .bind(new.created_at.0)
    .bind(new.expires_at.0)
    .bind(&new.vapid)
    .bind(new.quota)
    .fetch_optional(c)
    .await?;
    Ok(row.is_some())
}

/// The oldest `limit` messages that wait for the agent.
///
/// # Errors
/// When the database fails or a row cannot be read.
pub async fn waiting(
    c: &mut Conn,
    agent: &str,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<Waiting>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, channel_id, headers, body FROM relay_messages
         WHERE uaid_hash = $1 AND expires_at > $2 ORDER BY created_at, id LIMIT $3",
    )
    .bind(agent)
    .bind(now.0)
    .bind(limit)
    .fetch_all(c)
    .await?;
    rows.iter().map(read_waiting).collect()
}

fn read_waiting(row: &AnyRow) -> Result<Waiting, StoreError> {
    Ok(Waiting {
        id: row.try_get(0)?,
        channel: row.try_get(1)?,
        headers: row.try_get(2)?,
        body: row.try_get(3)?,
    })
}

/// Deletes acknowledged messages of one agent.
///
/// # Errors
/// When the database fails.
pub async fn delete_acked(c: &mut Conn, agent: &str, ids: &[String]) -> Result<(), StoreError> {
    for id in ids {
        sqlx::query("DELETE FROM relay_messages WHERE id = $1 AND uaid_hash = $2")
            .bind(id)
            .bind(agent)
            .execute(&mut *c)
            .await?;
    }
    Ok(())
}

/// Deletes a message that its sender withdraws.
///
/// # Errors
/// When the database fails.
pub async fn delete_message(c: &mut Conn, id: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM relay_messages WHERE id = $1")
        .bind(id)
        .execute(c)
        .await?;
    Ok(())
}

/// The agents for which something was posted at or after `since` and still waits, at most `limit`.
///
/// # Errors
/// When the database fails.
pub async fn agents_with_news(
    c: &mut Conn,
    since: Timestamp,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<String>, StoreError> {
    let rows = sqlx::query(
        "SELECT DISTINCT uaid_hash FROM relay_messages WHERE created_at >= $1 AND expires_at > $2 LIMIT $3",
    )
    .bind(since.0)
    .bind(now.0)
    .bind(limit)
    .fetch_all(c)
    .await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Deletes at most `limit` expired messages and answers how many.
///
/// # Errors
/// When the database fails.
pub async fn sweep_messages(c: &mut Conn, now: Timestamp, limit: i64) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "DELETE FROM relay_messages WHERE id IN
         (SELECT id FROM relay_messages WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)",
    )
    .bind(now.0)
    .bind(limit)
    .execute(c)
    .await?;
    Ok(done.rows_affected())
}

/// Whether a write failed because the channel or agent was removed at the same moment.
#[must_use]
pub fn is_gone(error: &StoreError) -> bool {
    matches!(error, StoreError::Database(sqlx::Error::Database(e)) if e.is_foreign_key_violation())
}
