-- What auditors search by stands beside the position of each leaf (decision 38). The sequencer writes it; nobody changes it.
DROP TRIGGER log_positions_no_update;
ALTER TABLE log_positions ADD COLUMN actor TEXT NOT NULL DEFAULT '';
ALTER TABLE log_positions ADD COLUMN action TEXT NOT NULL DEFAULT '';
UPDATE log_positions SET
    action = COALESCE((SELECT l.action FROM audit_leaves l WHERE l.id = log_positions.leaf_id), ''),
    actor = COALESCE((SELECT json_extract(CAST(l.entry AS TEXT), '$.actor') FROM audit_leaves l
        WHERE l.id = log_positions.leaf_id AND json_valid(CAST(l.entry AS TEXT))), '');
CREATE TRIGGER log_positions_no_update BEFORE UPDATE ON log_positions BEGIN SELECT RAISE(ABORT, 'the log is never changed'); END;

-- Identifiers of leaves sort by their moments: lists are in order of time, whatever order the positions have.
DROP INDEX log_positions_subject;
CREATE INDEX log_positions_subject ON log_positions (subject, leaf_id) WHERE subject <> '-';
CREATE INDEX log_positions_action ON log_positions (action, leaf_id);
-- Every other entry is of one of these two: they are found by walking back in time.
CREATE INDEX log_positions_actor ON log_positions (actor, leaf_id) WHERE actor <> 'customer' AND actor <> 'server';

-- Pruning (AUDIT-09): below this position entries are past their retention, and a record in the log says so. Only then may the
-- bytes of an entry go, and what stands beside its hash; the hash and the position never do.
CREATE TABLE log_prunes (
    below BIGINT PRIMARY KEY,
    record_id TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE TRIGGER log_prunes_no_update BEFORE UPDATE ON log_prunes BEGIN SELECT RAISE(ABORT, 'the log is never changed'); END;
CREATE TRIGGER log_prunes_no_delete BEFORE DELETE ON log_prunes BEGIN SELECT RAISE(ABORT, 'the log is never changed'); END;
DROP TRIGGER audit_leaves_no_delete;
CREATE TRIGGER audit_leaves_no_delete BEFORE DELETE ON audit_leaves
WHEN NOT EXISTS (SELECT 1 FROM log_positions p WHERE p.leaf_id = OLD.id AND p.position < (SELECT MAX(below) FROM log_prunes))
BEGIN SELECT RAISE(ABORT, 'audit leaves are never deleted'); END;
DROP TRIGGER log_positions_no_update;
CREATE TRIGGER log_positions_no_update BEFORE UPDATE ON log_positions
WHEN NOT (OLD.position < COALESCE((SELECT MAX(below) FROM log_prunes), 0) AND NEW.position = OLD.position
    AND NEW.leaf_id = OLD.leaf_id AND NEW.leaf_hash = OLD.leaf_hash
    AND NEW.subject = '-' AND NEW.object = '-' AND NEW.actor = '-' AND NEW.action = '-')
BEGIN SELECT RAISE(ABORT, 'the log is never changed'); END;
