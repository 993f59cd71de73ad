//! The edge of the server: TLS, proxies, and clients that are slow, broken or too many, over raw sockets.

mod broken;
mod crowd;
mod device;
mod listener;
mod proxy;
mod serving;
mod slow;
