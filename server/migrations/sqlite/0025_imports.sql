-- Files of customers that staff import: the file while it is checked, its rows until they are accounts, what was wrong with it.
CREATE TABLE imports (
    id TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    file_name TEXT NOT NULL,
    -- SHA-256 of the file; `live_hash` is the same while this import is not cancelled, so that a file comes once.
    file_hash TEXT NOT NULL DEFAULT '',
    live_hash TEXT UNIQUE,
    characters TEXT NOT NULL DEFAULT '',
    bytes BIGINT NOT NULL DEFAULT 0,
    -- How far the check is.
    bytes_read BIGINT NOT NULL DEFAULT 0,
    lines_read BIGINT NOT NULL DEFAULT 0,
    rows_read BIGINT NOT NULL DEFAULT 0,
    rows_good BIGINT NOT NULL DEFAULT 0,
    rows_bad BIGINT NOT NULL DEFAULT 0,
    -- How far the opening is.
    opened BIGINT NOT NULL DEFAULT 0,
    failed BIGINT NOT NULL DEFAULT 0,
    uploaded_by TEXT NOT NULL,
    proposed_by TEXT,
    approved_by TEXT,
    -- Who may collect the letters, and until when; 0 while that waits for another person.
    letters_by TEXT,
    letters_asked_at BIGINT NOT NULL DEFAULT 0,
    letters_until BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    -- Which process works on it, and until when the others leave it alone.
    lease_by TEXT NOT NULL DEFAULT '',
    lease_until BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX imports_state ON imports (state);

CREATE TABLE import_parts (
    import_id TEXT NOT NULL REFERENCES imports (id),
    place BIGINT NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (import_id, place)
);

-- Personal details: a row goes when its account is there, and all go when the import ends.
CREATE TABLE import_rows (
    import_id TEXT NOT NULL REFERENCES imports (id),
    line BIGINT NOT NULL,
    number TEXT NOT NULL,
    name TEXT NOT NULL,
    language TEXT NOT NULL,
    mail TEXT NOT NULL,
    PRIMARY KEY (import_id, line)
);
CREATE UNIQUE INDEX import_rows_number ON import_rows (import_id, number);

-- No personal details: a line, and what is wrong with it.
CREATE TABLE import_errors (
    import_id TEXT NOT NULL REFERENCES imports (id),
    line BIGINT NOT NULL,
    place BIGINT NOT NULL,
    problem TEXT NOT NULL,
    other_line BIGINT,
    PRIMARY KEY (import_id, line, place)
);

-- What was opened, in the order of the file: the numbers of the letters.
CREATE TABLE import_accounts (
    import_id TEXT NOT NULL REFERENCES imports (id),
    place BIGINT NOT NULL,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    letter_at BIGINT,
    PRIMARY KEY (import_id, place)
);
CREATE INDEX import_accounts_account ON import_accounts (account_id);
