//! The loop of a load test: `at_once` customers, each going through one whole approval after another.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use warifu_device_core::load::{Fleet, LoadDevice};
use warifu_shared::b64;
use warifu_shared::clock::SystemClock;
use warifu_shared::ids::ChallengeId;
use warifu_shared::keys::{PublicKey, SigningKey};

use super::seed::{Customers, SeededCustomer};

/// The browser's half of a cycle.
pub trait Front: Send + Sync + 'static {
    /// Asks for a challenge.
    fn begin(&self, customer: &SeededCustomer) -> impl Future<Output = Result<Waiting, String>> + Send;

    /// Asks once how it stands: the state's name.
    fn status(
        &self,
        customer: &SeededCustomer,
        waiting: &Waiting,
    ) -> impl Future<Output = Result<String, String>> + Send;
}

/// A challenge that waits.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// Its id.
    pub challenge: ChallengeId,
    /// The number on the page.
    pub number: String,
    /// What the front needs to ask for its status.
    pub page: String,
}

/// What was measured.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Customers at once.
    pub at_once: usize,
    /// Whole cycles.
    pub cycles: usize,
    /// Cycles that failed, and why the first did.
    pub failures: usize,
    /// The first failure.
    pub first_failure: Option<String>,
    /// How long the run took.
    pub took: Duration,
    /// Duration of each cycle, sorted.
    pub durations: Vec<Duration>,
}

impl Report {
    /// Cycles a second.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.cycles as f64 / self.took.as_secs_f64()
    }

    /// Counts another run in, one after the other.
    pub fn add(&mut self, other: Self) {
        self.cycles += other.cycles;
        self.failures += other.failures;
        self.first_failure = self.first_failure.take().or(other.first_failure);
        self.took += other.took;
        self.durations.extend(other.durations);
        self.durations.sort_unstable();
    }

    /// The duration that `share` (0 to 1) of the cycles did not exceed.
    #[must_use]
    pub fn percentile(&self, share: f64) -> Duration {
        let last = self.durations.len().saturating_sub(1);
        let place = (last as f64 * share).round() as usize;
        self.durations.get(place).copied().unwrap_or_default()
    }
}

/// Runs cycles for `how_long`. Customers take turns, so that each is used about as often as the others.
///
/// # Errors
/// When the customers' keys cannot be read or there are fewer customers than `at_once`.
pub async fn run<F: Front>(
    front: Arc<F>,
    seeded: &Customers,
    at_once: usize,
    how_long: Duration,
) -> Result<Report, String> {
    let customers = Arc::new(read(seeded)?);
    if customers.len() < at_once {
        return Err(format!(
            "{} customers are too few for {at_once} at once",
            customers.len()
        ));
    }
    let turn = Arc::new(AtomicUsize::new(0));
    let start = now();
    let workers = (0..at_once).map(|_| {
        let (front, customers, turn) = (Arc::clone(&front), Arc::clone(&customers), Arc::clone(&turn));
        tokio::spawn(async move {
            let mut report = Report::default();
            while start.elapsed() < how_long {
                let place = turn.fetch_add(1, Ordering::Relaxed) % customers.len();
                let began = now();
                match cycle(&*front, &customers[place]).await {
                    Ok(()) => report.durations.push(began.elapsed()),
                    Err(why) => {
                        report.failures += 1;
                        report.first_failure.get_or_insert(why);
                    }
                }
            }
            report
        })
    });
    let mut all = Report {
        at_once,
        ..Report::default()
    };
    for worker in workers.collect::<Vec<_>>() {
        let one = worker.await.map_err(|error| error.to_string())?;
        all.failures += one.failures;
        all.first_failure = all.first_failure.or(one.first_failure);
        all.durations.extend(one.durations);
    }
    all.took = start.elapsed();
    all.cycles = all.durations.len();
    all.durations.sort_unstable();
    Ok(all)
}

async fn cycle<F: Front>(front: &F, (customer, device): &(SeededCustomer, LoadDevice)) -> Result<(), String> {
    let waiting = front.begin(customer).await?;
    let challenge = device
        .fetch(&waiting.challenge)
        .await
        .map_err(|e| format!("fetch: {e:?}"))?;
    device
        .approve(&challenge, &waiting.number)
        .await
        .map_err(|e| format!("approve: {e:?}"))?;
    match front.status(customer, &waiting).await?.as_str() {
        "approved" => Ok(()),
        other => Err(format!("the page says {other}")),
    }
}

fn read(seeded: &Customers) -> Result<Vec<(SeededCustomer, LoadDevice)>, String> {
    let bad = |_| "the file of customers cannot be read".to_owned();
    let server_key = PublicKey::from_b64(&seeded.server_key).map_err(|e| e.to_string())?;
    let fleet =
        Fleet::new(&seeded.origin, server_key, Arc::new(SystemClock)).map_err(|e| format!("{e:?}"))?;
    let key = |seed: &str| {
        b64::decode_array::<32>(seed)
            .map(|seed| SigningKey::from_seed(&seed))
            .map_err(bad)
    };
    seeded
        .customers
        .iter()
        .map(|customer| {
            let (request, approval) = (key(&customer.request_seed)?, key(&customer.approval_seed)?);
            Ok((
                customer.clone(),
                fleet.device(customer.device.clone(), request, approval),
            ))
        })
        .collect()
}

#[expect(clippy::disallowed_methods, reason = "a load test measures elapsed time")]
fn now() -> Instant {
    Instant::now()
}
