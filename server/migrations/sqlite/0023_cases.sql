-- Cases: what the watcher finds in the log, gathered for each account, and what fraud analysts make of it (S4, decision 39).

-- `open_slot` is the account or the hashed address while the case is open: the database itself keeps it at one open case each.
CREATE TABLE cases (
    id TEXT PRIMARY KEY,
    account_id TEXT,
    open_slot TEXT,
    state TEXT NOT NULL,
    why TEXT NOT NULL,
    level BIGINT NOT NULL,
    kind TEXT NOT NULL,
    kinds BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    detected_at BIGINT NOT NULL,
    assigned_to TEXT,
    assigned_at BIGINT,
    decided_by TEXT,
    decided_at BIGINT
);
CREATE UNIQUE INDEX cases_open ON cases (open_slot) WHERE open_slot IS NOT NULL;
CREATE INDEX cases_list ON cases (state, level, id);
CREATE INDEX cases_mine ON cases (assigned_to, state, level, id) WHERE assigned_to IS NOT NULL;
CREATE INDEX cases_account ON cases (account_id, id) WHERE account_id IS NOT NULL;

-- One row for each kind of signal of a case, however often it comes; the entries of the log that show it first and last.
CREATE TABLE case_signals (
    case_id TEXT NOT NULL,
    code TEXT NOT NULL,
    level BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    first_entry TEXT NOT NULL,
    last_entry TEXT NOT NULL,
    detected_at BIGINT NOT NULL,
    renewed_at BIGINT NOT NULL,
    PRIMARY KEY (case_id, code)
) WITHOUT ROWID;
CREATE INDEX case_signals_newest ON case_signals (renewed_at, case_id, code);

-- Other accounts that belong to it: why, and when they were seen there.
CREATE TABLE case_accounts (
    case_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    why TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (case_id, account_id)
) WITHOUT ROWID;
CREATE INDEX case_accounts_account ON case_accounts (account_id, case_id);

-- Which accounts were tried from an address within the last hour. The address is a keyed hash; rows go after that hour (RISK-09).
CREATE TABLE address_marks (
    address TEXT NOT NULL,
    failed BIGINT NOT NULL,
    account_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (address, failed, account_id)
) WITHOUT ROWID;
CREATE INDEX address_marks_account ON address_marks (account_id);
CREATE INDEX address_marks_at ON address_marks (at);

-- Which other accounts a browser belongs to.
CREATE INDEX known_browsers_account ON known_browsers (account_id);
