//! Login passwords: changed, forgotten, changed from the app (PASS-01..05).
