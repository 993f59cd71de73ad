//! (to be written) customer
