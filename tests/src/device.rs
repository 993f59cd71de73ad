//! The real device core without a window, as a customer holds it.

use std::sync::Arc;

use tempfile::TempDir;
use warifu_device_core::{
    ChallengeCard, CoreError, DeviceCore, EnrolInput, KdfProfile, KeystoreChoice, NumberInput, Options,
    ResultView,
};
use warifu_shared::clock::{ManualClock, SharedClock};
use warifu_shared::jws::approval::DenyReason;

/// A device with a vault of its own.
pub struct Device {
    /// The device core.
    pub core: DeviceCore,
    folder: TempDir,
}

/// The PIN of test devices.
pub const PIN: &str = "740295";

impl Device {
    /// A new device that shares the server's clock. It does not listen for pushes by itself.
    pub async fn new(clock: &ManualClock) -> Self {
        Self::with(clock, |_| {}).await
    }

    /// The same with other options.
    ///
    /// # Panics
    /// When the vault cannot be opened.
    pub async fn with(clock: &ManualClock, change: impl FnOnce(&mut Options)) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let clock: SharedClock = Arc::new(clock.clone());
        let keystore = KeystoreChoice::File(folder.path().join("keystore.json"));
        let data_dir = folder.path().join("vault");
        let mut options = Options {
            data_dir,
            keystore,
            clock,
            push: false,
            kdf: KdfProfile::Floor,
        };
        change(&mut options);
        Self {
            core: DeviceCore::open(options).await.expect("the vault opens"),
            folder,
        }
    }

    /// Where its files lie.
    #[must_use]
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Registers by a link up to the fingerprint, which it gives.
    ///
    /// # Panics
    /// When the registration is refused.
    pub async fn enrol(&self, link: &str) -> String {
        self.core
            .begin_enrolment(EnrolInput::Link {
                text: link.to_owned(),
            })
            .await
            .expect("the link is good");
        self.core
            .finish_enrolment(PIN, PIN, "太郎の端末")
            .await
            .expect("registered")
            .fingerprint
    }

    /// Asks for what waits.
    ///
    /// # Panics
    /// When the server does not answer.
    pub async fn open_requests(&self) -> Vec<ChallengeCard> {
        self.core.refresh().await.expect("the server answers");
        self.core.view().challenges
    }

    /// The one request that waits.
    ///
    /// # Panics
    /// When there are none or several.
    pub async fn only_request(&self) -> String {
        let open = self.open_requests().await;
        assert_eq!(open.len(), 1, "one request waits: {open:?}");
        open[0].handle.clone()
    }

    /// Approves with a typed number.
    ///
    /// # Errors
    /// What the core or the server refused.
    pub async fn approve(&self, handle: &str, number: &str) -> Result<ResultView, CoreError> {
        self.core
            .approve(handle, &NumberInput::Typed(number.to_owned()), PIN)
            .await
    }

    /// Refuses with a reason.
    ///
    /// # Errors
    /// What the core or the server refused.
    pub async fn deny(&self, handle: &str, reason: DenyReason) -> Result<ResultView, CoreError> {
        self.core.deny(handle, reason).await
    }
}
