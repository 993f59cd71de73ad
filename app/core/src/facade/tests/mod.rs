//! The core against a service that verifies everything: enrolment, approval, denial, and what goes wrong on the way.

mod deciding;
mod enrolling;
mod fake;
mod fake_notices;
mod fake_withdrawals;
mod keeping;
mod noticing;
mod objecting;
mod promising;
mod withdrawing;

use warifu_shared::api::DeviceState;
use warifu_shared::clock::ManualClock;

use self::fake::{Fake, START};
use crate::*;

const PIN: &str = "804926";

/// A core of its own folder and clock beside a service.
struct Bench {
    core: DeviceCore,
    fake: Fake,
    clock: ManualClock,
    dir: tempfile::TempDir,
    keystore: KeystoreChoice,
}

impl Bench {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let keystore = KeystoreChoice::File(dir.path().join("keys.json"));
        Self::with(dir, keystore).await
    }

    async fn with(dir: tempfile::TempDir, keystore: KeystoreChoice) -> Self {
        let (fake, clock) = (Fake::start().await, ManualClock::new(START));
        let core = open(dir.path(), &keystore, &clock).await;
        Self {
            core,
            fake,
            clock,
            dir,
            keystore,
        }
    }

    async fn pending(&self) -> FingerprintView {
        self.core
            .begin_enrolment(EnrolInput::Link {
                text: self.fake.link(),
            })
            .await
            .unwrap();
        self.core.finish_enrolment(PIN, PIN, "Pixel").await.unwrap()
    }

    /// An active service with what `open` opened.
    async fn active(keystore: Option<KeystoreChoice>) -> Self {
        let bench = match keystore {
            None => Self::new().await,
            Some(keystore) => Self::with(tempfile::tempdir().unwrap(), keystore).await,
        };
        bench.pending().await;
        bench.fake.book().state = DeviceState::Active;
        bench.core.refresh().await.unwrap();
        bench
    }

    /// Opens one challenge and gives its handle.
    async fn challenge(&self) -> String {
        self.fake.open();
        self.core.refresh().await.unwrap();
        self.core.view().challenges.last().unwrap().handle.clone()
    }

    /// The same folder after a restart.
    async fn restart(&mut self) {
        self.core = open(self.dir.path(), &self.keystore, &self.clock).await;
    }
}

async fn open(dir: &std::path::Path, keystore: &KeystoreChoice, clock: &ManualClock) -> DeviceCore {
    let (data_dir, keystore) = (dir.to_owned(), keystore.clone());
    let clock = std::sync::Arc::new(clock.clone());
    DeviceCore::open(Options {
        data_dir,
        keystore,
        clock,
        push: false,
        kdf: KdfProfile::Floor,
    })
    .await
    .unwrap()
}

fn code<T>(result: Result<T, CoreError>) -> u16 {
    result.err().map_or(0, |error| error.code)
}

fn typed(number: &str) -> NumberInput {
    NumberInput::Typed(number.into())
}
