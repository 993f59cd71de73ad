//! Mails of a group: each is queued when the leaf of its cause is there.

use super::batch::{Batch, Value};
use crate::store::leaves::LeafRow;
use crate::store::mails::MailRow;
use crate::store::rows::Rows;

pub(super) fn add<'a>(batch: &mut Batch<'a>, members: &[(&'a LeafRow, &'a MailRow)]) {
    let mails = members.iter().flat_map(|(leaf, it)| {
        [
            Value::Text(it.id.as_str()),
            Value::Text(it.account.as_str()),
            Value::Text(it.template),
            Value::Text(it.language.pick("ja", "en")),
            Value::Bytes(&it.sealed),
            Value::Number(it.created_at.0),
            Value::Number(it.expires_at.0),
            Value::Text(leaf.id.as_str()),
        ]
    });
    batch.add_wide(13, &MAILS, mails.collect());
}

static MAILS: Rows = Rows::new(
    "INSERT INTO mails (id, account_id, template, language, sealed, state, next_try_at, expires_at, created_at) \
     SELECT column1, column2, column3, column4, column5, 'queued', column6, column7, column6 FROM",
    "ttttbnnt",
    "JOIN audit_leaves l ON l.id = column8 WHERE column1 <> ''",
);
