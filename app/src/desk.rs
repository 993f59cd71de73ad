//! What the commands share: the core, opened at first use, and the signal that its view changed.

use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use tauri::AppHandle;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OnceCell, watch};
use warifu_device_core::{
    AppView, CoreError, CoreEvent, DeviceCore, ErrorView, Language, LinkTarget, Options,
};

use crate::notice;

/// The state behind every command.
pub struct Desk {
    app: AppHandle,
    options: Options,
    core: OnceCell<DeviceCore>,
    version: watch::Sender<u64>,
    opened: Mutex<Option<Opened>>,
}

/// What a link from the operating system led to, until the window has taken it.
type Opened = Result<LinkTarget, ErrorView>;

/// What the window draws.
#[derive(Serialize)]
pub struct Snapshot {
    /// Grows with every change.
    version: u64,
    /// The core's state.
    view: AppView,
    /// A link that was opened since the last snapshot.
    opened: Option<LinkTarget>,
    /// Why such a link could not be opened.
    problem: Option<ErrorView>,
}

impl Desk {
    /// Opens nothing yet: a keystore may ask the customer first, and the window should already be there.
    pub fn new(app: AppHandle, options: Options) -> Self {
        let (version, _) = watch::channel(1);
        Self {
            app,
            options,
            core: OnceCell::new(),
            version,
            opened: Mutex::default(),
        }
    }

    /// The core. A failed opening is tried again at the next call.
    ///
    /// # Errors
    /// Why the vault or the keystore cannot be opened.
    pub async fn core(&self) -> Result<&DeviceCore, ErrorView> {
        let opened = self.core.get_or_try_init(|| async {
            let core = DeviceCore::open(self.options.clone()).await?;
            let events = core.events();
            core.start();
            tauri::async_runtime::spawn(follow(
                self.app.clone(),
                self.version.clone(),
                core.clone(),
                events,
            ));
            Ok::<_, CoreError>(core)
        });
        opened.await.map_err(|error| error.view(Language::default()))
    }

    /// The core when it is open already.
    pub fn open_core(&self) -> Option<&DeviceCore> {
        self.core.get()
    }

    /// Keeps what a link led to for the window and wakes it.
    pub fn put_opened(&self, opened: Opened) {
        *self.opened.lock().unwrap_or_else(PoisonError::into_inner) = Some(opened);
        self.version.send_modify(|version| *version += 1);
    }

    /// Waits until the version is above `since`, or for 25 seconds, and tells the state.
    ///
    /// # Errors
    /// Why the core cannot be opened.
    pub async fn snapshot(&self, since: u64) -> Result<Snapshot, ErrorView> {
        let core = self.core().await?;
        let mut versions = self.version.subscribe();
        let _ = tokio::time::timeout(LONGEST_WAIT, versions.wait_for(|version| *version > since)).await;
        // The version is read before the view: a change in between only makes the next call return at once.
        let version = *self.version.borrow();
        let view = core.view();
        let opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner).take();
        let (opened, problem) = match opened {
            Some(Ok(target)) => (Some(target), None),
            Some(Err(problem)) => (None, Some(problem)),
            None => (None, None),
        };
        Ok(Snapshot {
            version,
            view,
            opened,
            problem,
        })
    }
}

/// Passes the core's events on: a new version for the window, a notification for the person.
async fn follow(
    app: AppHandle,
    version: watch::Sender<u64>,
    core: DeviceCore,
    mut events: tokio::sync::broadcast::Receiver<CoreEvent>,
) {
    loop {
        match events.recv().await {
            Ok(CoreEvent::ChallengeArrived { .. }) => notice::challenge_arrived(&app, &core.view()),
            Ok(CoreEvent::NoticeArrived) => notice::notice_arrived(&app, &core.view()),
            Ok(_) | Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return,
        }
        version.send_modify(|version| *version += 1);
    }
}

/// The core's error in the language of its view.
pub fn refusal(core: &DeviceCore) -> impl FnOnce(CoreError) -> ErrorView {
    let language = core.language();
    move |error| error.view(language)
}

const LONGEST_WAIT: std::time::Duration = std::time::Duration::from_secs(25);
