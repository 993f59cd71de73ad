//! Devices on the pages: renamed, suspended, removed, moved, the last one (ENROL-12..15).
