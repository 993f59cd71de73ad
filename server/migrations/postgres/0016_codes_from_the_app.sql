-- Codes that a device asked for stand beside those of the sheet: one open at a time, for some minutes (CHAL-13).

-- device_id and expires_at are null for the codes of a sheet. The id of such a code is the id of the token that asked for it, so
-- that one token gets one code.
ALTER TABLE recovery_codes ADD COLUMN device_id TEXT REFERENCES devices (id);
ALTER TABLE recovery_codes ADD COLUMN expires_at BIGINT;
