//! Frames, timers, origins, shutdown.

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::{Error, Message};
use warifu_tests::autopush_client::{AutopushClient, Closed};

use crate::node::{CHANNEL, Node, databases};

#[tokio::test]
async fn relay_03_without_a_hello_in_time_the_socket_closes() {
    let databases = databases().await;
    let node = Node::start(&databases[0], |config| config.hello_timeout_ms = 50).await;
    let mut silent = AutopushClient::connect(&node.url).await;
    assert_eq!(silent.closed().await, Closed::Code(1008));
    let mut pinging = AutopushClient::connect(&node.url).await;
    pinging.send_frame(Message::Ping("x".into())).await.unwrap();
    assert_eq!(
        pinging.closed().await,
        Closed::Code(1008),
        "a WebSocket ping is no hello"
    );
    assert_eq!(
        warifu_server::relay::RelayConfig::default().hello_timeout_ms,
        5_000
    );
}

#[tokio::test]
async fn relay_03_anything_but_a_hello_first_closes_with_1011() {
    let databases = databases().await;
    let node = Node::plain(&databases[0]).await;
    for first in [
        "{}",
        "",
        "null",
        "{\"messageType\":\"ping\"}",
        "{\"messageType\":\"ack\",\"updates\":[]}",
        "{",
    ] {
        let mut client = AutopushClient::connect(&node.url).await;
        client.send_frame(Message::text(first)).await.unwrap();
        assert_eq!(client.closed().await, Closed::Code(1011), "{first}");
    }
}

#[tokio::test]
async fn relay_03_bad_frames_after_the_hello_close_the_socket() {
    let databases = databases().await;
    let node = Node::plain(&databases[0]).await;
    let acks =
        json!({"messageType": "ack", "updates": vec![json!({"channelID": CHANNEL, "version": "x"}); 101]});
    for (frame, code) in [
        (Message::binary(b"{}".to_vec()), 1003),
        (Message::text("not json"), 1011),
        (Message::text(r#"{"messageType":"shout"}"#), 1011),
        (
            Message::text(r#"{"messageType":"hello","use_webpush":true}"#),
            1011,
        ),
        (Message::text(acks.to_string()), 1011),
    ] {
        let (mut client, _) = node.client(None).await;
        client.send_frame(frame.clone()).await.unwrap();
        assert_eq!(client.closed().await, Closed::Code(code), "{frame:?}");
    }
}

#[tokio::test]
async fn relay_03_a_giant_frame_ends_the_connection_and_a_large_one_does_not() {
    let databases = databases().await;
    let node = Node::plain(&databases[0]).await;
    let (mut client, _) = node.client(None).await;
    let padded =
        |size| json!({"messageType": "broadcast_subscribe", "broadcasts": {}, "x": "y".repeat(size)});
    client.send(&padded(60 * 1024)).await;
    assert_eq!(
        client.receive().await,
        json!({"messageType": "broadcast", "broadcasts": {}})
    );
    // The server may cut the connection while the frame is still being written.
    drop(
        client
            .send_frame(Message::text(padded(70 * 1024).to_string()))
            .await,
    );
    assert!(matches!(client.closed().await, Closed::Code(1009) | Closed::Cut));
}

#[tokio::test]
async fn relay_04_the_subprotocol_is_echoed_when_offered_and_not_needed() {
    let databases = databases().await;
    let node = Node::plain(&databases[0]).await;
    let offered = [("Sec-WebSocket-Protocol", "push-notification")];
    let (mut client, response) = AutopushClient::try_connect(&node.url, &offered).await.unwrap();
    assert_eq!(response.headers()["sec-websocket-protocol"], "push-notification");
    client.hello(None).await;
    let (mut client, response) = AutopushClient::try_connect(&node.url, &[]).await.unwrap();
    assert!(!response.headers().contains_key("sec-websocket-protocol"));
    client.hello(None).await;
}

#[tokio::test]
async fn relay_05_both_forms_of_ping_are_answered_and_hasty_ones_close() {
    let databases = databases().await;
    let node = Node::plain(&databases[0]).await;
    for ping in [json!({}), json!({"messageType": "ping"})] {
        let (mut client, _) = node.client(None).await;
        client.send(&ping).await;
        assert_eq!(client.receive().await, json!({}));
        client.send(&ping).await;
        assert_eq!(client.closed().await, Closed::Code(1008));
    }
}

#[tokio::test]
async fn relay_05_the_server_pings_and_drops_who_does_not_answer() {
    let databases = databases().await;
    let node = Node::start(&databases[0], |config| {
        config.ping_every_secs = 1;
        config.pong_timeout_ms = 50;
    })
    .await;
    let (client, _) = node.client(None).await;
    let mut stream = client.into_tcp();
    let mut ping = [0; 2];
    stream.read_exact(&mut ping).await.unwrap();
    assert_eq!(ping, [0x89, 0x00], "a WebSocket ping");
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.unwrap();
    assert_eq!(rest, b"", "the connection ends without another frame");

    let (client, _) = node.client(None).await;
    let mut stream = client.into_tcp();
    for _ in 0..2 {
        stream.read_exact(&mut ping).await.unwrap();
        assert_eq!(ping, [0x89, 0x00], "after a pong the next ping comes");
        stream.write_all(&[0x8a, 0x80, 0, 0, 0, 0]).await.unwrap();
    }
}

#[tokio::test]
async fn relay_11_web_pages_may_not_open_the_socket() {
    let databases = databases().await;
    let node = Node::plain(&databases[0]).await;
    let own = node.url.clone();
    let (mut client, _) = AutopushClient::try_connect(&node.url, &[("Origin", &own)])
        .await
        .unwrap();
    client.hello(None).await;
    let page_here = node.http.clone();
    for origin in [
        "https://evil.example",
        "http://localhost:8080",
        &page_here,
        "null",
        "ws://evil.example/",
        "wss://127.0.0.1/",
    ] {
        match AutopushClient::try_connect(&node.url, &[("Origin", origin)]).await {
            Err(Error::Http(response)) => assert_eq!(response.status(), 403, "{origin}"),
            other => panic!("{origin} got {:?}", other.map(|(_, response)| response)),
        }
    }
}

#[tokio::test]
async fn relay_13_shutdown_closes_with_1001_and_refuses_newcomers() {
    let databases = databases().await;
    let node = Node::plain(&databases[0]).await;
    let (mut client, _, _) = node.subscribed().await;
    let mut waiting = AutopushClient::connect(&node.url).await;
    let url = node.url.clone();
    let (code, early, ()) = tokio::join!(client.closed(), waiting.closed(), node.stop());
    assert_eq!((code, early), (Closed::Code(1001), Closed::Code(1001)));
    match AutopushClient::try_connect(&url, &[]).await {
        Err(Error::Http(response)) => assert_eq!(response.status(), 503),
        other => panic!("got {:?}", other.map(|(_, response)| response)),
    }
}

#[tokio::test]
async fn relay_13_the_running_relay_finds_messages_of_other_nodes_and_stops_when_told() {
    for database in databases().await {
        let here = Node::start(&database, |config| config.rescan_secs = 1).await;
        let there = Node::plain(&database).await;
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let running = tokio::spawn(here.relay.clone().run(stopped));
        let (mut client, _, endpoint) = here.subscribed().await;
        there
            .post(&endpoint.replace(&here.http, &there.http))
            .accepted()
            .await;
        assert_eq!(client.receive().await["channelID"], CHANNEL);
        stop.send_replace(true);
        assert_eq!(client.closed().await, Closed::Code(1001));
        running.await.unwrap();
        assert_eq!(here.relay.connections(), 0);
    }
}
