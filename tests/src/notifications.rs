//! (to be written) notifications
