//! Places for connections: how many are open, in all and from each address (WEB-11, RELAY-10).

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

/// Where a connection comes from, as far as quotas go: an IPv4 address, or the /64 of an IPv6 address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Source(u128);

impl From<IpAddr> for Source {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => Self(u128::from(u32::from(v4))),
            IpAddr::V6(v6) => Self(u128::from(v6) & !u128::from(u64::MAX)),
        }
    }
}

/// Which limit was hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Busy {
    /// This node has all the connections it takes.
    Node,
    /// This address has.
    Address,
}

/// The open connections.
#[derive(Debug, Default)]
pub(crate) struct Connections {
    open: watch::Sender<usize>,
    by_source: Mutex<HashMap<Source, usize>>,
}

/// One open connection; dropping it frees its place.
#[derive(Debug)]
pub(crate) struct Place {
    connections: Arc<Connections>,
    source: Option<Source>,
}

impl Connections {
    /// Takes a place.
    pub(crate) fn enter(
        self: &Arc<Self>,
        source: Option<Source>,
        per_node: usize,
        per_source: usize,
    ) -> Result<Place, Busy> {
        let mut by_source = self.by_source.lock().unwrap_or_else(PoisonError::into_inner);
        if *self.open.borrow() >= per_node {
            return Err(Busy::Node);
        }
        if let Some(source) = source {
            let count = by_source.entry(source).or_default();
            if *count >= per_source {
                return Err(Busy::Address);
            }
            *count += 1;
        }
        self.open.send_modify(|open| *open += 1);
        Ok(Place {
            connections: Arc::clone(self),
            source,
        })
    }

    /// How many are open.
    pub(crate) fn count(&self) -> usize {
        *self.open.borrow()
    }

    /// Waits until none is open.
    pub(crate) async fn none_left(&self) {
        // The sender lives in `self`, so waiting cannot fail.
        drop(self.open.subscribe().wait_for(|open| *open == 0).await);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut by_source = self
            .connections
            .by_source
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(source) = self.source
            && let Some(count) = by_source.get_mut(&source)
        {
            *count -= 1;
            if *count == 0 {
                by_source.remove(&source);
            }
        }
        self.connections.open.send_modify(|open| *open -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relay_10_places_are_limited_and_freed() {
        let connections = Arc::new(Connections::default());
        let a = Some(Source::from(IpAddr::from([192, 0, 2, 1])));
        let b = Some(Source::from(IpAddr::from([192, 0, 2, 2])));
        let first = connections.enter(a, 2, 1).unwrap();
        assert_eq!(connections.enter(a, 2, 1).unwrap_err(), Busy::Address);
        let second = connections.enter(b, 2, 1).unwrap();
        assert_eq!(connections.enter(None, 2, 1).unwrap_err(), Busy::Node);
        drop(first);
        let third = connections.enter(a, 2, 1).unwrap();
        drop((second, third));
        assert_eq!(connections.count(), 0);
    }

    #[test]
    fn relay_10_an_ipv6_network_counts_as_one_address() {
        let one: IpAddr = "2001:db8::1".parse().unwrap();
        let two: IpAddr = "2001:db8::ffff:2".parse().unwrap();
        let other: IpAddr = "2001:db8:0:1::1".parse().unwrap();
        assert_eq!(Source::from(one), Source::from(two));
        assert_ne!(Source::from(one), Source::from(other));
        let mapped: IpAddr = "::ffff:192.0.2.1".parse().unwrap();
        assert_eq!(Source::from(mapped), Source::from(IpAddr::from([192, 0, 2, 1])));
    }
}
