//! The leaves of a group, after the effects they tell of (AUDIT-03).

use crate::store::leaves::LeafRow;
use crate::store::rows::{MOST, Rows, padded};
use crate::store::{Conn, StoreError};

pub(super) async fn write(c: &mut Conn, leaves: &[&LeafRow]) -> Result<(), StoreError> {
    for leaves in leaves.chunks(MOST) {
        let (sql, size) = LEAVES.sql(c, leaves.len());
        let mut query = sqlx::query(sql);
        for (id, leaf) in padded(leaves, size, |leaf| leaf.id.as_str()) {
            query = query
                .bind(id)
                .bind(leaf.at.0)
                .bind(leaf.subject.as_str())
                .bind(leaf.action.as_str())
                .bind(leaf.entry.as_slice());
        }
        query.execute(&mut *c).await?;
        let (sql, size) = DETAILS.sql(c, leaves.len());
        let mut query = sqlx::query(sql);
        for (id, leaf) in padded(leaves, size, |leaf| leaf.id.as_str()) {
            query = query
                .bind(id)
                .bind(leaf.salt.as_str())
                .bind(leaf.details.as_str());
        }
        query.execute(&mut *c).await?;
    }
    Ok(())
}

static LEAVES: Rows = Rows::new(
    "INSERT INTO audit_leaves (id, at, subject, action, entry) SELECT column1, column2, column3, column4, column5 FROM",
    5,
    "WHERE column1 <> ''",
);
static DETAILS: Rows = Rows::new(
    "INSERT INTO audit_details (leaf_id, salt, details) SELECT column1, column2, column3 FROM",
    3,
    "WHERE column1 <> ''",
);
