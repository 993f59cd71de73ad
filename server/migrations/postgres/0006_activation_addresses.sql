-- How an account becomes the customer's own, and which of its mail addresses are refused.

-- `opened` by the firm: no password yet, nobody can log in; then `active`.
ALTER TABLE accounts ADD COLUMN state TEXT NOT NULL DEFAULT 'active';
-- Since when a mail server refuses one of the account's addresses for good.
ALTER TABLE accounts ADD COLUMN mail_refused_at BIGINT;
ALTER TABLE addresses ADD COLUMN refused_at BIGINT;

-- The code of the letter, as a keyed hash; one an account, a new one takes the place of the older. `live`, `used` or `dead`.
CREATE TABLE activation_codes (
    account_id TEXT PRIMARY KEY REFERENCES accounts (id),
    state TEXT NOT NULL,
    mac TEXT NOT NULL,
    wrong_tries BIGINT NOT NULL DEFAULT 0,
    issued_by TEXT NOT NULL,
    issued_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

-- One way through the steps, in one browser: `passwords`, `address`, `code`, then `done` or `ended`. code_mac names the
-- code it began with: a reissued one ends it. live_slot is the account's id while it goes on, so that there is one.
CREATE TABLE activations (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    step TEXT NOT NULL,
    live_slot TEXT,
    browser_hash TEXT NOT NULL,
    code_mac TEXT NOT NULL,
    login_hash TEXT,
    withdrawal_hash TEXT,
    address TEXT,
    place TEXT NOT NULL,
    browser TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX activations_live ON activations (live_slot) WHERE live_slot IS NOT NULL;
