//! The mail queue's table. A mail is `queued`, `sending` under a lease, then `sent`, `failed`, `expired` or `void`.

use sqlx::Row;
use sqlx::any::AnyRow;
use warifu_shared::clock::Timestamp;
use warifu_shared::display::Language;
use warifu_shared::ids::{AccountId, CodeId, MailId};

use super::{Conn, StoreError};

/// A sealed mail that carries no code, to be queued with its cause.
#[derive(Debug, Clone)]
pub struct MailRow {
    /// Its id, also the context of the seal.
    pub id: MailId,
    /// The customer.
    pub account: AccountId,
    /// The template's name.
    pub template: &'static str,
    /// The language of the text.
    pub language: Language,
    /// Address and parameters, sealed.
    pub sealed: Vec<u8>,
    /// When it stops being worth sending.
    pub expires_at: Timestamp,
    /// Now.
    pub created_at: Timestamp,
}

/// A mail to be queued.
pub struct NewRow<'a> {
    /// Its id, also the context of the seal.
    pub id: &'a MailId,
    /// The customer.
    pub account: &'a AccountId,
    /// The template's name.
    pub template: &'a str,
    /// The language of the text.
    pub language: Language,
    /// Address and parameters, sealed.
    pub sealed: &'a [u8],
    /// When it stops being worth sending.
    pub expires_at: Timestamp,
    /// The code it carries.
    pub code: Option<&'a CodeId>,
    /// Now.
    pub created_at: Timestamp,
}

/// A mail that this worker may send until the lease ends.
pub struct Claimed {
    /// The mail.
    pub id: MailId,
    /// The customer.
    pub account: AccountId,
    /// The template's name.
    pub template: String,
    /// The language of the text.
    pub language: Language,
    /// Address and parameters, sealed.
    pub sealed: Vec<u8>,
    /// How many attempts this makes, counted from 1. Also tells this claim from a later one.
    pub tries: i64,
    /// When it stops being worth sending.
    pub expires_at: Timestamp,
}

/// What a page needs to know about a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// The state's name.
    pub state: String,
    /// Attempts so far.
    pub tries: i64,
    /// When it was queued.
    pub created_at: Timestamp,
}

/// Puts a mail into the queue.
///
/// # Errors
/// [`StoreError`] when the database refuses.
pub async fn insert(conn: &mut Conn, row: &NewRow<'_>) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO mails (id, account_id, template, language, sealed, state, next_try_at, expires_at, code_id, created_at)
         VALUES ($1, $2, $3, $4, $5, 'queued', $6, $7, $8, $9)",
    )
    .bind(row.id.as_str())
    .bind(row.account.as_str())
    .bind(row.template)
    .bind(row.language.pick("ja", "en"))
    .bind(row.sealed)
    .bind(row.created_at.0)
    .bind(row.expires_at.0)
    .bind(row.code.map(CodeId::as_str))
    .bind(row.created_at.0)
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes up to `limit` due mails, codes first, until `lease_end`. One conditional UPDATE: two workers never get the same
/// mail, and a mail whose worker died comes back when its lease is over.
///
/// # Errors
/// [`StoreError`] when the database refuses or a row cannot be read.
pub async fn claim(
    conn: &mut Conn,
    now: Timestamp,
    lease_end: Timestamp,
    limit: i64,
) -> Result<Vec<Claimed>, StoreError> {
    let rows = sqlx::query(
        "UPDATE mails SET state = 'sending', tries = tries + 1, next_try_at = $1
         WHERE id IN (
             SELECT id FROM mails
             WHERE state IN ('queued', 'sending') AND next_try_at <= $2 AND expires_at > $2
             ORDER BY CASE WHEN code_id IS NULL THEN 1 ELSE 0 END, next_try_at LIMIT $3
         ) AND state IN ('queued', 'sending') AND next_try_at <= $2
         RETURNING id, account_id, template, language, sealed, tries, expires_at",
    )
    .bind(lease_end.0)
    .bind(now.0)
    .bind(limit)
    .fetch_all(conn)
    .await?;
    rows.iter().map(read).collect()
}

/// Closes a claimed mail as `sent` and wipes its contents. False when the claim is no longer ours.
///
/// # Errors
/// [`StoreError`] when the database refuses.
pub async fn sent(conn: &mut Conn, mail: &Claimed, now: Timestamp) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE mails SET state = 'sent', sealed = NULL, sent_at = $1, failure = NULL
         WHERE id = $2 AND state = 'sending' AND tries = $3",
    )
    .bind(now.0)
    .bind(mail.id.as_str())
    .bind(mail.tries)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Closes a claimed mail as `failed` and wipes its contents.
///
/// # Errors
/// [`StoreError`] when the database refuses.
pub async fn failed(conn: &mut Conn, mail: &Claimed, why: &str) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE mails SET state = 'failed', sealed = NULL, failure = $1
         WHERE id = $2 AND state = 'sending' AND tries = $3",
    )
    .bind(why)
    .bind(mail.id.as_str())
    .bind(mail.tries)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Puts a claimed mail back until `next_try_at`.
///
/// # Errors
/// [`StoreError`] when the database refuses.
pub async fn retry(
    conn: &mut Conn,
    mail: &Claimed,
    next_try_at: Timestamp,
    why: &str,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE mails SET state = 'queued', next_try_at = $1, failure = $2
         WHERE id = $3 AND state = 'sending' AND tries = $4",
    )
    .bind(next_try_at.0)
    .bind(why)
    .bind(mail.id.as_str())
    .bind(mail.tries)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Closes and wipes every mail that came too late; one being sent keeps its lease. Returns how many.
///
/// # Errors
/// [`StoreError`] when the database refuses.
pub async fn expire(conn: &mut Conn, now: Timestamp) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "UPDATE mails SET state = 'expired', sealed = NULL
         WHERE expires_at <= $1 AND (state = 'queued' OR (state = 'sending' AND next_try_at <= $1))",
    )
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

/// Closes and wipes the waiting mails of a code that is no longer good: a code mail dies with its code (CODE-17).
///
/// # Errors
/// [`StoreError`] when the database refuses.
pub async fn void_code(conn: &mut Conn, code: &CodeId) -> Result<u64, StoreError> {
    let done =
        sqlx::query("UPDATE mails SET state = 'void', sealed = NULL WHERE code_id = $1 AND state = 'queued'")
            .bind(code.as_str())
            .execute(conn)
            .await?;
    Ok(done.rows_affected())
}

/// When the next mail is due, if any waits.
///
/// # Errors
/// [`StoreError`] when the database refuses.
pub async fn next_due(conn: &mut Conn) -> Result<Option<Timestamp>, StoreError> {
    let row = sqlx::query("SELECT min(next_try_at) AS due FROM mails WHERE state IN ('queued', 'sending')")
        .fetch_one(conn)
        .await?;
    Ok(row.try_get::<Option<i64>, _>("due")?.map(Timestamp))
}

/// How far the newest mail of a code has come.
///
/// # Errors
/// [`StoreError`] when the database refuses.
pub async fn progress(conn: &mut Conn, code: &CodeId) -> Result<Option<Progress>, StoreError> {
    let row = sqlx::query(
        "SELECT state, tries, created_at FROM mails WHERE code_id = $1 ORDER BY created_at DESC, id LIMIT 1",
    )
    .bind(code.as_str())
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        let created_at = Timestamp(row.try_get("created_at")?);
        Ok(Progress {
            state: row.try_get("state")?,
            tries: row.try_get("tries")?,
            created_at,
        })
    })
    .transpose()
}

/// Whether a mail of this kind was queued for the account since `from`.
///
/// # Errors
/// [`StoreError`] when the database refuses.
pub async fn queued_since(
    conn: &mut Conn,
    account: &AccountId,
    template: &str,
    from: Timestamp,
) -> Result<bool, StoreError> {
    let found = sqlx::query(
        "SELECT id FROM mails WHERE account_id = $1 AND template = $2 AND created_at > $3 LIMIT 1",
    )
    .bind(account.as_str())
    .bind(template)
    .bind(from.0)
    .fetch_optional(conn)
    .await?;
    Ok(found.is_some())
}

/// Deletes the rows of finished mails queued before `before`. Returns how many.
///
/// # Errors
/// [`StoreError`] when the database refuses.
pub async fn prune(conn: &mut Conn, before: Timestamp) -> Result<u64, StoreError> {
    let done = sqlx::query("DELETE FROM mails WHERE created_at < $1 AND state NOT IN ('queued', 'sending')")
        .bind(before.0)
        .execute(conn)
        .await?;
    Ok(done.rows_affected())
}

fn read(row: &AnyRow) -> Result<Claimed, StoreError> {
    let id: String = row.try_get("id")?;
    let broken = |what: &'static str| StoreError::inconsistent("mails", id.clone(), what);
    let language: String = row.try_get("language")?;
    Ok(Claimed {
        id: id.parse().map_err(|_| broken("id"))?,
        account: row
            .try_get::<String, _>("account_id")?
            .parse()
            .map_err(|_| broken("account_id"))?,
        template: row.try_get("template")?,
        language: match language.as_str() {
            "ja" => Language::Ja,
            "en" => Language::En,
            _ => return Err(broken("language")),
        },
        sealed: row
            .try_get::<Option<Vec<u8>>, _>("sealed")?
            .ok_or_else(|| broken("sealed"))?,
        tries: row.try_get("tries")?,
        expires_at: Timestamp(row.try_get("expires_at")?),
    })
}
