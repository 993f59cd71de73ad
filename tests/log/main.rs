//! The audit log from leaf to proof: sequencing, checkpoints, the exported copy and its verification, receipts, erasure.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on panics, in helpers too"
)]

mod checkpoints;
mod copy;
mod erasure;
mod program;
mod pruning;
mod public;
mod receipts;
mod scene;
mod sequencing;
mod tampering;
