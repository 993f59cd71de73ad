//! The letters of an import: which accounts still wait for their customers, and new codes for them.

use warifu_shared::clock::Timestamp;
use warifu_shared::ids::{AccountId, ImportId, StaffId};

use super::many::{Value, among, insert};
use crate::store::{Conn, StoreError, row};

/// A letter to write.
#[derive(Debug, Clone)]
pub struct Addressee {
    /// The number of the letter, from 1.
    pub place: i64,
    /// The account.
    pub account: AccountId,
    /// Its number.
    pub number: String,
    /// The customer's name.
    pub name: String,
    /// The language, as stored.
    pub language: String,
}

/// The next letters from `from` to `to`, of accounts that wait for their customers. Each account stays as it is until the
/// transaction ends.
///
/// # Errors
/// On a database failure.
pub async fn next(
    c: &mut Conn,
    id: &ImportId,
    (from, to): (i64, i64),
    limit: i64,
) -> Result<Vec<Addressee>, StoreError> {
    sqlx::query(
        "UPDATE accounts SET language = language WHERE state = 'opened' AND id IN (SELECT account_id FROM import_accounts \
         WHERE import_id = $1 AND place >= $2 AND place <= $3 ORDER BY place LIMIT $4)",
    )
    .bind(id.as_str())
    .bind(from)
    .bind(to)
    .bind(limit)
    .execute(&mut *c)
    .await?;
    let rows = sqlx::query(
        "SELECT i.place, a.id, a.number, a.customer_name, a.language FROM import_accounts i \
         JOIN accounts a ON a.id = i.account_id WHERE i.import_id = $1 AND i.place >= $2 AND i.place <= $3 \
         AND i.place < $2 + $4 AND a.state = 'opened' ORDER BY i.place",
    )
    .bind(id.as_str())
    .bind(from)
    .bind(to)
    .bind(limit)
    .fetch_all(c)
    .await?;
    rows.iter()
        .map(|r| {
            Ok(Addressee {
                place: row::int(r, "place")?,
                account: row::parsed(r, "accounts", "id")?,
                number: row::text(r, "number")?,
                name: row::text(r, "customer_name")?,
                language: row::text(r, "language")?,
            })
        })
        .collect()
}

/// New codes, each in the place of the older one, with all tries; ways that were begun with an older one end.
///
/// # Errors
/// On a database failure.
pub async fn issue(
    c: &mut Conn,
    codes: &[(AccountId, String)],
    by: &str,
    (now, until): (Timestamp, Timestamp),
) -> Result<(), StoreError> {
    let accounts: Vec<&str> = codes.iter().map(|(account, _)| account.as_str()).collect();
    let head = "UPDATE activations SET step = $1, live_slot = NULL WHERE live_slot IN";
    among(c, head, crate::store::activations::ENDED, &accounts, "").await?;
    let rows: Vec<Vec<Value<'_>>> = codes
        .iter()
        .map(|(account, mac)| {
            vec![
                Value::Text(account.as_str()),
                Value::Text("live"),
                Value::Text(mac),
                Value::Text(by),
                Value::Number(now.0),
                Value::Number(until.0),
            ]
        })
        .collect();
    let head = "INSERT INTO activation_codes (account_id, state, mac, issued_by, issued_at, expires_at)";
    let tail = "ON CONFLICT (account_id) DO UPDATE SET state = excluded.state, mac = excluded.mac, wrong_tries = 0, \
                issued_by = excluded.issued_by, issued_at = excluded.issued_at, expires_at = excluded.expires_at";
    insert(c, head, &rows, tail).await?;
    let moment = now.0.to_string();
    let head = "UPDATE import_accounts SET letter_at = CAST($1 AS BIGINT) WHERE account_id IN";
    among(c, head, &moment, &accounts, "").await?;
    Ok(())
}

/// Somebody asks to collect the letters: nobody may, until another has allowed it. False when no account was opened.
///
/// # Errors
/// On a database failure.
pub async fn ask(c: &mut Conn, id: &ImportId, by: &StaffId, now: Timestamp) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE imports SET letters_by = $2, letters_asked_at = $3, letters_until = 0 WHERE id = $1 AND opened > 0",
    )
    .bind(id.as_str())
    .bind(by.as_str())
    .bind(now.0)
    .execute(c)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Another allows what `asker` has asked since `since`, until `until`; false when it is not so any more.
///
/// # Errors
/// On a database failure.
pub async fn allow(
    c: &mut Conn,
    id: &ImportId,
    by: &StaffId,
    asker: &str,
    (since, until): (Timestamp, Timestamp),
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE imports SET letters_until = $5 WHERE id = $1 AND letters_until = 0 AND letters_by <> $2 \
         AND letters_by = $3 AND letters_asked_at > $4",
    )
    .bind(id.as_str())
    .bind(by.as_str())
    .bind(asker)
    .bind(since.0)
    .bind(until.0)
    .execute(c)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// How many letters were made.
///
/// # Errors
/// On a database failure.
pub async fn made(c: &mut Conn, id: &ImportId) -> Result<i64, StoreError> {
    let found = sqlx::query(
        "SELECT COUNT(*) AS made FROM import_accounts WHERE import_id = $1 AND letter_at IS NOT NULL",
    )
    .bind(id.as_str())
    .fetch_one(c)
    .await?;
    row::int(&found, "made")
}
