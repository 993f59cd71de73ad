//! Everybody else: accounts with devices and a past, written by the database itself, so that a million takes a minute or two.
//! Nobody of them acts; they are what the active customers' rows lie between.

use sqlx::{AnyConnection, AssertSqlSafe, Connection};
use warifu_server::store::{Dialect, StoreError};
use warifu_shared::clock::Timestamp;
use warifu_shared::ids::ChallengeId;
use warifu_shared::keys::SigningKey;

/// Writes accounts past all operations, on a connection of its own.
pub struct Crowd {
    connection: AnyConnection,
    dialect: Dialect,
}

impl Crowd {
    /// Opens the database at `url`, whose schema a store has made.
    ///
    /// # Errors
    /// When the database is out of reach or of another kind.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let dialect =
            Dialect::of(url).ok_or_else(|| sqlx::Error::Configuration("unknown database kind".into()))?;
        let mut crowd = Self {
            connection: AnyConnection::connect(url).await?,
            dialect,
        };
        // Nothing of it has to survive a power cut before the end.
        crowd
            .run(match dialect {
                Dialect::Sqlite => &[
                    "PRAGMA synchronous = OFF",
                    "PRAGMA foreign_keys = OFF",
                    "PRAGMA temp_store = MEMORY",
                    "PRAGMA cache_size = -1048576",
                ],
                Dialect::Postgres => &["SET synchronous_commit TO OFF"],
            })
            .await?;
        Ok(crowd)
    }

    /// Writes accounts number `from` to `to` (`to` not among them), each with an address, a device with both keys and its
    /// subscription, and one approved login: attempt, challenge, copy, two leaves with details.
    ///
    /// # Errors
    /// On a database failure, also when one of them is there already.
    pub async fn grow(&mut self, from: u32, to: u32) -> Result<(), StoreError> {
        self.write(from, to, true).await
    }

    /// The same without leaves: the log is written by whoever needs one.
    ///
    /// # Errors
    /// As [`Self::grow`].
    pub async fn grow_without_log(&mut self, from: u32, to: u32) -> Result<(), StoreError> {
        self.write(from, to, false).await
    }

    async fn write(&mut self, from: u32, to: u32, with_leaves: bool) -> Result<(), StoreError> {
        if from >= to {
            return Ok(());
        }
        let names = match self.dialect {
            Dialect::Sqlite => format!(
                "CREATE TEMP TABLE crowd AS WITH RECURSIVE n (i) AS \
                 (SELECT {from} UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {to}) \
                 SELECT i, substr(lower(hex(randomblob(11))), 1, 22) AS k FROM n"
            ),
            Dialect::Postgres => format!(
                "CREATE TEMP TABLE crowd AS SELECT i, substr(replace(gen_random_uuid()::text, '-', ''), 1, 22) AS k \
                 FROM generate_series({from}, {to} - 1) AS n (i)"
            ),
        };
        let bytes = match self.dialect {
            Dialect::Sqlite => |size: usize| format!("zeroblob({size})"),
            Dialect::Postgres => |size: usize| format!("decode(repeat('00', {size}), 'hex')"),
        };
        self.run(&["BEGIN", &names]).await?;
        let mut all = rows(bytes);
        if with_leaves {
            all.extend(leaves(bytes));
        }
        for rows in all {
            self.run(&[&rows]).await?;
        }
        self.run(&["DROP TABLE crowd", "COMMIT"]).await
    }

    /// What staff watch, for the first `count` of the crowd: a challenge answered twenty seconds after `at`, a login that is
    /// locked for years, a device that pushes do not reach.
    ///
    /// # Errors
    /// On a database failure.
    pub async fn trouble(&mut self, count: u32, at: Timestamp) -> Result<(), StoreError> {
        // Such an id takes the place of the one of the crowd's challenge: its moment, then what made that one its own.
        let (moment, at) = (ChallengeId::from_moment(at), at.0);
        let crowd = format!("FROM accounts WHERE number >= '50000000' ORDER BY number LIMIT {count}");
        let challenges = format!(
            "INSERT INTO challenges (id, account_id, action, state, browser_hash, known_browser, source_prefix, number_sealed, \
             created_at, expires_at, decided_at, decided_by) \
             SELECT '{moment}' || substr(c.id, 13, 17), c.account_id, c.action, c.state, c.browser_hash, 1, c.source_prefix, \
             c.number_sealed, {at}, {at} + 120000, {at} + 20000, c.decided_by FROM challenges c \
             WHERE c.account_id IN (SELECT id {crowd})"
        );
        let locks = format!(
            "INSERT INTO failure_counters (account_id, kind, lane, failures, locks, locked_until) \
             SELECT id, 'password', 'unknown', 0, 1, {at} + 100000000000 {crowd}"
        );
        let pushes = format!(
            "INSERT INTO push_health (device_id, failed_at, failures, why) \
             SELECT 'dv_' || substr(id, 4), {at}, 3, 'gone' {crowd}"
        );
        self.run(&[&challenges, &locks, &pushes]).await
    }

    /// Writes everything to its place and lets the database look at it once, as it would have over the years.
    ///
    /// # Errors
    /// On a database failure.
    pub async fn settle(mut self) -> Result<(), StoreError> {
        self.run(match self.dialect {
            Dialect::Sqlite => &["PRAGMA synchronous = FULL", "PRAGMA wal_checkpoint(TRUNCATE)"],
            Dialect::Postgres => &["VACUUM ANALYZE", "CHECKPOINT"],
        })
        .await?;
        self.connection.close().await?;
        Ok(())
    }

    async fn run(&mut self, statements: &[&str]) -> Result<(), StoreError> {
        for statement in statements {
            sqlx::raw_sql(AssertSqlSafe(*statement))
                .execute(&mut self.connection)
                .await?;
        }
        Ok(())
    }
}

/// One statement a table. Rows of tables under a random key come in its order: the trees are filled page by page.
fn rows(bytes: impl Fn(usize) -> String) -> Vec<String> {
    let mut all = customers();
    all.extend(devices(&bytes));
    all.extend(logins(&bytes));
    all
}

fn text(size: usize) -> String {
    "x".repeat(size)
}

fn customers() -> Vec<String> {
    vec![
        format!(
            "INSERT INTO accounts (id, number, customer_name, language, password_hash, created_at) \
             SELECT 'ac_' || k, CAST(50000000 + i AS TEXT), CASE WHEN i % 500 = 0 THEN '{COMMON_NAME}' ELSE '負荷 試験' || (i % 30011) END, \
             'ja', '{}', {THEN} FROM crowd ORDER BY k",
            text(98)
        ),
        format!(
            "INSERT INTO addresses (id, account_id, address, purpose, proven_at, created_at) \
             SELECT 'ad_' || k, 'ac_' || k, 'c' || i || '@mail.example', 'authentication', {THEN}, {THEN} FROM crowd ORDER BY k"
        ),
    ]
}

fn devices(bytes: impl Fn(usize) -> String) -> Vec<String> {
    let (token, endpoint, secret) = (text(620), bytes(280), bytes(44));
    let mut all = vec![
        format!(
            "INSERT INTO devices (id, account_id, state, name, model, os, app_version, protection, method, source_prefix, \
             enrol_token, bound_at, confirmed_at, last_seen_at, last_prefix, expires_at) \
             SELECT 'dv_' || k, 'ac_' || k, 'active', '負荷試験', 'load', 'Linux', '0.1.0', 'keystore', 'link', \
             '192.0.2.0/24', '{token}', {THEN}, {THEN}, {THEN}, '192.0.2.0/24', {THEN} + 63072000000 FROM crowd ORDER BY k"
        ),
        format!(
            "INSERT INTO subscriptions (device_id, endpoint_sealed, p256dh, auth_sealed, created_at) \
             SELECT 'dv_' || k, {endpoint}, '{}', {secret}, {THEN} FROM crowd ORDER BY k",
            text(87)
        ),
    ];
    for (purpose, last) in [("request", 'r'), ("approval", 'a')] {
        all.push(format!(
            "INSERT INTO device_keys (kid, device_id, purpose, public_key) \
             SELECT k || '{}{last}', 'dv_' || k, '{purpose}', '{}' FROM crowd ORDER BY k",
            text(20),
            SigningKey::generate().public().to_b64()
        ));
    }
    all
}

fn logins(bytes: impl Fn(usize) -> String) -> Vec<String> {
    let (hash, token, jws, number) = (text(43), text(620), text(900), bytes(30));
    vec![
        format!(
            "INSERT INTO login_attempts (id, account_id, browser_hash, site, factor, state, challenge_id, known_browser, place, \
             network, browser, source_prefix, created_at, expires_at) \
             SELECT 'lg_0' || (10000000 + i) || k, 'ac_' || k, '{hash}', 'browser', 'app', 'done', \
             'ch_0' || (10000000 + i) || k, 1, 'JP-13', 'Demo Net', 'Firefox 145 / Windows', '192.0.2.0/24', {THEN}, {THEN} \
             FROM crowd ORDER BY i"
        ),
        format!(
            "INSERT INTO challenges (id, account_id, action, state, browser_hash, known_browser, source_prefix, number_sealed, \
             created_at, expires_at, decided_at, decided_by, match_via, decision_token, decision_hash, decision_request, consumed_at) \
             SELECT 'ch_0' || (10000000 + i) || k, 'ac_' || k, 'login', 'consumed', '{hash}', 1, '192.0.2.0/24', {number}, \
             {THEN}, {THEN}, {THEN}, 'dv_' || k, 'typed', '{token}', '{hash}', 'rq_' || k, {THEN} FROM crowd ORDER BY i"
        ),
        format!(
            "INSERT INTO challenge_copies (challenge_id, device_id, jws) \
             SELECT 'ch_0' || (10000000 + i) || k, 'dv_' || k, '{jws}' FROM crowd ORDER BY i"
        ),
    ]
}

fn leaves(bytes: impl Fn(usize) -> String) -> Vec<String> {
    let (salt, details, entry) = (text(22), text(70), bytes(300));
    let mut all = Vec::new();
    for (action, place) in [("challenge.created", 0), ("login.approved", 1)] {
        all.push(format!(
            "INSERT INTO audit_leaves (id, at, subject, action, entry) \
             SELECT 'au_0' || (10000000 + 2 * i + {place}) || k, {THEN}, 'ac_' || k, '{action}', {entry} FROM crowd ORDER BY i"
        ));
        all.push(format!(
            "INSERT INTO audit_details (leaf_id, salt, details) \
             SELECT 'au_0' || (10000000 + 2 * i + {place}) || k, '{salt}', '{details}' FROM crowd ORDER BY i"
        ));
    }
    all
}

/// The name of one in five hundred; of the others, about one in thirty thousand bears the same.
pub const COMMON_NAME: &str = "鈴木 一郎";
/// When all of it happened: 2025-01-01.
const THEN: i64 = 1_735_689_600_000;
