//! Tests of the repository itself: sizes, first lines, documents, dependencies, and what web assets and mails may say.

mod app_window;
mod dependencies;
mod documents;
mod files;
mod rust_sources;
mod texts;
