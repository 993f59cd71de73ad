//! Mail from the queue to a real SMTP conversation.

mod log;
mod mailroom;
mod queue;
mod refused;
mod secrecy;
mod smtp;
