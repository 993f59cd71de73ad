-- The first schema. Times are milliseconds since the epoch, UTC; ids are text made in Rust; flags are 0 or 1.
-- The SQLite twin differs only in BLOB/BYTEA and in how leaves are protected.

CREATE TABLE accounts (
    id TEXT PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    customer_name TEXT NOT NULL,
    language TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    disabled_at BIGINT,
    fallback_opens_at BIGINT NOT NULL DEFAULT 0,
    unknown_blocked_until BIGINT NOT NULL DEFAULT 0,
    known_blocked_until BIGINT NOT NULL DEFAULT 0,
    withdrawals_held_until BIGINT NOT NULL DEFAULT 0,
    cool_off_until BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE addresses (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    address TEXT NOT NULL,
    purpose TEXT NOT NULL,
    proven_at BIGINT,
    created_at BIGINT NOT NULL
);
CREATE INDEX addresses_account ON addresses (account_id);

-- Failures in a row, per account, kind (password, factor) and lane (known or unknown browser, device).
CREATE TABLE failure_counters (
    account_id TEXT NOT NULL REFERENCES accounts (id),
    kind TEXT NOT NULL,
    lane TEXT NOT NULL,
    failures BIGINT NOT NULL,
    locks BIGINT NOT NULL,
    locked_until BIGINT NOT NULL,
    PRIMARY KEY (account_id, kind, lane)
);

CREATE TABLE known_browsers (
    token_hash TEXT NOT NULL,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    created_at BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    PRIMARY KEY (token_hash, account_id)
);

CREATE TABLE enrolments (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    session_id TEXT NOT NULL,
    method TEXT NOT NULL,
    state TEXT NOT NULL,
    code_hash TEXT NOT NULL UNIQUE,
    short_code_mac TEXT NOT NULL,
    short_code_tries BIGINT NOT NULL DEFAULT 0,
    nonce TEXT,
    commitment TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    device_id TEXT,
    fingerprint TEXT
);
CREATE INDEX enrolments_account ON enrolments (account_id, state);

CREATE TABLE devices (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    state TEXT NOT NULL,
    name TEXT NOT NULL,
    model TEXT NOT NULL,
    os TEXT NOT NULL,
    app_version TEXT NOT NULL,
    protection TEXT NOT NULL,
    method TEXT NOT NULL,
    source_prefix TEXT NOT NULL,
    enrol_token TEXT NOT NULL,
    bound_at BIGINT NOT NULL,
    confirmed_at BIGINT,
    ended_at BIGINT,
    ended_by TEXT,
    last_seen_at BIGINT NOT NULL,
    last_prefix TEXT NOT NULL
);
CREATE INDEX devices_account ON devices (account_id, state);
CREATE INDEX devices_pending ON devices (bound_at) WHERE state = 'pending';

-- One row a key, also of revoked devices, so that no key is ever bound twice or for another purpose (ENROL-04).
CREATE TABLE device_keys (
    kid TEXT PRIMARY KEY,
    device_id TEXT NOT NULL REFERENCES devices (id),
    purpose TEXT NOT NULL,
    public_key TEXT NOT NULL
);
CREATE INDEX device_keys_device ON device_keys (device_id);

CREATE TABLE subscriptions (
    device_id TEXT PRIMARY KEY REFERENCES devices (id),
    endpoint_sealed BYTEA NOT NULL,
    p256dh TEXT NOT NULL,
    auth_sealed BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);

-- Nonces of signed requests that had an effect (APPR-07).
CREATE TABLE request_nonces (
    kid TEXT NOT NULL,
    nonce TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (kid, nonce)
);
CREATE INDEX request_nonces_expiry ON request_nonces (expires_at);

CREATE TABLE login_attempts (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    browser_hash TEXT NOT NULL,
    site TEXT NOT NULL,
    factor TEXT NOT NULL,
    state TEXT NOT NULL,
    challenge_id TEXT,
    known_browser BIGINT NOT NULL,
    place TEXT NOT NULL,
    network TEXT NOT NULL,
    browser TEXT NOT NULL,
    source_prefix TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX login_attempts_challenge ON login_attempts (challenge_id);
CREATE INDEX login_attempts_account ON login_attempts (account_id) WHERE state = 'open';

-- live_slot is unique while a challenge waits and NULL afterwards: the database itself limits how many wait (CHAL-07).
-- pushed_at is set while a push is unanswered: when too many are, further ones are not sent (CHAL-07). The indexes hold
-- only what waits, so that they stay small and a login touches few pages.
CREATE TABLE challenges (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    action TEXT NOT NULL,
    state TEXT NOT NULL,
    live_slot TEXT,
    browser_hash TEXT NOT NULL,
    known_browser BIGINT NOT NULL,
    source_prefix TEXT NOT NULL,
    number_sealed BYTEA NOT NULL,
    wrong_tries BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    decided_at BIGINT,
    decided_by TEXT,
    deny_reason TEXT,
    match_via TEXT,
    decision_token TEXT,
    decision_hash TEXT,
    decision_request TEXT,
    consumed_at BIGINT,
    pushed_at BIGINT
);
CREATE UNIQUE INDEX challenges_live_slot ON challenges (live_slot) WHERE live_slot IS NOT NULL;
CREATE INDEX challenges_waiting ON challenges (account_id) WHERE state = 'pending';
CREATE INDEX challenges_unanswered ON challenges (account_id, pushed_at) WHERE pushed_at IS NOT NULL;

-- A challenge is signed once for each device, aud = that device; these are the bytes that were signed (APPR-01).
CREATE TABLE challenge_copies (
    challenge_id TEXT NOT NULL REFERENCES challenges (id),
    device_id TEXT NOT NULL REFERENCES devices (id),
    jws TEXT NOT NULL,
    PRIMARY KEY (challenge_id, device_id)
);

-- attempt_id names what the code is for: a login attempt or a withdrawal.
CREATE TABLE codes (
    id TEXT PRIMARY KEY,
    attempt_id TEXT NOT NULL,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    action TEXT NOT NULL,
    state TEXT NOT NULL,
    salt TEXT NOT NULL,
    mac TEXT NOT NULL,
    wrong_tries BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX codes_attempt ON codes (attempt_id, state);
CREATE INDEX codes_account ON codes (account_id, created_at);

CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    token_hash TEXT NOT NULL UNIQUE,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    site TEXT NOT NULL,
    assurance TEXT NOT NULL,
    device_id TEXT,
    place TEXT NOT NULL,
    browser TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_access_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    absolute_expires_at BIGINT NOT NULL,
    ended_at BIGINT,
    ended_by TEXT
);
CREATE INDEX sessions_account ON sessions (account_id, ended_at);

-- Mails wait here encrypted; params are wiped when sent or expired (CODE-17).
CREATE TABLE mails (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL,
    template TEXT NOT NULL,
    language TEXT NOT NULL,
    sealed BYTEA,
    state TEXT NOT NULL,
    tries BIGINT NOT NULL DEFAULT 0,
    next_try_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    code_id TEXT,
    created_at BIGINT NOT NULL,
    sent_at BIGINT,
    failure TEXT
);
CREATE INDEX mails_due ON mails (state, next_try_at);

-- The relay: who listens (uaid hashed), on which channels, and what waits (RELAY-07, 08, 12). An agent's row comes with its
-- first channel. vapid_key_hash is empty when anybody who knows the endpoint may post.
CREATE TABLE relay_agents (
    uaid_hash TEXT PRIMARY KEY,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL
);
CREATE INDEX relay_agents_seen ON relay_agents (last_seen_at);
CREATE TABLE relay_channels (
    uaid_hash TEXT NOT NULL REFERENCES relay_agents (uaid_hash) ON DELETE CASCADE,
    channel_id TEXT NOT NULL,
    vapid_key_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (uaid_hash, channel_id)
);
CREATE TABLE relay_messages (
    id TEXT PRIMARY KEY,
    uaid_hash TEXT NOT NULL,
    channel_id TEXT NOT NULL,
    topic TEXT,
    headers TEXT NOT NULL,
    body BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    UNIQUE (uaid_hash, channel_id, topic),
    FOREIGN KEY (uaid_hash, channel_id) REFERENCES relay_channels (uaid_hash, channel_id) ON DELETE CASCADE
);
CREATE INDEX relay_messages_news ON relay_messages (created_at);
CREATE INDEX relay_messages_expiry ON relay_messages (expires_at);

-- Audit leaves, written in the transaction of their effect (AUDIT-03); positions, and the indexes for looking things up,
-- come later in a table of their own, so that no login waits for them.
CREATE TABLE audit_leaves (
    id TEXT PRIMARY KEY,
    at BIGINT NOT NULL,
    subject TEXT NOT NULL,
    action TEXT NOT NULL,
    entry BYTEA NOT NULL
);
-- Personal details behind the leaf's salted commitment; rows here may be erased (AUDIT-02, AUDIT-08).
CREATE TABLE audit_details (
    leaf_id TEXT PRIMARY KEY,
    salt TEXT NOT NULL,
    details TEXT NOT NULL
);

-- Counters of the rate limits, one row a key and window (RISK-07).
CREATE TABLE rate_counters (
    key TEXT NOT NULL,
    window_start BIGINT NOT NULL,
    count BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (key, window_start)
);
CREATE INDEX rate_counters_expiry ON rate_counters (expires_at);

CREATE FUNCTION audit_leaves_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit leaves are never changed or deleted';
END $$;
CREATE TRIGGER audit_leaves_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_leaves
    FOR EACH STATEMENT EXECUTE FUNCTION audit_leaves_frozen();
