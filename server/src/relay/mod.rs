//! The built-in push relay: a Web Push service that speaks the autopush protocol (RELAY-01 to RELAY-13).
//!
//! Clients hold a WebSocket open (`socket`, `session`), senders post to endpoints (`push`). A message is stored first
//! and then handed to the connection, so a crash loses nothing and other nodes find it in the database.
//! Nothing here knows accounts or plain text; endpoints, uaids and bodies never reach a log.

pub mod agent;
mod config;
pub mod error;
#[doc(hidden)]
pub mod fuzzing;
mod hub;
mod limits;
mod message;
pub mod protocol;
mod push;
mod session;
mod socket;
pub mod token;
mod vapid;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::{any, delete, post};
use tokio::sync::watch;
use warifu_shared::clock::{SharedClock, Timestamp};

use self::agent::{AgentHash, ChannelId};
use self::hub::Hub;
use self::limits::PerMinute;
use self::vapid::VapidCheck;
use crate::crypto::seal::Sealer;
use crate::net::places::{Connections, Source};
use crate::store::relay as table;
use crate::store::{Store, StoreError};

pub use config::{BadRelayConfig, RelayConfig};
pub use socket::ClientAddress;

/// The relay. Clones share everything.
#[derive(Clone)]
pub struct Relay(Arc<Inner>);

struct Inner {
    store: Store,
    sealer: Sealer,
    clock: SharedClock,
    config: RelayConfig,
    addresses: config::Addresses,
    own_key: Option<[u8; 65]>,
    hub: Hub,
    connections: Arc<Connections>,
    posts: PerMinute<(AgentHash, ChannelId)>,
    new_agents: PerMinute<Source>,
    vapid: VapidCheck,
    stop: watch::Sender<bool>,
}

/// What a sweep removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Messages past their TTL.
    pub messages: u64,
    /// User agents that were not seen for long.
    pub agents: u64,
}

/// The routes of the relay, for a listener of their own. Serve them with
/// `into_make_service_with_connect_info::<SocketAddr>()`, else the quota per address does not apply. A layer that logs
/// requests must leave the path out: endpoints and message ids are secrets.
pub fn router(relay: Relay) -> Router {
    Router::new()
        .route("/", any(socket::upgrade))
        .route("/wpush/{token}", post(push::post_unversioned))
        .route("/wpush/{version}/{token}", post(push::post_versioned))
        .route("/m/{id}", delete(message::withdraw))
        .with_state(relay)
}

/// Waits for the stop; the borrowed value does not live across an await.
async fn stop_asked(stop: &mut watch::Receiver<bool>) {
    drop(stop.wait_for(|stop| *stop).await);
}

impl Relay {
    /// A relay over `store`. `sealer` seals endpoint tokens: with another key all endpoints are void.
    ///
    /// # Errors
    /// When the settings exclude each other.
    pub fn new(
        store: Store,
        sealer: Sealer,
        clock: SharedClock,
        config: RelayConfig,
    ) -> Result<Self, BadRelayConfig> {
        let addresses = config.addresses()?;
        let own_key = config.own_key()?;
        Ok(Self(Arc::new(Inner {
            store,
            sealer,
            clock,
            own_key,
            vapid: VapidCheck::new(addresses.http.clone()),
            addresses,
            config,
            hub: Hub::default(),
            connections: Arc::default(),
            posts: PerMinute::new(),
            new_agents: PerMinute::new(),
            stop: watch::Sender::new(false),
        })))
    }

    /// Makes the connection of an agent look for messages: the receiving end of a NOTIFY (RELAY-13). `uaid_hash` is
    /// the text in `relay_messages.uaid_hash`. Unknown and unconnected agents are no error.
    pub fn poke(&self, uaid_hash: &str) {
        if let Ok(agent) = uaid_hash.parse() {
            self.0.hub.poke(&agent);
        }
    }

    /// How many connections this node holds.
    #[must_use]
    pub fn sockets(&self) -> usize {
        self.0.connections.count()
    }

    /// Looks once for messages that another node took lately and pokes their agents; answers how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn rescan(&self) -> Result<usize, StoreError> {
        if self.0.connections.count() == 0 {
            return Ok(0);
        }
        let now = self.now();
        let since = now.plus_secs(-RESCAN_WINDOW_SECS);
        let mut connection = self.0.store.read().await?;
        let agents = table::agents_with_news(&mut connection, since, now, RESCAN_LIMIT).await?;
        for agent in &agents {
            self.poke(agent);
        }
        Ok(agents.len())
    }

    /// Deletes expired messages and forgets agents that were not seen for long, once.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sweep(&self) -> Result<Swept, StoreError> {
        let now = self.now();
        self.0.posts.sweep(now);
        self.0.new_agents.sweep(now);
        let forget = now.plus_secs(-self.0.config.forget_agents_after_days * 86_400);
        let mut swept = Swept::default();
        loop {
            let step = self
                .0
                .store
                .write(move |c| {
                    Box::pin(async move {
                        let messages = table::sweep_messages(c, now, SWEEP_STEP).await?;
                        let agents = table::sweep_agents(c, forget, SWEEP_STEP).await?;
                        Ok(Swept { messages, agents })
                    })
                })
                .await?;
            swept.messages += step.messages;
            swept.agents += step.agents;
            if step.messages < SWEEP_STEP.unsigned_abs() && step.agents < SWEEP_STEP.unsigned_abs() {
                return Ok(swept);
            }
        }
    }

    /// Looks for other nodes' messages every `rescan_secs` until `stop` turns true, then ends all connections.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let mut tick = tokio::time::interval(Duration::from_secs(self.0.config.rescan_secs.max(1)));
        loop {
            tokio::select! {
                _ = tick.tick() => {
                    if let Err(error) = self.rescan().await {
                        tracing::warn!(relay.error = %error, "The relay could not look for new messages");
                    }
                }
                // A sender that went away means the same as `true`.
                () = stop_asked(&mut stop) => break,
            }
        }
        self.shutdown(Duration::from_secs(3)).await;
    }

    /// Closes every connection with 1001 and waits until all are gone, at most `within`. New ones are refused.
    pub async fn shutdown(&self, within: Duration) {
        self.0.stop.send_replace(true);
        if tokio::time::timeout(within, self.0.connections.none_left())
            .await
            .is_err()
        {
            tracing::warn!(
                relay.connections = self.connections(),
                "Connections of the relay did not end in time"
            );
        }
    }

    /// How many clients are connected to this node.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.0.connections.count()
    }

    fn now(&self) -> Timestamp {
        self.0.clock.now()
    }
}

/// How far a rescan looks back: longer than a slow commit and the skew of the nodes' clocks together.
const RESCAN_WINDOW_SECS: i64 = 30;
/// Agents poked by one rescan.
const RESCAN_LIMIT: i64 = 5_000;
/// Rows deleted by one write of a sweep, so that it never holds up logins.
const SWEEP_STEP: i64 = 500;
