//! Members of the hot path share statements: what one of them breaks is undone for all, said to all, and loses nothing (OPS-02).

use futures_util::future::join_all;
use sqlx::Row as _;
use warifu_server::store::Store;
use warifu_server::store::bulk::Hot;
use warifu_server::store::relay::{self, NewChannel, NewMessage};
use warifu_shared::clock::Timestamp;
use warifu_shared::ids::MessageId;
use warifu_tests::databases::for_each_database;

#[tokio::test(flavor = "multi_thread")]
async fn ops_02_what_breaks_a_hot_group_leaves_no_half_of_it_and_every_answer_is_true() {
    for_each_database(|db| async move {
        let store = Store::open(db.url()).await.expect("the database opens");
        join_all((0..12).map(|at| register(&store, at))).await;
        let taken = MessageId::at(NOW).to_string();
        assert!(keep(&store, 0, &taken).await, "an ordinary message");
        let (mut kept, mut broken) = (vec![taken.clone()], 0);
        for _ in 0..20 {
            // The sixth has the id of a message that is there: its statement fails for everybody in its group.
            let ids: Vec<String> = (1..12)
                .map(|at| {
                    if at == 6 {
                        taken.clone()
                    } else {
                        MessageId::at(NOW).to_string()
                    }
                })
                .collect();
            let answers = join_all(ids.iter().zip(1..).map(|(id, at)| keep(&store, at, id))).await;
            assert!(!answers[5], "an id that is taken");
            broken += usize::from(answers.iter().filter(|done| !**done).count() > 1);
            kept.extend(
                ids.into_iter()
                    .zip(answers)
                    .filter_map(|(id, done)| done.then_some(id)),
            );
            kept.sort();
            assert_eq!(stored(&store).await, kept, "what was answered, and nothing else");
        }
        assert!(broken > 0, "some groups were shared with the broken one");
        store.close().await;
    })
    .await;
}

async fn register(store: &Store, at: usize) {
    let new = NewChannel {
        agent: agent(at),
        channel: "channel".to_owned(),
        vapid: String::new(),
        now: NOW,
    };
    let registered = store.write(move |c| Box::pin(async move { relay::register(c, &new, 1).await }));
    assert!(registered.await.expect("it answers"));
}

async fn keep(store: &Store, at: usize, id: &str) -> bool {
    let message = NewMessage {
        id: id.to_owned(),
        agent: agent(at),
        channel: "channel".to_owned(),
        vapid: String::new(),
        topic: None,
        headers: String::new(),
        body: vec![1; 8],
        created_at: NOW,
        expires_at: NOW.plus_secs(60),
        quota: 1_000,
    };
    let kept = store.write_hot(Hot::Message(Box::new(message))).await;
    kept.expect("a broken group is no failure of its members")
}

async fn stored(store: &Store) -> Vec<String> {
    let mut c = store.read().await.expect("a connection");
    let rows = sqlx::query("SELECT id FROM relay_messages ORDER BY id")
        .fetch_all(&mut *c)
        .await;
    let mut ids: Vec<String> = rows.expect("rows").iter().map(|row| row.get(0)).collect();
    ids.sort();
    ids
}

fn agent(at: usize) -> String {
    format!("agent-{at}")
}

const NOW: Timestamp = Timestamp(1_795_000_000_000);
