-- Ways through a recovery, and codes from the app, are deleted some time after their end; these find them.
CREATE INDEX recoveries_expires ON recoveries (expires_at);
CREATE INDEX recoveries_code ON recoveries (code_id);
CREATE INDEX recovery_codes_expires ON recovery_codes (expires_at) WHERE device_id IS NOT NULL;
