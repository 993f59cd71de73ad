//! Messages for the relay to keep (RELAY-08). The conditions are those of `relay::insert_message`.

use crate::store::relay::NewMessage;
use crate::store::rows::{Rows, padded};
use crate::store::{Conn, StoreError, row};

/// Gives the ids of the messages that were kept.
pub(super) async fn write(c: &mut Conn, members: &[&NewMessage]) -> Result<Vec<String>, StoreError> {
    if members.is_empty() {
        return Ok(Vec::new());
    }
    let (sql, size) = MESSAGES.sql(c, members.len());
    let mut query = sqlx::query(sql);
    for (id, it) in padded(members, size, |m| m.id.as_str()) {
        query = query
            .bind(id)
            .bind(it.agent.as_str())
            .bind(it.channel.as_str())
            .bind(it.topic.as_deref())
            .bind(it.headers.as_str())
            .bind(it.body.as_slice())
            .bind(it.created_at.0)
            .bind(it.expires_at.0)
            .bind(it.vapid.as_str())
            .bind(it.quota);
    }
    let kept = query.fetch_all(c).await?;
    kept.iter().map(|r| row::text(r, "id")).collect()
}

static MESSAGES: Rows = Rows::new(
    "INSERT INTO relay_messages (id, uaid_hash, channel_id, topic, headers, body, created_at, expires_at) \
     SELECT column1, column2, column3, column4, column5, column6, column7, column8 FROM",
    10,
    "WHERE column1 <> '' \
     AND EXISTS (SELECT k.channel_id FROM relay_channels k \
                 WHERE k.uaid_hash = column2 AND k.channel_id = column3 AND k.vapid_key_hash = column9) \
     AND ((SELECT COUNT(*) FROM relay_messages m WHERE m.uaid_hash = column2 AND m.expires_at > column7) < column10 \
          OR EXISTS (SELECT m.id FROM relay_messages m \
                     WHERE m.uaid_hash = column2 AND m.channel_id = column3 AND m.topic = column4)) \
     ON CONFLICT (uaid_hash, channel_id, topic) DO UPDATE SET \
         id = excluded.id, headers = excluded.headers, body = excluded.body, \
         created_at = excluded.created_at, expires_at = excluded.expires_at \
     RETURNING id",
);
