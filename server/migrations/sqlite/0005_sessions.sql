-- Confirming again gives a session a new token; what waits for it (challenges, withdrawals, mailed codes) stays bound to
-- `bound`, which is the hash of its first token and opens nothing (SESS-03). approved_at is the newest proof by its owner.
ALTER TABLE sessions ADD COLUMN bound TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN approved_at BIGINT NOT NULL DEFAULT 0;
UPDATE sessions SET bound = token_hash, approved_at = created_at;

-- Notices about logins (RISK-06): the first of a burst goes out at once and opens a window; what follows until its end is
-- counted, the first lines are kept, and one mail tells them all.
CREATE TABLE login_windows (
    account_id TEXT PRIMARY KEY REFERENCES accounts (id),
    only_new BIGINT NOT NULL DEFAULT 0,
    until BIGINT NOT NULL DEFAULT 0,
    waiting BIGINT NOT NULL DEFAULT 0
);
CREATE TABLE login_lines (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    at BIGINT NOT NULL,
    what TEXT NOT NULL,
    place TEXT NOT NULL,
    browser TEXT NOT NULL
);
CREATE INDEX login_lines_account ON login_lines (account_id, at);
-- Up to which time ended attempts were looked at by the worker.
CREATE TABLE login_watch (
    only_one BIGINT PRIMARY KEY CHECK (only_one = 1),
    looked_until BIGINT NOT NULL
);
INSERT INTO login_watch (only_one, looked_until) VALUES (1, 0);
