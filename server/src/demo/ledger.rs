//! The demo firm's own ledger: a small core system with real balances. The product reaches it through its port only.

use ring::digest;
use sqlx::Row as _;
use warifu_shared::clock::{SharedClock, Timestamp};
use warifu_shared::ids::WithdrawalId;

use crate::core::wire::Call;
use crate::core::{Answer, Balance, Core, CoreError, Order, OrderState, RefusedBy};
use crate::domain::account::AccountNumber;
use crate::domain::yen::Yen;
use crate::store::{Conn, Store, StoreError};

/// The ledger, on the demo's database and clock.
#[derive(Clone)]
pub struct Ledger {
    store: Store,
    clock: SharedClock,
    settle_secs: i64,
}

impl Ledger {
    /// A ledger whose orders are paid `settle_secs` seconds after they were taken.
    #[must_use]
    pub fn new(store: Store, clock: SharedClock, settle_secs: i64) -> Self {
        Self {
            store,
            clock,
            settle_secs,
        }
    }

    async fn read_balance(&self, account: &AccountNumber) -> Result<Balance, StoreError> {
        let mut c = self.store.read().await?;
        let held: Option<i64> =
            sqlx::query_scalar("SELECT available FROM ledger_accounts WHERE account_number = $1")
                .bind(account.as_str())
                .fetch_optional(&mut *c)
                .await?;
        // Nobody can withdraw from an account that there is not.
        let available = Yen::new(held.unwrap_or(0))
            .ok_or_else(|| StoreError::inconsistent("ledger_accounts", account.as_str(), "available"))?;
        Ok(Balance { available })
    }

    async fn read_state(&self, key: &WithdrawalId) -> Result<OrderState, StoreError> {
        let now = self.clock.now();
        let mut c = self.store.read().await?;
        let Some(found) = find(&mut c, key).await? else {
            return Ok(OrderState::Unknown);
        };
        drop(c);
        if !found.is_due(now) {
            return Ok(found.state);
        }
        let key = key.clone();
        let settled = self.store.write_again(move |c| {
            Box::pin(async move {
                settle(c, &key, now).await?;
                find(c, &key).await
            })
        });
        Ok(settled.await?.map_or(OrderState::Unknown, |order| order.state))
    }
}

impl Core for Ledger {
    fn balance<'a>(&'a self, account: &'a AccountNumber) -> Answer<'a, Balance> {
        Box::pin(async move { self.read_balance(account).await.map_err(|error| lost(&error)) })
    }

    fn place<'a>(&'a self, order: &'a Order) -> Answer<'a, OrderState> {
        Box::pin(async move {
            let (order, now, settle_secs) = (order.clone(), self.clock.now(), self.settle_secs);
            let placed = self
                .store
                .write_again(move |c| Box::pin(async move { place(c, &order, now, settle_secs).await }));
            placed
                .await
                .map_err(|error| lost(&error))?
                .ok_or(CoreError::Conflict)
        })
    }

    fn state<'a>(&'a self, key: &'a WithdrawalId) -> Answer<'a, OrderState> {
        Box::pin(async move { self.read_state(key).await.map_err(|error| lost(&error)) })
    }
}

/// Places an order inside a transaction; `None` when the key belongs to another one.
///
/// # Errors
/// On a database failure; nothing is done then.
pub async fn place(
    c: &mut Conn,
    order: &Order,
    now: Timestamp,
    settle_secs: i64,
) -> Result<Option<OrderState>, StoreError> {
    let digest = digest_of(order)?;
    if !insert(c, order, &digest, now, settle_secs).await? {
        settle(c, &order.key, now).await?;
        let found = find(c, &order.key).await?;
        return Ok(found
            .filter(|found| found.digest == digest)
            .map(|found| found.state));
    }
    let refused = match total(order) {
        Some(total) => reserve(c, &order.account, total).await?,
        None => Some(RefusedBy::Other),
    };
    let Some(reason) = refused else {
        return Ok(Some(OrderState::Accepted));
    };
    sqlx::query(
        "UPDATE ledger_orders SET state = 'refused', reason = $1 WHERE key = $2 AND state = 'accepted'",
    )
    .bind(reason.as_str())
    .bind(order.key.as_str())
    .execute(&mut *c)
    .await?;
    Ok(Some(OrderState::Refused { reason }))
}

/// Writes the order down; false when its key is there already.
async fn insert(
    c: &mut Conn,
    order: &Order,
    digest: &str,
    now: Timestamp,
    settle_secs: i64,
) -> Result<bool, StoreError> {
    let payee = serde_json::to_string(&order.payee)
        .map_err(|_| StoreError::inconsistent("ledger_orders", order.key.as_str(), "payee"))?;
    let done = sqlx::query(
        "INSERT INTO ledger_orders (key, digest, account_number, amount, fee, reference, payee, evidence, approved_at,
             state, accepted_at, settles_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'accepted', $10, $11)
         ON CONFLICT (key) DO NOTHING",
    )
    .bind(order.key.as_str())
    .bind(digest)
    .bind(order.account.as_str())
    .bind(order.amount.get())
    .bind(order.fee.get())
    .bind(&order.reference)
    .bind(payee)
    .bind(&order.evidence)
    .bind(order.approved_at.0)
    .bind(now.0)
    .bind(now.plus_secs(settle_secs).0)
    .execute(&mut *c)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Puts money aside for an order: one conditional `UPDATE`, so that no account falls below zero. Tells why it could not.
async fn reserve(c: &mut Conn, account: &AccountNumber, total: Yen) -> Result<Option<RefusedBy>, StoreError> {
    let done = sqlx::query(
        "UPDATE ledger_accounts SET available = available - $1, reserved = reserved + $1
         WHERE account_number = $2 AND available >= $1",
    )
    .bind(total.get())
    .bind(account.as_str())
    .execute(&mut *c)
    .await?;
    if done.rows_affected() == 1 {
        return Ok(None);
    }
    let there: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM ledger_accounts WHERE account_number = $1")
        .bind(account.as_str())
        .fetch_one(&mut *c)
        .await?;
    Ok(Some(if there == 1 {
        RefusedBy::InsufficientFunds
    } else {
        RefusedBy::AccountClosed
    }))
}

/// Pays an order whose time has come, once.
async fn settle(c: &mut Conn, key: &WithdrawalId, now: Timestamp) -> Result<(), StoreError> {
    let paid = sqlx::query(
        "UPDATE ledger_orders SET state = 'paid', paid_at = settles_at
         WHERE key = $1 AND state = 'accepted' AND settles_at <= $2
         RETURNING account_number, amount + fee AS total",
    )
    .bind(key.as_str())
    .bind(now.0)
    .fetch_optional(&mut *c)
    .await?;
    let Some(paid) = paid else { return Ok(()) };
    let (account, total): (String, i64) = (paid.try_get("account_number")?, paid.try_get("total")?);
    let moved = sqlx::query(
        "UPDATE ledger_accounts SET reserved = reserved - $1, paid = paid + $1
         WHERE account_number = $2 AND reserved >= $1",
    )
    .bind(total)
    .bind(account)
    .execute(&mut *c)
    .await?;
    if moved.rows_affected() == 1 {
        Ok(())
    } else {
        Err(StoreError::inconsistent(
            "ledger_orders",
            key.as_str(),
            "nothing was reserved",
        ))
    }
}

struct Found {
    digest: String,
    state: OrderState,
    settles_at: Timestamp,
}

impl Found {
    fn is_due(&self, now: Timestamp) -> bool {
        self.state == OrderState::Accepted && self.settles_at <= now
    }
}

async fn find(c: &mut Conn, key: &WithdrawalId) -> Result<Option<Found>, StoreError> {
    let row =
        sqlx::query("SELECT digest, state, reason, settles_at, paid_at FROM ledger_orders WHERE key = $1")
            .bind(key.as_str())
            .fetch_optional(&mut *c)
            .await?;
    let Some(row) = row else { return Ok(None) };
    let name: String = row.try_get("state")?;
    let (reason, paid_at): (Option<String>, Option<i64>) = (row.try_get("reason")?, row.try_get("paid_at")?);
    let state = match (
        name.as_str(),
        paid_at,
        reason.as_deref().map(RefusedBy::from_name),
    ) {
        ("accepted", None, None) => OrderState::Accepted,
        ("paid", Some(at), None) => OrderState::Paid { at: Timestamp(at) },
        ("refused", None, Some(Some(reason))) => OrderState::Refused { reason },
        _ => return Err(StoreError::inconsistent("ledger_orders", key.as_str(), "state")),
    };
    Ok(Some(Found {
        digest: row.try_get("digest")?,
        state,
        settles_at: Timestamp(row.try_get("settles_at")?),
    }))
}

/// What leaves the account; `None` for a sum that nobody can have, or for no payment at all.
fn total(order: &Order) -> Option<Yen> {
    (order.amount > Yen::ZERO)
        .then(|| order.amount.checked_add(order.fee))
        .flatten()
}

/// SHA-256 over the order as it is sent to any core system.
fn digest_of(order: &Order) -> Result<String, StoreError> {
    let sent = Call::Place(order)
        .write(order.approved_at)
        .map_err(|error| StoreError::inconsistent("ledger_orders", order.key.as_str(), error))?;
    Ok(warifu_shared::b64::encode(digest::digest(&digest::SHA256, &sent)))
}

/// Opens an account with `available` yen, when there is none of this number yet.
///
/// # Errors
/// On a database failure.
pub async fn open_account(c: &mut Conn, account: &AccountNumber, available: Yen) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO ledger_accounts (account_number, available, reserved, paid) VALUES ($1, $2, 0, 0)
         ON CONFLICT (account_number) DO NOTHING",
    )
    .bind(account.as_str())
    .bind(available.get())
    .execute(c)
    .await?;
    Ok(())
}

/// Whether anything was done is not known; whoever asked asks again.
fn lost(error: &StoreError) -> CoreError {
    tracing::error!(event = "ledger.failed", %error, "the demo's ledger failed");
    CoreError::Unreachable
}
