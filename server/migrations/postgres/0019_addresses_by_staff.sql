-- Authentication addresses that two of the firm's people put in for a customer without a device (CODE-12, STAFF-03).

-- Since when it waits for the first mailed code of a login to prove it; then proven_at is empty. Login codes go there, nothing
-- else does.
ALTER TABLE addresses ADD COLUMN given_at BIGINT;
-- The proposal behind a change; empty for the customer's own.
ALTER TABLE address_changes ADD COLUMN by_staff TEXT;
-- What the old address was: `proven`, `given`, or `unproven`. A stop brings it back as that.
ALTER TABLE address_changes ADD COLUMN old_standing TEXT NOT NULL DEFAULT 'proven';
