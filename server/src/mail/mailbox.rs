//! Demo mailbox
