//! Who may post: VAPID on restricted endpoints.

use serde_json::{Value, json};

use crate::node::{CHANNEL, Node, Sender, databases};

#[tokio::test]
async fn relay_07_another_key_no_key_and_damaged_tokens_are_401_109() {
    let databases = databases().await;
    let node = Node::plain(&databases[0]).await;
    let (_client, _, endpoint) = node.subscribed().await;
    let claims = node.claims();
    let good = Sender::own().authorization(&claims);
    let stranger = Sender::stranger().authorization(&claims);
    let own_key = Sender::own().public();
    let forged = stranger.replace(&Sender::stranger().public(), &own_key);
    let unsigned = format!(
        "vapid t={}, k={own_key}",
        Sender::own().token(&json!({"alg": "none"}), &claims)
    );
    let other_alg = format!(
        "vapid t={}, k={own_key}",
        Sender::own().token(&json!({"alg": "HS256"}), &claims)
    );
    let cut = good.replacen('.', "", 1);
    for bad in [
        stranger,
        forged,
        unsigned,
        other_alg,
        cut,
        good.replace("vapid ", "basic "),
        good.replace("k=", "x="),
        good.replace("t=", "x="),
        format!("vapid k={own_key}"),
        "vapid".into(),
        String::new(),
    ] {
        node.post(&endpoint)
            .with("Authorization", bad)
            .refused(401, 109)
            .await;
    }
    node.post(&endpoint)
        .without("Authorization")
        .refused(401, 109)
        .await;
    node.post(&endpoint).accepted().await;
}

#[tokio::test]
async fn relay_09_aud_is_our_origin_with_its_port_and_exp_at_most_a_day_ahead() {
    let databases = databases().await;
    let node = Node::plain(&databases[0]).await;
    let (_client, _, endpoint) = node.subscribed().await;
    let now = 1_767_225_600;
    let other = |name: &str, value: Value| {
        let mut claims = node.claims();
        claims[name] = value;
        Sender::own().authorization(&claims)
    };
    let port = node.http.rsplit(':').next().unwrap();
    for aud in [
        json!("http://127.0.0.1"),
        json!(format!("http://localhost:{port}")),
        json!(format!("https://127.0.0.1:{port}")),
        json!(format!("{}/", node.http)),
        json!([node.http]),
        json!(null),
    ] {
        node.post(&endpoint)
            .with("Authorization", other("aud", aud))
            .refused(401, 109)
            .await;
    }
    for exp in [
        json!(now),
        json!(now - 1),
        json!(now + 86_401),
        json!("soon"),
        json!(null),
    ] {
        node.post(&endpoint)
            .with("Authorization", other("exp", exp))
            .refused(401, 109)
            .await;
    }
    node.post(&endpoint)
        .with("Authorization", other("exp", json!(now + 86_400)))
        .accepted()
        .await;
}

#[tokio::test]
async fn relay_09_a_remembered_token_still_expires_and_helps_no_other_key() {
    let databases = databases().await;
    let node = Node::start(&databases[0], |config| config.open = true).await;
    let (mut client, _) = node.client(None).await;
    let endpoint = client.endpoint(CHANNEL, Some(&Sender::own().public())).await;
    let authorization = Sender::own().authorization(&node.claims());
    for _ in 0..2 {
        node.post(&endpoint)
            .with("Authorization", authorization.clone())
            .accepted()
            .await;
    }
    let claimed = authorization.replace(&Sender::own().public(), &Sender::stranger().public());
    node.post(&endpoint)
        .with("Authorization", claimed)
        .refused(401, 109)
        .await;
    node.clock.advance_secs(3_600);
    node.post(&endpoint)
        .with("Authorization", authorization)
        .refused(401, 109)
        .await;
}

#[tokio::test]
async fn relay_09_the_older_schemes_are_understood() {
    let databases = databases().await;
    let node = Node::plain(&databases[0]).await;
    let (_client, _, endpoint) = node.subscribed().await;
    let token = Sender::own().token(&json!({"typ": "JWT", "alg": "ES256"}), &node.claims());
    let key = Sender::own().public();
    for scheme in ["WebPush", "Bearer"] {
        let post = node
            .post(&endpoint)
            .with("Authorization", format!("{scheme} {token}"));
        post.with("Crypto-Key", format!("p256ecdsa={key}"))
            .accepted()
            .await;
        node.post(&endpoint)
            .with("Authorization", format!("{scheme} {token}"))
            .refused(401, 109)
            .await;
    }
    let quoted = format!("VAPID k=\"{key}=\" , t=\"{token}\"");
    node.post(&endpoint)
        .with("Authorization", quoted)
        .accepted()
        .await;
}

#[tokio::test]
async fn relay_07_registering_again_with_another_key_voids_the_older_endpoint() {
    for database in databases().await {
        let node = Node::start(&database, |config| config.open = true).await;
        let (mut client, _) = node.client(None).await;
        let older = client.endpoint(CHANNEL, Some(&Sender::own().public())).await;
        let newer = client.endpoint(CHANNEL, Some(&Sender::stranger().public())).await;
        node.post(&older).refused(410, 106).await;
        let authorization = Sender::stranger().authorization(&node.claims());
        node.post(&newer)
            .with("Authorization", authorization)
            .accepted()
            .await;
    }
}
