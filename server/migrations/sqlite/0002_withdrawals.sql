-- Withdrawals, the accounts that money goes to, and the second password. Amounts are integer yen.

-- Where withdrawals go. payee is the text that was signed or that the firm gave; active_slot is the account's id while this
-- one counts, so that the database itself keeps it to one.
CREATE TABLE payout_accounts (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    state TEXT NOT NULL,
    active_slot TEXT,
    payee TEXT NOT NULL,
    origin TEXT NOT NULL,
    challenge_id TEXT,
    session_hash TEXT NOT NULL,
    place TEXT NOT NULL,
    browser TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    active_at BIGINT,
    ended_at BIGINT
);
CREATE UNIQUE INDEX payout_accounts_active ON payout_accounts (active_slot) WHERE active_slot IS NOT NULL;
CREATE INDEX payout_accounts_account ON payout_accounts (account_id, created_at);
CREATE INDEX payout_accounts_challenge ON payout_accounts (challenge_id) WHERE challenge_id IS NOT NULL;

CREATE TABLE withdrawal_passwords (
    account_id TEXT PRIMARY KEY REFERENCES accounts (id),
    hash TEXT NOT NULL,
    set_at BIGINT NOT NULL
) WITHOUT ROWID;

-- One row a withdrawal, from the request to the end of its order. txn is the exact text that is signed, or bound to the
-- mailed code. request_key is the form's own: the same form sent twice is one withdrawal (TXN-03). next_at is when the
-- worker looks at it again: to expire, release, place or ask; NULL when nothing is left to do. recall_token is
-- what a device signed to take it back.
CREATE TABLE withdrawals (
    id TEXT PRIMARY KEY,
    reference TEXT NOT NULL UNIQUE,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    request_key TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    reason BIGINT,
    amount BIGINT NOT NULL,
    fee BIGINT NOT NULL,
    txn TEXT NOT NULL,
    how TEXT NOT NULL,
    session_hash TEXT NOT NULL,
    challenge_id TEXT,
    second_challenge_id TEXT,
    evidence TEXT,
    recall_token TEXT,
    place TEXT NOT NULL,
    browser TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    approved_at BIGINT,
    release_at BIGINT,
    ended_at BIGINT,
    tries BIGINT NOT NULL DEFAULT 0,
    next_at BIGINT
) WITHOUT ROWID;
CREATE INDEX withdrawals_account ON withdrawals (account_id, id);
CREATE INDEX withdrawals_challenge ON withdrawals (challenge_id) WHERE challenge_id IS NOT NULL;
CREATE INDEX withdrawals_second ON withdrawals (second_challenge_id) WHERE second_challenge_id IS NOT NULL;
CREATE INDEX withdrawals_due ON withdrawals (next_at) WHERE next_at IS NOT NULL;
