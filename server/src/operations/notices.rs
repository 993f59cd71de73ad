//! Notices to the devices of an account: kept with their cause, hinted at after it, signed when a device asks (ENROL-07).

use std::collections::BTreeMap;
use std::time::Duration;

use warifu_shared::api::{NOTICES_AT_ONCE, Notices};
use warifu_shared::clock::Timestamp;
use warifu_shared::ids::{AccountId, NoticeId};
use warifu_shared::jws::challenge::device_urn;
use warifu_shared::jws::notice::{Happened, Notice, NoticeKind};
use warifu_shared::push_payload::Hinted;

use super::Refusal;
use crate::app::App;
use crate::push::PushJob;
use crate::store::devices::Device;
use crate::store::notices::{self, Hint, NoticeRow, StoredNotice};
use crate::store::{Conn, StoreError};

/// Keeps a notice for the devices of the account, in the transaction of what happened. It lies sealed: a place and a browser
/// are personal details (AUDIT-08).
///
/// # Errors
/// On a database failure.
pub async fn keep(
    c: &mut Conn,
    app: &App,
    account: &AccountId,
    what: &Happened,
    now: Timestamp,
) -> Result<(), StoreError> {
    let new = sealed(app, account, what, Hint::Due, now)?;
    notices::insert(c, &new).await?;
    Ok(())
}

/// The same notice, to be kept with its cause.
///
/// # Errors
/// `Inconsistent` never in practice: what happened is always JSON.
pub fn sealed(
    app: &App,
    account: &AccountId,
    what: &Happened,
    hint: Hint,
    now: Timestamp,
) -> Result<NoticeRow, StoreError> {
    let id = NoticeId::at(now);
    let json = serde_json::to_vec(what).map_err(|e| StoreError::inconsistent("notices", id.as_str(), e))?;
    Ok(NoticeRow {
        account: account.clone(),
        kind: kept_as(&what.kind),
        sealed: app.secrets.column_sealer.seal(&context(&id), &json),
        id,
        created_at: now,
        hint,
    })
}

/// The name that a notice is kept under: what is told once a day each must not share one.
#[must_use]
pub const fn kept_as(kind: &NoticeKind) -> &'static str {
    match kind {
        NoticeKind::CoolOffRefused { payout: true, .. } => "cool_off_refused_payout",
        kind => kind.name(),
    }
}

/// What a device is told: the newest notices since `after`, oldest first, each signed for it.
///
/// # Errors
/// On a database failure.
pub async fn for_device(app: &App, device: &Device, after: Timestamp) -> Result<Notices, Refusal> {
    let most = i64::try_from(NOTICES_AT_ONCE).unwrap_or(i64::MAX);
    let mut c = app.store.read().await?;
    let mut found = notices::of_device(&mut c, &device.id, after, most).await?;
    drop(c);
    found.reverse();
    let now = app.now();
    let signed = found.iter().filter_map(|stored| sign(app, device, stored, now));
    Ok(Notices {
        notices: signed.collect(),
        now,
    })
}

/// One that cannot be read or signed is left out: the others must be told all the same.
fn sign(app: &App, device: &Device, stored: &StoredNotice, now: Timestamp) -> Option<String> {
    let plain = app
        .secrets
        .column_sealer
        .open(&context(&stored.id), &stored.sealed);
    let what = plain.ok().and_then(|plain| serde_json::from_slice(&plain).ok());
    let notice = what.map(|what| Notice {
        iss: app.config.service.device_origin.clone(),
        aud: device_urn(&device.id),
        jti: stored.id.clone(),
        sub: device.account.as_str().to_owned(),
        iat: now.secs(),
        nbf: now.secs(),
        exp: now.secs() + LIFETIME_SECS,
        told: stored.created_at.secs(),
        what,
    });
    let signed = notice.and_then(|notice| notice.sign(&app.secrets.challenge_key).ok());
    if signed.is_none() {
        tracing::error!(event = "notice.untold", notice = %stored.id, "a stored notice cannot be told");
    }
    signed
}

/// Looks for notices that nobody was hinted at, again and again. The table says what is left, so that nothing is lost with a
/// process, and nothing is hinted at before its transaction is done.
pub async fn run(app: App) {
    let mut tick = tokio::time::interval(EVERY);
    loop {
        tick.tick().await;
        if let Err(error) = hint(&app).await {
            tracing::warn!(event = "notice.hint", %error, "notices could not be hinted at");
        }
    }
}

/// Sends one hint for each account that has something new, to its active devices. Gives the number of hints.
///
/// # Errors
/// On a database failure.
pub async fn hint(app: &App) -> Result<usize, StoreError> {
    let mut c = app.store.read().await?;
    let waiting = notices::to_hint(&mut c, AT_ONCE).await?;
    drop(c);
    if waiting.is_empty() {
        return Ok(0);
    }
    let taken = app.store.write(move |c| {
        Box::pin(async move {
            let ids: Vec<NoticeId> = waiting.iter().map(|(id, _)| id.clone()).collect();
            let ours = notices::take_hints(c, &ids).await?;
            let taken = waiting.into_iter().filter(|(id, _)| ours.contains(id));
            // One hint an account, at its newest.
            Ok(taken
                .map(|(id, account)| (account.as_str().to_owned(), (account, id)))
                .collect::<BTreeMap<_, _>>())
        })
    });
    let taken = taken.await?;
    let accounts: Vec<&AccountId> = taken.values().map(|(account, _)| account).collect();
    let mut c = app.store.read().await?;
    let receivers = notices::receivers(&mut c, &accounts).await?;
    drop(c);
    let sent = receivers.len();
    for (account, subscription) in receivers {
        let Some((_, id)) = taken.get(account.as_str()) else {
            continue;
        };
        app.pushes.send(PushJob {
            device: subscription.device.clone(),
            hinted: Hinted::Notice(id.clone()),
            topic: topic(app, &account),
            expires_at: app.now().plus_secs(HINT_SECS),
            subscription: Some(subscription),
            urgent: false,
        });
    }
    Ok(sent)
}

fn topic(app: &App, account: &AccountId) -> String {
    let mut topic = app
        .secrets
        .csrf_key
        .mac("push-topic", &[account.as_str().as_bytes(), b"notices"]);
    topic.truncate(32);
    topic
}

fn context(id: &NoticeId) -> String {
    format!("notice:{id}")
}

/// A signed copy lives as long as a challenge may: long enough to be read, too short to be told again as news.
const LIFETIME_SECS: i64 = 600;
/// A hint waits this long at a relay for a device that is off.
const HINT_SECS: i64 = 24 * 3600;
const EVERY: Duration = Duration::from_secs(1);
const AT_ONCE: i64 = 200;
/// Days that a notice can be asked for.
pub const KEPT_DAYS: i64 = 90;
