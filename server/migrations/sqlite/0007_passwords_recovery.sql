-- Recovery codes (ENROL-11).

-- One row a code of a sheet. mac is a keyed hash over account and code; a newer sheet voids the older ones.
CREATE TABLE recovery_codes (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    sheet_id TEXT NOT NULL,
    mac TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    used_at BIGINT,
    voided_at BIGINT
) WITHOUT ROWID;
CREATE INDEX recovery_codes_account ON recovery_codes (account_id, created_at);
