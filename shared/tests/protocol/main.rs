//! The protocol against its vectors and against attackers: keys, tokens, HTTP signatures, the rendered screen.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on panics, in helpers too"
)]

mod approval;
mod challenge;
mod challenge_text;
mod checkpoint;
mod confusion;
mod damage;
mod display;
mod enrolment;
mod fingerprint;
mod http_content;
mod http_refusals;
mod http_signature;
mod keys;
mod log;
mod properties;
mod recall;
mod receipt;
mod support;
mod tokens;
mod vectors;
