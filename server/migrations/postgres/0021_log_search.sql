-- What auditors search by stands beside the position of each leaf (decision 38). The sequencer writes it; nobody changes it.
ALTER TABLE log_positions DISABLE TRIGGER log_positions_no_change;
ALTER TABLE log_positions ADD COLUMN actor TEXT NOT NULL DEFAULT '';
ALTER TABLE log_positions ADD COLUMN action TEXT NOT NULL DEFAULT '';
UPDATE log_positions SET
    action = l.action,
    actor = COALESCE(substring(encode(l.entry, 'escape') FROM '"actor":"([^"]*)"'), '')
    FROM audit_leaves l WHERE l.id = log_positions.leaf_id;
ALTER TABLE log_positions ENABLE TRIGGER log_positions_no_change;

-- Identifiers of leaves sort by their moments: lists are in order of time, whatever order the positions have.
DROP INDEX log_positions_subject;
CREATE INDEX log_positions_subject ON log_positions (subject, leaf_id) WHERE subject <> '-';
CREATE INDEX log_positions_action ON log_positions (action, leaf_id);
-- Every other entry is of one of these two: they are found by walking back in time.
CREATE INDEX log_positions_actor ON log_positions (actor, leaf_id) WHERE actor <> 'customer' AND actor <> 'server';
