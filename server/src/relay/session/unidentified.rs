//! Before the hello: the only thing a client can do is say who it is (RELAY-03, RELAY-06).

use std::collections::BTreeMap;

use super::{Ending, Identified};
use crate::net::places::Source;
use crate::relay::Relay;
use crate::relay::agent::Uaid;
use crate::relay::protocol::{ClientMessage, ServerMessage};
use crate::store::relay as table;

/// A connection that has not said hello.
pub(in crate::relay) struct Unidentified {
    relay: Relay,
    source: Option<Source>,
}

impl Unidentified {
    /// A new connection.
    pub(in crate::relay) fn new(relay: Relay, source: Option<Source>) -> Self {
        Self { relay, source }
    }

    /// Takes the first message. A known uaid stays, everything else gets a new one; its row comes with the first
    /// channel, so that mere connections leave nothing behind.
    pub(in crate::relay) async fn receive(
        self,
        message: ClientMessage,
    ) -> Result<(Identified, ServerMessage), Ending> {
        let ClientMessage::Hello { uaid, .. } = message else {
            return Err(Ending::Violation);
        };
        let known = match uaid.as_deref().and_then(Uaid::parse) {
            Some(uaid) => self.look_up(uaid).await?,
            None => None,
        };
        let is_known = known.is_some();
        let uaid = known.unwrap_or_else(Uaid::random);
        let answer = ServerMessage::Hello {
            uaid: uaid.expose(),
            status: 200,
            use_webpush: true,
            broadcasts: BTreeMap::new(),
        };
        Ok((
            Identified::new(self.relay, uaid.hash(), self.source, is_known),
            answer,
        ))
    }

    async fn look_up(&self, uaid: Uaid) -> Result<Option<Uaid>, Ending> {
        let agent = uaid.hash().to_string();
        let mut connection = self.relay.0.store.read().await?;
        let Some(seen) = table::agent_seen(&mut connection, &agent).await? else {
            return Ok(None);
        };
        drop(connection);
        let now = self.relay.now();
        // A day's precision is enough for forgetting, and spares a write at each reconnect.
        if now.secs_since(seen) > TOUCH_AFTER_SECS {
            self.relay
                .0
                .store
                .write(move |c| Box::pin(async move { table::touch_agent(c, &agent, now).await }))
                .await?;
        }
        Ok(Some(uaid))
    }
}

pub(super) const TOUCH_AFTER_SECS: i64 = 86_400;
