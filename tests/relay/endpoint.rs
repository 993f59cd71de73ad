//! `POST /wpush/…`: every refusal of appendix A.4 with its errno.

use crate::node::{BODY, CHANNEL, Node, Sender, databases, http_client};

#[tokio::test]
async fn relay_09_ttl_is_needed_numeric_not_negative_and_capped() {
    let databases = databases().await;
    let node = Node::plain(&databases[0]).await;
    let (_client, _, endpoint) = node.subscribed().await;
    node.post(&endpoint).without("TTL").refused(400, 111).await;
    for bad in ["", "soon", "1.5", "+5", "0x10", "--1", "1 2"] {
        node.post(&endpoint).with("TTL", bad).refused(400, 111).await;
    }
    node.post(&endpoint).with("TTL", "-1").refused(400, 114).await;
    for long in ["2592001", "99999999999999999999999999"] {
        let response = node.post(&endpoint).with("TTL", long).send().await;
        assert_eq!(response.status(), 201);
        assert_eq!(response.headers()["ttl"], "2592000");
    }
}

#[tokio::test]
async fn relay_09_a_topic_is_at_most_32_base64url_characters() {
    let databases = databases().await;
    let node = Node::plain(&databases[0]).await;
    let (_client, _, endpoint) = node.subscribed().await;
    node.post(&endpoint)
        .with("Topic", "a".repeat(32))
        .accepted()
        .await;
    for bad in [
        "a".repeat(33),
        "a b".into(),
        "a=".into(),
        "a+b".into(),
        String::new(),
    ] {
        node.post(&endpoint).with("Topic", bad).refused(400, 113).await;
    }
}

#[tokio::test]
async fn relay_09_a_body_needs_a_known_encoding_with_its_headers() {
    let databases = databases().await;
    let node = Node::plain(&databases[0]).await;
    let (_client, _, endpoint) = node.subscribed().await;
    node.post(&endpoint)
        .without("Content-Encoding")
        .refused(400, 110)
        .await;
    for encoding in ["gzip", "identity", "aes128gcm, gzip", "aesgcm"] {
        node.post(&endpoint)
            .with("Content-Encoding", encoding)
            .refused(400, 110)
            .await;
    }
    let no_key = node
        .post(&endpoint)
        .with("Content-Encoding", "aesgcm")
        .with("Encryption", "salt=a");
    no_key.refused(400, 110).await;
}

#[tokio::test]
async fn relay_09_relay_10_a_body_over_4096_bytes_is_413() {
    let databases = databases().await;
    let node = Node::plain(&databases[0]).await;
    let (mut client, _, endpoint) = node.subscribed().await;
    node.post(&endpoint).body(vec![7; 4096]).accepted().await;
    assert_eq!(client.receive().await["data"].as_str().unwrap().len(), 5462);
    node.post(&endpoint).body(vec![7; 4097]).refused(413, 104).await;
}

#[tokio::test]
async fn relay_07_relay_09_tokens_that_do_not_open_are_404() {
    let databases = databases().await;
    let node = Node::start(&databases[0], |config| config.open = true).await;
    let (mut client, _) = node.client(None).await;
    let restricted = client.endpoint(CHANNEL, Some(&Sender::own().public())).await;
    let token = restricted.rsplit('/').next().unwrap();
    let mut bent = token.to_owned();
    bent.replace_range(30..31, if &token[30..31] == "A" { "B" } else { "A" });
    for path in [
        "v2/nonsense".to_owned(),
        "nonsense".into(),
        format!("v2/{bent}"),
        format!("v2/{token}="),
        format!("v1/{token}"),
        token.to_owned(),
        format!("v3/{token}"),
        format!("V2/{token}"),
    ] {
        let url = format!("{}/wpush/{path}", node.http);
        node.post(&url).without("Authorization").refused(404, 102).await;
    }
}

#[tokio::test]
async fn relay_09_other_methods_and_paths_are_refused() {
    let databases = databases().await;
    let node = Node::plain(&databases[0]).await;
    let (_client, _, endpoint) = node.subscribed().await;
    assert_eq!(http_client().get(&endpoint).send().await.unwrap().status(), 405);
    assert_eq!(
        http_client()
            .put(&endpoint)
            .body(BODY)
            .send()
            .await
            .unwrap()
            .status(),
        405
    );
    assert_eq!(
        http_client().get(&node.http).send().await.unwrap().status(),
        400,
        "no upgrade"
    );
    assert_eq!(
        http_client()
            .get(format!("{}/admin", node.http))
            .send()
            .await
            .unwrap()
            .status(),
        404
    );
}
