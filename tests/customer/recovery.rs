//! Recovery codes and the way back into an account that has lost its device (ENROL-11).
