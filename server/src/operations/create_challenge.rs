//! A challenge: signed for each active device, stored, pushed (CHAL-01..03, CHAL-07, CHAL-12).

use warifu_shared::b64;
use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::{AccountId, ChallengeId};
use warifu_shared::jws::challenge::{Action, Challenge, Context, MatchRule, device_urn};
use warifu_shared::number::MatchNumber;

use super::{Caller, Refusal, notify};
use crate::app::App;
use crate::audit::{self, Event};
use crate::domain::challenge::{ChallengeState, StoredChallenge, action_name};
use crate::mail::Mail;
use crate::push::PushJob;
use crate::store::attempts::{self, Attempt};
use crate::store::bulk::{Hot, OrdinaryChallenge};
use crate::store::challenges::{self, NewChallenge};
use crate::store::hot_reads::Receiver;

/// What is asked for, and by which browser.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Whose decision.
    pub account: AccountId,
    /// What for.
    pub action: Action,
    /// Hash of the browser's secret.
    pub browser_hash: String,
    /// Whether the browser is known.
    pub known_browser: bool,
}

/// A challenge that waits, and the number that its page shows (CHAL-03).
pub struct Created {
    /// The challenge.
    pub id: ChallengeId,
    /// Its number.
    pub number: MatchNumber,
}

/// Makes a challenge; with an attempt, stores that too, in the same transaction.
///
/// # Errors
/// `DeviceNotActive` without an active device, `TooManyOpenLogins` when every slot is taken (CHAL-07).
pub async fn run(
    app: &App,
    caller: &Caller,
    asked: Asked,
    attempt: Option<Attempt>,
) -> Result<Created, Refusal> {
    let now = app.now();
    let receivers = app.store.hot.receivers(&asked.account).await?;
    if receivers.is_empty() {
        return Err(ErrorCode::DeviceNotActive.into());
    }
    let (new, number) = build(app, caller, &asked, &receivers, now)?;
    let id = new.challenge.id.clone();
    app.recent_challenges.remember(&new);
    let pushed = if store_ordinary(app, caller, &new, attempt.as_ref(), now).await? {
        Pushed::Yes
    } else {
        store(app, caller, new, attempt, now).await?
    };
    let Pushed::Yes = pushed else {
        return if matches!(pushed, Pushed::Full) {
            Err(ErrorCode::TooManyOpenLogins.into())
        } else {
            Ok(Created { id, number })
        };
    };
    let expires_at = now.plus_secs(app.config.challenge.lifetime);
    let topic = topic(app, &asked);
    for receiver in receivers {
        app.pushes.send(PushJob {
            device: receiver.device,
            subscription: receiver.subscription,
            challenge: id.clone(),
            topic: topic.clone(),
            expires_at,
        });
    }
    Ok(Created { id, number })
}

fn build(
    app: &App,
    caller: &Caller,
    asked: &Asked,
    receivers: &[Receiver],
    now: Timestamp,
) -> Result<(NewChallenge, MatchNumber), Refusal> {
    let id = ChallengeId::at(now);
    let exp = now.secs() + app.config.challenge.lifetime;
    let copies = receivers.iter().map(|receiver| {
        let claims = Challenge {
            iss: app.config.service.device_origin.clone(),
            aud: device_urn(&receiver.device),
            jti: id.clone(),
            sub: asked.account.to_string(),
            svc: app.service_name(),
            act: asked.action,
            iat: now.secs(),
            nbf: now.secs(),
            exp,
            nonce: b64::encode(warifu_shared::random::bytes::<16>()),
            match_: MatchRule::default(),
            ctx: Context {
                place: caller.source.place.clone(),
                network: caller.source.network.clone(),
                browser: caller.source.browser.clone(),
                new_browser: !asked.known_browser,
            },
            txn: None,
        };
        claims
            .sign(&app.secrets.challenge_key)
            .map(|jws| (receiver.device.clone(), jws))
    });
    let copies = copies.collect::<Result<Vec<_>, _>>().map_err(|error| {
        tracing::error!(event = "challenge.unsigned", %error, "a challenge could not be signed");
        Refusal::new(ErrorCode::Internal)
    })?;
    let number = MatchNumber::random();
    let sealed = app
        .secrets
        .column_sealer
        .seal(&StoredChallenge::number_context(&id), number.reveal().as_bytes());
    let challenge = StoredChallenge {
        id,
        account: asked.account.clone(),
        action: asked.action,
        state: ChallengeState::Pending,
        browser_hash: asked.browser_hash.clone(),
        known_browser: asked.known_browser,
        source_prefix: caller.source.prefix.clone(),
        number_sealed: sealed,
        wrong_tries: 0,
        created_at: now,
        expires_at: Timestamp::from_secs(exp),
        deny_reason: None,
        decided_by: None,
        decision_hash: None,
        pushed: false,
    };
    Ok((NewChallenge { challenge, copies }, number))
}

/// The usual case, together with many others: nothing else is open and no push went unanswered. False: nothing was stored.
async fn store_ordinary(
    app: &App,
    caller: &Caller,
    new: &NewChallenge,
    attempt: Option<&Attempt>,
    now: Timestamp,
) -> Result<bool, Refusal> {
    let limits = &app.config.pushes;
    if limits.per_10_minutes == 0 || limits.per_day == 0 {
        return Ok(false);
    }
    let id = new.challenge.id.as_str();
    let leaf = audit::leaf(
        &event(caller, &new.challenge, "challenge.created", "customer", id),
        now,
    )?;
    let ordinary = OrdinaryChallenge::new(new.clone(), attempt.cloned(), leaf);
    Ok(app.store.write_hot(Hot::Challenge(Box::new(ordinary))).await?)
}

/// What became of a new challenge.
enum Pushed {
    /// Stored and to be pushed.
    Yes,
    /// Stored, but too many pushes went unanswered: it shows when the app is opened (CHAL-07).
    Silent,
    /// No slot was free.
    Full,
}

async fn store(
    app: &App,
    caller: &Caller,
    new: NewChallenge,
    attempt: Option<Attempt>,
    now: Timestamp,
) -> Result<Pushed, Refusal> {
    let (app_in, caller) = (app.clone(), caller.clone());
    let result = app
        .store
        .write_again(move |c| {
            Box::pin(async move {
                let app = app_in;
                let challenge = &new.challenge;
                for expired in challenges::expire_of(c, &challenge.account, now).await? {
                    let event = event(&caller, challenge, "challenge.expired", "server", &expired);
                    audit::write(c, &event, now).await?;
                }
                if !challenges::insert(c, &new).await? {
                    let event = event(&caller, challenge, "challenge.refused", "customer", "-");
                    audit::write(
                        c,
                        &Event {
                            outcome: "too_many_open",
                            ..event
                        },
                        now,
                    )
                    .await?;
                    return Ok(Pushed::Full);
                }
                if let Some(attempt) = attempt {
                    let attempt = Attempt {
                        challenge: Some(challenge.id.clone()),
                        ..attempt
                    };
                    attempts::insert(c, &attempt).await?;
                }
                let id = challenge.id.as_str();
                audit::write(
                    c,
                    &event(&caller, challenge, "challenge.created", "customer", id),
                    now,
                )
                .await?;
                let limits = &app.config.pushes;
                let lately =
                    challenges::unanswered_pushes(c, &challenge.account, now.plus_secs(-600)).await?;
                let today =
                    challenges::unanswered_pushes(c, &challenge.account, now.plus_secs(-86_400)).await?;
                if lately >= limits.per_10_minutes || today >= limits.per_day {
                    notify::once_a_day(c, &app, &challenge.account, Mail::PushesSilent { at: now }, now)
                        .await?;
                    return Ok(Pushed::Silent);
                }
                challenges::note_push(c, &challenge.id, now).await?;
                Ok(Pushed::Yes)
            })
        })
        .await?;
    app.mail_wake.notify_one();
    Ok(result)
}

fn event<'a>(
    caller: &'a Caller,
    challenge: &'a StoredChallenge,
    action: &'a str,
    actor: &'a str,
    object: &'a str,
) -> Event<'a> {
    Event {
        action,
        actor,
        subject: challenge.account.as_str(),
        outcome: "ok",
        object,
        request: &caller.request,
        details: caller.details(),
    }
}

/// 32 characters of base64url that stand for account and action without telling them (PUSH-03, PUSH-05).
fn topic(app: &App, asked: &Asked) -> String {
    let parts = [
        asked.account.as_str().as_bytes(),
        action_name(asked.action).as_bytes(),
    ];
    let mut topic = app.secrets.csrf_key.mac("push-topic", &parts);
    topic.truncate(32);
    topic
}
