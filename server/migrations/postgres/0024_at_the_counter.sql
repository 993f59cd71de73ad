-- Enrolment codes and letters that two of the firm's people allow (decisions 40 and 41).

-- What became of an approved proposal in the hands of whoever made it: the present enrolment, `printed`, or `stopped`.
ALTER TABLE proposals ADD COLUMN made TEXT;
-- A recovery letter is a recovery code beside those of the sheet: from when it works, and expires_at until when. Its id is the
-- proposal's, so that one proposal prints one letter. Null for the codes of a sheet and of a device.
ALTER TABLE recovery_codes ADD COLUMN starts_at BIGINT;
CREATE INDEX recovery_codes_letters ON recovery_codes (account_id) WHERE starts_at IS NOT NULL;
