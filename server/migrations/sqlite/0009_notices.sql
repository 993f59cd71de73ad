-- What happened to an account, told to its devices. Place, browser and names of devices lie sealed.
-- The PostgreSQL twin differs in BYTEA and WITHOUT ROWID.
CREATE TABLE notices (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    kind TEXT NOT NULL,
    sealed BLOB NOT NULL,
    -- 1 once the devices were hinted at it.
    hinted BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL
) WITHOUT ROWID;

CREATE INDEX notices_of_account ON notices (account_id, created_at);
CREATE INDEX notices_to_hint ON notices (created_at) WHERE hinted = 0;
CREATE INDEX notices_by_age ON notices (created_at);
