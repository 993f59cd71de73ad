//! What the audit log costs: sequencing, verification of a log, a receipt, and the time from a leaf to its proof.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use warifu_server::audit::sequencer::{self, Sequencer};
use warifu_server::audit::{self, Details, Event};
use warifu_server::store::{Store, log, sqlite_url};
use warifu_shared::clock::{Clock, SystemClock, Timestamp};
use warifu_shared::ids::RequestId;
use warifu_shared::keys::SigningKey;
use warifu_shared::log::LogKey;
use warifu_shared::log::verify::verify;
use warifu_shared::published::PublishedKeys;
use warifu_shared::receipt;

/// Prints the rows.
#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
pub async fn measure(folder: &Path) {
    std::fs::create_dir_all(folder).expect("a folder");
    let store = Store::open(&sqlite_url(&folder.join("log.sqlite3")))
        .await
        .expect("a database");
    let key = Arc::new(SigningKey::generate());
    let name = LogKey::new("bench/audit", key.public()).expect("a name");
    let new = |export| Sequencer::new(store.clone(), Arc::clone(&key), name.clone(), export);

    write(&store, BACKLOG).await;
    let (took, _) = timed(new(None).finish(SystemClock.now())).await;
    println!(
        "sequencing, {BACKLOG} leaves: {:.1} us a leaf",
        micros(took, BACKLOG)
    );
    let copy = folder.join("copy");
    let (took, _) = timed(new(Some(copy.clone())).finish(SystemClock.now())).await;
    println!(
        "the copy, {BACKLOG} entries: {:.1} us an entry",
        micros(took, BACKLOG)
    );
    let (took, report) = timed(async { verify(&copy, &name, &[]) }).await;
    assert!(
        report.holds() && report.entries == u64::from(BACKLOG),
        "{report:?}"
    );
    let a_second = f64::from(BACKLOG) / took.as_secs_f64();
    println!("verification of a log: {a_second:.0} entries a second");

    receipts();

    let running = tokio::spawn(sequencer::run(Arc::new(new(None)), Arc::new(SystemClock)));
    let mut waits = Vec::new();
    for written in 1..=100 {
        write(&store, 1).await;
        let (took, ()) = timed(until_proven(&store, u64::from(BACKLOG + written))).await;
        waits.push(took);
        // Leaves come at any moment of a round.
        let pause = warifu_shared::random::below(400);
        tokio::time::sleep(Duration::from_millis(u64::from(pause))).await;
    }
    running.abort();
    waits.sort();
    println!(
        "from a leaf to its proof: median {:?}, p99 {:?}",
        waits[50], waits[98]
    );
}

#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
fn receipts() {
    let path = [env!("CARGO_MANIFEST_DIR"), "../shared/vectors/receipt.json"];
    let text = std::fs::read(path.iter().collect::<std::path::PathBuf>()).expect("the vectors");
    let file: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
    let keys = PublishedKeys::read(file["keys"].to_string().as_bytes()).expect("keys");
    let text = file["accept"][0]["receipt"].as_str().expect("a receipt");
    let start = now();
    for _ in 0..1000 {
        receipt::verify(text.as_bytes(), &keys).expect("it holds");
    }
    let took = micros(start.elapsed(), 1000);
    println!(
        "a receipt (withdrawal with payment, log of 3): {} bytes, verified in {took:.0} us",
        text.len()
    );
}

/// Waits until the head has so many leaves.
async fn until_proven(store: &Store, leaves: u64) {
    loop {
        let mut c = store.read().await.expect("a connection");
        if log::head(&mut c).await.expect("a head").size == leaves {
            return;
        }
        drop(c);
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

async fn write(store: &Store, count: u32) {
    let now = SystemClock.now();
    let written = store.write(move |c| {
        Box::pin(async move {
            for place in (0..count).rev() {
                // As a busy hour leaves them: one each millisecond.
                let now = Timestamp(now.0 - i64::from(place));
                let object = warifu_shared::ids::ChallengeId::at(now);
                let event = Event {
                    action: "challenge.approve",
                    actor: "device:dv_0123456789012345678901",
                    subject: "ac_0123456789012345678901",
                    outcome: "typed",
                    object: object.as_str(),
                    request: &RequestId::random(),
                    details: Details::default(),
                };
                audit::write_shown(c, &event, &"e".repeat(43), now).await?;
            }
            Ok(())
        })
    });
    written.await.expect("written");
}

async fn timed<T>(work: impl Future<Output = T>) -> (Duration, T) {
    let start = now();
    let done = work.await;
    (start.elapsed(), done)
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures elapsed time")]
fn now() -> Instant {
    Instant::now()
}

fn micros(took: Duration, rounds: u32) -> f64 {
    took.as_secs_f64() * 1e6 / f64::from(rounds)
}

const BACKLOG: u32 = 20_000;
