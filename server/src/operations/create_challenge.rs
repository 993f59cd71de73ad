//! A challenge: signed for each active device, stored, pushed (CHAL-01..03, CHAL-07, CHAL-12).

use warifu_shared::b64;
use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::{AccountId, ChallengeId, DeviceId, WithdrawalId};
use warifu_shared::jws::challenge::{Action, Challenge, Context, MatchRule, Transaction, device_urn};
use warifu_shared::number::MatchNumber;
use warifu_shared::push_payload::Hinted;

use super::withdrawal::request;
use super::{Caller, Refusal, notify, withdrawal_password};
use crate::app::App;
use crate::audit::{self, Event};
use crate::domain::challenge::{ChallengeState, StoredChallenge, action_name};
use crate::mail::Mail;
use crate::push::PushJob;
use crate::store::address_changes::{self, AddressChange};
use crate::store::attempts::{self, Attempt};
use crate::store::bulk::{Company, Hot, OrdinaryChallenge, OrdinaryRequest};
use crate::store::challenges::{self, NewChallenge};
use crate::store::hot_reads::Receiver;
use crate::store::payout::{self, StoredPayout};
use crate::store::staff::{self, sessions::StaffAttempt};
use crate::store::withdrawals::{self, Withdrawal};
use crate::store::{Conn, StoreError};

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
    /// What the money does, when it is about money.
    pub txn: Option<Transaction>,
    /// A device that is not asked: it gave the first approval (TXN-09).
    pub but: Option<DeviceId>,
}

/// What is stored together with the challenge that asks for it.
#[derive(Debug, Clone)]
pub enum With {
    /// Nothing: a test, or confirming again.
    Nothing,
    /// The attempt to log in.
    Attempt(Box<Attempt>),
    /// The withdrawal. That its password was right is written down with it.
    Withdrawal(Box<OrdinaryRequest>),
    /// The second approval of a withdrawal.
    Second(WithdrawalId),
    /// The proposal of another payout account.
    Payout(Box<StoredPayout>),
    /// A change of the authentication mail address.
    Address(Box<AddressChange>),
    /// A staff member's attempt to log in to the console.
    Staff(Box<StaffAttempt>),
}

impl With {
    /// False: it cannot be stored any more, because the withdrawal ended meanwhile or the same form came before.
    async fn insert(
        self,
        c: &mut Conn,
        app: &App,
        caller: &Caller,
        challenge: &StoredChallenge,
    ) -> Result<bool, StoreError> {
        let id = Some(challenge.id.clone());
        match self {
            Self::Nothing => Ok(true),
            Self::Attempt(attempt) => {
                let attempt = Attempt {
                    challenge: id,
                    ..*attempt
                };
                attempts::insert(c, &attempt).await.map(|()| true)
            }
            Self::Withdrawal(request) => {
                let OrdinaryRequest { withdrawal, key, .. } = *request;
                // Both end at the same moment: nobody approves what has expired meanwhile.
                let withdrawal = Withdrawal {
                    challenge: id,
                    expires_at: challenge.expires_at,
                    ..withdrawal
                };
                request::insert(c, app, caller, &withdrawal, &key).await
            }
            Self::Second(withdrawal) => withdrawals::set_second(c, &withdrawal, &challenge.id).await,
            Self::Payout(proposal) => {
                let proposal = StoredPayout {
                    challenge: id,
                    ..*proposal
                };
                payout::insert(c, &proposal).await.map(|()| true)
            }
            Self::Address(change) => {
                // Both end at the same moment: nobody approves what has expired meanwhile.
                let change = AddressChange {
                    challenge: id,
                    expires_at: challenge.expires_at,
                    ..*change
                };
                address_changes::insert(c, &change).await
            }
            Self::Staff(attempt) => {
                let attempt = StaffAttempt {
                    challenge: challenge.id.clone(),
                    ..*attempt
                };
                staff::sessions::insert_attempt(c, &attempt).await.map(|()| true)
            }
        }
    }

    /// What is stored with the challenge, where the usual case may be stored together with many others.
    fn company(&self, challenge: &StoredChallenge) -> Option<Company> {
        match self {
            Self::Nothing => Some(Company::default()),
            Self::Attempt(attempt) => Some(Company {
                attempt: Some(Attempt::clone(attempt)),
                request: None,
            }),
            Self::Withdrawal(request) => {
                let mut request = OrdinaryRequest::clone(request);
                // As on the plain road: both end at the same moment.
                request.withdrawal.expires_at = challenge.expires_at;
                Some(Company {
                    attempt: None,
                    request: Some(request),
                })
            }
            Self::Second(_) | Self::Payout(_) | Self::Address(_) | Self::Staff(_) => None,
        }
    }
}

/// A challenge that waits, and the number that its page shows (CHAL-03).
pub struct Created {
    /// The challenge.
    pub id: ChallengeId,
    /// Its number.
    pub number: MatchNumber,
}

/// Makes a challenge and stores what belongs to it in the same transaction.
///
/// # Errors
/// `DeviceNotActive` without an active device that may be asked; `TooManyOpenLogins`, `WithdrawalOpen`,
/// `PayoutAccountOpen` or `AddressChangeOpen` when every slot is taken (CHAL-07).
pub async fn run(app: &App, caller: &Caller, asked: Asked, with: With) -> Result<Created, Refusal> {
    let now = app.now();
    let mut receivers = app.store.hot.receivers(&asked.account).await?;
    receivers.retain(|receiver| asked.but.as_ref() != Some(&receiver.device));
    if receivers.is_empty() {
        return Err(ErrorCode::DeviceNotActive.into());
    }
    let (new, number) = build(app, caller, &asked, &receivers, now)?;
    let (id, ends) = (new.challenge.id.clone(), new.challenge.expires_at);
    app.recent_challenges.remember(&new);
    let usual = match with.company(&new.challenge) {
        Some(company) => store_ordinary(app, caller, &new, company, now).await?,
        None => false,
    };
    if let (false, With::Withdrawal(_)) = (usual, &with) {
        withdrawal_password::record(app, caller, &asked.account, true).await?;
    }
    let pushed = if usual {
        if let (With::Withdrawal(request), Some(first)) = (&with, receivers.first()) {
            request::remember(app, request, asked.txn.as_ref(), (&id, &first.device, ends));
        }
        Pushed::Yes
    } else {
        store(app, caller, new, with, now).await?
    };
    let Pushed::Yes = pushed else {
        return if matches!(pushed, Pushed::Full) {
            Err(full(asked.action).into())
        } else {
            Ok(Created { id, number })
        };
    };
    let (topic, expires_at) = (topic(app, &asked), now.plus_secs(app.config.challenge.lifetime));
    for receiver in receivers {
        app.pushes.send(PushJob {
            device: receiver.device,
            subscription: receiver.subscription,
            hinted: Hinted::Challenge(id.clone()),
            urgent: true,
            topic: topic.clone(),
            expires_at,
        });
    }
    Ok(Created { id, number })
}

const fn full(action: Action) -> ErrorCode {
    match action {
        Action::Login | Action::Test | Action::Confirm | Action::StaffLogin => ErrorCode::TooManyOpenLogins,
        Action::Withdrawal => ErrorCode::WithdrawalOpen,
        Action::PayoutAccount => ErrorCode::PayoutAccountOpen,
        Action::MailAddress => ErrorCode::AddressChangeOpen,
    }
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
            txn: asked.txn.clone(),
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
    company: Company,
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
    let mails = company
        .request
        .as_ref()
        .is_some_and(|it| !it.news.mails.is_empty());
    let ordinary = OrdinaryChallenge::new(new.clone(), company, leaf);
    let done = app.store.write_hot(Hot::Challenge(Box::new(ordinary))).await?;
    if done && mails {
        app.mail_wake.notify_one();
    }
    Ok(done)
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
    with: With,
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
                if !with.insert(c, &app, &caller, challenge).await? {
                    challenges::cancel(c, &challenge.id, "nothing_to_approve", now).await?;
                    return Ok(Pushed::Full);
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
