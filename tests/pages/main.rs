//! The hosted pages in real Chromium, and their answers byte by byte.

mod accessibility;
mod answers;
mod code;
mod enrolling;
mod keyboard;
mod limits;
mod plain;
mod samples_look;
mod session_end;
mod visitor;
mod waiting;
mod walk;
mod withdrawing;
