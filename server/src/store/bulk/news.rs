//! What customers are told by a group: each mail and notice is stored when the leaf of its cause is there (TXN-04, ENROL-07).

use super::batch::{Batch, Value};
use crate::store::leaves::LeafRow;
use crate::store::mails::MailRow;
use crate::store::notices::NoticeRow;
use crate::store::rows::Rows;

/// What a customer is told about one thing: by mail to every proven address, and on the devices.
#[derive(Debug, Clone, Default)]
pub struct News {
    /// The mails.
    pub mails: Vec<MailRow>,
    /// The notice, where there is one.
    pub notice: Option<NoticeRow>,
}

/// Adds the mails and notices, each told because of its leaf.
pub(super) fn add<'a>(batch: &mut Batch<'a>, members: &[(&'a LeafRow, &'a News)]) {
    let mails = members
        .iter()
        .flat_map(|(leaf, news)| news.mails.iter().map(move |it| (leaf, it)));
    let mails = mails.flat_map(|(leaf, it)| {
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
    let notices = members
        .iter()
        .filter_map(|(leaf, news)| Some((leaf, news.notice.as_ref()?)));
    let notices = notices.flat_map(|(leaf, it)| {
        [
            Value::Text(it.id.as_str()),
            Value::Text(it.account.as_str()),
            Value::Text(it.kind),
            Value::Bytes(&it.sealed),
            Value::Number(it.created_at.0),
            Value::Text(leaf.id.as_str()),
            Value::Text(it.hint.as_column()),
        ]
    });
    batch.add(19, &NOTICES, notices.collect());
}

static MAILS: Rows = Rows::new(
    "INSERT INTO mails (id, account_id, template, language, sealed, state, next_try_at, expires_at, created_at) \
     SELECT column1, column2, column3, column4, column5, 'queued', column6, column7, column6 FROM",
    "ttttbnnt",
    "JOIN audit_leaves l ON l.id = column8 WHERE column1 <> ''",
);
/// As in `notices::insert`: only for devices that could read it. Whoever needs no hint (`notices::Hint`) counts as hinted at.
static NOTICES: Rows = Rows::new(
    "INSERT INTO notices (id, account_id, kind, sealed, created_at, hinted) \
     SELECT column1, column2, column3, column4, column5, \
     CASE WHEN column7 = '-' OR (column7 <> '' AND EXISTS (SELECT o.id FROM devices o WHERE o.account_id = column2 \
          AND o.state = 'active' AND o.id <> column7)) THEN 0 ELSE 1 END FROM",
    "tttbntt",
    "JOIN audit_leaves l ON l.id = column6 WHERE column1 <> '' \
     AND EXISTS (SELECT d.id FROM devices d WHERE d.account_id = column2 AND d.state IN ('active', 'suspended'))",
);
