//! From configuration and listeners to a running server, and back: graceful shutdown. Tests bind port 0 and use the same.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn_with_state;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;
use warifu_shared::clock::SharedClock;
use warifu_shared::ids::RequestId;

use crate::app::{App, AppError};
use crate::audit::{self, Event};
use crate::config::Config;
use crate::crypto::secrets::{SecretError, Secrets};
use crate::mail::{self, BadLetterhead, Letterhead, MailWorker, TransportError};
use crate::relay::{self, BadRelayConfig, Relay, RelayConfig};
use crate::store::{Dialect, Store, StoreError};
use crate::{demo, device_api, jobs, live, pages, push};

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A secret is missing or unusable.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// Parts that do not fit.
    #[error(transparent)]
    App(#[from] AppError),
    /// The firm's name or telephone number cannot stand in a mail.
    #[error(transparent)]
    Letterhead(#[from] BadLetterhead),
    /// The mail transport cannot be opened.
    #[error(transparent)]
    Mail(#[from] TransportError),
    /// The relay's settings.
    #[error(transparent)]
    Relay(#[from] BadRelayConfig),
    /// A socket.
    #[error("socket: {0}")]
    Socket(#[from] std::io::Error),
}

/// The sockets of a server. Made by the caller, so that tests know the ports before the configuration is written.
pub struct Listeners {
    /// Pages and device API.
    pub web: TcpListener,
    /// The relay, when this process runs one.
    pub relay: Option<TcpListener>,
}

/// A running server.
pub struct Server {
    /// Its parts, for tests that step workers or look into the store.
    pub app: App,
    /// The relay of this process.
    pub relay: Option<Relay>,
    /// The mail worker, for tests that step it; the server runs its own as well.
    pub mail: MailWorker,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

/// What a process runs beside its sockets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Workers {
    /// Mail, pushes and clean-up run by themselves.
    Running,
    /// Tests step mail and clean-up; pushes run.
    Stepped,
}

impl Server {
    /// Starts everything.
    ///
    /// # Errors
    /// [`StartError`] with a sentence for the operator.
    pub async fn start(
        config: Config,
        listeners: Listeners,
        clock: SharedClock,
        workers: Workers,
    ) -> Result<Self, StartError> {
        // Both TLS clients (push, mail) use ring; a second installation by an embedding program is no error.
        drop(rustls::crypto::ring::default_provider().install_default());
        let secrets = Secrets::load(&config.secrets.folder)?;
        let store = Store::open(&config.database.url).await?;
        let app = App::new(config, store, secrets, clock)?;
        if app.config.demo {
            demo::seed(&app).await?;
        }
        let mail = mail_worker(&app)?;
        let relay = listeners.relay.is_some().then(|| open_relay(&app)).transpose()?;
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        if let (Some(relay), Some(listener)) = (relay.clone(), listeners.relay) {
            tasks.spawn(serve(
                listener,
                relay::router(relay.clone())
                    .layer(from_fn_with_state(app.clone(), crate::http::edge::relay_guard)),
                stopped.clone(),
            ));
            tasks.spawn(relay.run(stopped.clone()));
        }
        tasks.spawn(serve(listeners.web, web(&app), stopped.clone()));
        if let Some(queue) = app.pushes.take() {
            tasks.spawn(until(
                stopped.clone(),
                push::send::run(app.clone(), relay.clone(), queue),
            ));
        }
        if app.store.dialect() == Dialect::Postgres
            && let Some(changes) = app.live.tell_elsewhere()
        {
            tasks.spawn(until(
                stopped.clone(),
                live::postgres::send(app.store.clone(), changes),
            ));
            let url = app.config.database.url.clone();
            tasks.spawn(until(
                stopped.clone(),
                live::postgres::listen(url, app.live.clone()),
            ));
        }
        if workers == Workers::Running {
            tasks.spawn(run_mail(app.clone(), mail.clone(), stopped.clone()));
            tasks.spawn(until(stopped, jobs::run(app.clone(), relay.clone())));
        }
        note(&app, "server.started").await?;
        Ok(Self {
            app,
            relay,
            mail,
            stop,
            tasks,
        })
    }

    /// Stops: no new requests, those under way are finished (a few seconds at most), waiting writes are committed.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        let all = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(GRACE, all).await.is_err() {
            self.tasks.abort_all();
        }
        if let Err(error) = note(&self.app, "server.stopped").await {
            tracing::warn!(event = "server.stop", %error, "the stop could not be written down");
        }
        self.app.store.close().await;
    }
}

fn web(app: &App) -> Router {
    let mut routes = device_api::router(app.clone()).merge(pages::router(app.clone()));
    if app.config.demo {
        routes = routes.merge(mail::mailbox::router(app.config.mail.outbox.clone()));
    }
    routes
        .layer(from_fn_with_state(app.clone(), crate::http::edge::guard))
        .layer(CatchPanicLayer::new())
        .layer(TimeoutLayer::with_status_code(
            http::StatusCode::REQUEST_TIMEOUT,
            REQUEST_TIME,
        ))
}

fn mail_worker(app: &App) -> Result<MailWorker, StartError> {
    let head = Letterhead::new(app.service_name(), &app.config.service.phone, &app.config.mail)?;
    Ok(MailWorker {
        store: app.store.clone(),
        keys: app.secrets.column_sealer.clone(),
        head: Arc::new(head),
        transport: mail::open(&app.config.mail)?,
    })
}

fn open_relay(app: &App) -> Result<Relay, StartError> {
    let own_key = app.vapid.public_key().to_owned();
    let config = RelayConfig {
        vapid_key: app.config.relay.vapid_key.clone().or(Some(own_key)),
        ..app.config.relay.clone()
    };
    Ok(Relay::new(
        app.store.clone(),
        app.secrets.relay_sealer.clone(),
        app.clock.clone(),
        config,
    )?)
}

async fn serve(listener: TcpListener, routes: Router, mut stopped: watch::Receiver<bool>) {
    let service = routes.into_make_service_with_connect_info::<SocketAddr>();
    let stop = async move { drop(stopped.wait_for(|stop| *stop).await) };
    if let Err(error) = axum::serve(listener, service).with_graceful_shutdown(stop).await {
        tracing::error!(event = "server.socket", %error, "a listener failed");
    }
}

/// Waits for the stop. The borrowed value must not live across an await of the caller.
async fn stop_asked(stopped: &mut watch::Receiver<bool>) {
    drop(stopped.wait_for(|stop| *stop).await);
}

async fn until(mut stopped: watch::Receiver<bool>, work: impl Future<Output = ()>) {
    tokio::select! {
        () = work => {}
        () = stop_asked(&mut stopped) => {}
    }
}

async fn run_mail(app: App, worker: MailWorker, mut stopped: watch::Receiver<bool>) {
    let (clock, wake) = (app.clock.clone(), Arc::clone(&app.mail_wake));
    let stop = async move { drop(stopped.wait_for(|stop| *stop).await) };
    mail::run(worker, clock, wake, stop, async |failed| {
        tracing::error!(event = "mail.failed", mail = %failed.mail, account = %failed.account, "a mail was refused for good");
    })
    .await;
}

/// Writes a start or stop into the audit log (AUDIT-01).
async fn note(app: &App, action: &'static str) -> Result<(), StoreError> {
    let now = app.now();
    app.store
        .write(move |c| {
            Box::pin(async move {
                let event = Event {
                    action,
                    actor: "server",
                    subject: "-",
                    outcome: "ok",
                    object: "-",
                    request: &RequestId::random(),
                    details: audit::Details::default(),
                };
                audit::write(c, &event, now).await
            })
        })
        .await
}

const GRACE: Duration = Duration::from_secs(5);
/// A request that takes longer is given up (WEB-11). Live status streams answer at once and then stay.
const REQUEST_TIME: Duration = Duration::from_secs(30);
