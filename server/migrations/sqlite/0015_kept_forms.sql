-- What a customer had typed when the automatic logout came (SESS-09): for the same account only, a day long. No passwords.

CREATE TABLE kept_forms (
    account_id TEXT PRIMARY KEY REFERENCES accounts (id),
    amount TEXT NOT NULL,
    kept_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX kept_forms_time ON kept_forms (kept_at);
