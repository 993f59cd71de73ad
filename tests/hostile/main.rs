//! Hostile devices, races and crashes against the main path, on both databases.

mod races;
mod scene;
mod write_door;
