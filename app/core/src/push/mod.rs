//! The push client: one socket per relay, shared by the services that use it (appendix A.3b of `docs/protocol.md`).
//!
//! A push is a hint. It carries an opaque id; the challenge itself is fetched with a signed request and verified, so a
//! relay can delay or drop, but neither read nor forge. What it drops is found by pull when the app is opened.

mod backoff;
mod client;
mod frames;
pub(crate) mod fuzzing;
mod journal;
mod session;
#[cfg(test)]
mod tests;
mod webpush;

use std::future::Future;
use std::sync::Arc;

use warifu_shared::api::Subscription;

pub(crate) use client::{is_allowed, run};
pub(crate) use journal::{Hint, Journal};

use crate::error::CoreError;
use crate::vault::PushSecret;
use crate::view::Connection;

/// One service's channel at a relay.
#[derive(Clone)]
pub(crate) struct Channel {
    /// The service's handle.
    pub(crate) service: String,
    /// The channel: a UUID, one per account.
    pub(crate) channel: String,
    /// The only key that may post to its endpoint.
    pub(crate) vapid_key: String,
    /// What its messages are encrypted to.
    pub(crate) keys: Arc<PushSecret>,
    /// The uaid that the server's subscription belongs to.
    pub(crate) uploaded_for: Option<String>,
}

/// What the push client needs of the core.
pub(crate) trait PushHost: Send + Sync + 'static {
    /// The channels that listen at this relay now.
    fn channels(&self, relay: &str) -> Vec<Channel>;
    /// Whether no service has this channel any more (one that is only locked still has it).
    fn is_gone(&self, channel: &str) -> bool;
    /// Our name at this relay, if it gave us one.
    fn uaid(&self, relay: &str) -> Option<String>;
    /// Keeps our name at this relay.
    fn remember_uaid(&self, relay: &str, uaid: &str) -> impl Future<Output = Result<(), CoreError>> + Send;
    /// Hands a subscription to the service with a signed request, and remembers that it was done.
    fn upload(
        &self,
        service: &str,
        subscription: Subscription,
        uaid: &str,
    ) -> impl Future<Output = Result<(), CoreError>> + Send;
    /// Where hints are written down.
    fn journal(&self) -> Arc<Journal>;
    /// A new hint was written down: fetch its challenge. Must not block.
    fn arrived(&self, hint: Hint);
    /// The state of a relay's connection. Must not block.
    fn connection(&self, relay: &str, connection: Connection);
}
