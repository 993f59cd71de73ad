-- Changes of mail addresses (S1, ENROL-07).

-- One change: `asked` until a device approves it, `proving` until the mailed code is typed, then `done`; or how it ended:
-- `denied`, `cancelled`, `expired`, `refused`, and `stopped` from the old side. open_slot is the account's id while it is
-- open, so that there is one. A change of the authentication address that is done has the keyed hash of the code that stops
-- it until stop_until.
CREATE TABLE address_changes (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    purpose TEXT NOT NULL,
    state TEXT NOT NULL,
    open_slot TEXT,
    address TEXT NOT NULL,
    old_address TEXT NOT NULL,
    challenge_id TEXT,
    session_hash TEXT NOT NULL,
    place TEXT NOT NULL,
    browser TEXT NOT NULL,
    approved_at BIGINT,
    stop_mac TEXT,
    stop_until BIGINT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE UNIQUE INDEX address_changes_open ON address_changes (open_slot) WHERE open_slot IS NOT NULL;
CREATE UNIQUE INDEX address_changes_stop ON address_changes (stop_mac) WHERE stop_mac IS NOT NULL;
CREATE INDEX address_changes_account ON address_changes (account_id, created_at);
CREATE INDEX address_changes_challenge ON address_changes (challenge_id) WHERE challenge_id IS NOT NULL;
-- An account has one address for codes and one beside it.
CREATE UNIQUE INDEX addresses_one_each ON addresses (account_id, purpose);
