//! What the test suites share: clients that stand for the people and programs around the server.

pub mod autopush_client;
pub mod smtp_server;
