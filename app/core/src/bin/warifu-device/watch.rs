//! `watch`: stay connected and print requests as they arrive.

use std::time::Duration;

use tokio::sync::broadcast::error::RecvError;
use warifu_device_core::{Connection, CoreError, CoreEvent, DeviceCore};

use crate::output::Output;

/// Prints what arrives until the process is stopped, or after the first request.
pub async fn run(core: &DeviceCore, once: bool, poll: Duration, output: &Output) -> Result<(), CoreError> {
    let mut events = core.events();
    core.start();
    let mut shown = None;
    let mut tick = tokio::time::interval(poll);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    tick.tick().await;
    loop {
        tokio::select! {
            event = events.recv() => match event {
                Ok(CoreEvent::ChallengeArrived { handle }) => {
                    // It may have been decided elsewhere in the meantime.
                    if let Ok(view) = core.challenge(&handle) {
                        output.challenge(&view);
                        if once {
                            return Ok(());
                        }
                    }
                }
                Ok(CoreEvent::Connection) => {
                    let now = connection(core);
                    if shown.replace(now) != Some(now) {
                        output.connection(now);
                    }
                }
                Ok(CoreEvent::ViewChanged | CoreEvent::NoticeArrived) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return Ok(()),
            },
            _ = tick.tick() => {
                // Each service shows its own failure; the next tick asks again.
                let _ = core.poll().await;
            }
        }
    }
}

/// The best of all services: one connection is enough to hear something.
fn connection(core: &DeviceCore) -> Connection {
    let services = core.view().services;
    let any = |wanted: Connection| services.iter().any(|service| service.connection == wanted);
    if any(Connection::Online) {
        Connection::Online
    } else if any(Connection::Connecting) {
        Connection::Connecting
    } else {
        Connection::Offline
    }
}
