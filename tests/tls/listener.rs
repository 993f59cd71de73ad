//! Where the sockets of a test server are.

use std::net::SocketAddr;
use std::ops::Deref;

use warifu_server::config::Config;
use warifu_tests::authority::Authority;
use warifu_tests::databases::Database;
use warifu_tests::server::TestServer;

/// The address of pages and device API.
pub fn web(server: &TestServer) -> SocketAddr {
    server.server.app.config.listen.web
}

/// The address of the relay.
pub fn relay(server: &TestServer) -> SocketAddr {
    server.server.app.config.listen.relay.expect("a relay")
}

/// A server with the database that it owns.
pub struct Served {
    server: TestServer,
    _database: Database,
}

impl Deref for Served {
    type Target = TestServer;

    fn deref(&self) -> &TestServer {
        &self.server
    }
}

/// A server with other settings, over plain HTTP.
pub async fn with(change: impl FnOnce(&mut Config)) -> Served {
    let database = Database::sqlite();
    Served {
        server: TestServer::with(&database, change).await,
        _database: database,
    }
}

/// A server with TLS on both listeners.
pub async fn with_tls(authority: &Authority, change: impl FnOnce(&mut Config)) -> Served {
    with(|config| {
        authority.secure(config);
        change(config);
    })
    .await
}

/// A good request that leaves the connection open.
pub fn get(path: &str, server: &TestServer) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", web(server))
}
