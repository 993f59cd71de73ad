//! Tests of the repository itself: sizes, first lines, documents, error codes, requirements, dependencies, fuzz targets, and what web assets
//! and mails may say.

mod app_window;
mod dependencies;
mod documents;
mod error_codes;
mod events;
mod files;
mod fuzzing;
mod requirements;
mod rust_sources;
mod samples;
mod texts;
