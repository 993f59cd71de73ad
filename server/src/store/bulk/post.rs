//! Messages for the relay to keep (RELAY-08). The conditions are those of `relay::insert_message`.

use super::batch::{Batch, Value};
use crate::store::relay::NewMessage;
use crate::store::rows::Rows;

pub(super) fn add<'a>(batch: &mut Batch<'a>, members: &[&'a NewMessage]) {
    let messages = members.iter().flat_map(|it| {
        [
            Value::Text(&it.id),
            Value::Text(&it.agent),
            Value::Text(&it.channel),
            Value::Maybe(it.topic.as_deref()),
            Value::Text(&it.headers),
            Value::Bytes(&it.body),
            Value::Number(it.created_at.0),
            Value::Number(it.expires_at.0),
            Value::Text(&it.vapid),
            Value::Number(it.quota),
        ]
    });
    batch.add(8, &MESSAGES, messages.collect());
}

static MESSAGES: Rows = Rows::new(
    "INSERT INTO relay_messages (id, uaid_hash, channel_id, topic, headers, body, created_at, expires_at) \
     SELECT column1, column2, column3, column4, column5, column6, column7, column8 FROM",
    "tttmtbnntn",
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
