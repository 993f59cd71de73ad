//! The real programs as operators and customers run them: `warifu-server` and `warifu-device`, each in its own process.

mod authenticator;
mod crash;
mod crowd;
mod device;
mod ends;
mod firm;
mod importing;
mod log;
mod mail;
mod money;
mod notices;
mod refusals;
mod scanners;
mod secure;
mod start;
mod twins;
mod two_servers;
mod withdrawing;
