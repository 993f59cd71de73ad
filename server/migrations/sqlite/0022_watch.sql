-- What staff watch: numbers for each ten minutes, counted from the log behind the sequencer (S4), and how pushes fare.

CREATE TABLE activity (
    bucket BIGINT NOT NULL,
    kind TEXT NOT NULL,
    amount BIGINT NOT NULL,
    PRIMARY KEY (bucket, kind)
) WITHOUT ROWID;

-- Up to where the log is counted: the next position.
CREATE TABLE watch_cursor (
    only_one BIGINT PRIMARY KEY,
    position BIGINT NOT NULL
);
INSERT INTO watch_cursor (only_one, position) VALUES (1, 0);

-- The last word of the push service about each device; failures are those since it last took a hint.
CREATE TABLE push_health (
    device_id TEXT PRIMARY KEY,
    delivered_at BIGINT,
    took_ms BIGINT,
    failed_at BIGINT,
    failures BIGINT NOT NULL,
    why TEXT
) WITHOUT ROWID;

CREATE INDEX failure_counters_locked ON failure_counters (locked_until) WHERE locked_until > 0;
CREATE INDEX accounts_disabled ON accounts (disabled_at) WHERE disabled_at IS NOT NULL;
