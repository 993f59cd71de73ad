//! The server killed in the middle of decisions, again and again: what it acknowledged stays, nothing is done twice.

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use warifu_server::crypto::mac::token_hash;
use warifu_server::store::Store;
use warifu_shared::clock::{Clock, SystemClock};
use warifu_shared::random;
use warifu_tests::databases::Database;
use warifu_tests::evidence;
use warifu_tests::raw_device::{RawAnswer, RawRequest};

use crate::crowd::{Crowd, Decision};
use crate::firm::{Firm, Plan};

#[tokio::test]
async fn chal_09_appr_10_a_killed_server_on_sqlite_loses_and_doubles_no_decision() {
    survives(&Database::sqlite(), 100).await;
}

#[tokio::test]
async fn chal_09_appr_10_a_killed_server_on_postgresql_loses_and_doubles_no_decision() {
    survives(&Database::postgres_durable().await, 20).await;
}

async fn survives(database: &Database, rounds: u32) {
    let mut firm = Firm::prepare(database, &Plan::new()).await;
    let crowd = Crowd::join(&firm).await;
    firm.start().await;
    let mut seen = Seen::default();
    // Only kills that met decisions on their way count.
    for round in 0.. {
        if seen.interrupted == rounds {
            break;
        }
        assert!(
            round < rounds * 2,
            "most kills come while the server decides: {seen:?}"
        );
        // Nobody else has the database open while the server is killed, so that it alone recovers it.
        let app = firm.app().await;
        let decisions = crowd.ask(&app).await;
        app.store.close().await;

        let (answers, in_flight) = decide_until_killed(&mut firm, &crowd, &decisions).await;
        firm.start().await;
        let store = firm.store().await;
        let (mut worked, mut lost) = (false, 0);
        for (decision, answer) in decisions.iter().zip(&answers) {
            match answer {
                Some(answer) => assert_acknowledged(&store, decision, answer).await,
                None => lost += u32::from(is_recorded(&store, decision).await),
            }
            worked |= answer.is_some();
        }
        seen.interrupted += u32::from((worked || lost > 0) && in_flight > 0);
        seen.answers += u32::try_from(answers.iter().flatten().count()).expect("a few");
        seen.lost_answers += lost;
        for decision in &decisions {
            let again = crowd.device(decision).send(&carry(&crowd, decision)).await;
            assert_acknowledged(&store, decision, &again).await;
        }
        if round % 10 == 9 {
            evidence::assert_leaves_fit(&store).await;
        }
        store.close().await;
    }
    assert!(seen.answers > 0 && seen.lost_answers > 0, "{seen:?}");
}

/// What the kills met.
#[derive(Debug, Default)]
struct Seen {
    /// Kills with decisions on their way, after the first was recorded.
    interrupted: u32,
    /// Decisions that were answered.
    answers: u32,
    /// Decisions that were recorded and not answered.
    lost_answers: u32,
}

/// Sends all decisions at once and kills the server at a random moment. Gives what was answered, and how many decisions
/// were on their way at that moment.
async fn decide_until_killed(
    firm: &mut Firm,
    crowd: &Crowd,
    decisions: &[Decision],
) -> (Vec<Option<RawAnswer>>, usize) {
    let requests: Vec<RawRequest> = decisions.iter().map(|decision| carry(crowd, decision)).collect();
    let mut answers = vec![None; decisions.len()];
    let mut flying: FuturesUnordered<_> =
        decisions
            .iter()
            .zip(&requests)
            .enumerate()
            .map(|(at, (decision, request))| async move {
                (at, crowd.device(decision).try_send(request).await.ok())
            })
            .collect();
    // Kills come with some answer, or a moment later: between two commits, or within one.
    let [wanted, later] = random::bytes::<2>();
    for _ in 0..=usize::from(wanted) % (decisions.len() / 2) {
        let (at, answer) = flying.next().await.expect("more are on their way");
        answers[at] = answer;
    }
    let others = async {
        while let Some((at, answer)) = flying.next().await {
            answers[at] = answer;
        }
    };
    let moment = Duration::from_micros(u64::from(later.saturating_sub(128)) * 25);
    // All were answered, or the moment has come: both will do.
    let _in_time = tokio::time::timeout(moment, others).await;
    let log = firm.server().log();
    firm.kill();
    let in_flight = flying.len();
    // What the server had written before it was killed still arrives.
    while let Some((at, answer)) = flying.next().await {
        answers[at] = answer;
    }
    let failed = answers
        .iter()
        .flatten()
        .find(|answer| answer.status.is_server_error());
    assert!(failed.is_none(), "{failed:?}\n{log}");
    (answers, in_flight)
}

fn carry(crowd: &Crowd, decision: &Decision) -> RawRequest {
    let device = crowd.device(decision);
    device.carry(&decision.challenge, &decision.token, SystemClock.now())
}

/// Whether the database has this very decision.
async fn is_recorded(store: &Store, decision: &Decision) -> bool {
    let recorded = evidence::challenge(store, &decision.challenge).await;
    recorded.decision_hash == Some(token_hash(&decision.token))
}

/// The database says what the answer said.
async fn assert_acknowledged(store: &Store, decision: &Decision, answer: &RawAnswer) {
    let recorded = evidence::challenge(store, &decision.challenge).await;
    let ours = is_recorded(store, decision).await;
    let outcome = decision.outcome();
    if answer.status == 200 {
        assert_eq!(answer.json["outcome"], outcome, "{}", answer.text);
        assert!(
            ours && recorded.state == outcome,
            "it was answered {outcome} and is {recorded:?}"
        );
    } else {
        assert_eq!(answer.refusal(), (409, 1303), "{}", answer.text);
        let decided = ["approved", "denied"].contains(&recorded.state.as_str());
        assert!(decided && !ours, "another one was faster: {recorded:?}");
    }
}
