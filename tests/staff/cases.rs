//! Signals and cases: made by what customers and strangers really do, gathered once, worked on by one analyst, told to no customer
//! (S4, STAFF-02, STAFF-06).

use reqwest::StatusCode;
use warifu_server::domain::staff::{Role, Roles};
use warifu_server::store::case_list;
use warifu_server::store::staff::members;
use warifu_server::watch;
use warifu_shared::jws::approval::DenyReason;
use warifu_tests::customer::Answer;
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::device::Device;
use warifu_tests::server::{Login, TARO, TestServer};

use crate::scene::{Console, Person, REASON, refused};

/// Gives the entries their positions and lets two processes look at them at once.
pub(crate) async fn look(server: &TestServer) {
    let app = &server.server.app;
    let placed = server.server.sequencer.step(server.now()).await;
    placed.expect("the log goes on");
    let (one, other) = tokio::join!(watch::step(app), watch::step(app));
    one.expect("looked");
    other.expect("looked");
}

/// Somebody with the password asks; the owner says no.
pub(crate) async fn deny(server: &TestServer, phone: &Device, whose: Login, why: DenyReason) {
    server
        .browser()
        .enter_password(whose.number, whose.password)
        .await;
    let asked = phone.only_request().await;
    phone.deny(&asked, why).await.expect("refused");
}

fn links(page: &Answer) -> Vec<String> {
    let mut found: Vec<String> = page
        .body
        .split("href=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .filter(|link| link.starts_with("/cases/"))
        .map(str::to_owned)
        .collect();
    found.dedup();
    found
}

pub(crate) async fn open_cases(by: &Person) -> Vec<String> {
    let page = by.browser.get("/cases").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    links(&page)
}

/// The only open case.
pub(crate) async fn only_case(by: &Person) -> Answer {
    let open = open_cases(by).await;
    let [one] = open.as_slice() else {
        panic!("one case, not {open:?}")
    };
    let page = by.browser.get(one).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    page
}

pub(crate) async fn take(by: &Person, page: &Answer) -> Answer {
    let done = by.browser.submit(page, "/take", &[]).await;
    by.browser.follow(done).await
}

pub(crate) async fn decide(by: &Person, page: &Answer, fields: &[(&str, &str)]) -> Answer {
    let mut all = vec![("reason", REASON)];
    all.extend_from_slice(fields);
    let done = by.browser.submit(page, "/verdict", &all).await;
    by.browser.follow(done).await
}

/// How often each kind of signal stands in the open cases.
pub(crate) async fn signals(server: &TestServer) -> Vec<(&'static str, i64)> {
    let mut c = server.server.app.store.read().await.expect("a connection");
    let mut found: Vec<(&'static str, i64)> = case_list::newest(&mut c, 100)
        .await
        .expect("read")
        .iter()
        .map(|it| (it.signal.name(), it.amount))
        .collect();
    found.sort_unstable();
    found
}

#[tokio::test]
async fn s4_staff_06_a_refusal_opens_one_case_that_is_taken_decided_with_a_reason_and_told_to_no_customer() {
    for_each_database(async |db| {
        let console = Console::start(&db).await;
        let server = &console.server;
        let analyst = console.member("analyst-1", &[Role::FraudAnalyst]).await;
        let (phone, session) = server.customer_with_device(TARO).await;
        deny(server, &phone, TARO, DenyReason::NotMe).await;
        look(server).await;
        look(server).await;
        assert_eq!(
            signals(server).await,
            [("not_me", 1)],
            "once, by whichever process"
        );

        let page = only_case(&analyst).await;
        for words in [
            "「私ではない」と拒否",
            "深刻",
            "見つけた時刻",
            "起きた時刻",
            "パスワード",
        ] {
            assert!(page.body.contains(words), "{words}: {}", page.body);
        }
        for told in [TARO.number, TARO.mail, "山田"] {
            assert!(!page.body.contains(told), "{told}: masked");
        }
        assert!(
            !page.body.contains("challenge.deny"),
            "words, no names of actions"
        );
        let taken = take(&analyst, &page).await;
        assert!(taken.body.contains("/verdict"), "{}", taken.body);
        let without = decide(&analyst, &taken, &[("reason", "short"), ("verdict", "dismissed")]).await;
        assert!(refused(&without, 1810), "{}", without.body);
        let none = decide(&analyst, &taken, &[("verdict", "at_risk")]).await;
        assert!(refused(&none, 1745), "{}", none.body);
        let done = decide(&analyst, &taken, &[("verdict", "confirmed_safe")]).await;
        for words in ["本人と確認", "担当者が本人の操作と判定したため", REASON] {
            assert!(done.body.contains(words), "{words}: {}", done.body);
        }
        assert!(open_cases(&analyst).await.is_empty());
        let again = decide(&analyst, &taken, &[("verdict", "dismissed")]).await;
        assert!(refused(&again, 1742), "{}", again.body);
        for action in ["case.opened", "staff.case_taken", "staff.case_safe"] {
            assert_eq!(server.leaves(action).await, 1, "{action}");
        }
        // The customer's own pages say nothing of it, and no mail does.
        let history = session.get("/account/events").await;
        for word in ["案件", "判定"] {
            assert!(!history.body.contains(word), "{word}: {}", history.body);
        }
    })
    .await;
}

#[tokio::test]
async fn s4_a_flood_gathers_in_one_case_and_a_verdict_waits_for_what_the_analyst_has_seen() {
    for_each_database(async |db| {
        let console = Console::start(&db).await;
        let server = &console.server;
        let analyst = console.member("analyst-1", &[Role::FraudAnalyst]).await;
        let (phone, session) = server.customer_with_device(TARO).await;
        drop(session);
        for _ in 0..12 {
            server.browser().enter_password(TARO.number, TARO.password).await;
        }
        look(server).await;
        let page = take(&analyst, &only_case(&analyst).await).await;
        assert!(page.body.contains("承認されない依頼が続く"), "{}", page.body);
        let asked = phone.open_requests().await;
        let first = asked.first().expect("a request").handle.clone();
        phone.deny(&first, DenyReason::Phone).await.expect("refused");
        look(server).await;
        assert_eq!(open_cases(&analyst).await.len(), 1, "{:?}", signals(server).await);
        let early = decide(&analyst, &page, &[("verdict", "dismissed")]).await;
        assert!(refused(&early, 1743), "{}", early.body);
        let seen = only_case(&analyst).await;
        let done = decide(
            &analyst,
            &seen,
            &[("verdict", "confirmed_compromised"), ("lock", "yes")],
        )
        .await;
        assert_eq!(done.status, StatusCode::OK, "{}", done.body);
        assert_eq!(server.leaves("staff.account_locked").await, 1);
        let after = server.browser().enter_password(TARO.number, TARO.password).await;
        assert!(
            after.body.contains("1501"),
            "the account is locked: {}",
            after.body
        );
    })
    .await;
}

#[tokio::test]
async fn s4_two_analysts_at_once_one_has_the_case_and_only_they_decide() {
    for_each_database(async |db| {
        let console = Console::start(&db).await;
        let server = &console.server;
        let one = console.member("analyst-1", &[Role::FraudAnalyst]).await;
        let two = console.member("analyst-2", &[Role::FraudAnalyst]).await;
        let (phone, session) = server.customer_with_device(TARO).await;
        drop(session);
        deny(server, &phone, TARO, DenyReason::Phone).await;
        look(server).await;
        let (seen_one, seen_two) = (only_case(&one).await, only_case(&two).await);
        let (a, b) = tokio::join!(
            one.browser.submit(&seen_one, "/take", &[]),
            two.browser.submit(&seen_two, "/take", &[])
        );
        let late: Vec<bool> = [&a, &b].map(|it| refused(it, 1741)).into();
        assert_eq!(late.iter().filter(|it| **it).count(), 1, "{}{}", a.body, b.body);
        let (winner, loser) = if late[0] { (&two, &one) } else { (&one, &two) };
        // Whoever lost may take it over, and then the first has it no more.
        let shown = only_case(winner).await;
        assert!(shown.body.contains("/verdict"));
        let over = take(loser, &only_case(loser).await).await;
        assert_eq!(over.status, StatusCode::OK, "{}", over.body);
        let not_yours = decide(winner, &shown, &[("verdict", "dismissed")]).await;
        assert!(refused(&not_yours, 1744), "{}", not_yours.body);
        let done = decide(loser, &over, &[("verdict", "dismissed")]).await;
        assert_eq!(done.status, StatusCode::OK, "{}", done.body);
        assert_eq!(server.leaves("staff.case_taken").await, 2);
        assert_eq!(server.leaves("staff.case_dismissed").await, 1);
    })
    .await;
}

#[tokio::test]
async fn web_03_s4_what_customers_and_staff_wrote_is_shown_as_text() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let server = &console.server;
    let analyst = console.member("analyst-1", &[Role::FraudAnalyst]).await;
    let (phone, session) = server.customer_with_device(TARO).await;
    let markup = "<script>alert(1)</script>";
    let name = format!("\"><img src=x>{markup}");
    let store = &server.server.app.store;
    let named = name.clone();
    // A name that no page of ours would take: as if an older version had let it in.
    let written = store.write(move |c| {
        Box::pin(async move {
            sqlx::query("UPDATE devices SET name = $1")
                .bind(named)
                .execute(c)
                .await?;
            Ok(())
        })
    });
    written.await.expect("written");
    let odd = server
        .browser()
        .sending("user-agent", "<b>x</b>\"'><script>alert(2)</script>");
    odd.enter_password(TARO.number, TARO.password).await;
    let asked = phone.only_request().await;
    phone.deny(&asked, DenyReason::NotMe).await.expect("refused");
    drop(session);
    look(server).await;
    let page = take(&analyst, &only_case(&analyst).await).await;
    let note = format!("{markup} は、お客さまの端末の名前です。");
    let done = analyst.browser.submit(&page, "/note", &[("note", &note)]).await;
    let page = analyst.browser.follow(done).await;
    assert!(
        page.body.contains("&#60;script&#62;") || page.body.contains("&lt;script&gt;"),
        "{}",
        page.body
    );
    assert!(
        !page.body.contains(markup) && !page.body.contains("<img src=x>"),
        "{}",
        page.body
    );
    let typed = decide(
        &analyst,
        &page,
        &[("reason", "<b>x</b>"), ("verdict", "\"><script>")],
    )
    .await;
    assert!(
        !typed.body.contains("<b>x</b>") && !typed.body.contains("\"><script>"),
        "{}",
        typed.body
    );
}

#[tokio::test]
async fn staff_02_s4_a_demoted_analyst_decides_nothing_and_no_address_is_believed() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let server = &console.server;
    let analyst = console.member("analyst-1", &[Role::FraudAnalyst]).await;
    let (phone, session) = server.customer_with_device(TARO).await;
    drop(session);
    deny(server, &phone, TARO, DenyReason::NotMe).await;
    look(server).await;
    let page = take(&analyst, &only_case(&analyst).await).await;
    for odd in [
        "?after=x",
        "?after=9.cs_",
        "?after=-1.%27--",
        "?show=%00&after=9.9.9",
    ] {
        let answer = analyst.browser.get(&format!("/cases{odd}")).await;
        assert!(answer.status.is_client_error(), "{odd}: {}", answer.status);
    }
    for odd in ["?show=everything", "?show=", "?after="] {
        assert_eq!(
            analyst.browser.get(&format!("/cases{odd}")).await.status,
            StatusCode::OK,
            "{odd}"
        );
    }
    for missing in ["/cases/x", "/cases/cs_AAAAAAAAAAAAAAAAAAAAAA"] {
        assert_eq!(
            analyst.browser.get(missing).await.status,
            StatusCode::NOT_FOUND,
            "{missing}"
        );
    }
    let store = &server.server.app.store;
    let mut c = store.read().await.expect("a connection");
    let member = members::by_login(&mut c, "analyst-1")
        .await
        .expect("read")
        .expect("there");
    drop(c);
    let (id, from) = (member.id.clone(), member.roles.clone());
    let demoted = store.write(move |c| {
        Box::pin(async move { members::set_roles(c, &id, &from, &Roles::of(&[Role::Operator])).await })
    });
    assert!(demoted.await.expect("written"));
    let late = decide(&analyst, &page, &[("verdict", "confirmed_safe")]).await;
    assert!(refused(&late, 1803), "{}", late.body);
    assert_eq!(
        open_cases(&analyst).await.len(),
        1,
        "an operator still sees it, open"
    );
}
