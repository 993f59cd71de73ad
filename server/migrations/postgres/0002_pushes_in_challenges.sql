-- When a challenge was pushed and nobody has answered yet; NULL when it was not pushed or was answered (CHAL-07).
-- It stood in a table of its own; beside the state it costs a login no further statement.
ALTER TABLE challenges ADD COLUMN pushed_at BIGINT;
UPDATE challenges SET pushed_at = (SELECT sent_at FROM pushes WHERE challenge_id = challenges.id) WHERE decided_by IS NULL;
CREATE INDEX challenges_unanswered ON challenges (account_id, pushed_at) WHERE pushed_at IS NOT NULL;
DROP TABLE pushes;
