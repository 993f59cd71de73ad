-- The tree over the audit leaves (decision 20). All of it is written by the sequencer, apart from approvals.

-- Every leaf gets one position; whom and what it concerns stands here, so that the leaves themselves need no index (AUDIT-03).
CREATE TABLE log_positions (
    position BIGINT PRIMARY KEY,
    leaf_id TEXT NOT NULL UNIQUE,
    leaf_hash BYTEA NOT NULL,
    subject TEXT NOT NULL,
    object TEXT NOT NULL
);
CREATE INDEX log_positions_hash ON log_positions (leaf_hash);
CREATE INDEX log_positions_subject ON log_positions (subject, position) WHERE subject <> '-';
CREATE INDEX log_positions_object ON log_positions (object, position) WHERE object <> '-';

-- Hashes of complete subtrees at every fourth level (AUDIT-04).
CREATE TABLE log_nodes (
    level BIGINT NOT NULL,
    place BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY (level, place)
);

-- The one newest head of the tree, signed. published_* tell the last one in log_checkpoints.
CREATE TABLE log_head (
    only_one BIGINT PRIMARY KEY CHECK (only_one = 1),
    size BIGINT NOT NULL,
    note TEXT NOT NULL,
    published_size BIGINT NOT NULL,
    published_at BIGINT NOT NULL
);
INSERT INTO log_head (only_one, size, note, published_size, published_at) VALUES (1, 0, '', 0, 0);

-- Heads that were published, kept for good (AUDIT-05).
CREATE TABLE log_checkpoints (
    size BIGINT PRIMARY KEY,
    note TEXT NOT NULL,
    published_at BIGINT NOT NULL
);

CREATE FUNCTION log_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the log is never changed';
END $$;
CREATE TRIGGER log_positions_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON log_positions
    FOR EACH STATEMENT EXECUTE FUNCTION log_frozen();
CREATE TRIGGER log_nodes_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON log_nodes
    FOR EACH STATEMENT EXECUTE FUNCTION log_frozen();
CREATE TRIGGER log_checkpoints_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON log_checkpoints
    FOR EACH STATEMENT EXECUTE FUNCTION log_frozen();
CREATE TRIGGER log_head_stays BEFORE DELETE OR TRUNCATE ON log_head
    FOR EACH STATEMENT EXECUTE FUNCTION log_frozen();
CREATE TRIGGER log_head_never_shrinks BEFORE UPDATE ON log_head
    FOR EACH ROW WHEN (NEW.size < OLD.size OR NEW.published_size < OLD.published_size) EXECUTE FUNCTION log_frozen();
