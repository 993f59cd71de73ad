//! How hints fared on their way to each device: the last word of its push service (PUSH-04).

use warifu_shared::clock::Timestamp;
use warifu_shared::ids::DeviceId;

use super::{Conn, StoreError, row};

/// How one hint fared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fared {
    /// The service took it, after so many milliseconds.
    Taken {
        /// From the beginning of the first try.
        took_ms: i64,
    },
    /// It did not: the answer's status, or `unreachable`.
    Failed {
        /// Why, in a word.
        why: String,
    },
}

/// The last word about a device.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Health {
    /// When a hint was taken last.
    pub delivered_at: Option<Timestamp>,
    /// How long that took, in milliseconds.
    pub took_ms: Option<i64>,
    /// When one failed last.
    pub failed_at: Option<Timestamp>,
    /// Failures since the last that was taken.
    pub failures: i64,
    /// Why the last one failed.
    pub why: Option<String>,
}

/// Notes how a hint fared.
///
/// # Errors
/// On a database failure.
pub async fn note(
    c: &mut Conn,
    device: &DeviceId,
    fared: &Fared,
    times: i64,
    at: Timestamp,
) -> Result<(), StoreError> {
    match fared {
        Fared::Taken { took_ms } => {
            sqlx::query(
                "INSERT INTO push_health (device_id, delivered_at, took_ms, failures) VALUES ($1, $2, $3, 0) \
                 ON CONFLICT (device_id) DO UPDATE SET delivered_at = excluded.delivered_at, \
                 took_ms = excluded.took_ms, failures = 0",
            )
            .bind(device.as_str())
            .bind(at.0)
            .bind(*took_ms)
            .execute(c)
            .await?;
        }
        Fared::Failed { why } => {
            sqlx::query(
                "INSERT INTO push_health (device_id, failed_at, failures, why) VALUES ($1, $2, $3, $4) \
                 ON CONFLICT (device_id) DO UPDATE SET failed_at = excluded.failed_at, \
                 failures = push_health.failures + excluded.failures, why = excluded.why",
            )
            .bind(device.as_str())
            .bind(at.0)
            .bind(times)
            .bind(why.as_str())
            .execute(c)
            .await?;
        }
    }
    Ok(())
}

/// The last word about a device; nothing when none was ever sent.
///
/// # Errors
/// On a database failure.
pub async fn of(c: &mut Conn, device: &DeviceId) -> Result<Option<Health>, StoreError> {
    let found = sqlx::query("SELECT * FROM push_health WHERE device_id = $1")
        .bind(device.as_str())
        .fetch_optional(c)
        .await?;
    found
        .map(|r| {
            Ok(Health {
                delivered_at: row::optional_int(&r, "delivered_at")?.map(Timestamp),
                took_ms: row::optional_int(&r, "took_ms")?,
                failed_at: row::optional_int(&r, "failed_at")?.map(Timestamp),
                failures: row::int(&r, "failures")?,
                why: row::optional_text(&r, "why")?,
            })
        })
        .transpose()
}
