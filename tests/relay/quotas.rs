//! Quotas (RELAY-10): each holds, says so, and lets go again.

use serde_json::json;
use tokio_tungstenite::tungstenite::Error;
use warifu_tests::autopush_client::{AutopushClient, Closed};

use crate::node::{CHANNEL, CHANNEL_2, Node, Sender, databases};

#[tokio::test]
async fn relay_10_a_closed_relay_serves_our_sender_only() {
    let databases = databases().await;
    let node = Node::plain(&databases[0]).await;
    let (mut client, _) = node.client(None).await;
    let stranger = Sender::stranger().public();
    for key in [
        None,
        Some(stranger.as_str()),
        Some(""),
        Some("AAAA"),
        Some("not base64url!"),
    ] {
        let answer = client.register(CHANNEL, key).await;
        assert_eq!(
            (&answer["status"], &answer["channelID"]),
            (&json!(400), &json!(CHANNEL)),
            "{key:?}"
        );
        assert!(
            !answer["pushEndpoint"].as_str().unwrap().starts_with("http"),
            "{answer}"
        );
    }
    client.endpoint(CHANNEL, Some(&Sender::own().public())).await;
}

#[tokio::test]
async fn relay_10_channels_of_an_agent_are_limited() {
    for database in databases().await {
        let node = Node::start(&database, |config| config.channels_per_agent = 1).await;
        let (mut client, _) = node.client(None).await;
        let key = Sender::own().public();
        client.endpoint(CHANNEL, Some(&key)).await;
        assert_eq!(client.register(CHANNEL_2, Some(&key)).await["status"], 400);
        client.endpoint(CHANNEL, Some(&key)).await;
        client
            .send(&json!({"messageType": "unregister", "channelID": CHANNEL}))
            .await;
        client.receive().await;
        client.endpoint(CHANNEL_2, Some(&key)).await;
    }
}

#[tokio::test]
async fn relay_10_waiting_messages_of_an_agent_are_limited_and_topics_still_replace() {
    for database in databases().await {
        let node = Node::start(&database, |config| config.messages_per_agent = 2).await;
        let (mut client, uaid, endpoint) = node.subscribed().await;
        node.post(&endpoint).with("Topic", "login").accepted().await;
        node.post(&endpoint).accepted().await;
        let headers = node.post(&endpoint).refused(429, 201).await;
        assert_eq!(headers["retry-after"], "60");
        node.post(&endpoint).with("Topic", "login").accepted().await;
        node.post(&endpoint)
            .with("Topic", "other")
            .refused(429, 201)
            .await;
        for notification in client.settle().await {
            client.ack(&notification).await;
        }
        client.settle().await;
        drop(client);
        node.post(&endpoint).accepted().await;
        let (mut client, _) = node.client(Some(&uaid)).await;
        assert_eq!(client.settle().await.len(), 1);
    }
}

#[tokio::test]
async fn relay_10_messages_a_minute_to_one_channel_are_limited() {
    let databases = databases().await;
    let node = Node::plain(&databases[0]).await;
    let (mut client, _, endpoint) = node.subscribed().await;
    let other = client.endpoint(CHANNEL_2, Some(&Sender::own().public())).await;
    for _ in 0..10 {
        node.post(&endpoint).accepted().await;
    }
    let headers = node.post(&endpoint).refused(429, 201).await;
    assert_eq!(headers["retry-after"], "60");
    node.post(&other).accepted().await;
    node.clock.advance_secs(60);
    node.post(&endpoint).accepted().await;
}

#[tokio::test]
async fn relay_10_connections_of_a_node_and_of_an_address_are_limited() {
    let databases = databases().await;
    for (node, status) in [
        (
            Node::start(&databases[0], |config| config.connections = 1).await,
            503,
        ),
        (
            Node::start(&databases[0], |config| config.connections_per_address = 1).await,
            429,
        ),
    ] {
        let (mut client, _) = node.client(None).await;
        match AutopushClient::try_connect(&node.url, &[]).await {
            Err(Error::Http(response)) => {
                assert_eq!(response.status(), status);
                assert_eq!(response.headers()["retry-after"], "60");
            }
            other => panic!("got {:?}", other.map(|(_, response)| response)),
        }
        client.send(&json!({"messageType": "nonsense"})).await;
        assert_eq!(client.closed().await, Closed::Code(1011));
        drop(client);
        node.stop().await;
    }
}

#[tokio::test]
async fn relay_10_new_agents_of_an_address_are_limited_known_ones_are_not() {
    let databases = databases().await;
    let node = Node::start(&databases[0], |config| config.new_agents_per_minute = 1).await;
    let key = Sender::own().public();
    let (mut first, _, _) = node.subscribed().await;
    let (mut second, _) = node.client(None).await;
    assert_eq!(second.register(CHANNEL, Some(&key)).await["status"], 400);
    first.endpoint(CHANNEL_2, Some(&key)).await;
    node.clock.advance_secs(60);
    second.endpoint(CHANNEL, Some(&key)).await;
}
