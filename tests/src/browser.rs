//! (to be written) browser
