//! What auditors read of the log: searches by index, one entry with all that is kept of it, checkpoints (decision 38).
//! Every read is bounded; lists are in the order of the entries' ids, which is that of their moments.

use sqlx::any::AnyRow;
use warifu_shared::log::Hash;

use super::{Conn, StoreError, row};

/// What entries are looked for. An empty text stands for any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Whom it concerns.
    pub subject: String,
    /// Who did it.
    pub actor: String,
    /// What happened.
    pub action: String,
    /// Ids of entries do not come before this.
    pub from: String,
    /// Ids of entries come before this.
    pub to: String,
}

/// An entry that was found.
#[derive(Debug, Clone)]
pub struct Hit {
    /// Its id.
    pub id: String,
    /// Its position; none when it is too new to have one.
    pub position: Option<u64>,
    /// Its bytes; none when they were pruned.
    pub entry: Option<Vec<u8>>,
}

/// A part of a search.
#[derive(Debug, Clone, Default)]
pub struct Part {
    /// What was found, newest first.
    pub hits: Vec<Hit>,
    /// The id before which to go on; none at the end.
    pub next: Option<String>,
    /// Whether the part ended because it had looked at enough, not because it was full.
    pub cut: bool,
}

/// All that is kept of an entry.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Its id.
    pub id: String,
    /// Its bytes; none when they were pruned.
    pub entry: Option<Vec<u8>>,
    /// Its position and its hash; none when it is too new.
    pub placed: Option<(u64, Hash)>,
    /// Salt and details; none when they were erased.
    pub details: Option<(String, String)>,
}

/// Equality and range as one comparison of pairs, and their order: so PostgreSQL takes the index of the pair, and does not walk
/// back through all ids in the hope of a frequent value.
macro_rules! by {
    ($column:literal, $partial:literal) => {
        (
            concat!(
                "(p.",
                $column,
                ", p.leaf_id) >= ($1, $2) AND (p.",
                $column,
                ", p.leaf_id) < ($1, $3)",
                $partial
            ),
            concat!("p.", $column, " DESC, p.leaf_id DESC"),
        )
    };
}

impl Filter {
    /// The condition that an index serves best with its order, and its value.
    fn driver(&self) -> ((&'static str, &'static str), &str) {
        if !self.subject.is_empty() {
            (by!("subject", " AND p.subject <> '-'"), &self.subject)
        } else if !matches!(self.actor.as_str(), "" | "customer" | "server") {
            (
                by!("actor", " AND p.actor <> 'customer' AND p.actor <> 'server'"),
                &self.actor,
            )
        } else if !self.action.is_empty() {
            (by!("action", ""), &self.action)
        } else {
            (
                ("$1 = '' AND p.leaf_id >= $2 AND p.leaf_id < $3", "p.leaf_id DESC"),
                "",
            )
        }
    }

    /// Whether something else is asked than what the index serves.
    fn asks_more(&self) -> bool {
        let asked = [&self.subject, &self.actor, &self.action];
        let asked = asked.iter().filter(|it| !it.is_empty()).count();
        asked > usize::from(!self.driver().1.is_empty())
    }

    /// Whether an entry without a position yet is one of these; its time was asked for by its id.
    #[must_use]
    pub fn takes(&self, subject: &str, actor: &str, action: &str) -> bool {
        let fits = |asked: &str, is: &str| asked.is_empty() || asked == is;
        fits(&self.subject, subject) && fits(&self.actor, actor) && fits(&self.action, action)
    }
}

/// Entries with a position, newest first, at most `limit`. Looks at [`LOOKED_AT`] entries at most.
///
/// # Errors
/// On a database failure.
pub async fn part(c: &mut Conn, filter: &Filter, limit: usize) -> Result<Part, StoreError> {
    let ((driver, order), value) = filter.driver();
    let most = i64::try_from(limit).unwrap_or(LOOKED_AT).min(LOOKED_AT - 1) + 1;
    let looked_at = if filter.asks_more() { LOOKED_AT } else { most };
    let sql = format!(
        "SELECT h.position AS position, h.leaf_id AS id, l.entry AS entry FROM (\
         SELECT t.position, t.leaf_id FROM (\
         SELECT p.position, p.leaf_id, p.subject, p.actor, p.action FROM log_positions p \
         WHERE {driver} ORDER BY {order} LIMIT $4) t \
         WHERE ($5 = '' OR t.subject = $5) AND ($6 = '' OR t.actor = $6) AND ($7 = '' OR t.action = $7) \
         ORDER BY t.leaf_id DESC LIMIT $8) h LEFT JOIN audit_leaves l ON l.id = h.leaf_id ORDER BY h.leaf_id DESC"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(value)
        .bind(&filter.from)
        .bind(&filter.to)
        .bind(looked_at)
        .bind(&filter.subject)
        .bind(&filter.actor)
        .bind(&filter.action)
        .bind(most)
        .fetch_all(&mut *c)
        .await?;
    let mut hits = rows.iter().map(hit).collect::<Result<Vec<_>, _>>()?;
    if rows.len() as i64 == most {
        hits.pop();
        let next = hits.last().map(|it| it.id.clone());
        return Ok(Part {
            hits,
            next,
            cut: false,
        });
    }
    let next = if filter.asks_more() {
        last_looked_at(c, filter).await?
    } else {
        None
    };
    Ok(Part {
        cut: next.is_some(),
        hits,
        next,
    })
}

/// The entry at which a part that looked at all it may has stopped.
async fn last_looked_at(c: &mut Conn, filter: &Filter) -> Result<Option<String>, StoreError> {
    let ((driver, order), value) = filter.driver();
    let sql = format!(
        "SELECT p.leaf_id AS id FROM log_positions p WHERE {driver} \
         ORDER BY {order} LIMIT 1 OFFSET $4"
    );
    let found = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(value)
        .bind(&filter.from)
        .bind(&filter.to)
        .bind(LOOKED_AT - 1)
        .fetch_optional(c)
        .await?;
    found.as_ref().map(|r| row::text(r, "id")).transpose()
}

/// Entries without a position whose ids are from `from` to below `to`, newest first, at most `limit`.
///
/// # Errors
/// On a database failure.
pub async fn unplaced(c: &mut Conn, from: &str, to: &str, limit: i64) -> Result<Vec<Hit>, StoreError> {
    let rows = sqlx::query(
        "SELECT l.id AS id, l.entry AS entry, p.position AS position FROM audit_leaves l \
         LEFT JOIN log_positions p ON p.leaf_id = l.id \
         WHERE p.leaf_id IS NULL AND l.id >= $1 AND l.id < $2 ORDER BY l.id DESC LIMIT $3",
    )
    .bind(from)
    .bind(to)
    .bind(limit)
    .fetch_all(c)
    .await?;
    rows.iter().map(hit).collect()
}

/// All that is kept of an entry; none when there is no such entry.
///
/// # Errors
/// On a database failure.
pub async fn kept(c: &mut Conn, id: &str) -> Result<Option<Kept>, StoreError> {
    let r = sqlx::query(
        "SELECT l.entry AS entry, p.position AS position, p.leaf_hash AS leaf_hash, d.salt AS salt, \
         d.details AS details FROM (SELECT CAST($1 AS TEXT) AS id) k LEFT JOIN audit_leaves l ON l.id = k.id \
         LEFT JOIN log_positions p ON p.leaf_id = k.id LEFT JOIN audit_details d ON d.leaf_id = k.id",
    )
    .bind(id)
    .fetch_one(c)
    .await?;
    let placed = match position(&r)? {
        Some(position) => {
            let hash = row::bytes(&r, "leaf_hash")?.try_into();
            let hash = hash.map_err(|_| StoreError::inconsistent("log_positions", id, "not a hash"))?;
            Some((position, hash))
        }
        None => None,
    };
    let entry = row::optional_bytes(&r, "entry")?;
    if placed.is_none() && entry.is_none() {
        return Ok(None);
    }
    let (salt, details) = (
        row::optional_text(&r, "salt")?,
        row::optional_text(&r, "details")?,
    );
    Ok(Some(Kept {
        id: id.to_owned(),
        entry,
        placed,
        details: salt.zip(details),
    }))
}

/// The id of the entry at a position.
///
/// # Errors
/// On a database failure.
pub async fn id_at(c: &mut Conn, position: i64) -> Result<Option<String>, StoreError> {
    let found = sqlx::query("SELECT leaf_id FROM log_positions WHERE position = $1")
        .bind(position)
        .fetch_optional(c)
        .await?;
    found.as_ref().map(|r| row::text(r, "leaf_id")).transpose()
}

/// A published checkpoint.
#[derive(Debug, Clone)]
pub struct Published {
    /// The number of entries that it covers.
    pub size: i64,
    /// The signed note.
    pub note: String,
    /// When it was published.
    pub at: warifu_shared::clock::Timestamp,
}

/// Published checkpoints of fewer than `below` entries, largest first, at most `limit`.
///
/// # Errors
/// On a database failure.
pub async fn checkpoints(c: &mut Conn, below: i64, limit: i64) -> Result<Vec<Published>, StoreError> {
    let rows = sqlx::query(
        "SELECT size, note, published_at FROM log_checkpoints WHERE size < $1 ORDER BY size DESC LIMIT $2",
    )
    .bind(below)
    .bind(limit)
    .fetch_all(c)
    .await?;
    rows.iter()
        .map(|r| {
            Ok(Published {
                size: row::int(r, "size")?,
                note: row::text(r, "note")?,
                at: row::time(r, "published_at")?,
            })
        })
        .collect()
}

fn hit(r: &AnyRow) -> Result<Hit, StoreError> {
    Ok(Hit {
        id: row::text(r, "id")?,
        position: position(r)?,
        entry: row::optional_bytes(r, "entry")?,
    })
}

fn position(r: &AnyRow) -> Result<Option<u64>, StoreError> {
    let value = row::optional_int(r, "position")?;
    let value = value.map(u64::try_from).transpose();
    value.map_err(|e| StoreError::inconsistent("log_positions", "position", e))
}

/// Entries that one part of a search looks at.
pub const LOOKED_AT: i64 = 5_000;
