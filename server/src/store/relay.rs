//! The relay's tables: agents (hashed), channels, and the messages that wait for an acknowledgement (RELAY-07, 08, 12).

use sqlx::Row;
use sqlx::any::AnyRow;
use warifu_shared::clock::Timestamp;

use super::{Conn, StoreError};

/// A channel to register. All texts are made by the relay, nothing here is as the client wrote it.
#[derive(Debug, Clone)]
pub struct NewChannel {
    /// The hash of the agent's uaid.
    pub agent: String,
    /// The channel: a lower-case dashed UUID.
    pub channel: String,
    /// The hash of the only VAPID key that may post, empty when anybody with the endpoint may.
    pub vapid: String,
    /// When.
    pub now: Timestamp,
}

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

/// Why a message was not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// No such agent.
    Agent,
    /// The agent has no such channel, or the channel belongs to another VAPID key by now.
    Channel,
    /// As many messages wait for the agent as may (RELAY-10).
    Full,
}

/// When the agent was last seen, or nothing when it is unknown.
///
/// # Errors
/// When the database fails.
pub async fn agent_seen(c: &mut Conn, agent: &str) -> Result<Option<Timestamp>, StoreError> {
    let row = sqlx::query("SELECT last_seen_at FROM relay_agents WHERE uaid_hash = $1")
        .bind(agent)
        .fetch_optional(c)
        .await?;
    Ok(row.map(|row| row.try_get(0).map(Timestamp)).transpose()?)
}

/// Notes that the agent is alive, so that [`sweep_agents`] spares it.
///
/// # Errors
/// When the database fails.
pub async fn touch_agent(c: &mut Conn, agent: &str, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query("UPDATE relay_agents SET last_seen_at = $2 WHERE uaid_hash = $1")
        .bind(agent)
        .bind(now.0)
        .execute(c)
        .await?;
    Ok(())
}

/// Registers a channel, with its agent when that is new; a channel that exists takes the new VAPID key.
/// Answers `false`, changing nothing, when the agent has `quota` other channels.
///
/// # Errors
/// When the database fails.
pub async fn register(c: &mut Conn, new: &NewChannel, quota: i64) -> Result<bool, StoreError> {
    sqlx::query(
        "INSERT INTO relay_agents (uaid_hash, created_at, last_seen_at) VALUES ($1, $2, $2)
         ON CONFLICT (uaid_hash) DO NOTHING",
    )
    .bind(&new.agent)
    .bind(new.now.0)
    .execute(&mut *c)
    .await?;
    let row = sqlx::query(
        "INSERT INTO relay_channels (uaid_hash, channel_id, vapid_key_hash, created_at)
         SELECT $1, $2, $3, $4
         WHERE (SELECT COUNT(*) FROM relay_channels WHERE uaid_hash = $1 AND channel_id <> $2) < $5
         ON CONFLICT (uaid_hash, channel_id) DO UPDATE SET vapid_key_hash = excluded.vapid_key_hash
         RETURNING channel_id",
    )
    .bind(&new.agent)
    .bind(&new.channel)
    .bind(&new.vapid)
    .bind(new.now.0)
    .bind(quota)
    .fetch_optional(c)
    .await?;
    Ok(row.is_some())
}

/// Removes a channel and what waits on it.
///
/// # Errors
/// When the database fails.
pub async fn unregister(c: &mut Conn, agent: &str, channel: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM relay_channels WHERE uaid_hash = $1 AND channel_id = $2")
        .bind(agent)
        .bind(channel)
        .execute(c)
        .await?;
    Ok(())
}

/// Keeps a message, in one statement: checks the channel and the quota, and replaces the message of the same topic.
/// Answers `false`, changing nothing, when it may not be kept; [`why_refused`] tells the reason.
///
/// # Errors
/// When the database fails.
pub async fn insert_message(c: &mut Conn, new: &NewMessage, quota: i64) -> Result<bool, StoreError> {
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
    .bind(quota)
    .fetch_optional(c)
    .await?;
    Ok(row.is_some())
}

/// Whether a message may be posted at all (used where nothing is kept), and why one was refused.
///
/// # Errors
/// When the database fails.
pub async fn why_refused(
    c: &mut Conn,
    agent: &str,
    channel: &str,
    vapid: &str,
) -> Result<Option<Refused>, StoreError> {
    let row =
        sqlx::query("SELECT vapid_key_hash FROM relay_channels WHERE uaid_hash = $1 AND channel_id = $2")
            .bind(agent)
            .bind(channel)
            .fetch_optional(&mut *c)
            .await?;
    let same_key = row
        .map(|row| row.try_get::<String, _>(0))
        .transpose()?
        .is_some_and(|key| key == vapid);
    if same_key {
        return Ok(None);
    }
    let known = agent_seen(c, agent).await?.is_some();
    Ok(Some(if known { Refused::Channel } else { Refused::Agent }))
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

/// Forgets at most `limit` agents that were last seen before `before`, with their channels, and answers how many.
///
/// # Errors
/// When the database fails.
pub async fn sweep_agents(c: &mut Conn, before: Timestamp, limit: i64) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "DELETE FROM relay_agents WHERE uaid_hash IN
         (SELECT uaid_hash FROM relay_agents WHERE last_seen_at < $1 ORDER BY last_seen_at LIMIT $2)",
    )
    .bind(before.0)
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
