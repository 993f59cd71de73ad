//! An import whose server is killed in its middle: another goes on, and each row becomes an account once.

use std::time::Duration;

use warifu_server::domain::staff::{Role, Roles};
use warifu_server::operations::imports::upload::Upload;
use warifu_server::store::imports::{self, Import, State};
use warifu_server::store::staff::members::Member;
use warifu_shared::clock::{Clock, SystemClock, Timestamp};
use warifu_shared::ids::{AccountId, ImportId, StaffId};
use warifu_tests::databases::Database;

use crate::firm::{Firm, Plan};
use crate::money::caller;

const ROWS: i64 = 30_000;
const LIMIT: Duration = Duration::from_secs(120);

#[tokio::test]
async fn an_import_killed_in_its_check_and_in_its_opening_opens_each_account_once_on_sqlite() {
    survives(&Database::sqlite()).await;
}

#[tokio::test]
async fn an_import_killed_in_its_check_and_in_its_opening_opens_each_account_once_on_postgresql() {
    survives(&Database::postgres_durable().await).await;
}

async fn survives(database: &Database) {
    let mut firm = Firm::prepare(database, &Plan::new()).await;
    let id = bring(&firm).await;
    kill_when(&mut firm, &id, |it| it.rows_read > 0 && it.rows_read < ROWS).await;
    kill_when(&mut firm, &id, |it| it.state == State::Checked).await;
    let it = read(&firm, &id).await;
    assert_eq!((it.rows_read, it.rows_good, it.rows_bad), (ROWS, ROWS - 1, 1));
    start_opening(&firm, &it).await;
    kill_when(&mut firm, &id, |it| it.opened > 0 && it.opened < ROWS / 2).await;
    kill_when(&mut firm, &id, |it| {
        it.opened > ROWS / 2 && it.state == State::Opening
    })
    .await;
    kill_when(&mut firm, &id, |it| it.state == State::Done).await;
    let it = read(&firm, &id).await;
    assert_eq!((it.opened, it.failed), (ROWS - 1, 0));
    for sql in [
        "SELECT COUNT(*) FROM accounts WHERE number LIKE '77%'",
        "SELECT COUNT(DISTINCT place) FROM import_accounts",
        "SELECT COUNT(*) FROM audit_leaves WHERE action = 'account.opened' AND subject IN \
         (SELECT account_id FROM import_accounts)",
        "SELECT COUNT(*) FROM addresses WHERE account_id IN (SELECT account_id FROM import_accounts)",
    ] {
        assert_eq!(firm.count(sql).await, ROWS - 1, "{sql}");
    }
    assert_eq!(firm.count("SELECT COUNT(*) FROM import_rows").await, 0, "erased");
    assert_eq!(firm.count("SELECT COUNT(*) FROM import_parts").await, 0, "erased");
}

/// The file comes in, through a process that is gone again.
async fn bring(firm: &Firm) -> ImportId {
    let mut text = String::from("account_number,name,language,mail");
    for number in 0..ROWS {
        match number {
            15_000 => text.push_str("\n=1,,fr,"),
            _ => text.push_str(&format!("\n77{number:06},山田 太郎,ja,c{number}@example.jp")),
        }
    }
    let app = firm.app().await;
    let by = operator();
    let mut upload = Upload::begin(&app, &by, "customers.csv")
        .await
        .expect("it begins");
    for part in text.as_bytes().chunks(10_000) {
        upload.take(part).await.expect("it is taken");
    }
    let id = upload.end(&caller(), &by).await.expect("it is whole");
    app.store.close().await;
    id
}

fn operator() -> Member {
    Member {
        id: StaffId::random(),
        account: AccountId::random(),
        login_id: None,
        name: "an operator".to_owned(),
        roles: Roles::of(&[Role::Operator]),
        state: "active".to_owned(),
        password_hash: None,
        invited_by: "bootstrap".to_owned(),
        token_expires_at: Timestamp(0),
        setup_hash: None,
        last_login_at: None,
    }
}

async fn start_opening(firm: &Firm, it: &Import) {
    let (id, asker, store) = (it.id.clone(), it.uploaded_by.clone(), firm.store().await);
    let (now, approver) = (SystemClock.now(), StaffId::random());
    let done = store.write(move |c| {
        Box::pin(async move {
            let proposed = imports::propose(c, &id, &asker, now).await?;
            let since = now.plus_secs(-60);
            Ok(proposed && imports::approve(c, &id, &approver, asker.as_str(), (since, now, now)).await?)
        })
    });
    assert!(done.await.expect("it answers"));
    store.close().await;
}

async fn read(firm: &Firm, id: &ImportId) -> Import {
    let store = firm.store().await;
    let mut c = store.read().await.expect("a connection");
    let found = imports::by_id(&mut c, id).await.expect("it answers");
    drop(c);
    store.close().await;
    found.expect("it is there")
}

/// Runs a server until the import stands so, and kills it then.
async fn kill_when(firm: &mut Firm, id: &ImportId, so: impl Fn(&Import) -> bool) {
    firm.start().await;
    let store = firm.store().await;
    let reached = tokio::time::timeout(LIMIT, async {
        let mut beat = tokio::time::interval(Duration::from_millis(5));
        loop {
            beat.tick().await;
            let mut c = store.read().await.expect("a connection");
            let it = imports::by_id(&mut c, id).await.expect("it answers");
            if so(&it.expect("it is there")) {
                break;
            }
        }
    });
    let reached = reached.await;
    let log = firm.server().log();
    firm.kill();
    store.close().await;
    assert!(reached.is_ok(), "{log}");
}
