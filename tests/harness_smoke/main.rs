//! Tests of the harness itself, each of which could fail.
