//! Writes that share a commit: a failing one is undone alone, a panicking one takes nothing of the others along unsaid, and
//! two that stand in each other's way are both done (OPS-02).

use futures_util::future::join_all;
use sqlx::Row as _;
use warifu_server::domain::account::AccountNumber;
use warifu_server::store::accounts::{self, NewAccount};
use warifu_server::store::{Dialect, Store, StoreError};
use warifu_shared::clock::Timestamp;
use warifu_shared::display::Language;
use warifu_shared::ids::AccountId;
use warifu_tests::databases::for_each_database;

/// What one of twenty writes does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Member {
    Good,
    Fails,
    Panics,
}

#[tokio::test(flavor = "multi_thread")]
async fn ops_02_a_failing_member_of_a_write_group_is_undone_alone() {
    for_each_database(|db| async move {
        let store = Store::open(db.url()).await.expect("the database opens");
        for round in 0..10 {
            let results = twenty(
                &store,
                round,
                |at| if at == 7 { Member::Fails } else { Member::Good },
            )
            .await;
            for (at, result) in results.iter().enumerate() {
                assert_eq!(result.is_ok(), at != 7, "member {at}: {result:?}");
            }
            assert!(
                matches!(results[7], Err(StoreError::Inconsistent { .. })),
                "its own error comes back: {:?}",
                results[7]
            );
        }
        let mut expected: Vec<String> = (0..200)
            .filter(|at| at % 20 != 7)
            .map(|at| number(at / 20, at % 20))
            .collect();
        expected.sort();
        assert_eq!(stored(&store).await, expected, "nothing of a failed one stays");
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ops_02_a_panicking_member_is_undone_and_every_answer_is_true() {
    for_each_database(|db| async move {
        let store = Store::open(db.url()).await.expect("the database opens");
        let mut expected = Vec::new();
        for round in 0..10 {
            let members = |at| match at {
                3 => Member::Fails,
                11 => Member::Panics,
                _ => Member::Good,
            };
            let results = twenty(&store, round, members).await;
            assert!(
                matches!(results[11], Err(StoreError::Panicked)),
                "{:?}",
                results[11]
            );
            assert!(results[3].is_err());
            for (at, result) in results.iter().enumerate() {
                if result.is_ok() {
                    expected.push(number(round, at));
                } else if members(at) == Member::Good {
                    assert!(
                        matches!(result, Err(StoreError::Commit(_))),
                        "another of its group panicked: {result:?}"
                    );
                }
            }
            let alone = one(&store, number(round, 20), Member::Good).await;
            alone.expect("the door still opens");
            expected.push(number(round, 20));
        }
        expected.sort();
        assert_eq!(
            stored(&store).await,
            expected,
            "what was answered with success is there, and nothing else"
        );
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ops_02_two_writes_that_stand_in_each_others_way_are_both_done() {
    for_each_database(|db| async move {
        let store = Store::open(db.url()).await.expect("the database opens");
        for at in 0..2 {
            one(&store, number(0, at), Member::Good).await.expect("inserted");
        }
        let (one_way, other_way) = tokio::join!(
            rename_both(&store, [number(0, 0), number(0, 1)]),
            rename_both(&store, [number(0, 1), number(0, 0)])
        );
        one_way.expect("done");
        other_way.expect("done");
        let mut c = store.read().await.expect("a connection");
        let rows = sqlx::query("SELECT customer_name FROM accounts")
            .fetch_all(&mut *c)
            .await
            .expect("rows");
        let names: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        assert_eq!(names, ["客!!", "客!!"], "each was renamed by both");
        drop(c);
        store.close().await;
    })
    .await;
}

/// Renames two accounts in this order, in one transaction that takes its time.
async fn rename_both(store: &Store, numbers: [String; 2]) -> Result<(), StoreError> {
    let takes_its_time = store.dialect() == Dialect::Postgres;
    store
        .write_again(move |c| {
            Box::pin(async move {
                for number in numbers {
                    sqlx::query("UPDATE accounts SET customer_name = customer_name || '!' WHERE number = $1")
                        .bind(number)
                        .execute(&mut *c)
                        .await?;
                    if takes_its_time {
                        sqlx::query("SELECT CAST(pg_sleep(0.3) AS TEXT)")
                            .execute(&mut *c)
                            .await?;
                    }
                }
                Ok(())
            })
        })
        .await
}

async fn twenty(store: &Store, round: usize, what: impl Fn(usize) -> Member) -> Vec<Result<(), StoreError>> {
    join_all((0..20).map(|at| one(store, number(round, at), what(at)))).await
}

/// A write that inserts an account; a bad one fails or panics after that.
async fn one(store: &Store, number: String, what: Member) -> Result<(), StoreError> {
    let account = NewAccount {
        id: AccountId::random(),
        number: AccountNumber::from_typed(&number).expect("a number"),
        customer_name: "客".to_owned(),
        language: Language::Ja,
        password_hash: "none".to_owned(),
        created_at: Timestamp(0),
    };
    store
        .write(move |c| {
            Box::pin(async move {
                accounts::insert(c, &account).await?;
                match what {
                    Member::Good => Ok(()),
                    Member::Fails => Err(StoreError::inconsistent("accounts", "a row", "on purpose")),
                    Member::Panics => panic!("on purpose"),
                }
            })
        })
        .await
}

fn number(round: usize, at: usize) -> String {
    format!("{}", 1000 + round * 21 + at)
}

async fn stored(store: &Store) -> Vec<String> {
    let mut c = store.read().await.expect("a connection");
    let rows = sqlx::query("SELECT number FROM accounts")
        .fetch_all(&mut *c)
        .await
        .expect("rows");
    let mut numbers: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    numbers.sort();
    numbers
}
