//! Signed notices, vetoes, and requests that another device answered (ENROL-07, ENROL-09).
