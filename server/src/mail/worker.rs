//! The worker that empties the queue. Several may run, in one process or many: a mail is claimed by one of them.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::Notify;
use warifu_shared::clock::{SharedClock, Timestamp};

use super::address::MailAddress;
use super::backoff;
use super::letterhead::Letterhead;
use super::message;
use super::queue::{Contents, context};
use super::report::{FailedMail, StepReport};
use super::transport::{MailTransport, ReadyMail, SendError};
use crate::crypto::seal::Sealer;
use crate::store::mails::{self, Claimed};
use crate::store::{Store, StoreError, addresses};

/// Sends what is due.
#[derive(Clone)]
pub struct MailWorker {
    /// The database.
    pub store: Store,
    /// Opens the sealed contents.
    pub keys: Sealer,
    /// The firm.
    pub head: Arc<Letterhead>,
    /// Where mails go.
    pub transport: Arc<dyn MailTransport>,
}

enum Outcome {
    Sent(MailAddress),
    Retry(String),
    Failed {
        why: String,
        address: Option<MailAddress>,
        address_refused: bool,
    },
}

impl MailWorker {
    /// Wipes what is too late, claims up to a handful of due mails and sends them side by side.
    ///
    /// # Errors
    /// [`StoreError`] when the database refuses; claimed mails come back when their lease is over.
    pub async fn step(&self, now: Timestamp) -> Result<StepReport, StoreError> {
        let lease_end = now.plus_secs(LEASE_SECS);
        let (expired, claimed) = self
            .store
            .write(move |c| {
                Box::pin(async move {
                    let expired = mails::expire(c, now).await?;
                    Ok((expired, mails::claim(c, now, lease_end, AT_ONCE).await?))
                })
            })
            .await?;
        if expired > 0 {
            tracing::warn!(
                mail.expired = expired,
                "mails were too late to be sent and are wiped"
            );
        }
        let mut report = StepReport {
            expired: usize::try_from(expired).unwrap_or(usize::MAX),
            ..StepReport::default()
        };
        let outcomes = join_all(claimed.into_iter().map(|mail| self.send(mail, now))).await;
        for (mail, outcome) in outcomes {
            self.close(mail, outcome, now, &mut report).await?;
        }
        Ok(report)
    }

    async fn send(&self, mail: Claimed, now: Timestamp) -> (Claimed, Outcome) {
        let outcome = match self.prepare(&mail, now) {
            Err(why) => Outcome::Failed {
                why,
                address: None,
                address_refused: false,
            },
            Ok((to, ready)) => self.hand_over(&mail, now, to, &ready).await,
        };
        (mail, outcome)
    }

    fn prepare(&self, mail: &Claimed, now: Timestamp) -> Result<(MailAddress, ReadyMail), String> {
        let plain = self
            .keys
            .open(&context(&mail.id), &mail.sealed)
            .map_err(|e| e.to_string())?;
        let contents: Contents = serde_json::from_slice(&plain).map_err(|_| "unknown contents".to_owned())?;
        let ready = message::build(
            &self.head,
            &mail.id,
            now,
            &contents.to,
            mail.language,
            &contents.mail,
        )
        .map_err(|e| e.to_string())?;
        Ok((contents.to, ready))
    }

    async fn hand_over(&self, mail: &Claimed, now: Timestamp, to: MailAddress, ready: &ReadyMail) -> Outcome {
        // An attempt ends with the mail's own life and with the lease, whichever is first.
        let life = u64::try_from(mail.expires_at.0 - now.0).unwrap_or(0);
        let limit = Duration::from_millis(life).min(ATTEMPT);
        let slow = || Err(SendError::Temporary("no answer in time".to_owned()));
        match tokio::time::timeout(limit, self.transport.send(ready))
            .await
            .unwrap_or_else(|_| slow())
        {
            Ok(()) => Outcome::Sent(to),
            Err(SendError::Temporary(why)) => Outcome::Retry(why),
            Err(error @ SendError::Recipient(_)) => Outcome::Failed {
                why: error.to_string(),
                address: Some(to),
                address_refused: true,
            },
            Err(error @ SendError::Message(_)) => Outcome::Failed {
                why: error.to_string(),
                address: Some(to),
                address_refused: false,
            },
        }
    }

    async fn close(
        &self,
        mail: Claimed,
        outcome: Outcome,
        now: Timestamp,
        report: &mut StepReport,
    ) -> Result<(), StoreError> {
        let (id, template, tries) = (mail.id.clone(), mail.template.clone(), mail.tries);
        match outcome {
            Outcome::Sent(to) => {
                report.sent += 1;
                self.store
                    .write(move |c| {
                        Box::pin(async move {
                            addresses::note_delivery(c, &mail.account, to.as_str(), None).await?;
                            mails::sent(c, &mail, now).await
                        })
                    })
                    .await?;
                tracing::info!(mail.id = %id, mail.template = template, mail.tries = tries, "mail sent");
            }
            Outcome::Retry(why) => {
                report.retried += 1;
                tracing::warn!(mail.id = %id, mail.template = template, mail.tries = tries, why, "mail is late");
                let again =
                    Timestamp(now.0 + backoff::wait_ms(tries, warifu_shared::random::below(backoff::JITTER)));
                self.store
                    .write(move |c| Box::pin(async move { mails::retry(c, &mail, again, &why).await }))
                    .await?;
            }
            Outcome::Failed {
                why,
                address,
                address_refused,
            } => {
                let account = mail.account.clone();
                let refused = address.clone().filter(|_| address_refused);
                tracing::error!(mail.id = %id, mail.template = template, why, "mail failed for good");
                report.failed.push(FailedMail {
                    mail: id,
                    account,
                    address,
                    address_refused,
                });
                self.store
                    .write(move |c| {
                        Box::pin(async move {
                            if let Some(to) = &refused {
                                addresses::note_delivery(c, &mail.account, to.as_str(), Some(now)).await?;
                            }
                            mails::failed(c, &mail, &why).await
                        })
                    })
                    .await?;
            }
        }
        Ok(())
    }

    async fn pause(&self, now: Timestamp) -> Duration {
        let due = async { mails::next_due(&mut *self.store.read().await?).await }.await;
        let wait = match due {
            Ok(Some(due)) => u64::try_from(due.0 - now.0).unwrap_or(0),
            Ok(None) => u64::MAX,
            Err(_) => RETRY_STORE_MS,
        };
        Duration::from_millis(wait.clamp(SHORTEST_MS, LONGEST_MS))
    }
}

/// Sends until `shutdown`, waking at `wake` (call `notify_one` after a commit that queued a mail), when a mail falls due,
/// and every few seconds for mails that another process left behind. A step that has begun is finished.
/// `on_failed` hears of every mail that was refused for good.
pub async fn run(
    worker: MailWorker,
    clock: SharedClock,
    wake: Arc<Notify>,
    shutdown: impl Future<Output = ()>,
    mut on_failed: impl AsyncFnMut(FailedMail),
) {
    tokio::pin!(shutdown);
    loop {
        let now = clock.now();
        let busy = match worker.step(now).await {
            Ok(report) => {
                let busy = report.claimed() > 0;
                for failed in report.failed {
                    on_failed(failed).await;
                }
                busy
            }
            Err(error) => {
                tracing::error!(%error, "the mail queue cannot be read");
                false
            }
        };
        let pause = if busy {
            Duration::ZERO
        } else {
            worker.pause(now).await
        };
        tokio::select! {
            biased;
            () = &mut shutdown => return,
            () = wake.notified() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// How long a claim holds. Longer than [`ATTEMPT`], so that no other worker takes a mail that is being sent.
const LEASE_SECS: i64 = 60;
/// Longest time for one attempt, over all of its SMTP steps.
const ATTEMPT: Duration = Duration::from_secs(55);
/// Mails one step sends side by side.
const AT_ONCE: i64 = 8;
const SHORTEST_MS: u64 = 50;
const LONGEST_MS: u64 = 15_000;
const RETRY_STORE_MS: u64 = 2_000;
