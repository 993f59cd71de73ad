//! Owners of money: accounts with passwords, addresses, devices, sessions, and what the ledger holds for them.

use warifu_server::config::Site;
use warifu_server::demo::ledger;
use warifu_server::domain::account::AccountNumber;
use warifu_server::domain::session::{Assurance, Session};
use warifu_server::store::accounts::{self, Address, NewAccount};
use warifu_server::store::attempts::Attempt;
use warifu_server::store::payout::{self, StoredPayout};
use warifu_server::store::sessions;
use warifu_shared::display::Language;
use warifu_shared::ids::{AccountId, PayoutAccountId, SessionId};
use warifu_shared::jws::withdrawal::Payee;
use warifu_tests::raw_device::RawDevice;

use crate::scene::{LOGIN_PASSWORD, Owner, PASSWORD, START, Scene, payee, yen};

impl Scene {
    /// An owner with 3,000,000 yen, this many devices, and a session that a device approved.
    pub async fn owner(&self, devices: usize) -> Owner {
        let drawn = warifu_shared::random::bytes::<8>();
        let number: String = drawn.iter().map(|byte| format!("{byte:02x}")).collect();
        let number = AccountNumber::from_typed(&number).expect("a number");
        let account = AccountId::random();
        let mail = format!("{}@mail.example", number.as_str().to_lowercase());
        self.insert(&account, &number, &mail).await;
        let mut owner = Owner {
            account,
            number,
            mail,
            session: String::new(),
            devices: Vec::new(),
        };
        for _ in 0..devices {
            self.add_device(&mut owner).await;
        }
        let assurance = if devices > 0 {
            Assurance::App
        } else {
            Assurance::Code
        };
        owner.session = self.session(&owner, assurance).await;
        owner
    }

    async fn insert(&self, account: &AccountId, number: &AccountNumber, mail: &str) {
        let (now, app) = (self.server().now(), self.app());
        let hash = async |password| app.passwords.hash(password).await.expect("a hash");
        let new = NewAccount {
            id: account.clone(),
            number: number.clone(),
            customer_name: "客".to_owned(),
            language: Language::Ja,
            password_hash: hash(LOGIN_PASSWORD).await,
            created_at: now,
        };
        let address = Address {
            address: mail.to_owned(),
            authentication: true,
            proven: true,
        };
        let second = hash(PASSWORD).await;
        let first = self.proposal(account, payee(), payout::ACTIVE);
        let done = self.store().write(move |c| {
            Box::pin(async move {
                accounts::insert(c, &new).await?;
                accounts::add_address(c, &new.id, &address, now).await?;
                payout::insert(c, &first).await?;
                payout::set_password(c, &new.id, &second, now).await?;
                ledger::open_account(c, &new.number, yen(START)).await
            })
        });
        done.await.expect("inserted");
    }

    fn proposal(&self, account: &AccountId, payee: Payee, state: &str) -> StoredPayout {
        let now = self.server().now();
        StoredPayout {
            id: PayoutAccountId::at(now),
            account: account.clone(),
            state: state.to_owned(),
            payee,
            origin: "firm".to_owned(),
            challenge: None,
            session_hash: String::new(),
            place: String::new(),
            browser: String::new(),
            created_at: now,
            active_at: (state == payout::ACTIVE).then_some(now),
        }
    }

    /// The firm itself enters another payout account, at once.
    pub async fn enter_payout(&self, owner: &Owner, payee: Payee) {
        let (now, new) = (
            self.server().now(),
            self.proposal(&owner.account, payee, "proposed"),
        );
        let done = self.store().write(move |c| {
            Box::pin(async move {
                payout::insert(c, &new).await?;
                payout::activate(c, &new.id, now).await
            })
        });
        assert!(done.await.expect("it answers"));
    }

    pub async fn add_device(&self, owner: &mut Owner) {
        let server = self.server();
        let device = RawDevice::of_account(self.store(), &owner.account, &server.origin, server.now()).await;
        owner.devices.push(device);
    }

    /// A new session of the owner; gives the hash of its secret.
    pub async fn session(&self, owner: &Owner, assurance: Assurance) -> String {
        let now = self.server().now();
        let hash = SessionId::random().to_string();
        let session = Session {
            id: SessionId::random(),
            account: owner.account.clone(),
            assurance,
            created_at: now,
            approved_at: now,
            expires_at: now.plus_secs(10_800),
            absolute_expires_at: now.plus_secs(86_400),
        };
        let attempt = Attempt::begin(&owner.account, &hash, Site::Browser, true, now, 900);
        let device = owner.devices.first().map(|device| device.id.to_string());
        let stored = hash.clone();
        let done = self.store().write(move |c| {
            Box::pin(async move { sessions::insert(c, &session, &stored, &attempt, device.as_deref()).await })
        });
        done.await.expect("inserted");
        hash
    }

    pub async fn session_lives(&self, hash: &str) -> bool {
        let mut c = self.store().read().await.expect("a connection");
        let live = sessions::live(&mut c, hash, self.server().now()).await;
        live.expect("it answers").is_some()
    }
}
