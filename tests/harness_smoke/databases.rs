//! Each test has a database of its own, of either kind, with the schema of the server.

use sqlx::AnyConnection;
use sqlx::Connection as _;
use warifu_server::store::Store;
use warifu_tests::databases::{Database, Kind, for_each_database};

#[tokio::test]
async fn the_same_test_runs_on_both_databases() {
    let seen = std::sync::Mutex::new(Vec::new());
    for_each_database(async |database| {
        let store = Store::open(database.url()).await.expect("it opens");
        let mut read = store.read().await.expect("a connection");
        let one: i64 = sqlx::query_scalar("SELECT CAST(40 + $1 AS BIGINT)")
            .bind(2_i64)
            .fetch_one(&mut *read)
            .await
            .expect("a row");
        assert_eq!(one, 42);
        drop(read);
        store.close().await;
        seen.lock().expect("not poisoned").push(database.kind());
    })
    .await;
    assert_eq!(
        *seen.lock().expect("not poisoned"),
        [Kind::Sqlite, Kind::Postgres]
    );
}

#[tokio::test]
async fn two_databases_do_not_see_each_other() {
    let (first, second) = (Database::postgres().await, Database::postgres().await);
    make_table(first.url()).await;
    assert!(has_schema(first.url(), "only_here").await);
    assert!(!has_schema(second.url(), "only_here").await);
    assert!(
        has_schema(second.url(), "_sqlx_migrations").await,
        "the template has the schema"
    );
}

#[tokio::test]
async fn a_durable_cluster_waits_for_the_disk() {
    for (database, expected) in [
        (Database::postgres().await, "off"),
        (Database::postgres_durable().await, "on"),
    ] {
        let mut connection = connect(database.url()).await;
        let fsync: String = sqlx::query_scalar("SELECT current_setting('fsync')")
            .fetch_one(&mut connection)
            .await
            .expect("a row");
        assert_eq!(fsync, expected);
    }
}

#[tokio::test]
async fn a_dropped_database_is_gone() {
    let database = Database::postgres().await;
    let other = Database::postgres().await;
    let name = database
        .url()
        .split(['/', '?'])
        .nth(3)
        .expect("a name")
        .to_owned();
    assert_eq!(databases_named(other.url(), &name).await, 1);
    drop(database);
    assert_eq!(databases_named(other.url(), &name).await, 0);
}

async fn databases_named(url: &str, name: &str) -> i64 {
    let mut connection = connect(url).await;
    let count = sqlx::query_scalar("SELECT count(*) FROM pg_database WHERE datname = $1").bind(name);
    count.fetch_one(&mut connection).await.expect("a row")
}

async fn make_table(url: &str) {
    let mut connection = connect(url).await;
    sqlx::query("CREATE TABLE only_here (a BIGINT)")
        .execute(&mut connection)
        .await
        .expect("a table");
}

async fn has_schema(url: &str, table: &str) -> bool {
    let mut connection = connect(url).await;
    let count = sqlx::query_scalar("SELECT count(*) FROM pg_tables WHERE tablename = $1").bind(table);
    let count: i64 = count.fetch_one(&mut connection).await.expect("a row");
    count == 1
}

async fn connect(url: &str) -> AnyConnection {
    sqlx::any::install_default_drivers();
    AnyConnection::connect(url).await.expect("it answers")
}
