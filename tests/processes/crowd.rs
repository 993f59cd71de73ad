//! Customers with two devices each, whose requests the tests put straight into the database of a firm.

use warifu_server::app::App;
use warifu_server::domain::account::AccountNumber;
use warifu_server::domain::context::Source;
use warifu_server::operations::Caller;
use warifu_server::operations::create_challenge::{self, Asked, With};
use warifu_server::store::accounts::{self, NewAccount};
use warifu_server::store::challenges;
use warifu_shared::clock::{Clock, SystemClock};
use warifu_shared::display::Language;
use warifu_shared::ids::{AccountId, ChallengeId, RequestId};
use warifu_shared::jws::challenge::Action;
use warifu_tests::raw_device::RawDevice;

use crate::firm::Firm;

/// The customers.
pub struct Crowd {
    accounts: Vec<AccountId>,
    devices: Vec<RawDevice>,
}

/// A signed decision that a device will send.
#[derive(Clone)]
pub struct Decision {
    /// What is decided.
    pub challenge: ChallengeId,
    /// The decision.
    pub token: String,
    device: usize,
    yes: bool,
}

impl Decision {
    /// What it leads to when it is the first.
    pub fn outcome(&self) -> &'static str {
        if self.yes { "approved" } else { "denied" }
    }
}

impl Crowd {
    /// Puts the customers into the database of `firm`.
    pub async fn join(firm: &Firm) -> Self {
        let store = firm.store().await;
        let (mut all, mut devices) = (Vec::new(), Vec::new());
        for number in 0..CUSTOMERS {
            let account = NewAccount {
                id: AccountId::random(),
                number: AccountNumber::from_typed(&format!("77000{number}")).expect("a number"),
                customer_name: "客".to_owned(),
                language: Language::Ja,
                password_hash: "none".to_owned(),
                created_at: SystemClock.now(),
            };
            let id = account.id.clone();
            store
                .write(move |c| Box::pin(async move { accounts::insert(c, &account).await }))
                .await
                .expect("inserted");
            for _ in 0..2 {
                devices.push(RawDevice::of_account(&store, &id, &firm.origin, SystemClock.now()).await);
            }
            all.push(id);
        }
        store.close().await;
        Self {
            accounts: all,
            devices,
        }
    }

    /// The device that sends a decision.
    pub fn device(&self, decision: &Decision) -> &RawDevice {
        &self.devices[decision.device]
    }

    /// Asks every customer for three decisions. The first device approves each; the second one refuses the last of the
    /// three at the same time.
    pub async fn ask(&self, app: &App) -> Vec<Decision> {
        let asked = self.accounts.iter().enumerate().map(|(at, account)| async move {
            let mut decisions = Vec::new();
            for turn in 0..3 {
                let id = create(app, account).await;
                decisions.push(self.decision(app, &id, 2 * at, true).await);
                if turn == 2 {
                    decisions.push(self.decision(app, &id, 2 * at + 1, false).await);
                }
            }
            decisions
        });
        futures_util::future::join_all(asked).await.concat()
    }

    async fn decision(&self, app: &App, id: &ChallengeId, device: usize, yes: bool) -> Decision {
        let by = &self.devices[device];
        let mut c = app.store.read().await.expect("a connection");
        let copy = app.store.hot.copy(id, &by.id).await.expect("it answers");
        let copy = copy.map(|copy| copy.jws);
        let stored = challenges::by_id(&mut c, id).await.expect("it answers");
        let number = stored.and_then(|it| it.number(&app.secrets.column_sealer));
        let number = number.expect("a number").reveal().to_owned();
        let copy = (id.clone(), copy.expect("a copy for each device"));
        Decision {
            challenge: id.clone(),
            token: by.token(&copy, yes.then_some(&number), SystemClock.now()),
            device,
            yes,
        }
    }
}

async fn create(app: &App, account: &AccountId) -> ChallengeId {
    let address = std::net::Ipv4Addr::LOCALHOST.into();
    let source = Source {
        address,
        prefix: warifu_server::domain::context::source_prefix(address),
        place: "JP-13".to_owned(),
        network: String::new(),
        browser: "Firefox 145 / Windows".to_owned(),
    };
    let caller = Caller {
        request: RequestId::random(),
        source,
    };
    let asked = Asked {
        account: account.clone(),
        action: Action::Login,
        browser_hash: "somebody".to_owned(),
        known_browser: true,
        txn: None,
        but: None,
    };
    create_challenge::run(app, &caller, asked, With::Nothing)
        .await
        .expect("there is a place for it")
        .id
}

const CUSTOMERS: usize = 8;
