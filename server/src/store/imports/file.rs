//! The file of an import, part by part: its bytes while they are needed, and their end.

use warifu_shared::clock::Timestamp;
use warifu_shared::ids::{ImportId, StaffId};

use super::State;
use crate::store::{Conn, StoreError, row};

/// Begins: the file is coming in.
///
/// # Errors
/// On a database failure.
pub async fn begin(
    c: &mut Conn,
    id: &ImportId,
    name: &str,
    by: &StaffId,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO imports (id, state, file_name, uploaded_by, created_at, changed_at) VALUES ($1, $2, $3, $4, $5, $5)",
    )
    .bind(id.as_str())
    .bind(State::Uploading.name())
    .bind(name)
    .bind(by.as_str())
    .bind(now.0)
    .execute(c)
    .await?;
    Ok(())
}

/// Keeps the next part of the file.
///
/// # Errors
/// On a database failure.
pub async fn add_part(c: &mut Conn, id: &ImportId, place: i64, bytes: &[u8]) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO import_parts (import_id, place, bytes) VALUES ($1, $2, $3)")
        .bind(id.as_str())
        .bind(place)
        .bind(bytes)
        .execute(c)
        .await?;
    Ok(())
}

/// Parts of the file from `place` on.
///
/// # Errors
/// On a database failure.
pub async fn parts(c: &mut Conn, id: &ImportId, place: i64, count: i64) -> Result<Vec<u8>, StoreError> {
    let rows = sqlx::query(
        "SELECT bytes FROM import_parts WHERE import_id = $1 AND place >= $2 AND place < $3 ORDER BY place",
    )
    .bind(id.as_str())
    .bind(place)
    .bind(place + count)
    .fetch_all(c)
    .await?;
    let mut all = Vec::new();
    for r in &rows {
        all.extend(row::bytes(r, "bytes")?);
    }
    Ok(all)
}

/// The import that has this file and was not cancelled.
///
/// # Errors
/// On a database failure.
pub async fn with_file(c: &mut Conn, hash: &str) -> Result<Option<String>, StoreError> {
    let found = sqlx::query("SELECT id FROM imports WHERE live_hash = $1")
        .bind(hash)
        .fetch_optional(c)
        .await?;
    found.as_ref().map(|r| row::text(r, "id")).transpose()
}

/// The file is there. It is looked at next, or is unfit (`characters` empty). False when it is no longer coming in; a file
/// that is there already is a unique violation.
///
/// # Errors
/// On a database failure.
pub async fn uploaded(
    c: &mut Conn,
    id: &ImportId,
    hash: &str,
    characters: Option<(&str, i64)>,
    bytes: i64,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let state = if characters.is_some() {
        State::Checking
    } else {
        State::Unfit
    };
    let (name, skipped) = characters.unwrap_or_default();
    let done = sqlx::query(
        "UPDATE imports SET state = $2, file_hash = $3, live_hash = $4, characters = $5, bytes = $6, bytes_read = $7, \
         changed_at = $8 WHERE id = $1 AND state = $9",
    )
    .bind(id.as_str())
    .bind(state.name())
    .bind(hash)
    .bind(characters.map(|_| hash))
    .bind(name)
    .bind(bytes)
    .bind(skipped)
    .bind(now.0)
    .bind(State::Uploading.name())
    .execute(c)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Erases what the file brought: its bytes, and rows that have not become accounts.
///
/// # Errors
/// On a database failure.
pub async fn erase(c: &mut Conn, id: &ImportId) -> Result<(), StoreError> {
    erase_parts(c, id).await?;
    sqlx::query("DELETE FROM import_rows WHERE import_id = $1")
        .bind(id.as_str())
        .execute(c)
        .await?;
    Ok(())
}

/// Erases the bytes of the file.
///
/// # Errors
/// On a database failure.
pub async fn erase_parts(c: &mut Conn, id: &ImportId) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM import_parts WHERE import_id = $1")
        .bind(id.as_str())
        .execute(c)
        .await?;
    Ok(())
}
