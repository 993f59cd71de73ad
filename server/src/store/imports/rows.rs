//! The rows of an import: those that can become accounts, and what is wrong with the others.

use std::collections::{BTreeMap, BTreeSet};

use warifu_shared::clock::Timestamp;
use warifu_shared::ids::{AccountId, AddressId, ImportId};

use super::many::{Value, among, insert};
use crate::domain::customer_file::{Customer, Problem};
use crate::store::{Conn, StoreError, row};

/// A good row.
#[derive(Debug, Clone)]
pub struct Good {
    /// Its line.
    pub line: i64,
    /// The customer.
    pub customer: Customer,
}

/// What is wrong with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wrong {
    /// The line.
    pub line: i64,
    /// What.
    pub problem: Problem,
    /// The other line, where there is one.
    pub other_line: Option<i64>,
}

/// Which of these numbers stand in the file already, with their lines.
///
/// # Errors
/// On a database failure.
pub async fn seen(
    c: &mut Conn,
    id: &ImportId,
    numbers: &[&str],
) -> Result<BTreeMap<String, i64>, StoreError> {
    let head = "SELECT number, line FROM import_rows WHERE import_id = $1 AND number IN";
    let rows = among(c, head, id.as_str(), numbers, "").await?;
    rows.iter()
        .map(|r| Ok((row::text(r, "number")?, row::int(r, "line")?)))
        .collect()
}

/// Which of these numbers have an account.
///
/// # Errors
/// On a database failure.
pub async fn taken(c: &mut Conn, numbers: &[&str]) -> Result<BTreeSet<String>, StoreError> {
    let head = "SELECT number FROM accounts WHERE number <> $1 AND number IN";
    let rows = among(c, head, "", numbers, "").await?;
    rows.iter().map(|r| row::text(r, "number")).collect()
}

/// Keeps good rows.
///
/// # Errors
/// On a database failure.
pub async fn keep(c: &mut Conn, id: &ImportId, rows: &[Good]) -> Result<(), StoreError> {
    let values: Vec<Vec<Value<'_>>> = rows
        .iter()
        .map(|it| {
            let mail = it.customer.mail.as_ref().map_or("", |mail| mail.as_str());
            vec![
                Value::Text(id.as_str()),
                Value::Number(it.line),
                Value::Text(it.customer.number.as_str()),
                Value::Text(&it.customer.name),
                Value::Text(it.customer.language.pick("ja", "en")),
                Value::Text(mail),
            ]
        })
        .collect();
    let head = "INSERT INTO import_rows (import_id, line, number, name, language, mail)";
    insert(c, head, &values, "").await?;
    Ok(())
}

/// Keeps what is wrong.
///
/// # Errors
/// On a database failure.
pub async fn complain(c: &mut Conn, id: &ImportId, wrong: &[Wrong]) -> Result<(), StoreError> {
    let mut place = (0, 0);
    let values: Vec<Vec<Value<'_>>> = wrong
        .iter()
        .map(|it| {
            place = if place.0 == it.line {
                (it.line, place.1 + 1)
            } else {
                (it.line, 0)
            };
            vec![
                Value::Text(id.as_str()),
                Value::Number(it.line),
                Value::Number(place.1),
                Value::Text(it.problem.name()),
                Value::Maybe(it.other_line),
            ]
        })
        .collect();
    let head = "INSERT INTO import_errors (import_id, line, place, problem, other_line)";
    insert(c, head, &values, "").await?;
    Ok(())
}

/// What is wrong, in the order of the lines, after a line.
///
/// # Errors
/// On a database failure.
pub async fn wrong(c: &mut Conn, id: &ImportId, after: i64, limit: i64) -> Result<Vec<Wrong>, StoreError> {
    let rows = sqlx::query(
        "SELECT line, problem, other_line FROM import_errors WHERE import_id = $1 AND line > $2 \
         ORDER BY line, place LIMIT $3",
    )
    .bind(id.as_str())
    .bind(after)
    .bind(limit)
    .fetch_all(c)
    .await?;
    rows.iter()
        .map(|r| {
            Ok(Wrong {
                line: row::int(r, "line")?,
                problem: row::read(r, "import_errors", "problem", Problem::read)?,
                other_line: row::optional_int(r, "other_line")?,
            })
        })
        .collect()
}

/// A row that is to become an account.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// Its line.
    pub line: i64,
    /// The number.
    pub number: String,
    /// The name.
    pub name: String,
    /// The language, as stored.
    pub language: String,
    /// The address; empty without one.
    pub mail: String,
}

/// The next rows.
///
/// # Errors
/// On a database failure.
pub async fn next(c: &mut Conn, id: &ImportId, limit: i64) -> Result<Vec<Waiting>, StoreError> {
    let rows = sqlx::query(
        "SELECT line, number, name, language, mail FROM import_rows WHERE import_id = $1 ORDER BY line LIMIT $2",
    )
    .bind(id.as_str())
    .bind(limit)
    .fetch_all(c)
    .await?;
    rows.iter()
        .map(|r| {
            Ok(Waiting {
                line: row::int(r, "line")?,
                number: row::text(r, "number")?,
                name: row::text(r, "name")?,
                language: row::text(r, "language")?,
                mail: row::text(r, "mail")?,
            })
        })
        .collect()
}

/// Opens accounts for rows, whose numbers nobody has; gives the numbers of those that were opened. The rows go.
///
/// # Errors
/// On a database failure.
pub async fn open(
    c: &mut Conn,
    import: &ImportId,
    before: i64,
    rows: &[(AccountId, Waiting)],
    now: Timestamp,
) -> Result<BTreeSet<String>, StoreError> {
    let accounts: Vec<Vec<Value<'_>>> = rows
        .iter()
        .map(|(id, it)| {
            vec![
                Value::Text(id.as_str()),
                Value::Text(&it.number),
                Value::Text(&it.name),
                Value::Text(&it.language),
                Value::Text(""),
                Value::Number(now.0),
                Value::Text("opened"),
            ]
        })
        .collect();
    let head = "INSERT INTO accounts (id, number, customer_name, language, password_hash, created_at, state)";
    let tail = "ON CONFLICT (number) DO NOTHING RETURNING number";
    let opened: BTreeSet<String> = insert(c, head, &accounts, tail).await?.into_iter().collect();
    let done: Vec<&(AccountId, Waiting)> = rows
        .iter()
        .filter(|(_, it)| opened.contains(&it.number))
        .collect();
    keep_addresses(c, &done, now).await?;
    let places: Vec<Vec<Value<'_>>> = done
        .iter()
        .zip(before + 1..)
        .map(|((id, _), place)| {
            vec![
                Value::Text(import.as_str()),
                Value::Number(place),
                Value::Text(id.as_str()),
            ]
        })
        .collect();
    let head = "INSERT INTO import_accounts (import_id, place, account_id)";
    insert(c, head, &places, "").await?;
    let last = rows.last().map_or(0, |(_, it)| it.line);
    sqlx::query("DELETE FROM import_rows WHERE import_id = $1 AND line <= $2")
        .bind(import.as_str())
        .bind(last)
        .execute(c)
        .await?;
    Ok(opened)
}

/// Keeps the addresses that the firm knows; nobody has proven them.
async fn keep_addresses(
    c: &mut Conn,
    rows: &[&(AccountId, Waiting)],
    now: Timestamp,
) -> Result<(), StoreError> {
    let addresses: Vec<AddressId> = rows.iter().map(|_| AddressId::random()).collect();
    let mails: Vec<Vec<Value<'_>>> = rows
        .iter()
        .zip(&addresses)
        .filter(|((_, it), _)| !it.mail.is_empty())
        .map(|((id, it), address)| {
            vec![
                Value::Text(address.as_str()),
                Value::Text(id.as_str()),
                Value::Text(&it.mail),
                Value::Text("authentication"),
                Value::Number(now.0),
            ]
        })
        .collect();
    insert(
        c,
        "INSERT INTO addresses (id, account_id, address, purpose, created_at)",
        &mails,
        "",
    )
    .await?;
    Ok(())
}
