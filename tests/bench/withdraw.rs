//! The route that begins a withdrawal cycle: what the form's page does, with a withdrawal password that costs next to nothing
//! to check, because password hashing is measured apart.

use axum::Json;
use axum::extract::State;
use warifu_server::app::App;
use warifu_server::demo::ledger;
use warifu_server::domain::yen::Yen;
use warifu_server::operations::decide::open_number;
use warifu_server::operations::withdrawal::request::{self, Asker, Form};
use warifu_server::store::payout::{self, StoredPayout};
use warifu_server::store::{StoreError, accounts, withdrawals};
use warifu_shared::ids::PayoutAccountId;
use warifu_tests::load::Customers;

use super::serve::{Begin, Begun, caller};

const PASSWORD: &str = "not-what-is-measured";
/// Memory of Argon2 for this password, KiB.
pub const MEMORY_KIB: u32 = 8;

/// Gives every customer money, a payout account and a withdrawal password.
pub async fn endow(app: &App, customers: &Customers) -> Result<(), StoreError> {
    let hash = app.passwords.hash(PASSWORD).await.expect("a hash");
    let payee = warifu_server::demo::CUSTOMERS[0].payee();
    for some in customers.customers.chunks(500) {
        let some: Vec<_> = some.iter().map(|it| it.account.clone()).collect();
        let (hash, payee, now) = (hash.clone(), payee.clone(), app.now());
        let write = app.store.write(move |c| {
            Box::pin(async move {
                for account in some {
                    let owner = accounts::by_id(c, &account).await?.expect("a customer");
                    let yen = Yen::new(1_000_000_000).expect("yen");
                    ledger::open_account(c, &owner.number, yen).await?;
                    payout::set_password(c, &account, &hash, now).await?;
                    let new = StoredPayout {
                        id: PayoutAccountId::at(now),
                        account,
                        state: payout::ACTIVE.to_owned(),
                        payee: payee.clone(),
                        origin: "firm".to_owned(),
                        challenge: None,
                        session_hash: String::new(),
                        place: String::new(),
                        browser: String::new(),
                        created_at: now,
                        active_at: Some(now),
                    };
                    payout::insert(c, &new).await?;
                }
                Ok(())
            })
        });
        write.await?;
    }
    Ok(())
}

/// Asks for a withdrawal of 1,000 yen and reads the number that its page would show.
pub async fn begin(State(app): State<App>, Json(asked): Json<Begin>) -> Json<Begun> {
    let mut c = app.store.read().await.expect("a connection");
    let account = accounts::by_id(&mut c, &asked.account).await.expect("a read");
    drop(c);
    let caller = caller();
    let asker = Asker {
        caller: &caller,
        account: &account.expect("a customer"),
        session_hash: &asked.browser_hash,
    };
    let form = Form {
        amount: "1,000".to_owned(),
        password: PASSWORD.to_owned().into(),
        key: warifu_server::crypto::mac::new_token(),
    };
    let id = request::run(&app, &asker, form).await.expect("a withdrawal");
    let mut c = app.store.read().await.expect("a connection");
    let found = withdrawals::by_id(&mut c, &id)
        .await
        .expect("a read")
        .expect("a row");
    drop(c);
    let challenge = found.challenge.expect("a challenge");
    let stored = app
        .store
        .hot
        .challenge(&challenge)
        .await
        .expect("a read")
        .expect("a row");
    let number = open_number(&app, &stored).expect("a number");
    Json(Begun {
        number: number.reveal().to_owned(),
        challenge: challenge.to_string(),
        page: format!("/withdrawals/{id}"),
    })
}

/// Password hashing as cheap as it gets.
pub fn cheap(config: &mut warifu_server::config::Config) {
    config.password.memory_kib = MEMORY_KIB;
    config.password.waiting = 10_000;
    config.admission.per_account = 1_000_000;
    config.withdrawal.per_day = Yen::MAX;
}
