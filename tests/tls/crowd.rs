//! How many may be connected: in all, and from one address.

use warifu_tests::autopush_client::AutopushClient;
use warifu_tests::databases::Database;
use warifu_tests::server::TestServer;
use warifu_tests::wire;

use crate::listener::{get, relay, web, with};

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

#[tokio::test]
async fn web_11_a_websocket_keeps_its_place_and_is_not_idle() {
    let server = with(|config| {
        (config.connections.total, config.relay.connections) = (0, 2);
        (config.connections.headers_ms, config.connections.idle_ms) = (300, 300);
    })
    .await;
    let url = format!("ws://{}/", relay(&server));
    let mut first = AutopushClient::connect(&url).await;
    first.hello(None).await;
    // Silent connections come and go by the same limits, one after the other.
    for _ in 0..5 {
        wire::until_hung_up(&mut wire::connect(relay(&server)).await).await;
    }
    let mut second = AutopushClient::connect(&url).await;
    second.hello(None).await;
    let mut third = wire::connect(relay(&server)).await;
    wire::send(&mut third, get("/nothing", &server).as_bytes()).await;
    assert_eq!(wire::try_answer(&mut third).await, None, "both places are taken");
    let channel = "b6d5b3c1-7a11-4c3e-9f52-0d6c1f7a9e10";
    let answer = first.register(channel, None).await;
    assert_eq!(answer["messageType"], "register", "it is still served");
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
