//! The real programs as operators and customers run them: `warifu-server` and `warifu-device`, each in its own process.

mod authenticator;
mod device;
mod ends;
mod firm;
mod mail;
mod refusals;
mod scanners;
mod secure;
mod start;
mod twins;
