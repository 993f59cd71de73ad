//! What the parts of an approval cost by themselves, one after another, nothing else running.

use std::time::Duration;

use warifu_server::audit::{self, Details, Event};
use warifu_server::crypto::mac::MacKey;
use warifu_server::crypto::password::Passwords;
use warifu_server::push::encrypt::encrypt;
use warifu_server::store::bulk::Hot;
use warifu_server::store::relay::{self, NewChannel, NewMessage};
use warifu_server::store::{Store, sqlite_url};
use warifu_shared::clock::{Clock, SystemClock};
use warifu_shared::http_signature::{Received, RequestToSign, parse, sign};
use warifu_shared::ids::MessageId;
use warifu_shared::keys::SigningKey;

use super::table::Parts;

/// Measures all of them. The database lies in `folder`.
pub async fn measure(folder: &std::path::Path) -> Parts {
    let mut table = Parts::default();
    signatures(&mut table);
    http_signature(&mut table);
    push(&mut table);
    bare_request(&mut table).await;
    durable_writes(&mut table, folder).await;
    rows_of_the_hot_path(&mut table, folder).await;
    password(&mut table).await;
    table
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures elapsed time")]
fn timed(rounds: u32, mut work: impl FnMut()) -> Duration {
    work();
    let start = std::time::Instant::now();
    (0..rounds).for_each(|_| work());
    start.elapsed()
}

fn signatures(table: &mut Parts) {
    let (key, message) = (SigningKey::generate(), [7u8; 900]);
    let signature = key.sign(&message);
    let took = timed(2_000, || {
        key.public().verify(&message, &signature).expect("it verifies");
    });
    table.add(VERIFY, 2_000, took);
    let took = timed(2_000, || {
        std::hint::black_box(key.sign(&message));
    });
    table.add(SIGN, 2_000, took);
}

fn http_signature(table: &mut Parts) {
    let (key, now, body) = (
        SigningKey::generate(),
        SystemClock.now(),
        br#"{"token":"x"}"#.as_slice(),
    );
    let (method, target_uri) = (
        "POST",
        "https://auth.example/v1/device/challenges/ch_8Yk/decision",
    );
    let request = RequestToSign {
        method,
        target_uri,
        content_type: Some("application/json"),
        body: Some(body),
    };
    let signed = sign(&request, &key, now);
    let digest = signed.content_digest.clone().unwrap_or_default();
    let took = timed(2_000, || {
        let received = Received {
            method,
            target_uri,
            content_type: &["application/json"],
            content_digest: &[&digest],
            signature_input: &[&signed.signature_input],
            signature: &[&signed.signature],
            body,
        };
        parse(&received, now)
            .and_then(|parsed| parsed.verify(key.public()))
            .expect("it verifies");
    });
    table.add(
        "RFC 9421 request: parsed, digest and signature verified",
        2_000,
        took,
    );
}

fn push(table: &mut Parts) {
    let (keys, auth) = ece::generate_keypair_and_auth_secret().expect("keys");
    let receiver = keys.raw_components().expect("keys").public_key().to_vec();
    let took = timed(1_000, || {
        drop(encrypt(&[0; 256], &receiver, &auth).expect("it encrypts"));
    });
    table.add(PUSH, 1_000, took);
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures elapsed time")]
async fn password(table: &mut Parts) {
    let passwords = Passwords::new(MacKey::new(&[9; 32]), 47_104, 1, 1).expect("parameters");
    let stored = passwords.hash("a good long password").await.expect("a hash");
    let start = std::time::Instant::now();
    for _ in 0..10 {
        passwords
            .check("a good long password", Some(&stored))
            .await
            .expect("a check");
    }
    table.add("password checked, Argon2id 46 MiB", 10, start.elapsed());
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures elapsed time")]
async fn durable_writes(table: &mut Parts, folder: &std::path::Path) {
    let store = Store::open(&sqlite_url(&folder.join("rows.sqlite3")))
        .await
        .expect("a database");
    let start = std::time::Instant::now();
    for _ in 0..200 {
        write_leaf(&store).await;
    }
    table.add(
        "audit leaf written durably (SQLite), one at a time",
        200,
        start.elapsed(),
    );
    let start = std::time::Instant::now();
    let all = (0..32).map(|_| {
        let store = store.clone();
        tokio::spawn(async move {
            for _ in 0..50 {
                write_leaf(&store).await;
            }
        })
    });
    for writer in all.collect::<Vec<_>>() {
        writer.await.expect("a writer");
    }
    table.add(
        "audit leaf written durably, 32 at a time in groups",
        1_600,
        start.elapsed(),
    );
}

/// Messages of the relay, kept many to a statement: what a row of the hot path costs.
async fn rows_of_the_hot_path(table: &mut Parts, folder: &std::path::Path) {
    let store = Store::open(&sqlite_url(&folder.join("hot.sqlite3")))
        .await
        .expect("a database");
    let before = super::cpu::of_this_process();
    let all = (0..32).map(|number| {
        let store = store.clone();
        tokio::spawn(async move {
            let agent = format!("agent-{number}");
            let new = NewChannel {
                agent: agent.clone(),
                channel: "channel".to_owned(),
                vapid: String::new(),
                now: SystemClock.now(),
            };
            let registered = store.write(move |c| Box::pin(async move { relay::register(c, &new, 1).await }));
            assert!(registered.await.expect("it is written"));
            for _ in 0..ROUNDS {
                keep_message(&store, &agent).await;
            }
        })
    });
    for writer in all.collect::<Vec<_>>() {
        writer.await.expect("a writer");
    }
    let used = super::cpu::of_this_process().saturating_sub(before);
    table.add(HOT_ROW, 32 * ROUNDS, used);
}

async fn keep_message(store: &Store, agent: &str) {
    let now = SystemClock.now();
    let message = NewMessage {
        id: MessageId::at(now).to_string(),
        agent: agent.to_owned(),
        channel: "channel".to_owned(),
        vapid: String::new(),
        topic: Some("topic".to_owned()),
        headers: "{}".to_owned(),
        body: vec![7; 380],
        created_at: now,
        expires_at: now.plus_secs(120),
        quota: 100,
    };
    let kept = store.write_hot(Hot::Message(Box::new(message))).await;
    assert!(kept.expect("it is written"), "an ordinary message");
}

const ROUNDS: u32 = 200;
/// A row of the hot path.
pub const HOT_ROW: &str = "hot-path row written durably, 32 at once: CPU";

async fn write_leaf(store: &Store) {
    let now = SystemClock.now();
    let done = store.write(move |c| {
        Box::pin(async move {
            let request = "rq_bench".parse().expect("an id");
            let event = Event {
                action: "bench",
                actor: "server",
                subject: "-",
                outcome: "ok",
                object: "-",
                request: &request,
                details: Details::default(),
            };
            audit::write(c, &event, now).await
        })
    });
    done.await.expect("it is written");
}

/// An axum server that only answers: what any request costs, client and server together.
async fn bare_request(table: &mut Parts) {
    let routes = axum::Router::new().route("/", axum::routing::get(|| async { "{}" }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    let server = tokio::spawn(async move { axum::serve(listener, routes).await });
    let client = warifu_tests::plain_http::client().build().expect("a client");
    let before = super::cpu::of_this_process();
    let all = (0..32).map(|_| {
        let (client, url) = (client.clone(), url.clone());
        tokio::spawn(async move {
            for _ in 0..200 {
                client
                    .get(&url)
                    .send()
                    .await
                    .expect("an answer")
                    .bytes()
                    .await
                    .expect("a body");
            }
        })
    });
    for one in all.collect::<Vec<_>>() {
        one.await.expect("requests");
    }
    let used = super::cpu::of_this_process().saturating_sub(before);
    table.add(BARE_REQUEST, 6_400, used);
    server.abort();
}

/// Names of rows that the sum of parts takes.
pub const VERIFY: &str = "Ed25519 strict verification, 900 bytes";
/// Signing.
pub const SIGN: &str = "Ed25519 signature, 900 bytes";
/// Push encryption.
pub const PUSH: &str = "Web Push message encrypted, 256 bytes (RFC 8291)";
/// A request.
pub const BARE_REQUEST: &str = "bare axum request, 32 at once: CPU of client and server";
