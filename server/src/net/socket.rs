//! A connection's socket: holds its place and tells when bytes come.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::places::Place;

/// The socket. It keeps its place also as a WebSocket, when HTTP has let go of it.
pub(super) struct Socket {
    stream: TcpStream,
    activity: Arc<Activity>,
    _place: Place,
}

/// What a connection is doing, so that its time limits fit.
#[derive(Debug)]
pub(super) struct Activity {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug)]
struct State {
    requests: usize,
    phase: Phase,
}

/// Between requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Nothing came since.
    Idle(Instant),
    /// A request began to come in then, or the connection did.
    Headers(Instant),
    /// Requests are answered.
    Busy,
}

/// A request that is answered; it is over when this is dropped.
pub(super) struct Request(Arc<Activity>);

impl Activity {
    fn new() -> Self {
        let phase = Phase::Headers(Instant::now());
        Self {
            state: Mutex::new(State { requests: 0, phase }),
            changed: Notify::new(),
        }
    }

    /// The TLS handshake is over: now the headers have their time.
    pub(super) fn restart(&self) {
        self.change(|state| state.phase = Phase::Headers(Instant::now()));
    }

    /// Bytes came.
    fn heard(&self) {
        self.change(|state| {
            if let Phase::Idle(_) = state.phase {
                state.phase = Phase::Headers(Instant::now());
            }
        });
    }

    /// A request's headers are complete.
    pub(super) fn begin(self: &Arc<Self>) -> Request {
        self.change(|state| {
            state.requests += 1;
            state.phase = Phase::Busy;
        });
        Request(Arc::clone(self))
    }

    pub(super) fn phase(&self) -> Phase {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).phase
    }

    /// Waits for a change of phase since the last look.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    fn change(&self, how: impl FnOnce(&mut State)) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let before = state.phase;
        how(&mut state);
        if state.phase != before {
            self.changed.notify_one();
        }
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        self.0.change(|state| {
            state.requests -= 1;
            if state.requests == 0 {
                state.phase = Phase::Idle(Instant::now());
            }
        });
    }
}

impl Socket {
    pub(super) fn new(stream: TcpStream, place: Place) -> Self {
        Self {
            stream,
            activity: Arc::new(Activity::new()),
            _place: place,
        }
    }

    pub(super) fn activity(&self) -> Arc<Activity> {
        Arc::clone(&self.activity)
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let done = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if buffer.filled().len() > before {
            self.activity.heard();
        }
        done
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
