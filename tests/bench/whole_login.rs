//! The routes of a whole login: what the pages do from the number and the password to the session, with a password that costs
//! next to nothing to check, because password hashing is measured apart.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use warifu_server::app::App;
use warifu_server::config::Site;
use warifu_server::operations::decide::open_number;
use warifu_server::operations::finish_login::{self, BrowserTokens};
use warifu_server::operations::{check_password, start_login};

use super::serve::{Begin, Begun, caller};
use super::withdraw::PASSWORD;

/// What ends a login.
#[derive(Debug, Serialize, Deserialize)]
pub struct Finish {
    /// The attempt.
    pub attempt: String,
    /// Hash of the secret of the browser that waits.
    pub browser_hash: String,
}

/// Checks number and password, asks for the second factor, and reads the number that the page would show.
pub async fn begin(State(app): State<App>, Json(asked): Json<Begin>) -> Json<Begun> {
    let caller = caller();
    let (account, known) = check_password::run(&app, &caller, &asked.number, PASSWORD, None)
        .await
        .expect("the right password");
    let hash = &asked.browser_hash;
    let id = start_login::run(&app, &caller, &account, Site::Browser, hash, known)
        .await
        .expect("an attempt");
    let attempt = app.store.hot.attempt(&id, hash).await.expect("a read");
    let challenge = attempt.expect("an attempt").challenge.expect("a challenge");
    let stored = app.store.hot.challenge(&challenge).await.expect("a read");
    let number = open_number(&app, &stored.expect("a row")).expect("a number");
    Json(Begun {
        number: number.reveal().to_owned(),
        challenge: challenge.to_string(),
        page: format!("/login/{id}"),
    })
}

/// Turns the approval into a session.
pub async fn finish(State(app): State<App>, Json(asked): Json<Finish>) {
    let id = asked.attempt.parse().expect("an id");
    let found = app.store.hot.attempt(&id, &asked.browser_hash).await;
    let attempt = found.expect("a read").expect("an attempt");
    finish_login::by_approval(&app, &caller(), &attempt, BrowserTokens::default())
        .await
        .expect("a session");
}
