-- Wrong passwords and the locks that they bring wait in login_lines like logins do: kinds `wrong` and `lock` (RISK-06).
-- until is the end of a lock, and zero for everything else.
ALTER TABLE login_lines ADD COLUMN until BIGINT NOT NULL DEFAULT 0;
