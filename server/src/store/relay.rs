//! The relay's tables: agents (hashed) and their channels; the messages are beside this file (RELAY-07, 08, 12).

mod messages;

use sqlx::Row;
use warifu_shared::clock::Timestamp;

use super::{Conn, StoreError};

pub use messages::{
    NewMessage, Waiting, agents_with_news, delete_acked, delete_message, insert_message, is_gone,
    sweep_messages, waiting,
};

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

/// Why a message was not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// No such agent.
    Agent,
    /// The agent has no such channel, or the channel belongs to another VAPID key by now.
    Channel,
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

/// Why nothing can be posted to the channel; `None` when it can, so that a refused message met the quota (RELAY-10).
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
