//! Clients and senders that try what the other files have not: before the hello, and with what another relay gave out.

use tokio_tungstenite::tungstenite::Message;
use warifu_server::relay::RelayConfig;
use warifu_tests::autopush_client::{AutopushClient, Closed};

use crate::node::{Node, databases};

#[tokio::test]
async fn relay_03_bad_frames_before_the_hello_close_the_socket() {
    let databases = databases().await;
    let node = Node::plain(&databases[0]).await;
    let hello = r#"{"messageType":"hello","use_webpush":true}"#;
    let padded = format!("{}{hello}", " ".repeat(70 * 1024));
    for (frame, codes) in [
        (Message::binary(hello.as_bytes().to_vec()), [1003, 1003]),
        (Message::binary(vec![0; 70 * 1024]), [1009, 1003]),
        (Message::text(padded), [1009, 1009]),
        (Message::text(r#"{"messageType":"HELLO"}"#), [1011, 1011]),
        (Message::text(r#"{"messageType":"hello"} {}"#), [1011, 1011]),
        (Message::text("[".repeat(60 * 1024)), [1011, 1011]),
    ] {
        let mut client = AutopushClient::connect(&node.url).await;
        // The server may cut the connection while the frame is still being written.
        drop(client.send_frame(frame.clone()).await);
        let closed = client.closed().await;
        let giant = frame.len() > 64 * 1024;
        assert!(
            codes.iter().any(|code| closed == Closed::Code(*code)) || giant && closed == Closed::Cut,
            "{closed:?} for {} bytes",
            frame.len()
        );
    }
    let (mut honest, _) = node.client(None).await;
    assert_eq!(honest.settle().await.len(), 0, "others go on");
}

#[tokio::test]
async fn relay_07_relay_09_tokens_of_another_relay_are_404() {
    for database in databases().await {
        let (ours, theirs) = (
            Node::of_firm(42, &database, |_| {}).await,
            Node::of_firm(43, &database, |_| {}).await,
        );
        let (mut client, _, endpoint) = theirs.subscribed().await;
        let carried_over = endpoint.replace(&theirs.http, &ours.http);
        assert_ne!(carried_over, endpoint);
        ours.post(&carried_over).refused(404, 102).await;
        assert_eq!(client.settle().await.len(), 0);
        theirs.post(&endpoint).accepted().await;
        assert_eq!(client.settle().await.len(), 1, "it is good where it came from");
    }
}

#[test]
fn relay_10_the_quotas_are_the_ones_of_the_requirement() {
    let config = RelayConfig::default();
    assert!(!config.open);
    assert_eq!(config.max_body_bytes, 4096);
    assert_eq!((config.channels_per_agent, config.messages_per_agent), (20, 100));
    assert_eq!(config.messages_per_minute, 10);
    assert!(config.connections > 0 && config.connections_per_address > 0);
}
