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
