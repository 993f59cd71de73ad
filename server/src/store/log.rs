//! The tree over the audit leaves as rows: positions, hashes of subtrees, heads. Written by the sequencer alone (decision 20).

use sqlx::any::AnyRow;
use warifu_shared::clock::Timestamp;
use warifu_shared::log::{Hash, Node};

use super::rows::{MOST, Rows};
use super::{Conn, StoreError, row};

/// The newest signed head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// How many leaves have a position.
    pub size: u64,
    /// The signed checkpoint; empty before the first.
    pub note: String,
    /// The size of the newest published one.
    pub published_size: u64,
    /// When it was published; the epoch when none was.
    pub published_at: Timestamp,
}

/// A leaf, with or without a position.
#[derive(Debug, Clone)]
pub struct Leaf {
    /// Its id.
    pub id: String,
    /// When it happened.
    pub at: Timestamp,
    /// Its bytes.
    pub entry: Vec<u8>,
}

/// A leaf that gets the next position.
#[derive(Debug, Clone)]
pub struct NewPosition {
    /// The leaf.
    pub leaf_id: String,
    /// Its hash.
    pub hash: Hash,
    /// Whom it concerns.
    pub subject: String,
    /// What it is about.
    pub object: String,
    /// Who did it.
    pub actor: String,
    /// What happened.
    pub action: String,
}

/// What a round adds.
#[derive(Debug, Clone)]
pub struct Round {
    /// The head that it goes on from.
    pub from: Head,
    /// The head with it.
    pub to: Head,
    /// Leaves in order of their positions, the first at `from.size`.
    pub positions: Vec<NewPosition>,
    /// Subtrees that these complete, of the levels that are stored.
    pub nodes: Vec<(Node, Hash)>,
}

/// A leaf at its position.
#[derive(Debug, Clone)]
pub struct Placed {
    /// Its position.
    pub position: u64,
    /// Its hash.
    pub hash: Hash,
    /// Its bytes; none when the row is gone.
    pub entry: Option<Vec<u8>>,
}

/// The newest head.
///
/// # Errors
/// On a database failure.
pub async fn head(c: &mut Conn) -> Result<Head, StoreError> {
    let found = sqlx::query("SELECT * FROM log_head WHERE only_one = 1")
        .fetch_one(c)
        .await?;
    Ok(Head {
        size: number(&found, "size")?,
        note: row::text(&found, "note")?,
        published_size: number(&found, "published_size")?,
        published_at: row::time(&found, "published_at")?,
    })
}

/// Leaves without a position whose ids are from `from` to below `to`, in order of their ids, at most `limit`.
///
/// # Errors
/// On a database failure.
pub async fn unsequenced(c: &mut Conn, from: &str, to: &str, limit: i64) -> Result<Vec<Leaf>, StoreError> {
    let rows = sqlx::query(
        "SELECT l.id AS id, l.at AS at, l.entry AS entry FROM audit_leaves l \
         LEFT JOIN log_positions p ON p.leaf_id = l.id \
         WHERE p.leaf_id IS NULL AND l.id >= $1 AND l.id < $2 ORDER BY l.id LIMIT $3",
    )
    .bind(from)
    .bind(to)
    .bind(limit)
    .fetch_all(c)
    .await?;
    rows.iter().map(leaf).collect()
}

/// The id that lies `count` leaves behind `from`; none when there are not so many.
///
/// # Errors
/// On a database failure.
pub async fn id_behind(c: &mut Conn, from: &str, count: i64) -> Result<Option<String>, StoreError> {
    let found = sqlx::query("SELECT id FROM audit_leaves WHERE id >= $1 ORDER BY id LIMIT 1 OFFSET $2")
        .bind(from)
        .bind(count)
        .fetch_optional(c)
        .await?;
    found.as_ref().map(|r| row::text(r, "id")).transpose()
}

/// Leaves of a subject with ids from `from` to below `to`, whether they have a position or not.
///
/// # Errors
/// On a database failure.
pub async fn leaves_of(c: &mut Conn, subject: &str, from: &str, to: &str) -> Result<Vec<Leaf>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, at, entry FROM audit_leaves WHERE id >= $1 AND id < $2 AND subject = $3 ORDER BY id",
    )
    .bind(from)
    .bind(to)
    .bind(subject)
    .fetch_all(c)
    .await?;
    rows.iter().map(leaf).collect()
}

/// Adds a round to the log, if its head is still the newest. False: another process was faster, or is at it.
///
/// # Errors
/// On a database failure; then nothing was written.
pub async fn append(c: &mut Conn, round: &Round, now: Timestamp) -> Result<bool, StoreError> {
    if c.backend_name() == "PostgreSQL" && !lock(c).await? {
        return Ok(false);
    }
    let (from, to) = (&round.from, &round.to);
    let done = sqlx::query(
        "UPDATE log_head SET size = $1, note = $2, published_size = $3, published_at = $4 \
         WHERE only_one = 1 AND size = $5 AND note = $6 AND published_size = $7",
    )
    .bind(signed(to.size)?)
    .bind(&to.note)
    .bind(signed(to.published_size)?)
    .bind(to.published_at.0)
    .bind(signed(from.size)?)
    .bind(&from.note)
    .bind(signed(from.published_size)?)
    .execute(&mut *c)
    .await?;
    if done.rows_affected() != 1 {
        return Ok(false);
    }
    insert_positions(c, from.size, &round.positions).await?;
    insert_nodes(c, &round.nodes).await?;
    if to.published_size > from.published_size {
        sqlx::query("INSERT INTO log_checkpoints (size, note, published_at) VALUES ($1, $2, $3)")
            .bind(signed(to.size)?)
            .bind(&to.note)
            .bind(now.0)
            .execute(c)
            .await?;
    }
    Ok(true)
}

/// One sequencer at a time; held until the end of the transaction.
async fn lock(c: &mut Conn) -> Result<bool, StoreError> {
    let found = sqlx::query(
        "SELECT CAST(CASE WHEN pg_try_advisory_xact_lock($1) THEN 1 ELSE 0 END AS BIGINT) AS got",
    )
    .bind(SEQUENCER_LOCK)
    .fetch_one(c)
    .await?;
    row::flag(&found, "got")
}

async fn insert_positions(c: &mut Conn, first: u64, new: &[NewPosition]) -> Result<(), StoreError> {
    let mut next = signed(first)?;
    for some in new.chunks(MOST) {
        let (sql, size) = POSITIONS.sql(c, some.len());
        let mut query = sqlx::query(sql);
        for it in some {
            query = query
                .bind(it.leaf_id.as_str())
                .bind(next)
                .bind(&it.hash[..])
                .bind(it.subject.as_str())
                .bind(it.object.as_str())
                .bind(it.actor.as_str())
                .bind(it.action.as_str());
            next += 1;
        }
        for _ in some.len()..size {
            query = query.bind("").bind(0i64).bind(&[][..] as &[u8]);
            query = query.bind("").bind("").bind("").bind("");
        }
        query.execute(&mut *c).await?;
    }
    Ok(())
}

async fn insert_nodes(c: &mut Conn, new: &[(Node, Hash)]) -> Result<(), StoreError> {
    for some in new.chunks(MOST) {
        let (sql, size) = NODES.sql(c, some.len());
        let mut query = sqlx::query(sql);
        for (node, hash) in some {
            query = query
                .bind(i64::from(node.level))
                .bind(signed(node.index)?)
                .bind(&hash[..]);
        }
        for _ in some.len()..size {
            query = query.bind(0i64).bind(0i64).bind(&[][..] as &[u8]);
        }
        query.execute(&mut *c).await?;
    }
    Ok(())
}

/// The stored hashes of `count` neighbours of one level, from `first` on. Level 0 are the leaves.
///
/// # Errors
/// On a database failure, or when one is missing.
pub async fn hashes(c: &mut Conn, level: u32, first: u64, count: u64) -> Result<Vec<Hash>, StoreError> {
    let sql = if level == 0 {
        "SELECT leaf_hash AS hash FROM log_positions \
         WHERE $1 = CAST(0 AS BIGINT) AND position >= $2 AND position < $3 ORDER BY position"
    } else {
        "SELECT hash FROM log_nodes WHERE level = $1 AND place >= $2 AND place < $3 ORDER BY place"
    };
    let rows = sqlx::query(sql)
        .bind(i64::from(level))
        .bind(signed(first)?)
        .bind(signed(first.saturating_add(count))?)
        .fetch_all(c)
        .await?;
    if rows.len() as u64 != count {
        let what = format!("{} of {count} hashes", rows.len());
        return Err(StoreError::inconsistent(
            "log_nodes",
            format!("level {level}, from {first}"),
            what,
        ));
    }
    rows.iter().map(|r| hash(r, "hash")).collect()
}

/// The position of the leaf with this hash, when it has one.
///
/// # Errors
/// On a database failure.
pub async fn position_of(c: &mut Conn, leaf_hash: &Hash) -> Result<Option<u64>, StoreError> {
    let found =
        sqlx::query("SELECT position FROM log_positions WHERE leaf_hash = $1 ORDER BY position LIMIT 1")
            .bind(&leaf_hash[..])
            .fetch_optional(c)
            .await?;
    found.as_ref().map(|r| number(r, "position")).transpose()
}

/// The newest leaves about a thing, at most `limit`, oldest of them first.
///
/// # Errors
/// On a database failure.
pub async fn about(c: &mut Conn, object: &str, limit: i64) -> Result<Vec<Placed>, StoreError> {
    let rows = sqlx::query(
        "SELECT p.position AS position, p.leaf_hash AS leaf_hash, l.entry AS entry FROM log_positions p \
         LEFT JOIN audit_leaves l ON l.id = p.leaf_id \
         WHERE p.object = $1 AND p.object <> '-' ORDER BY p.position DESC LIMIT $2",
    )
    .bind(object)
    .bind(limit)
    .fetch_all(c)
    .await?;
    rows.iter().rev().map(placed).collect()
}

/// Leaves from position `first` on, at most `limit`, in order.
///
/// # Errors
/// On a database failure.
pub async fn from_position(c: &mut Conn, first: u64, limit: u64) -> Result<Vec<Placed>, StoreError> {
    let rows = sqlx::query(
        "SELECT p.position AS position, p.leaf_hash AS leaf_hash, l.entry AS entry FROM log_positions p \
         LEFT JOIN audit_leaves l ON l.id = p.leaf_id \
         WHERE p.position >= $1 AND p.position < $2 ORDER BY p.position",
    )
    .bind(signed(first)?)
    .bind(signed(first.saturating_add(limit))?)
    .fetch_all(c)
    .await?;
    rows.iter().map(placed).collect()
}

/// Published checkpoints of more than `size` entries, smallest first, at most `limit`: size and note.
///
/// # Errors
/// On a database failure.
pub async fn checkpoints_above(
    c: &mut Conn,
    size: u64,
    limit: i64,
) -> Result<Vec<(u64, String)>, StoreError> {
    let rows = sqlx::query("SELECT size, note FROM log_checkpoints WHERE size > $1 ORDER BY size LIMIT $2")
        .bind(signed(size)?)
        .bind(limit)
        .fetch_all(c)
        .await?;
    rows.iter()
        .map(|r| Ok((number(r, "size")?, row::text(r, "note")?)))
        .collect()
}

/// The newest published checkpoint.
///
/// # Errors
/// On a database failure.
pub async fn newest_checkpoint(c: &mut Conn) -> Result<Option<String>, StoreError> {
    let found = sqlx::query("SELECT note FROM log_checkpoints ORDER BY size DESC LIMIT 1")
        .fetch_optional(c)
        .await?;
    found.as_ref().map(|r| row::text(r, "note")).transpose()
}

fn leaf(r: &AnyRow) -> Result<Leaf, StoreError> {
    Ok(Leaf {
        id: row::text(r, "id")?,
        at: row::time(r, "at")?,
        entry: row::bytes(r, "entry")?,
    })
}

fn placed(r: &AnyRow) -> Result<Placed, StoreError> {
    Ok(Placed {
        position: number(r, "position")?,
        hash: hash(r, "leaf_hash")?,
        entry: row::optional_bytes(r, "entry")?,
    })
}

fn hash(r: &AnyRow, column: &str) -> Result<Hash, StoreError> {
    let bytes = row::bytes(r, column)?;
    bytes
        .try_into()
        .map_err(|_| StoreError::inconsistent("log", column, "not a hash"))
}

fn number(r: &AnyRow, column: &str) -> Result<u64, StoreError> {
    let value = row::int(r, column)?;
    u64::try_from(value).map_err(|e| StoreError::inconsistent("log", column, e))
}

fn signed(value: u64) -> Result<i64, StoreError> {
    i64::try_from(value).map_err(|e| StoreError::inconsistent("log", value.to_string(), e))
}

/// Behind the ids of all leaves, in any collation.
pub const END: &str = "av";
/// Any number, the same in all processes: `warifu` in hexadecimal.
const SEQUENCER_LOCK: i64 = 0x7761_7269_6675;

static POSITIONS: Rows = Rows::new(
    "INSERT INTO log_positions (leaf_id, position, leaf_hash, subject, object, actor, action) \
     SELECT column1, column2, column3, column4, column5, column6, column7 FROM",
    "tnbtttt",
    "WHERE column1 <> ''",
);
/// Leaves lie elsewhere, so level 0 is padding.
static NODES: Rows = Rows::new(
    "INSERT INTO log_nodes (level, place, hash) SELECT column1, column2, column3 FROM",
    "nnb",
    "WHERE column1 > 0",
);
