-- Life of a device: suspended by whom (ENROL-13), announced removal (ENROL-14), end of its keys and reminders (ENROL-15).
ALTER TABLE devices ADD COLUMN suspended_at BIGINT;
ALTER TABLE devices ADD COLUMN suspended_by TEXT;
ALTER TABLE devices ADD COLUMN leaves_at BIGINT;
ALTER TABLE devices ADD COLUMN leave_reason TEXT;
ALTER TABLE devices ADD COLUMN expires_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE devices ADD COLUMN reminders BIGINT NOT NULL DEFAULT 0;
-- The device that approved the newest proof of a session; NULL: the one of its login (SESS-07).
ALTER TABLE sessions ADD COLUMN approved_by TEXT;
-- What is registered already has 24 months from its registration: 730 days in milliseconds.
UPDATE devices SET expires_at = bound_at + 63072000000;
CREATE INDEX devices_leaving ON devices (leaves_at) WHERE leaves_at IS NOT NULL;
CREATE INDEX devices_expiring ON devices (expires_at) WHERE state = 'active';
CREATE INDEX challenges_decided_by ON challenges (decided_by) WHERE decided_by IS NOT NULL AND action = 'withdrawal';
