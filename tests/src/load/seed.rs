//! Customers for a load test, written straight into the database: account, device, subscription at the own relay, session.

use serde::{Deserialize, Serialize};
use warifu_server::app::App;
use warifu_server::config::Site;
use warifu_server::crypto::mac::{new_token, token_hash};
use warifu_server::domain::account::AccountNumber;
use warifu_server::domain::device_life::Life;
use warifu_server::domain::session::{Assurance, Session, new_limits};
use warifu_server::relay::agent::{AgentHash, ChannelId};
use warifu_server::relay::token::Endpoint;
use warifu_server::store::accounts::NewAccount;
use warifu_server::store::attempts::Attempt;
use warifu_server::store::devices::{Device, NewDevice, StoredSubscription};
use warifu_server::store::relay::NewChannel;
use warifu_server::store::{Conn, StoreError, accounts, devices, relay, sessions};
use warifu_shared::api::{DeviceState, Protection};
use warifu_shared::clock::Timestamp;
use warifu_shared::display::Language;
use warifu_shared::ids::{AccountId, DeviceId, SessionId};
use warifu_shared::keys::SigningKey;
use warifu_shared::{b64, random};

/// Customers of one service, as a file that a load test reads. Their keys are no secrets: they protect nothing.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Customers {
    /// The origin of the device API.
    pub origin: String,
    /// The origin of the pages.
    pub pages: String,
    /// The key that signs challenges.
    pub server_key: String,
    /// The customers.
    pub customers: Vec<SeededCustomer>,
}

/// One customer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SeededCustomer {
    /// The account.
    pub account: AccountId,
    /// Its number, as it is typed at a login.
    #[serde(default)]
    pub number: String,
    /// Its device.
    pub device: DeviceId,
    /// Seed of the request key.
    pub request_seed: String,
    /// Seed of the approval key.
    pub approval_seed: String,
    /// The token of a session.
    pub session: String,
}

/// Writes `count` customers whose account numbers begin at `first`. With `subscribed` their devices take pushes.
///
/// # Errors
/// On a database failure, also when an account number is taken.
pub async fn seed(app: &App, first: u32, count: u32, subscribed: bool) -> Result<Customers, StoreError> {
    let mut customers = Vec::new();
    let numbers: Vec<u32> = (first..first + count).collect();
    for numbers in numbers.chunks(BATCH) {
        let (app, numbers) = (app.clone(), numbers.to_vec());
        let store = app.store.clone();
        let made = store.write(move |c| {
            Box::pin(async move {
                let mut made = Vec::new();
                for number in numbers {
                    made.push(add(c, &app, number, subscribed).await?);
                }
                Ok(made)
            })
        });
        customers.extend(made.await?);
    }
    let main = app.config.origins.iter().find(|origin| origin.main);
    Ok(Customers {
        origin: app.config.service.device_origin.clone(),
        pages: main.map(|origin| origin.url.clone()).unwrap_or_default(),
        server_key: app.secrets.challenge_key.public().to_b64(),
        customers,
    })
}

async fn add(c: &mut Conn, app: &App, number: u32, subscribed: bool) -> Result<SeededCustomer, StoreError> {
    let now = app.now();
    let text = number.to_string();
    let number = AccountNumber::from_typed(&text)
        .ok_or_else(|| StoreError::inconsistent("accounts", text.as_str(), "not an account number"))?;
    let account = AccountId::random();
    let new = NewAccount {
        id: account.clone(),
        number,
        customer_name: "負荷 試験".to_owned(),
        language: Language::Ja,
        // Not a hash: nobody logs in to it with a password.
        password_hash: "-".to_owned(),
        created_at: now,
    };
    accounts::insert(c, &new).await?;
    let (request, approval) = (SigningKey::generate(), SigningKey::generate());
    let device = add_device(c, &account, &request, &approval, now).await?;
    if subscribed {
        subscribe(c, app, &device, now).await?;
    }
    let session = add_session(c, app, &account, now).await?;
    Ok(SeededCustomer {
        account,
        number: text,
        device,
        request_seed: b64::encode(request.seed().as_slice()),
        approval_seed: b64::encode(approval.seed().as_slice()),
        session,
    })
}

async fn add_device(
    c: &mut Conn,
    account: &AccountId,
    request: &SigningKey,
    approval: &SigningKey,
    now: Timestamp,
) -> Result<DeviceId, StoreError> {
    let id = DeviceId::random();
    let device = Device {
        id: id.clone(),
        account: account.clone(),
        state: DeviceState::Active,
        name: "負荷試験".to_owned(),
        model: "load".to_owned(),
        protection: Protection::Keystore,
        method: "link".to_owned(),
        life: Life::begin(730, now),
        last_seen_at: now,
        request_key: request.public().clone(),
        approval_key: approval.public().clone(),
    };
    let new = NewDevice {
        device,
        os: String::new(),
        app_version: String::new(),
        enrol_token: String::new(),
        source_prefix: String::new(),
    };
    devices::insert(c, &new).await?;
    Ok(id)
}

/// A channel at the own relay, as the app would have registered it.
async fn subscribe(c: &mut Conn, app: &App, device: &DeviceId, now: Timestamp) -> Result<(), StoreError> {
    let inconsistent = |what: &str| StoreError::inconsistent("subscriptions", device.as_str(), what);
    let vapid = b64::decode(app.vapid.public_key()).map_err(|_| inconsistent("VAPID key"))?;
    let mut hash = [0; 32];
    hash.copy_from_slice(ring::digest::digest(&ring::digest::SHA256, &vapid).as_ref());
    let endpoint = Endpoint {
        agent: AgentHash::from_bytes(random::bytes()),
        channel: ChannelId::from_bytes(
            *uuid::Builder::from_random_bytes(random::bytes())
                .into_uuid()
                .as_bytes(),
        ),
        vapid: Some(hash),
    };
    let channel = NewChannel {
        agent: endpoint.agent.to_string(),
        channel: endpoint.channel.to_string(),
        vapid: b64::encode(hash),
        now,
    };
    relay::register(c, &channel, 20).await?;
    let (keys, auth) = ece::generate_keypair_and_auth_secret().map_err(|_| inconsistent("keys"))?;
    let public = keys.raw_components().map_err(|_| inconsistent("keys"))?;
    let origin = app
        .config
        .relay
        .public_url
        .trim_end_matches('/')
        .replacen("ws", "http", 1);
    let url = format!("{origin}{}", endpoint.to_path(&app.secrets.relay_sealer));
    let sealer = &app.secrets.column_sealer;
    let stored = StoredSubscription {
        device: device.clone(),
        endpoint_sealed: sealer.seal(&format!("endpoint:{device}"), url.as_bytes()),
        p256dh: b64::encode(public.public_key()),
        auth_sealed: sealer.seal(&format!("push-auth:{device}"), &auth),
    };
    devices::subscribe(c, &stored, now).await
}

async fn add_session(
    c: &mut Conn,
    app: &App,
    account: &AccountId,
    now: Timestamp,
) -> Result<String, StoreError> {
    let (expires_at, absolute_expires_at) = new_limits(app.config.session_rules(Site::Browser), now);
    let session = Session {
        id: SessionId::random(),
        account: account.clone(),
        assurance: Assurance::App,
        created_at: now,
        approved_at: now,
        last_access_at: now,
        expires_at,
        absolute_expires_at,
    };
    let attempt = Attempt::begin(account, "", Site::Browser, true, now, 0);
    let token = new_token();
    sessions::insert(c, &session, &token_hash(&token), &attempt, None).await?;
    Ok(token)
}

const BATCH: usize = 500;
