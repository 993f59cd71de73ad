//! (to be written) page
