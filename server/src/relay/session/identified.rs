//! After the hello: channels, acknowledgements, pings and delivery (RELAY-05, RELAY-07, RELAY-08).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use warifu_shared::b64;
use warifu_shared::clock::Timestamp;

use super::Ending;
use super::delivery::UnderWay;
use super::unidentified::TOUCH_AFTER_SECS;
use crate::net::places::Source;
use crate::relay::Relay;
use crate::relay::agent::{AgentHash, ChannelId};
use crate::relay::config::read_vapid_key;
use crate::relay::hub::{Mailbox, News};
use crate::relay::protocol::{AckUpdate, ClientMessage, ServerMessage};
use crate::relay::token::Endpoint;
use crate::relay::vapid::key_hash;
use crate::store::StoreError;
use crate::store::relay::{self as table, NewChannel};

/// A connection that has said hello. Dropping it takes the agent out of the hub.
pub(in crate::relay) struct Identified {
    relay: Relay,
    agent: AgentHash,
    mailbox: Arc<Mailbox>,
    source: Option<Source>,
    /// Whether the agent has a row.
    is_known: bool,
    touched: Timestamp,
    under_way: UnderWay,
    last_ping: Option<Instant>,
}

impl Identified {
    pub(super) fn new(relay: Relay, agent: AgentHash, source: Option<Source>, is_known: bool) -> Self {
        let mailbox = relay.0.hub.join(agent);
        let touched = relay.now();
        let under_way = UnderWay::default();
        Self {
            relay,
            agent,
            mailbox,
            source,
            is_known,
            touched,
            under_way,
            last_ping: None,
        }
    }

    /// The mailbox to wait on.
    pub(in crate::relay) fn mailbox(&self) -> Arc<Mailbox> {
        Arc::clone(&self.mailbox)
    }

    /// Takes a message and answers what to send.
    pub(in crate::relay) async fn receive(
        &mut self,
        message: ClientMessage,
    ) -> Result<Vec<ServerMessage>, Ending> {
        match message {
            ClientMessage::Hello { .. } => Err(Ending::Violation),
            ClientMessage::Register { channel_id, key } => {
                Ok(vec![self.register(channel_id, key.as_deref()).await])
            }
            ClientMessage::Unregister { channel_id, code: _ } => {
                let (agent, channel) = (self.agent.to_string(), channel_id.to_string());
                self.relay
                    .0
                    .store
                    .write(move |c| Box::pin(async move { table::unregister(c, &agent, &channel).await }))
                    .await?;
                Ok(vec![ServerMessage::Unregister {
                    channel_id,
                    status: 200,
                }])
            }
            ClientMessage::Ack { updates } => self.acknowledge(updates).await,
            // What the client could not handle stays, and is sent again on the next connection.
            ClientMessage::Nack { .. } => Ok(Vec::new()),
            ClientMessage::BroadcastSubscribe { .. } => Ok(vec![ServerMessage::Broadcast {
                broadcasts: BTreeMap::new(),
            }]),
            ClientMessage::Ping => self.ping(),
        }
    }

    /// Everything that waits, up to the window.
    pub(in crate::relay) async fn waiting(&mut self) -> Result<Vec<ServerMessage>, Ending> {
        if !self.is_known {
            return Ok(Vec::new());
        }
        let limit = i64::try_from(UnderWay::READ).unwrap_or(i64::MAX);
        let mut connection = self.relay.0.store.read().await?;
        let agent = self.agent.to_string();
        let waiting = table::waiting(&mut connection, &agent, self.relay.now(), limit).await?;
        Ok(self.under_way.send_waiting(&waiting))
    }

    /// Takes what came through the mailbox.
    pub(in crate::relay) async fn deliver(&mut self, news: News) -> Result<Vec<ServerMessage>, Ending> {
        if news.replaced {
            return Err(Ending::Replaced);
        }
        let mut out = Vec::new();
        let mut rescan = news.rescan;
        for message in &news.fresh {
            if self.under_way.has_room() {
                out.extend(self.under_way.send(message));
            } else {
                rescan = true;
            }
        }
        if rescan {
            out.extend(self.waiting().await?);
        }
        Ok(out)
    }

    /// Notes, once a day, that a connection which stays open for long is still there.
    pub(in crate::relay) async fn is_alive(&mut self) -> Result<(), Ending> {
        let now = self.relay.now();
        if self.is_known && now.secs_since(self.touched) > TOUCH_AFTER_SECS {
            let agent = self.agent.to_string();
            self.relay
                .0
                .store
                .write(move |c| Box::pin(async move { table::touch_agent(c, &agent, now).await }))
                .await?;
            self.touched = now;
        }
        Ok(())
    }

    async fn register(&mut self, channel_id: ChannelId, key: Option<&str>) -> ServerMessage {
        let (status, push_endpoint) = match self.try_register(channel_id, key).await {
            Ok(endpoint) => (200, endpoint),
            Err(RegisterError::Refused(why)) => (400, why.to_owned()),
            Err(RegisterError::Storage(error)) => {
                tracing::error!(relay.error = %error, "A channel could not be registered");
                (500, String::new())
            }
        };
        ServerMessage::Register {
            channel_id,
            status,
            push_endpoint,
        }
    }

    async fn try_register(&mut self, channel: ChannelId, key: Option<&str>) -> Result<String, RegisterError> {
        let inner = &self.relay.0;
        let key =
            key.map(|text| read_vapid_key(text).ok_or(RegisterError::Refused("the key is no P-256 key")));
        let key = key.transpose()?;
        if !inner.config.open && (key.is_none() || key != inner.own_key) {
            return Err(RegisterError::Refused(
                "this relay serves one sender, whose key is needed",
            ));
        }
        let now = self.relay.now();
        if let Some(source) = self.source.filter(|_| !self.is_known) {
            let counted = inner
                .new_agents
                .count(source, inner.config.new_agents_per_minute, now);
            counted.map_err(|_| RegisterError::Refused("too many new user agents from this address"))?;
        }
        let vapid = key.as_ref().map(key_hash);
        let new = NewChannel {
            agent: self.agent.to_string(),
            channel: channel.to_string(),
            vapid: vapid.map(b64::encode).unwrap_or_default(),
            now,
        };
        let quota = inner.config.channels_per_agent;
        let done = inner
            .store
            .write(move |c| Box::pin(async move { table::register(c, &new, quota).await }))
            .await?;
        self.is_known = true;
        if !done {
            return Err(RegisterError::Refused("too many channels"));
        }
        let endpoint = Endpoint {
            agent: self.agent,
            channel,
            vapid,
        };
        Ok(format!(
            "{}{}",
            inner.addresses.http,
            endpoint.to_path(&inner.sealer)
        ))
    }

    async fn acknowledge(&mut self, updates: Vec<AckUpdate>) -> Result<Vec<ServerMessage>, Ending> {
        if updates.len() > ACKS {
            return Err(Ending::Violation);
        }
        let ids: Vec<_> = updates.into_iter().map(|update| update.version).collect();
        self.under_way.acknowledge(&ids);
        let agent = self.agent.to_string();
        self.relay
            .0
            .store
            .write(move |c| Box::pin(async move { table::delete_acked(c, &agent, &ids).await }))
            .await?;
        if self.under_way.wants_more() {
            self.waiting().await
        } else {
            Ok(Vec::new())
        }
    }

    fn ping(&mut self) -> Result<Vec<ServerMessage>, Ending> {
        let least = Duration::from_secs(self.relay.0.config.client_ping_min_secs);
        if self.last_ping.is_some_and(|at| at.elapsed() < least) {
            return Err(Ending::TooManyPings);
        }
        self.last_ping = Some(Instant::now());
        Ok(vec![ServerMessage::Ping])
    }
}

impl Drop for Identified {
    fn drop(&mut self) {
        self.relay.0.hub.leave(&self.agent, &self.mailbox);
    }
}

enum RegisterError {
    /// 400: the text goes to the client.
    Refused(&'static str),
    /// 500.
    Storage(StoreError),
}

impl From<StoreError> for RegisterError {
    fn from(error: StoreError) -> Self {
        Self::Storage(error)
    }
}

/// Acknowledgements in one message.
const ACKS: usize = 100;
