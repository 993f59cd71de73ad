//! Automatic logout, countdown, the list of sessions and their end, confirming again (SESS-01..10).
