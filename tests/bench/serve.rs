//! `warifu-bench serve`: the real server in a process of its own, so that its CPU can be told from the customers'. Beside it
//! one route that does what a page does after the right password: it makes the challenge and shows its number.

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;

use axum::extract::State;
use axum::routing::post;
use axum::{Extension, Json, Router};
use serde::{Deserialize, Serialize};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use warifu_server::app::App;
use warifu_server::config::Site;
use warifu_server::crypto::secrets::Secrets;
use warifu_server::demo;
use warifu_server::domain::context::{Source, source_prefix};
use warifu_server::operations::Caller;
use warifu_server::operations::create_challenge::{self, Asked, With};
use warifu_server::startup::{Listeners, Server, Workers};
use warifu_server::store::attempts::{Attempt, AttemptFactor};
use warifu_shared::clock::SystemClock;
use warifu_shared::ids::{AccountId, RequestId};
use warifu_shared::jws::challenge::Action;
use warifu_tests::load::{Crowd, Customers, Waiting, seed};

use super::two_cores::TwoCores;
use super::{whole_login, withdraw};

/// Who is in the database.
#[derive(Debug, Clone, Copy)]
pub struct People {
    /// Customers who act; a quarter as many have devices that take no push.
    pub active: u32,
    /// Customers who are there.
    pub others: u32,
}

/// What the measuring process is told.
#[derive(Debug, Serialize, Deserialize)]
pub struct Ready {
    /// The origin of the route that begins a cycle.
    pub begin: String,
    /// Host and port of the relay.
    pub relay: String,
    /// Customers whose devices take pushes.
    pub customers: Customers,
    /// Customers whose devices take none.
    pub silent: Customers,
}

/// What begins a cycle.
#[derive(Debug, Serialize, Deserialize)]
pub struct Begin {
    /// Whose login.
    pub account: AccountId,
    /// The number of the account.
    pub number: String,
    /// Hash of the secret of the browser that waits.
    pub browser_hash: String,
}

/// The answer.
#[derive(Debug, Serialize, Deserialize)]
pub struct Begun {
    /// The challenge.
    pub challenge: String,
    /// Its number.
    pub number: String,
    /// The path of its page.
    pub page: String,
}

impl From<Begun> for Waiting {
    fn from(begun: Begun) -> Self {
        Self {
            challenge: begun.challenge.parse().expect("an id"),
            number: begun.number,
            page: begun.page,
        }
    }
}

/// Serves until the input ends. Prints one line of JSON, [`Ready`].
#[expect(clippy::print_stdout, reason = "it is how the measuring process is told")]
pub async fn serve(folder: &Path, database: &str, people: People) {
    let (web, relay, begin) = (listener().await, listener().await, listener().await);
    let at = |listener: &TcpListener| listener.local_addr().expect("an address").to_string();
    let mut config = demo::config(folder, &at(&web), &at(&relay)).expect("a configuration");
    database.clone_into(&mut config.database.url);
    // Everybody comes from one address here.
    config.relay.messages_per_minute = 1_000_000;
    config.relay.connections_per_address = config.relay.connections;
    config.relay.new_agents_per_minute = 1_000_000;
    withdraw::cheap(&mut config);
    let cores = Arc::new(TwoCores::default());
    config.core.own = Some(cores.own());
    Secrets::init(&config.secrets.folder).expect("secrets");
    let (begin_at, relay_at) = (format!("http://{}", at(&begin)), at(&relay));
    let listeners = Listeners {
        web,
        relay: Some(relay),
        staff: None,
    };
    let server = Server::start(config, listeners, Arc::new(SystemClock), Workers::Running)
        .await
        .expect("the server starts");
    cores.open(&server.app, Arc::new(SystemClock));
    let ready = Ready {
        begin: begin_at,
        relay: relay_at,
        customers: settle_in(&server.app, database, people).await,
        silent: seed(&server.app, 30_000_000, people.active / 4, false)
            .await
            .expect("customers"),
    };
    withdraw::endow(&server.app, &ready.customers)
        .await
        .expect("money");
    let routes = Router::new()
        .route("/begin", post(begin_cycle))
        .route("/whole-login", post(whole_login::begin))
        .route("/finish-login", post(whole_login::finish))
        .route("/withdraw", post(withdraw::begin))
        .route("/withdraw-apart", post(withdraw::begin_apart))
        .route("/withdraw-held", post(withdraw::begin_held))
        .route("/withdraw-approval", post(withdraw::begin_approval))
        .layer(Extension(cores))
        .with_state(server.app.clone());
    let routes = tokio::spawn(async move { axum::serve(begin, routes).await });
    println!("{}", serde_json::to_string(&ready).expect("JSON"));
    let mut rest = Vec::new();
    tokio::io::stdin()
        .read_to_end(&mut rest)
        .await
        .expect("the input ends");
    routes.abort();
    server.stop().await;
}

/// Writes the customers who act, evenly among the others.
async fn settle_in(app: &App, database: &str, people: People) -> Customers {
    let first = 20_000_000;
    if people.others == 0 {
        return seed(app, first, people.active, true).await.expect("customers");
    }
    let mut crowd = Crowd::open(database).await.expect("a connection");
    let mut all = seed(app, first, 0, true).await.expect("nobody");
    let share = |of: u32, step: u32| {
        u32::try_from(u64::from(of) * u64::from(step) / u64::from(STEPS)).expect("fewer")
    };
    for step in 0..STEPS {
        let (from, to) = (share(people.others, step), share(people.others, step + 1));
        crowd.grow(from, to).await.expect("a crowd");
        let (from, to) = (share(people.active, step), share(people.active, step + 1));
        let active = seed(app, first + from, to - from, true).await.expect("customers");
        all.customers.extend(active.customers);
    }
    crowd.settle().await.expect("it settles");
    all
}

/// In how many places of a table active customers lie together.
const STEPS: u32 = 100;

/// A browser of the customers' side.
pub fn caller() -> Caller {
    let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let source = Source {
        address,
        prefix: source_prefix(address),
        place: "JP-13".to_owned(),
        network: "Demo Net".to_owned(),
        browser: "Firefox 145 / Windows".to_owned(),
    };
    Caller {
        request: RequestId::random(),
        source,
    }
}

async fn begin_cycle(State(app): State<App>, Json(asked): Json<Begin>) -> Json<Begun> {
    let (now, caller) = (app.now(), caller());
    let lifetime = app.config.login.attempt_lifetime;
    let attempt = Attempt {
        factor: AttemptFactor::App,
        ..Attempt::begin(
            &asked.account,
            &asked.browser_hash,
            Site::Browser,
            true,
            now,
            lifetime,
        )
    }
    .seen(&caller.source);
    let page = format!("/login/{}", attempt.id);
    let asked = Asked {
        account: asked.account,
        action: Action::Login,
        browser_hash: asked.browser_hash,
        known_browser: true,
        txn: None,
        but: None,
    };
    let created = create_challenge::run(&app, &caller, asked, With::Attempt(Box::new(attempt)))
        .await
        .expect("a challenge");
    Json(Begun {
        number: created.number.reveal().to_owned(),
        challenge: created.id.to_string(),
        page,
    })
}

async fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.expect("a port")
}
