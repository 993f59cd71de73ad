//! Hello, register, unregister.

use serde_json::json;
use warifu_tests::autopush_client::{AutopushClient, Closed};

use crate::node::{CHANNEL, CHANNEL_2, Node, Sender, databases};

#[tokio::test]
async fn relay_01_relay_06_hello_answers_a_new_uaid_in_the_exact_shape() {
    for database in databases().await {
        let node = Node::plain(&database).await;
        let mut client = AutopushClient::connect(&node.url).await;
        let broadcasts = json!({"remote-settings/monitor_changes": "\"1690000000000\""});
        client
            .send(&json!({"messageType": "hello", "broadcasts": broadcasts, "use_webpush": true}))
            .await;
        let answer = client.receive().await;
        let uaid = answer["uaid"].as_str().unwrap();
        assert!(
            uaid.len() == 32
                && uaid
                    .bytes()
                    .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)),
            "{uaid}"
        );
        assert_eq!(
            answer,
            json!({"messageType": "hello", "uaid": uaid, "status": 200, "use_webpush": true, "broadcasts": {}})
        );
    }
}

#[tokio::test]
async fn relay_06_a_known_uaid_stays_and_any_other_is_replaced() {
    for database in databases().await {
        let node = Node::plain(&database).await;
        let (_client, uaid, _) = node.subscribed().await;
        let (_again, same) = node.client(Some(&uaid)).await;
        assert_eq!(same, uaid);
        let dashed = format!(
            "{}-{}-{}-{}-{}",
            &uaid[..8],
            &uaid[8..12],
            &uaid[12..16],
            &uaid[16..20],
            &uaid[20..]
        );
        assert_eq!(node.client(Some(&dashed)).await.1, uaid);
        for unknown in [
            "deadbeef00000000decafbad00000000",
            "",
            "not a uaid",
            &"f".repeat(500),
        ] {
            let (_other, fresh) = node.client(Some(unknown)).await;
            assert_ne!(fresh, unknown);
            assert_ne!(fresh, uaid);
            assert_eq!(fresh.len(), 32);
        }
    }
}

#[tokio::test]
async fn relay_06_a_second_connection_of_the_same_agent_replaces_the_first() {
    for database in databases().await {
        let node = Node::plain(&database).await;
        let (mut first, uaid, endpoint) = node.subscribed().await;
        let (mut second, _) = node.client(Some(&uaid)).await;
        assert_eq!(first.closed().await, Closed::Code(1008));
        node.post(&endpoint).accepted().await;
        assert_eq!(second.receive().await["channelID"], CHANNEL);
    }
}

#[tokio::test]
async fn relay_07_register_answers_an_endpoint_of_our_origin_for_padded_and_plain_keys() {
    for database in databases().await {
        let node = Node::plain(&database).await;
        let (mut client, uaid) = node.client(None).await;
        let key = Sender::own().public();
        for key in [key.clone(), format!("{key}=")] {
            let answer = client.register(CHANNEL, Some(&key)).await;
            let endpoint = answer["pushEndpoint"].as_str().unwrap().to_owned();
            let expected = json!({
                "messageType": "register", "channelID": CHANNEL, "status": 200, "pushEndpoint": endpoint,
            });
            assert_eq!(answer, expected);
            assert!(
                endpoint.starts_with(&format!("{}/wpush/v2/", node.http)),
                "{endpoint}"
            );
            assert!(
                !endpoint.contains(&uaid) && !endpoint.contains(CHANNEL),
                "the endpoint is opaque"
            );
        }
    }
}

#[tokio::test]
async fn relay_07_without_a_key_an_open_relay_answers_a_v1_endpoint() {
    for database in databases().await {
        let node = Node::start(&database, |config| config.open = true).await;
        let (mut client, _) = node.client(None).await;
        let endpoint = client.endpoint(CHANNEL, None).await;
        assert!(
            endpoint.starts_with(&format!("{}/wpush/v1/", node.http)),
            "{endpoint}"
        );
        node.post(&endpoint).without("Authorization").accepted().await;
        assert_eq!(client.receive().await["channelID"], CHANNEL);
        let unversioned = endpoint.replace("/v1/", "/");
        node.post(&unversioned).without("Authorization").accepted().await;
        assert_eq!(client.receive().await["channelID"], CHANNEL);
    }
}

#[tokio::test]
async fn relay_07_a_channel_that_is_no_lower_case_uuid_closes_the_socket() {
    let databases = databases().await;
    let node = Node::plain(&databases[0]).await;
    for bad in [
        CHANNEL.to_uppercase(),
        CHANNEL.replace('-', ""),
        "../../etc".into(),
        String::new(),
    ] {
        let (mut client, _) = node.client(None).await;
        client
            .send(&json!({"messageType": "register", "channelID": bad}))
            .await;
        assert_eq!(client.closed().await, Closed::Code(1011), "{bad}");
    }
}

#[tokio::test]
async fn relay_07_unregister_voids_the_endpoint_at_once_and_drops_what_waits() {
    for database in databases().await {
        let node = Node::plain(&database).await;
        let (mut client, uaid, endpoint) = node.subscribed().await;
        let other = client.endpoint(CHANNEL_2, Some(&Sender::own().public())).await;
        node.post(&endpoint).accepted().await;
        client.receive().await;
        client
            .send(&json!({"messageType": "unregister", "channelID": CHANNEL, "code": 200}))
            .await;
        let expected = json!({"messageType": "unregister", "channelID": CHANNEL, "status": 200});
        assert_eq!(client.receive().await, expected);
        let headers = node.post(&endpoint).refused(410, 106).await;
        assert_eq!(headers["cache-control"], "max-age=86400");
        node.post(&endpoint).with("TTL", "0").refused(410, 106).await;
        let (mut again, _) = node.client(Some(&uaid)).await;
        assert_eq!(again.settle().await, Vec::<serde_json::Value>::new());
        node.post(&other).accepted().await;
        assert_eq!(again.receive().await["channelID"], CHANNEL_2);
    }
}

#[tokio::test]
async fn relay_12_the_uaid_is_stored_hashed_only() {
    let databases = databases().await;
    let node = Node::plain(&databases[0]).await;
    let (_client, uaid, endpoint) = node.subscribed().await;
    node.post(&endpoint).accepted().await;
    let mut connection = node.store.read().await.unwrap();
    for table in ["relay_agents", "relay_channels", "relay_messages"] {
        let query = sqlx::AssertSqlSafe(format!("SELECT uaid_hash FROM {table}"));
        let (stored,): (String,) = sqlx::query_as(query).fetch_one(&mut *connection).await.unwrap();
        assert_eq!(stored.len(), 43, "SHA-256 in base64url");
        assert!(!stored.contains(&uaid));
    }
}
