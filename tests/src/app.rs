//! (to be written) app
