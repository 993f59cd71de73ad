//! From configuration and listeners to a running server, and back: graceful shutdown. Tests bind port 0 and use the same.

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
use crate::audit::sequencer::{self, Sequencer};
use crate::audit::{self, Event};
use crate::config::Config;
use crate::crypto::secrets::{SecretError, Secrets};
use crate::mail::{self, BadLetterhead, Letterhead, MailWorker, TransportError};
use crate::net::certificates::{BadPair, Certificates, Face, Look};
use crate::net::{self, Door, Limits};
use crate::relay::{self, BadRelayConfig, Relay, RelayConfig};
use crate::store::{Dialect, Store, StoreError};
use crate::{demo, device_api, jobs, live, operations, pages, push, staff};

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
    /// The certificate or its key.
    #[error(transparent)]
    Certificate(#[from] BadPair),
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
    /// The staff console, when this process runs one.
    pub staff: Option<TcpListener>,
}

/// A running server.
pub struct Server {
    /// Its parts, for tests that step workers or look into the store.
    pub app: App,
    /// The relay of this process.
    pub relay: Option<Relay>,
    /// The mail worker, for tests that step it; the server runs its own as well.
    pub mail: MailWorker,
    /// Gives audit leaves their positions; the same for tests.
    pub sequencer: Arc<Sequencer>,
    certificates: Option<Certificates>,
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
        let certificates = certificates(&app.config).await?;
        let mail = mail_worker(&app)?;
        let sequencer = Arc::new(open_sequencer(&app));
        let relay = listeners.relay.is_some().then(|| open_relay(&app)).transpose()?;
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        if let (Some(relay), Some(listener)) = (relay.clone(), listeners.relay) {
            let door = relay_door(&app.config, certificates.clone());
            tasks.spawn(net::serve(
                listener,
                door,
                relay_routes(&app, &relay),
                stopped.clone(),
            ));
            // Set once: this is the only place.
            drop(app.relay.set(relay.clone()));
            tasks.spawn(relay.run(stopped.clone()));
        }
        let door = web_door(&app.config, certificates.clone());
        tasks.spawn(net::serve(listeners.web, door, web(&app), stopped.clone()));
        open_console(&app, listeners.staff, certificates.as_ref(), &mut tasks, &stopped);
        if let Some(queue) = app.pushes.take() {
            tasks.spawn(until(
                stopped.clone(),
                push::send::run(app.clone(), relay.clone(), queue),
            ));
        }
        tell_other_processes(&app, &mut tasks, &stopped);
        if workers == Workers::Running {
            work(&app, &mail, &sequencer, &mut tasks, &stopped);
            if let Some(certificates) = certificates.clone() {
                let look = net::reload::run(app.clone(), certificates);
                tasks.spawn(until(stopped.clone(), look));
            }
            tasks.spawn(until(stopped, jobs::run(app.clone(), relay.clone())));
        }
        note(&app, "server.started").await?;
        Ok(Self {
            app,
            relay,
            mail,
            sequencer,
            certificates,
            stop,
            tasks,
        })
    }

    /// Looks whether certificate and key have changed, and takes them: what `SIGHUP` does. `None` without TLS.
    pub async fn look_at_certificate(&self) -> Option<Look> {
        let certificates = self.certificates.as_ref()?;
        certificates.tell_again();
        Some(net::reload::look(&self.app, certificates).await)
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
        if let Err(error) = self.sequencer.finish(self.app.now()).await {
            tracing::warn!(event = "log.failed", %error, "the last checkpoint could not be published");
        }
        self.app.store.close().await;
    }
}

/// Wake-ups between the processes of one PostgreSQL.
fn tell_other_processes(app: &App, tasks: &mut JoinSet<()>, stopped: &watch::Receiver<bool>) {
    if app.store.dialect() != Dialect::Postgres {
        return;
    }
    let Some(changes) = app.live.tell_elsewhere() else {
        return;
    };
    let send = live::postgres::send(app.store.clone(), changes);
    tasks.spawn(until(stopped.clone(), send));
    let listen = live::postgres::listen(app.config.database.url.clone(), app.live.clone());
    tasks.spawn(until(stopped.clone(), listen));
}

fn web(app: &App) -> Router {
    let mut routes = device_api::router(app.clone()).merge(pages::router(app.clone()));
    if app.config.demo {
        routes = routes.merge(mail::mailbox::router(app.config.mail.outbox.clone()));
    }
    routes
        .layer(CatchPanicLayer::new())
        .layer(time_limit(&app.config))
        .layer(from_fn_with_state(app.clone(), crate::http::edge::guard))
}

fn open_console(
    app: &App,
    listener: Option<TcpListener>,
    certificates: Option<&Certificates>,
    tasks: &mut JoinSet<()>,
    stopped: &watch::Receiver<bool>,
) {
    if let Some(listener) = listener {
        let door = web_door(&app.config, certificates.cloned());
        tasks.spawn(net::serve(listener, door, console(app), stopped.clone()));
    }
}

/// The staff console: nothing of the customers' pages or the device API is behind its listener (STAFF-01).
fn console(app: &App) -> Router {
    staff::router(app.clone())
        .layer(CatchPanicLayer::new())
        .layer(time_limit(&app.config))
        .layer(from_fn_with_state(app.clone(), crate::http::edge::guard))
}

fn relay_routes(app: &App, relay: &Relay) -> Router {
    relay::router(relay.clone())
        .layer(time_limit(&app.config))
        .layer(from_fn_with_state(app.clone(), crate::http::edge::relay_guard))
}

/// A request that takes longer, its body included, is given up (WEB-11). Status streams and sockets answer at once and then stay.
fn time_limit(config: &Config) -> TimeoutLayer {
    let limit = Duration::from_millis(config.connections.request_ms);
    TimeoutLayer::with_status_code(http::StatusCode::REQUEST_TIMEOUT, limit)
}

async fn certificates(config: &Config) -> Result<Option<Certificates>, BadPair> {
    if !config.tls.is_on() {
        return Ok(None);
    }
    Certificates::load(&config.tls, config.public_hosts())
        .await
        .map(Some)
}

fn web_door(config: &Config, certificates: Option<Certificates>) -> Door {
    let rules = &config.connections;
    Door {
        tls: certificates.map(|it| (it, Face::Web)),
        proxies: config.proxy.trusted.clone(),
        total: rules.total,
        per_address: rules.per_address,
        limits: Limits {
            handshake: Duration::from_millis(rules.handshake_ms),
            headers: Duration::from_millis(rules.headers_ms),
            idle: Duration::from_millis(rules.idle_ms),
            header_bytes: rules.header_bytes,
        },
    }
}

/// The relay counts its own sockets; beside them there are short requests.
fn relay_door(config: &Config, certificates: Option<Certificates>) -> Door {
    let web = web_door(config, None);
    Door {
        tls: certificates.map(|it| (it, Face::Relay)),
        total: web.total.saturating_add(config.relay.connections),
        per_address: web
            .per_address
            .saturating_add(config.relay.connections_per_address),
        ..web
    }
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

/// What goes on by itself: mails, orders, the log and what is read behind it.
fn work(
    app: &App,
    mail: &MailWorker,
    sequencer: &Arc<Sequencer>,
    tasks: &mut JoinSet<()>,
    stopped: &watch::Receiver<bool>,
) {
    let orders = operations::withdrawal::work::run(app.clone());
    let log = sequencer::run(Arc::clone(sequencer), app.clock.clone());
    tasks.spawn(run_mail(app.clone(), mail.clone(), stopped.clone()));
    tasks.spawn(until(stopped.clone(), orders));
    tasks.spawn(until(stopped.clone(), tell(app.clone())));
    tasks.spawn(until(stopped.clone(), log));
    tasks.spawn(until(stopped.clone(), watch_all(app.clone())));
}

/// What staff look at is kept up to date.
async fn watch_all(app: App) {
    tokio::join!(
        crate::watch::run(app.clone()),
        push::health::run(app.clone()),
        operations::imports::run(app)
    );
}

fn open_sequencer(app: &App) -> Sequencer {
    let export = Some(app.config.audit.export.clone()).filter(|folder| !folder.as_os_str().is_empty());
    Sequencer::new(
        app.store.clone(),
        Arc::clone(&app.secrets.audit_key),
        app.log_key.clone(),
        export,
    )
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

/// Everything that tells customers what happened.
async fn tell(app: App) {
    tokio::join!(
        operations::notices::run(app.clone()),
        operations::login_notices::run(app)
    );
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
pub(crate) async fn note(app: &App, action: &'static str) -> Result<(), StoreError> {
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
