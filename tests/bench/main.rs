//! `make bench`: what the parts of an approval cost on this machine, in one run and one table, with their ratios.

mod latency;

use std::time::Duration;

use warifu_server::audit::{self, Details, Event};
use warifu_server::crypto::mac::MacKey;
use warifu_server::crypto::password::Passwords;
use warifu_server::push::encrypt::encrypt;
use warifu_server::store::{Store, sqlite_url};
use warifu_shared::clock::{Clock, SystemClock};
use warifu_shared::http_signature::{Received, RequestToSign, parse, sign};
use warifu_shared::keys::SigningKey;

#[tokio::main]
async fn main() {
    let mut table = Table::default();
    signatures(&mut table);
    http_signature(&mut table);
    push(&mut table);
    password(&mut table).await;
    durable_writes(&mut table).await;
    for (what, micros) in latency::rows().await {
        table.0.push((what.leak(), micros));
    }
    table.print();
}

/// Rows with their cost in microseconds; ratios are to the first row.
#[derive(Default)]
struct Table(Vec<(&'static str, f64)>);

impl Table {
    fn add(&mut self, what: &'static str, rounds: u32, took: Duration) {
        self.0.push((what, took.as_secs_f64() * 1e6 / f64::from(rounds)));
    }

    #[expect(clippy::print_stdout, reason = "the table is what this program is for")]
    fn print(&self) {
        let unit = self.0.first().map_or(1.0, |row| row.1);
        println!("{:<58} {:>12} {:>8}", "part", "microseconds", "ratio");
        for (what, micros) in &self.0 {
            println!("{what:<58} {micros:>12.1} {:>8.2}", micros / unit);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures elapsed time")]
fn timed(rounds: u32, mut work: impl FnMut()) -> Duration {
    work();
    let start = std::time::Instant::now();
    (0..rounds).for_each(|_| work());
    start.elapsed()
}

fn signatures(table: &mut Table) {
    let (key, message) = (SigningKey::generate(), [7u8; 900]);
    let signature = key.sign(&message);
    let took = timed(2_000, || {
        key.public().verify(&message, &signature).expect("it verifies");
    });
    table.add("Ed25519 strict verification, 900 bytes", 2_000, took);
    let took = timed(2_000, || {
        std::hint::black_box(key.sign(&message));
    });
    table.add("Ed25519 signature, 900 bytes", 2_000, took);
}

fn http_signature(table: &mut Table) {
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

fn push(table: &mut Table) {
    let (keys, auth) = ece::generate_keypair_and_auth_secret().expect("keys");
    let receiver = keys.raw_components().expect("keys").public_key().to_vec();
    let took = timed(1_000, || {
        drop(encrypt(&[0; 256], &receiver, &auth).expect("it encrypts"));
    });
    table.add("Web Push message encrypted, 256 bytes (RFC 8291)", 1_000, took);
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures elapsed time")]
async fn password(table: &mut Table) {
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
async fn durable_writes(table: &mut Table) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(&sqlite_url(&folder.path().join("bench.sqlite3")))
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
