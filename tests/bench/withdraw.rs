//! The route that begins a withdrawal cycle: what the form's page does, with a withdrawal password that costs next to nothing
//! to check, because password hashing is measured apart.

use std::sync::Arc;

use axum::extract::State as In;
use axum::{Extension, Json};
use warifu_server::app::App;
use warifu_server::config::Unproven;
use warifu_server::crypto::mac::new_token;
use warifu_server::demo::ledger;
use warifu_server::domain::withdrawal::{How, State, day_start};
use warifu_server::domain::yen::Yen;
use warifu_server::operations::create_challenge::{self, Asked, With};
use warifu_server::operations::decide::open_number;
use warifu_server::operations::withdrawal::evidence;
use warifu_server::operations::withdrawal::request::{self, Asker, Form};
use warifu_server::store::payout::{self, StoredPayout};
use warifu_server::store::withdrawals::Withdrawal;
use warifu_server::store::{StoreError, accounts};
use warifu_shared::ids::{PayoutAccountId, WithdrawalId};
use warifu_shared::jws::challenge::Action;
use warifu_shared::jws::withdrawal::{self as signed, Transaction};
use warifu_tests::load::Customers;

use super::serve::{Begin, Begun, caller};
use super::two_cores::TwoCores;

/// Of every customer, for both purposes.
pub const PASSWORD: &str = "not-what-is-measured";
/// Memory of Argon2 for this password, KiB.
pub const MEMORY_KIB: u32 = 8;

/// Gives every customer money, a payout account and both passwords.
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
                    accounts::set_password_hash(c, &account, &owner.password_hash, &hash).await?;
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
pub async fn begin(
    In(app): In<App>,
    Extension(cores): Extension<Arc<TwoCores>>,
    Json(asked): Json<Begin>,
) -> Json<Begun> {
    cores.choose(false);
    Json(ask(&app, &asked, "1,000").await)
}

/// The same with a core system that answers from memory: what is left is the product's own part.
pub async fn begin_apart(
    In(app): In<App>,
    Extension(cores): Extension<Arc<TwoCores>>,
    Json(asked): Json<Begin>,
) -> Json<Begun> {
    cores.choose(true);
    Json(ask(&app, &asked, "1,000").await)
}

/// The same with an amount that is held: no order leaves.
pub async fn begin_held(In(app): In<App>, Json(asked): Json<Begin>) -> Json<Begun> {
    Json(ask(&app, &asked, &app.config.withdrawal.hold_from.digits()).await)
}

/// A held withdrawal without its form: the challenge is made at once.
pub async fn begin_approval(In(app): In<App>, Json(asked): Json<Begin>) -> Json<Begun> {
    let caller = caller();
    let new = withdrawal(&app, &asked);
    let owner = app
        .store
        .money
        .owner(&asked.account, day_start(new.created_at), "")
        .await;
    let owner = owner.expect("a read").expect("a customer");
    let asker = Asker {
        caller: &caller,
        account: &owner.account,
        session_hash: &asked.browser_hash,
    };
    let page = format!("/withdrawals/{}", new.id);
    let txn = Transaction::read(&new.txn).ok();
    let request = request::ordinary(&app, &asker, &owner, new, new_token()).expect("addresses");
    let wanted = Asked {
        account: asked.account.clone(),
        action: Action::Withdrawal,
        browser_hash: asked.browser_hash.clone(),
        known_browser: true,
        txn,
        but: None,
    };
    let with = With::Withdrawal(Box::new(request));
    let created = create_challenge::run(&app, &caller, wanted, with)
        .await
        .expect("a challenge");
    Json(Begun {
        number: created.number.reveal().to_owned(),
        challenge: created.id.to_string(),
        page,
    })
}

async fn ask(app: &App, asked: &Begin, amount: &str) -> Begun {
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
        amount: amount.to_owned(),
        password: PASSWORD.to_owned().into(),
        key: new_token(),
    };
    let id = request::run(app, &asker, form).await.expect("a withdrawal");
    let found = app.store.money.standing(&id).await.expect("a read");
    let challenge = found.expect("a row").challenge.expect("a challenge");
    let stored = app
        .store
        .hot
        .challenge(&challenge)
        .await
        .expect("a read")
        .expect("a row");
    let number = open_number(app, &stored).expect("a number");
    Begun {
        number: number.reveal().to_owned(),
        challenge: challenge.to_string(),
        page: format!("/withdrawals/{id}"),
    }
}

/// What the form would have made of an amount that is held.
fn withdrawal(app: &App, asked: &Begin) -> Withdrawal {
    let (now, rules) = (app.now(), &app.config.withdrawal);
    let id = WithdrawalId::at(now);
    let reference = evidence::reference(app, &id, now);
    let txn = Transaction::Withdrawal(signed::Withdrawal {
        amount: rules.hold_from.digits(),
        fee: rules.fee.digits(),
        currency: "JPY".to_owned(),
        payee: warifu_server::demo::CUSTOMERS[0].payee(),
        reference: reference.clone(),
    });
    Withdrawal {
        id,
        reference,
        account: asked.account.clone(),
        state: State::Pending,
        reason: None,
        amount: rules.hold_from,
        fee: rules.fee,
        txn: txn.write().expect("a text"),
        how: How::App,
        session_hash: asked.browser_hash.clone(),
        challenge: None,
        second: None,
        evidence: None,
        place: "JP-13".to_owned(),
        browser: "Firefox 145 / Windows".to_owned(),
        created_at: now,
        expires_at: now.plus_secs(app.config.challenge.lifetime),
        approved_at: None,
        release_at: None,
        ended_at: None,
        tries: 0,
    }
}

/// Password hashing as cheap as it gets.
pub fn cheap(config: &mut warifu_server::config::Config) {
    config.password.memory_kib = MEMORY_KIB;
    config.password.waiting = 10_000;
    let admission = &mut config.admission;
    // Everybody comes from one address here.
    for most in [
        &mut admission.per_account,
        &mut admission.per_address,
        &mut admission.per_network,
        &mut admission.everyone,
    ] {
        *most = 1_000_000_000;
    }
    config.withdrawal.per_day = Yen::MAX;
    // These customers have no mail address, so that no row measures mails.
    config.addresses.unproven = Unproven::Everything;
}
