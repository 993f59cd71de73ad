//! The rooms of auditors: searching the audit log, one entry with its proof, exports, checkpoints (AUDIT-04, AUDIT-08).

pub mod checkpoints;
pub mod entry;
pub mod export;
mod query;
pub mod search;
pub mod words;

pub use query::Query;
