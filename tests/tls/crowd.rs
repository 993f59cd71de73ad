//! How many may be connected: in all, and from one address.

use warifu_tests::databases::Database;
use warifu_tests::server::TestServer;
use warifu_tests::wire;

use crate::listener::{get, web};

#[tokio::test]
async fn web_11_one_address_has_a_limited_number_of_connections_and_others_do_not_suffer() {
    let db = Database::sqlite();
    let server = TestServer::with(&db, |config| config.connections.per_address = 2).await;
    let request = get("/nothing", &server);
    let (mut one, mut two) = (
        wire::connect(web(&server)).await,
        wire::connect(web(&server)).await,
    );
    for stream in [&mut one, &mut two] {
        wire::send(stream, request.as_bytes()).await;
        wire::answer(stream).await;
    }
    let mut third = wire::connect(web(&server)).await;
    assert_eq!(wire::until_hung_up(&mut third).await, b"");
    let mut neighbour = wire::connect_from("127.0.0.2", web(&server)).await;
    wire::send(&mut neighbour, request.as_bytes()).await;
    wire::answer(&mut neighbour).await;
    drop(one);
    comes_in(&server, &request).await;
    wire::send(&mut two, request.as_bytes()).await;
    wire::answer(&mut two).await;
}

#[tokio::test]
async fn web_11_the_server_has_a_limited_number_of_connections() {
    let db = Database::sqlite();
    let server = TestServer::with(&db, |config| config.connections.total = 2).await;
    let request = get("/nothing", &server);
    let one = wire::connect(web(&server)).await;
    let mut two = wire::connect_from("127.0.0.2", web(&server)).await;
    wire::send(&mut two, request.as_bytes()).await;
    wire::answer(&mut two).await;
    let mut third = wire::connect_from("127.0.0.3", web(&server)).await;
    assert_eq!(wire::until_hung_up(&mut third).await, b"");
    drop(one);
    comes_in(&server, &request).await;
}

#[tokio::test]
async fn web_11_declared_proxies_are_not_counted_by_address() {
    let db = Database::sqlite();
    let server = TestServer::with(&db, |config| {
        config.connections.per_address = 1;
        config.proxy.trusted = vec!["127.0.0.1".parse().expect("an address")];
    })
    .await;
    let mut open = Vec::new();
    for _ in 0..5 {
        let mut stream = wire::connect(web(&server)).await;
        wire::send(&mut stream, get("/nothing", &server).as_bytes()).await;
        wire::answer(&mut stream).await;
        open.push(stream);
    }
}

/// A place becomes free a moment after a connection has ended.
async fn comes_in(server: &TestServer, request: &str) {
    let beat = &mut tokio::time::interval(std::time::Duration::from_millis(10));
    let trying = async {
        loop {
            beat.tick().await;
            let mut stream = wire::connect(web(server)).await;
            wire::send(&mut stream, request.as_bytes()).await;
            if wire::try_answer(&mut stream).await.is_some() {
                return;
            }
        }
    };
    let limit = std::time::Duration::from_secs(30);
    tokio::time::timeout(limit, trying).await.expect("a place");
}
