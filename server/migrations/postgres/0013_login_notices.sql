-- Notices about logins (RISK-06). The tables of 0005 were never used; these fit what the notices need.
DROP TABLE login_lines;
DROP TABLE login_windows;
DROP TABLE login_watch;

-- What waits to be told: one row a login, written with it. kind: `done` or `begun`. The id is that of the attempt, so that one
-- is never told twice. No foreign key: the row lives for seconds, and a login shall not pay for it.
CREATE TABLE login_lines (
    account_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    at BIGINT NOT NULL,
    what TEXT NOT NULL,
    place TEXT NOT NULL,
    browser TEXT NOT NULL,
    known_browser BIGINT NOT NULL,
    region TEXT NOT NULL,
    PRIMARY KEY (account_id, kind, id)
);

-- Until when what comes is gathered, for completed logins and for begun ones apart; secs is how long the last window was.
CREATE TABLE login_windows (
    account_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    until BIGINT NOT NULL,
    secs BIGINT NOT NULL,
    PRIMARY KEY (account_id, kind)
);

-- The customer's choice; without a row, every login is told.
CREATE TABLE login_choices (
    account_id TEXT PRIMARY KEY REFERENCES accounts (id),
    only_new BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);

-- Regions an account logged in from: the country, or the network where the country is not known.
CREATE TABLE login_regions (
    account_id TEXT NOT NULL REFERENCES accounts (id),
    region TEXT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, region)
);
CREATE INDEX login_regions_last ON login_regions (last_at);
INSERT INTO login_regions (account_id, region, first_at, last_at)
SELECT account_id, place, MIN(created_at), MAX(created_at) FROM sessions WHERE place <> 'ZZ' GROUP BY account_id, place;

-- The last attempt that was judged as finished or not; ids begin with their time.
CREATE TABLE login_watch (
    only_one BIGINT PRIMARY KEY CHECK (only_one = 1),
    judged TEXT NOT NULL
);
INSERT INTO login_watch (only_one, judged) VALUES (1, '');
