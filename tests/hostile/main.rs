//! Hostile devices, races and crashes against the main path, on both databases.

mod core_http;
mod core_log;
mod core_scene;
mod counters;
mod decisions;
mod guesses;
mod hot_group;
mod interleavings;
mod keys;
mod ledger;
mod model;
mod races;
mod revocation;
mod round_trips;
mod scene;
mod signatures;
mod tokens;
mod write_door;
