//! (to be written) desktop
