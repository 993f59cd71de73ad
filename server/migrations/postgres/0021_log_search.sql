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

-- Pruning (AUDIT-09): below this position entries are past their retention, and a record in the log says so. Only then may the
-- bytes of an entry go, and what stands beside its hash; the hash and the position never do.
CREATE TABLE log_prunes (
    below BIGINT PRIMARY KEY,
    record_id TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE TRIGGER log_prunes_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON log_prunes
    FOR EACH STATEMENT EXECUTE FUNCTION log_frozen();
DROP TRIGGER audit_leaves_no_change ON audit_leaves;
CREATE TRIGGER audit_leaves_no_change BEFORE UPDATE OR TRUNCATE ON audit_leaves
    FOR EACH STATEMENT EXECUTE FUNCTION audit_leaves_frozen();
CREATE FUNCTION audit_leaves_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM log_positions p WHERE p.leaf_id = OLD.id AND p.position < (SELECT MAX(below) FROM log_prunes)) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'audit leaves are never changed or deleted';
END $$;
CREATE TRIGGER audit_leaves_no_delete BEFORE DELETE ON audit_leaves
    FOR EACH ROW EXECUTE FUNCTION audit_leaves_kept();
DROP TRIGGER log_positions_no_change ON log_positions;
CREATE TRIGGER log_positions_no_change BEFORE DELETE OR TRUNCATE ON log_positions
    FOR EACH STATEMENT EXECUTE FUNCTION log_frozen();
CREATE FUNCTION log_positions_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.position < COALESCE((SELECT MAX(below) FROM log_prunes), 0) AND NEW.position = OLD.position
        AND NEW.leaf_id = OLD.leaf_id AND NEW.leaf_hash = OLD.leaf_hash
        AND NEW.subject = '-' AND NEW.object = '-' AND NEW.actor = '-' AND NEW.action = '-' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the log is never changed';
END $$;
CREATE TRIGGER log_positions_no_update BEFORE UPDATE ON log_positions
    FOR EACH ROW EXECUTE FUNCTION log_positions_kept();
