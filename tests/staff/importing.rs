//! The way of an import: checked, proposed, approved, opened, its letters collected; and what the log says of it (issue 6).

use reqwest::StatusCode;
use warifu_server::domain::staff::Role;
use warifu_server::operations::imports::{self, LETTERS_SECS, PROPOSAL_SECS, WAITING_DAYS, Worker};
use warifu_server::store::imports::{self as rows, Import, State};
use warifu_tests::databases::{Database, for_each_database};

use crate::import_scene::{
    ISSUED, OPENED_BY, Team, codes, count, file, leaves_of_accounts, many, send, stored,
};
use crate::scene::{Console, Person, REASON, refused};

#[tokio::test]
async fn staff_03_an_import_is_checked_proposed_approved_and_opened_and_each_account_has_its_leaf() {
    for_each_database(|db| async move {
        let console = Console::start(&db).await;
        let team = Team::of(&console).await;
        let rows = [
            "１２３-４５６７,山田 太郎,ja,taro.new@example.jp",
            "bad,\"a,b\",xx,no mail,and more",
            "98-765,Ann Smith,en,",
        ];
        let path = team.check(&file(&rows)).await;
        let page = team.operator.browser.get(&path).await;
        assert!(
            page.body.contains("確認済み") && page.body.contains("項目の数が違います"),
            "{}",
            page.body
        );
        let it = stored(&console, &path).await;
        assert_eq!((it.rows_read, it.rows_good, it.rows_bad), (3, 2, 1));
        let numbers = "SELECT COUNT(*) FROM accounts WHERE number IN ('1234567', '98765')";
        assert_eq!(count(&console, numbers).await, 0);
        assert_eq!(count(&console, "SELECT COUNT(*) FROM import_parts").await, 0);

        team.start(&console, &path).await;
        team.worker.all().await.expect("it works");
        let it = stored(&console, &path).await;
        assert_eq!((it.state, it.opened, it.failed), (State::Done, 2, 0));
        assert_eq!(
            count(&console, "SELECT COUNT(*) FROM import_rows").await,
            0,
            "erased"
        );
        let taken = "SELECT COUNT(*) FROM accounts WHERE state = 'opened' AND number IN ('1234567', '98765')";
        assert_eq!(count(&console, taken).await, 2);
        let unproven =
            "SELECT COUNT(*) FROM addresses WHERE address = 'taro.new@example.jp' AND proven_at IS NULL";
        assert_eq!(count(&console, unproven).await, 1);
        assert_eq!(leaves_of_accounts(&console).await, 2);
        for action in [
            "staff.import_uploaded",
            "staff.import_proposed",
            "staff.import_approved",
            "import.ended",
        ] {
            assert_eq!(console.server.leaves(action).await, 1, "{action}");
        }
        says_who_opened(&console, &it).await;
    })
    .await;
}

async fn says_who_opened(console: &Console, it: &Import) {
    // Who opened this account: the approver, and the import it came with, whose record holds the hash of the file.
    let store = &console.server.server.app.store;
    let mut c = store.read().await.expect("a connection");
    let entry: Vec<u8> = sqlx::query_scalar(OPENED_BY)
        .fetch_one(&mut *c)
        .await
        .expect("a leaf");
    let entry = String::from_utf8(entry).expect("text");
    let approver = it.approved_by.clone().expect("somebody");
    assert!(
        entry.contains(&format!("staff:{approver}")) && entry.contains(it.id.as_str()),
        "{entry}"
    );
    let record: String =
        sqlx::query_scalar("SELECT record FROM staff_acts WHERE record LIKE '%import_approved%'")
            .fetch_one(&mut *c)
            .await
            .expect("a record");
    assert!(
        record.contains(&it.file_hash) && record.contains(REASON),
        "{record}"
    );
}

#[tokio::test]
async fn staff_03_nobody_approves_an_import_they_brought_and_a_proposal_can_be_refused() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let team = Team::of(&console).await;
    let both = console.member("both", &[Role::Operator, Role::Approver]).await;
    let sent = send(&both, &file(&["100200,Ann,en,"])).await;
    let path = sent.location.expect("an import");
    team.worker.all().await.expect("it works");
    // Another operator proposes: whoever brought the file still may not approve.
    let done = console.act(&team.operator, &format!("{path}/propose"), &[]).await;
    assert_eq!(done.location.as_deref(), Some(path.as_str()), "{}", done.body);
    let own = console.act(&both, &format!("{path}/approve"), &[]).await;
    assert!(refused(&own, 1769), "{}", own.body);
    let done = console.act(&team.approver, &format!("{path}/refuse"), &[]).await;
    assert!(done.location.is_some(), "{}", done.body);
    assert_eq!(stored(&console, &path).await.state, State::Checked);
    let late = console.act(&team.approver, &format!("{path}/approve"), &[]).await;
    assert!(refused(&late, 1768), "{}", late.body);
    // Without a reason nothing happens.
    let bare = console
        .act(&team.operator, &format!("{path}/propose"), &[("reason", "x")])
        .await;
    assert_eq!(bare.status, StatusCode::BAD_REQUEST, "{}", bare.body);
    assert_eq!(stored(&console, &path).await.state, State::Checked);
}

#[tokio::test]
async fn staff_03_a_proposal_of_an_import_stands_for_a_day_and_whose_it_is_is_asked_in_sql() {
    for_each_database(|db| async move {
        let console = Console::start(&db).await;
        let team = Team::of(&console).await;
        let path = team.check(&many(650_000, 3)).await;
        drop(console.act(&team.operator, &format!("{path}/propose"), &[]).await);
        let app = console.server.server.app.clone();
        // The one who approves has proposed it themself a moment ago: what was read before says otherwise.
        let it = stored(&console, &path).await;
        let (now, approver) = (app.now(), it.uploaded_by.clone());
        for (by, proposer, since) in [
            (approver.clone(), approver.to_string(), now.plus_secs(-10)),
            (
                console.id_of("approver").await,
                "sf_somebody".to_owned(),
                now.plus_secs(-10),
            ),
            (console.id_of("approver").await, approver.to_string(), now),
        ] {
            let id = it.id.clone();
            let done = app.store.write(move |c| {
                Box::pin(async move { rows::approve(c, &id, &by, &proposer, (since, now, now)).await })
            });
            assert!(!done.await.expect("it answers"));
        }
        console.server.clock.advance_secs(PROPOSAL_SECS);
        console.log_in(&team.approver).await;
        let late = console.act(&team.approver, &format!("{path}/approve"), &[]).await;
        assert!(refused(&late, 1768), "{}", late.body);
        console.log_in(&team.operator).await;
        imports::sweep(&app).await.expect("it works");
        let it = stored(&console, &path).await;
        assert_eq!((it.state, it.proposed_by), (State::Checked, None));
        // Proposed anew, it goes on.
        team.start(&console, &path).await;
        team.worker.all().await.expect("it works");
        assert_eq!(stored(&console, &path).await.opened, 3);
    })
    .await;
}

#[tokio::test]
async fn letters_are_made_when_they_are_collected_and_collecting_again_ends_the_old_ones() {
    for_each_database(|db| async move {
        let console = Console::start(&db).await;
        let team = Team::of(&console).await;
        let path = team.import(&console, &many(300_000, 450)).await;
        assert_eq!(count(&console, ISSUED).await, 0);
        let first = team.letters(&console, &path, "1", "450").await;
        assert_eq!(first.status, StatusCode::OK, "{}", first.body);
        let old = codes(&first);
        assert_eq!(old.len(), 450);
        assert_eq!((old[0].0.as_str(), old[449].0.as_str()), ("1", "450"));
        assert_eq!(count(&console, ISSUED).await, 450);
        assert_eq!(console.server.leaves("staff.letters_collected").await, 1);
        let grouped = |code: &str| {
            code.split('-')
                .all(|it| it.len() == 4 && it.chars().all(char::is_alphanumeric))
        };
        assert!(
            old.iter().all(|(.., code)| grouped(code) && code.contains('-')),
            "{:?}",
            old[0]
        );
        let store = &console.server.server.app.store;
        let mut c = store.read().await.expect("a connection");
        let kept: Vec<String> = sqlx::query_scalar("SELECT mac FROM activation_codes")
            .fetch_all(&mut *c)
            .await
            .expect("rows");
        drop(c);
        assert!(
            old.iter().all(|(.., code)| !kept.contains(code)),
            "only hashes stay"
        );

        // Saving broke off after 400: the rest again.
        let again = codes(&team.letters(&console, &path, "401", "450").await);
        assert_eq!(again.len(), 50);
        let activate = async |number: &str, code: &str| {
            let browser = console.server.browser();
            let page = browser.get("/activate").await;
            let fields = [("account_number", number), ("code", code)];
            let done = browser.submit(&page, "/activate", &fields).await;
            done.location.is_some()
        };
        assert!(!activate(&old[420].1, &old[420].2).await, "the old one is dead");
        assert!(activate(&again[20].1, &again[20].2).await, "the new one lives");
        assert!(activate(&old[10].1, &old[10].2).await, "others are as they were");
    })
    .await;
}

#[tokio::test]
async fn letters_are_printed_from_any_number_to_any_that_is_there() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let team = Team::of(&console).await;
    let path = team.import(&console, &many(300_000, 450)).await;
    for (from, to) in [("0", "1"), ("2", "1"), ("1", "451"), ("x", "1"), ("1", "")] {
        let unfit = team.letters(&console, &path, from, to).await;
        assert!(refused(&unfit, 1680), "{from}-{to}: {}", unfit.body);
    }
    let print = [("from", "1"), ("to", "3"), ("form", "html")];
    let print = console
        .act(&team.operator, &format!("{path}/letters"), &print)
        .await;
    assert_eq!(
        print.body.matches("<section class=\"letter\"").count(),
        3,
        "{}",
        print.body
    );
    assert!(print.body.ends_with("</html>\n") && print.body.contains("山田 太郎300000 様"));
}

#[tokio::test]
async fn staff_03_letters_are_collected_by_whoever_proposed_and_by_another_only_when_two_say_so() {
    for_each_database(|db| async move {
        let console = Console::start(&db).await;
        let team = Team::of(&console).await;
        let other = console.member("other", &[Role::Operator, Role::Approver]).await;
        let path = team.import(&console, &many(660_000, 3)).await;
        let collect = async |by: &Person| {
            let fields = [("from", "1"), ("to", "3"), ("form", "csv")];
            console.act(by, &format!("{path}/letters"), &fields).await
        };
        let deed = async |by: &Person, deed: &str| console.act(by, &format!("{path}/{deed}"), &[]).await;
        assert!(refused(&collect(&other).await, 1681));
        assert_eq!(codes(&collect(&team.operator).await).len(), 3);
        console.server.clock.advance_secs(LETTERS_SECS);
        let [operator, approver] = [&team.operator, &team.approver];
        for person in [operator, approver, &other] {
            console.log_in(person).await;
        }
        assert!(refused(&collect(operator).await, 1681), "seven days are over");

        assert!(
            refused(&deed(approver, "allow_letters").await, 1768),
            "nobody asked"
        );
        assert!(deed(&other, "ask_letters").await.location.is_some());
        assert!(
            refused(&deed(&other, "allow_letters").await, 1769),
            "not one's own"
        );
        assert!(refused(&collect(&other).await, 1681), "not yet");
        let home = approver.browser.get("/").await;
        assert!(
            home.body.contains("承認を待っている取り込みが 1 件"),
            "{}",
            home.body
        );
        assert!(deed(approver, "allow_letters").await.location.is_some());
        assert!(refused(&deed(approver, "allow_letters").await, 1768), "once");
        assert!(refused(&collect(operator).await, 1681), "not theirs");
        assert_eq!(codes(&collect(&other).await).len(), 3);
        // A day later a question is none any more.
        assert!(deed(operator, "ask_letters").await.location.is_some());
        console.server.clock.advance_secs(PROPOSAL_SECS);
        console.log_in(approver).await;
        assert!(refused(&deed(approver, "allow_letters").await, 1768));
        for action in [
            "staff.letters_proposed",
            "staff.letters_allowed",
            "staff.letters_collected",
        ] {
            assert!(console.server.leaves(action).await > 0, "{action}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_import_is_paused_resumed_and_cancelled_and_what_was_opened_stays() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let team = Team::of(&console).await;
    let path = team.check(&many(500_000, 1300)).await;
    team.start(&console, &path).await;
    assert!(team.worker.step().await.expect("it works"));
    let act = async |deed: &str| {
        let done = console.act(&team.operator, &format!("{path}/{deed}"), &[]).await;
        assert_eq!(
            done.location.as_deref(),
            Some(path.as_str()),
            "{deed}: {}",
            done.body
        );
    };
    act("pause").await;
    assert!(!team.worker.step().await.expect("it works"), "nothing to do");
    assert_eq!(stored(&console, &path).await.opened, 500);
    act("resume").await;
    assert!(team.worker.step().await.expect("it works"));
    act("cancel").await;
    team.worker.all().await.expect("it works");
    let it = stored(&console, &path).await;
    assert_eq!((it.state, it.opened), (State::Cancelled, 1000));
    assert_eq!(
        count(&console, "SELECT COUNT(*) FROM import_rows").await,
        0,
        "erased"
    );
    assert_eq!(
        codes(&team.letters(&console, &path, "1", "1000").await).len(),
        1000
    );
    let gone = console.act(&team.operator, &format!("{path}/resume"), &[]).await;
    assert!(refused(&gone, 1768), "{}", gone.body);
    // A cancelled file may come again; its first rows are accounts already.
    let path = team.check(&many(500_000, 1300)).await;
    let it = stored(&console, &path).await;
    assert_eq!((it.rows_good, it.rows_bad), (300, 1000));
}

#[tokio::test]
async fn what_nobody_goes_on_with_is_ended_and_erased() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let team = Team::of(&console).await;
    let path = team.check(&many(600_000, 10)).await;
    let app = console.server.server.app.clone();
    imports::sweep(&app).await.expect("it works");
    assert_eq!(stored(&console, &path).await.state, State::Checked);
    console.server.clock.advance_secs(WAITING_DAYS * 86_400 + 1);
    imports::sweep(&app).await.expect("it works");
    assert_eq!(stored(&console, &path).await.state, State::Cancelled);
    assert_eq!(count(&console, "SELECT COUNT(*) FROM import_rows").await, 0);
}

#[tokio::test]
async fn another_process_goes_on_when_the_lease_of_a_dead_one_ends() {
    for_each_database(|db| async move {
        let console = Console::start(&db).await;
        let team = Team::of(&console).await;
        let path = team.check(&many(700_000, 1200)).await;
        team.start(&console, &path).await;
        assert!(team.worker.step().await.expect("it works"));
        let other = Worker::new(console.server.server.app.clone());
        assert!(!other.step().await.expect("it works"), "it is somebody's");
        console.server.clock.advance_secs(31);
        other.all().await.expect("it works");
        let it = stored(&console, &path).await;
        assert_eq!((it.state, it.opened, it.failed), (State::Done, 1200, 0));
        assert_eq!(leaves_of_accounts(&console).await, 1200);
    })
    .await;
}
