-- The staff console (decision 31). A staff member is an account of their own; the row in `accounts` of kind 'staff' carries
-- their device and nothing else: its number holds a hyphen, which no typed account number keeps, so no customer's login finds it.
ALTER TABLE accounts ADD COLUMN kind TEXT NOT NULL DEFAULT 'customer';

CREATE TABLE staff (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL UNIQUE REFERENCES accounts (id),
    login_id TEXT UNIQUE,
    name TEXT NOT NULL,
    roles TEXT NOT NULL,
    state TEXT NOT NULL,
    password_hash TEXT,
    invited_by TEXT NOT NULL,
    token_hash TEXT UNIQUE,
    token_expires_at BIGINT NOT NULL,
    setup_hash TEXT,
    created_at BIGINT NOT NULL,
    last_login_at BIGINT
);
-- One row: whoever changes who is an administrator takes it first, so that two cannot remove each other.
CREATE TABLE staff_guard (id BIGINT PRIMARY KEY, turn BIGINT NOT NULL);
INSERT INTO staff_guard (id, turn) VALUES (1, 0);

CREATE TABLE staff_attempts (
    id TEXT PRIMARY KEY,
    staff_id TEXT NOT NULL REFERENCES staff (id),
    browser_hash TEXT NOT NULL,
    challenge_id TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE TABLE staff_sessions (
    id TEXT PRIMARY KEY,
    token_hash TEXT NOT NULL UNIQUE,
    staff_id TEXT NOT NULL REFERENCES staff (id),
    place TEXT NOT NULL,
    browser TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_access_at BIGINT NOT NULL,
    ended_at BIGINT,
    ended_by TEXT
);
CREATE INDEX staff_sessions_staff ON staff_sessions (staff_id, ended_at);

-- What staff did, with reason, checked identity, before and after: the text whose hash is in the audit entry (STAFF-06).
CREATE TABLE staff_acts (
    id TEXT PRIMARY KEY,
    subject TEXT NOT NULL,
    record TEXT NOT NULL
);
CREATE INDEX staff_acts_subject ON staff_acts (subject, id);

-- Four eyes (STAFF-03, decision 32): made on facts, decided once, by somebody else.
CREATE TABLE proposals (
    id TEXT PRIMARY KEY,
    act TEXT NOT NULL,
    subject TEXT NOT NULL,
    parameters TEXT NOT NULL,
    reason TEXT NOT NULL,
    identity TEXT NOT NULL,
    facts TEXT NOT NULL,
    state TEXT NOT NULL,
    requested_by TEXT NOT NULL REFERENCES staff (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    decided_by TEXT,
    decided_at BIGINT
);
CREATE INDEX proposals_state ON proposals (state, id);
CREATE INDEX accounts_name ON accounts (customer_name);
CREATE INDEX addresses_address ON addresses (address);
