-- Confirming again gives a session a new token; what waits for it (challenges, withdrawals, mailed codes) stays bound to
-- `bound`, which is the hash of its first token and opens nothing (SESS-03). approved_at is the newest proof by its owner.
ALTER TABLE sessions ADD COLUMN bound TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN approved_at BIGINT NOT NULL DEFAULT 0;
UPDATE sessions SET bound = token_hash, approved_at = created_at;
