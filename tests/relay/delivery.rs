//! Store and forward: delivery, acknowledgement, redelivery, TTL, topics, restart, several nodes.

use serde_json::{Value, json};
use warifu_shared::b64;

use crate::node::{BODY, CHANNEL, CHANNEL_2, Node, Sender, databases, http_client};

const NOTHING: Vec<Value> = Vec::new();

#[tokio::test]
async fn relay_01_relay_08_a_post_arrives_at_once_in_the_exact_shape() {
    for database in databases().await {
        let node = Node::plain(&database).await;
        let (mut client, _, endpoint) = node.subscribed().await;
        let response = node.post(&endpoint).send().await;
        assert_eq!(response.status(), 201);
        assert_eq!(response.headers()["ttl"], "60");
        let location = response.headers()["location"].to_str().unwrap().to_owned();
        let notification = client.receive().await;
        let version = notification["version"].as_str().unwrap();
        assert_eq!(location, format!("{}/m/{version}", node.http));
        let expected = json!({
            "messageType": "notification", "channelID": CHANNEL, "version": version,
            "data": b64::encode(BODY), "headers": {"encoding": "aes128gcm"},
        });
        assert_eq!(notification, expected);
    }
}

#[tokio::test]
async fn relay_01_an_empty_push_has_neither_data_nor_headers_and_aesgcm_has_its_own() {
    for database in databases().await {
        let node = Node::plain(&database).await;
        let (mut client, _, endpoint) = node.subscribed().await;
        node.post(&endpoint)
            .without("Content-Encoding")
            .body("")
            .accepted()
            .await;
        let empty = client.receive().await;
        assert!(
            empty.get("data").is_none() && empty.get("headers").is_none(),
            "{empty}"
        );
        let legacy = node
            .post(&endpoint)
            .with("Content-Encoding", "aesgcm")
            .with("Encryption", "salt=abc");
        legacy.with("Crypto-Key", "dh=xyz").accepted().await;
        let expected = json!({"encoding": "aesgcm", "encryption": "salt=abc", "crypto_key": "dh=xyz"});
        assert_eq!(client.receive().await["headers"], expected);
    }
}

#[tokio::test]
async fn relay_08_what_was_posted_while_away_comes_after_the_hello_until_it_is_acknowledged() {
    for database in databases().await {
        let node = Node::plain(&database).await;
        let (client, uaid, endpoint) = node.subscribed().await;
        drop(client);
        node.post(&endpoint).accepted().await;
        let mut versions = Vec::new();
        for _ in 0..3 {
            let (mut client, _) = node.client(Some(&uaid)).await;
            versions.push(client.receive().await["version"].clone());
        }
        assert!(
            versions.iter().all(|version| *version == versions[0]),
            "the version is stable: {versions:?}"
        );
        let (mut client, _) = node.client(Some(&uaid)).await;
        let notification = client.receive().await;
        client.ack(&notification).await;
        assert_eq!(client.settle().await, NOTHING);
        let (mut client, _) = node.client(Some(&uaid)).await;
        assert_eq!(client.settle().await, NOTHING, "never again");
    }
}

#[tokio::test]
async fn relay_08_a_nack_and_a_foreign_ack_delete_nothing() {
    for database in databases().await {
        let node = Node::plain(&database).await;
        let (mut client, uaid, endpoint) = node.subscribed().await;
        node.post(&endpoint).accepted().await;
        let notification = client.receive().await;
        client
            .send(&json!({"messageType": "nack", "version": notification["version"], "code": 301}))
            .await;
        client.settle().await;
        let (mut other, _, _) = node.subscribed().await;
        other.ack(&notification).await;
        other.settle().await;
        let (mut again, _) = node.client(Some(&uaid)).await;
        assert_eq!(again.receive().await, notification);
    }
}

#[tokio::test]
async fn relay_08_a_backlog_larger_than_the_window_arrives_whole_and_once() {
    for database in databases().await {
        let node = Node::start(&database, |config| config.messages_per_minute = 100).await;
        let (client, uaid, endpoint) = node.subscribed().await;
        drop(client);
        let mut posted = Vec::new();
        for _ in 0..25 {
            posted.push(node.post(&endpoint).accepted().await);
        }
        let (mut client, _) = node.client(Some(&uaid)).await;
        let mut got = Vec::new();
        while got.len() < 25 {
            let notification = client.receive().await;
            client.ack(&notification).await;
            got.push(format!(
                "{}/m/{}",
                node.http,
                notification["version"].as_str().unwrap()
            ));
        }
        assert_eq!(client.settle().await, NOTHING);
        got.sort();
        posted.sort();
        assert_eq!(got, posted);
    }
}

#[tokio::test]
async fn relay_08_messages_past_their_ttl_are_not_delivered_and_are_swept() {
    for database in databases().await {
        let node = Node::plain(&database).await;
        let (client, uaid, endpoint) = node.subscribed().await;
        drop(client);
        node.post(&endpoint).with("TTL", "10").accepted().await;
        node.post(&endpoint).with("TTL", "1000").accepted().await;
        node.clock.advance_secs(10);
        let (mut client, _) = node.client(Some(&uaid)).await;
        client.receive().await;
        assert_eq!(client.settle().await, NOTHING);
        assert_eq!(node.relay.sweep().await.unwrap().messages, 1);
        assert_eq!(node.relay.sweep().await.unwrap().messages, 0);
    }
}

#[tokio::test]
async fn relay_08_ttl_0_reaches_who_is_connected_and_nobody_later() {
    for database in databases().await {
        let node = Node::plain(&database).await;
        let (mut client, uaid, endpoint) = node.subscribed().await;
        node.post(&endpoint).with("TTL", "0").accepted().await;
        assert_eq!(client.receive().await["channelID"], CHANNEL);
        drop(client);
        node.relay.shutdown(std::time::Duration::from_secs(5)).await;
        node.post(&endpoint).with("TTL", "0").accepted().await;
        let next = Node::plain(&database).await;
        let (mut client, same) = next.client(Some(&uaid)).await;
        assert_eq!(same, uaid);
        assert_eq!(client.settle().await, NOTHING);
    }
}

#[tokio::test]
async fn relay_08_a_topic_replaces_the_waiting_message_of_its_channel_only() {
    for database in databases().await {
        let node = Node::plain(&database).await;
        let (mut client, uaid, endpoint) = node.subscribed().await;
        let other = client.endpoint(CHANNEL_2, Some(&Sender::own().public())).await;
        drop(client);
        node.post(&endpoint)
            .with("Topic", "login")
            .body("old")
            .accepted()
            .await;
        node.post(&endpoint)
            .with("Topic", "withdrawal")
            .body("kept")
            .accepted()
            .await;
        node.post(&other)
            .with("Topic", "login")
            .body("elsewhere")
            .accepted()
            .await;
        node.post(&endpoint).body("no topic").accepted().await;
        node.post(&endpoint)
            .with("Topic", "login")
            .body("new")
            .accepted()
            .await;
        let (mut client, _) = node.client(Some(&uaid)).await;
        let mut bodies: Vec<_> = client
            .settle()
            .await
            .iter()
            .map(|it| it["data"].clone())
            .collect();
        bodies.sort_by_key(ToString::to_string);
        let mut expected = ["kept", "elsewhere", "no topic", "new"].map(|body| json!(b64::encode(body)));
        expected.sort_by_key(ToString::to_string);
        assert_eq!(bodies, expected);
    }
}

#[tokio::test]
async fn relay_09_a_withdrawn_message_is_not_delivered() {
    for database in databases().await {
        let node = Node::plain(&database).await;
        let (client, uaid, endpoint) = node.subscribed().await;
        drop(client);
        let location = node.post(&endpoint).accepted().await;
        for _ in 0..2 {
            assert_eq!(
                http_client().delete(&location).send().await.unwrap().status(),
                204
            );
        }
        let nonsense = http_client()
            .delete(format!("{}/m/nonsense", node.http))
            .send()
            .await
            .unwrap();
        assert_eq!(nonsense.status(), 404);
        let (mut client, _) = node.client(Some(&uaid)).await;
        assert_eq!(client.settle().await, NOTHING);
    }
}

#[tokio::test]
async fn relay_08_a_restart_keeps_messages_agents_and_endpoints() {
    for database in databases().await {
        let node = Node::plain(&database).await;
        let (client, uaid, endpoint) = node.subscribed().await;
        drop(client);
        node.post(&endpoint).accepted().await;
        let before = node.http.clone();
        node.stop().await;
        let node = Node::plain(&database).await;
        let (mut client, same) = node.client(Some(&uaid)).await;
        assert_eq!(same, uaid);
        assert_eq!(client.receive().await["data"], b64::encode(BODY));
        node.post(&endpoint.replace(&before, &node.http)).accepted().await;
        assert_eq!(client.receive().await["data"], b64::encode(BODY));
    }
}

#[tokio::test]
async fn relay_13_a_message_that_another_node_took_is_found_by_rescan_and_by_poke() {
    for database in databases().await {
        let here = Node::plain(&database).await;
        let there = Node::plain(&database).await;
        let (mut client, uaid, endpoint) = here.subscribed().await;
        let elsewhere = endpoint.replace(&here.http, &there.http);
        there.post(&elsewhere).accepted().await;
        assert_eq!(here.relay.rescan().await.unwrap(), 1);
        let first = client.receive().await;
        client.ack(&first).await;
        client.settle().await;
        there.post(&elsewhere).accepted().await;
        let mut hash = b64::encode(ring::digest::digest(&ring::digest::SHA256, &unhex(&uaid)));
        here.relay.poke(&hash);
        client.receive().await;
        hash.push('x');
        here.relay.poke(&hash);
        assert_eq!(client.settle().await, NOTHING);
    }
}

#[tokio::test]
async fn relay_06_agents_that_stay_away_are_forgotten_and_their_endpoints_are_gone() {
    for database in databases().await {
        let node = Node::plain(&database).await;
        let (client, uaid, endpoint) = node.subscribed().await;
        drop(client);
        node.clock.advance_secs(89 * 86_400);
        drop(node.client(Some(&uaid)).await);
        node.clock.advance_secs(2 * 86_400);
        assert_eq!(
            node.relay.sweep().await.unwrap().agents,
            0,
            "it was seen two days ago"
        );
        node.clock.advance_secs(89 * 86_400);
        assert_eq!(node.relay.sweep().await.unwrap().agents, 1);
        node.post(&endpoint).refused(410, 103).await;
        assert_ne!(node.client(Some(&uaid)).await.1, uaid);
    }
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}
