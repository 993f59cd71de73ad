-- Ways through a recovery: password forgotten or device lost (ENROL-11).

-- One row a way, bound to one browser. step: `code`, `password`, then `done` or `ended`. code_id is the recovery code that
-- it uses up with its last step.
CREATE TABLE recoveries (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    lost TEXT NOT NULL,
    step TEXT NOT NULL,
    code_id TEXT NOT NULL REFERENCES recovery_codes (id),
    browser_hash TEXT NOT NULL,
    place TEXT NOT NULL,
    browser TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX recoveries_account ON recoveries (account_id) WHERE step IN ('code', 'password');
