-- The demo firm's own ledger: a core system apart from the product, which keeps no balances. Empty everywhere else.
-- The PostgreSQL twin differs only in WITHOUT ROWID. Money is whole yen; available + reserved + paid of an account never changes.
CREATE TABLE ledger_accounts (
    account_number TEXT PRIMARY KEY,
    available BIGINT NOT NULL CHECK (available >= 0),
    reserved BIGINT NOT NULL CHECK (reserved >= 0),
    paid BIGINT NOT NULL CHECK (paid >= 0)
) WITHOUT ROWID;

-- Orders by their idempotency key. digest covers everything that was ordered, so that another order under the key is known.
CREATE TABLE ledger_orders (
    key TEXT PRIMARY KEY,
    digest TEXT NOT NULL,
    account_number TEXT NOT NULL,
    amount BIGINT NOT NULL,
    fee BIGINT NOT NULL,
    reference TEXT NOT NULL,
    payee TEXT NOT NULL,
    evidence TEXT NOT NULL,
    approved_at BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('accepted', 'paid', 'refused')),
    reason TEXT,
    accepted_at BIGINT NOT NULL,
    settles_at BIGINT NOT NULL,
    paid_at BIGINT
) WITHOUT ROWID;
