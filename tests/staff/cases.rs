//! Signals and cases: made by what customers and strangers really do, gathered once, worked on by one analyst, told to no customer
//! (S4, STAFF-02, STAFF-06).

use reqwest::StatusCode;
use warifu_server::domain::staff::{Role, Roles};
use warifu_server::pages::paths;
use warifu_server::store::case_list;
use warifu_server::store::staff::members;
use warifu_server::{jobs, watch};
use warifu_shared::jws::approval::DenyReason;
use warifu_tests::customer::{Answer, CustomerSession};
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::device::Device;
use warifu_tests::server::{HANAKO, Login, TARO, TestServer};

use crate::scene::{Console, Person, REASON, refused};

/// Gives the entries their positions and lets two processes look at them at once.
async fn look(server: &TestServer) {
    let app = &server.server.app;
    let placed = server.server.sequencer.step(server.now()).await;
    placed.expect("the log goes on");
    let (one, other) = tokio::join!(watch::step(app), watch::step(app));
    one.expect("looked");
    other.expect("looked");
}

/// Somebody with the password asks; the owner says no.
async fn deny(server: &TestServer, phone: &Device, whose: Login, why: DenyReason) {
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

async fn open_cases(by: &Person) -> Vec<String> {
    let page = by.browser.get("/cases").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    links(&page)
}

/// The only open case.
async fn only_case(by: &Person) -> Answer {
    let open = open_cases(by).await;
    let [one] = open.as_slice() else {
        panic!("one case, not {open:?}")
    };
    let page = by.browser.get(one).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    page
}

async fn take(by: &Person, page: &Answer) -> Answer {
    let done = by.browser.submit(page, "/take", &[]).await;
    by.browser.follow(done).await
}

async fn decide(by: &Person, page: &Answer, fields: &[(&str, &str)]) -> Answer {
    let mut all = vec![("reason", REASON)];
    all.extend_from_slice(fields);
    let done = by.browser.submit(page, "/verdict", &all).await;
    by.browser.follow(done).await
}

/// How often each kind of signal stands in the open cases.
async fn signals(server: &TestServer) -> Vec<(&'static str, i64)> {
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

async fn ask_for_money(session: &CustomerSession, amount: &str) -> Answer {
    let form = session.get(paths::WITHDRAW).await;
    assert_eq!(form.status, 200, "{}", form.body);
    let filled = [("amount", amount), ("password", TARO.withdrawal_password)];
    let answer = session.browser().submit(&form, paths::WITHDRAW, &filled).await;
    session.browser().follow(answer).await
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
async fn s4_many_accounts_from_one_address_are_one_case_and_the_address_is_forgotten() {
    for_each_database(async |db| {
        let console = Console::start(&db).await;
        let server = &console.server;
        let auditor = console.member("auditor-1", &[Role::Auditor]).await;
        let seeded = warifu_tests::load::seed(&server.server.app, 7_000_001, 6, false).await;
        let accounts = seeded.expect("seeded").customers;
        let hashed = server.server.app.store.write(|c| {
            Box::pin(async move {
                sqlx::query(
                    "UPDATE accounts SET password_hash = (SELECT t.password_hash FROM accounts t WHERE t.number = $1) \
                     WHERE password_hash = '-'",
                )
                .bind(TARO.number)
                .execute(c)
                .await?;
                Ok(())
            })
        });
        hashed.await.expect("they have passwords");
        for customer in accounts.iter().take(4) {
            server.browser().enter_password(&customer.number, "wrong").await;
        }
        look(server).await;
        assert!(open_cases(&auditor).await.is_empty(), "four are no campaign");
        server.browser().enter_password("9999999", "wrong").await;
        server
            .browser()
            .enter_password(&accounts[3].number, "wrong")
            .await;
        look(server).await;
        assert!(
            open_cases(&auditor).await.is_empty(),
            "the same twice, and nobody, are none"
        );
        for customer in &accounts[4..] {
            server.browser().enter_password(&customer.number, "wrong").await;
            look(server).await;
        }
        let page = only_case(&auditor).await;
        assert!(
            page.body.contains("1つのIPアドレスから多くの口座"),
            "{}",
            page.body
        );
        let times = page
            .body
            .matches("同じIPアドレスからパスワードを間違えた口座")
            .count();
        assert_eq!(times, 6, "{}", page.body);
        assert!(
            !page.body.contains("127.0.0.1") && !page.body.contains("/take"),
            "{}",
            page.body
        );
        let marks = async || {
            let mut c = server.server.app.store.read().await.expect("a connection");
            let n: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM address_marks")
                .fetch_one(&mut *c)
                .await
                .expect("read");
            n
        };
        assert_eq!(marks().await, 6);
        server.clock.advance_secs(3601);
        jobs::step(&server.server.app, None).await.expect("cleaned");
        assert_eq!(marks().await, 0, "RISK-09");
    })
    .await;
}

#[tokio::test]
async fn s4_money_soon_after_a_new_device_is_a_signal_and_a_day_later_it_is_none() {
    for_each_database(async |db| {
        let console = Console::start(&db).await;
        let server = &console.server;
        let analyst = console.member("analyst-1", &[Role::FraudAnalyst]).await;
        let (phone, session) = server.customer_with_device(TARO).await;
        ask_for_money(&session, "10000").await;
        look(server).await;
        assert_eq!(signals(server).await, [("new_device_withdrawal", 1)]);
        let page = only_case(&analyst).await;
        assert!(page.body.contains("新しい端末のあとの出金"), "{}", page.body);
        let page = take(&analyst, &page).await;
        decide(&analyst, &page, &[("verdict", "confirmed_safe")]).await;

        server.clock.advance_secs(25 * 3600);
        let browser = server.browser();
        let waiting = browser.enter_password(TARO.number, TARO.password).await;
        let request = phone.only_request().await;
        phone
            .approve(&request, &waiting.number())
            .await
            .expect("approved");
        let session = browser.go_on(&waiting).await;
        ask_for_money(&session, "10000").await;
        look(server).await;
        assert_eq!(
            signals(server).await,
            [("new_device_withdrawal", 1)],
            "a day later it is none"
        );
    })
    .await;
}

#[tokio::test]
async fn s4_locks_and_floods_of_codes_are_signals() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let server = &console.server;
    let viewer = console.member("operator-1", &[Role::Operator]).await;
    for _ in 0..20 {
        server.browser().enter_password(TARO.number, "wrong").await;
    }
    for _ in 0..6 {
        server
            .browser()
            .enter_password(HANAKO.number, HANAKO.password)
            .await;
    }
    look(server).await;
    let found = signals(server).await;
    let names: Vec<&str> = found.iter().map(|it| it.0).collect();
    assert_eq!(names, ["code_flood", "login_locked"], "{found:?}");
    // A case each: on the customer's screen, in the feed of the watch room, and in its number.
    assert_eq!(open_cases(&viewer).await.len(), 2);
    let screen = console.customer(&viewer, TARO.number).await;
    assert!(
        screen.body.contains("パスワードの間違いでログインがロック"),
        "{}",
        screen.body
    );
    let watch = viewer.browser.get("/watch").await;
    assert!(watch.body.contains("コードの送信が続く"), "{}", watch.body);
    assert!(
        watch
            .body
            .contains("未判定の案件(軽い)</dt><dd class=\"tabular\">2<"),
        "{}",
        watch.body
    );
    // Who may see no cases sees neither there.
    let other = console.member("viewer-1", &[Role::Viewer]).await;
    let watch = other.browser.get("/watch").await;
    assert!(!watch.body.contains("コードの送信が続く") && watch.status == StatusCode::OK);
    let screen = console.customer(&other, TARO.number).await;
    assert!(!screen.body.contains("不正の疑い"), "{}", screen.body);
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

#[tokio::test]
async fn s4_audit_08_no_case_of_staff_and_one_of_an_erased_customer_still_opens() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let server = &console.server;
    let analyst = console.member("analyst-1", &[Role::FraudAnalyst]).await;
    let other = console.member("analyst-2", &[Role::FraudAnalyst]).await;
    // A staff member refuses a login to the console: that is no case of a customer.
    let again = Person {
        browser: console.browser(),
        ..other
    };
    console.enter_password(&again).await;
    let asked = again.device.only_request().await;
    again
        .device
        .deny(&asked, DenyReason::NotMe)
        .await
        .expect("refused");
    look(server).await;
    assert!(open_cases(&analyst).await.is_empty());
    let (phone, session) = server.customer_with_device(TARO).await;
    drop(session);
    deny(server, &phone, TARO, DenyReason::NotMe).await;
    look(server).await;
    let page = only_case(&analyst).await;
    let account = page
        .body
        .split("/customers/")
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    let account = account.expect("a link").parse().expect("an account");
    let app = &server.server.app;
    let erased = warifu_server::operations::erase_details::of_account(app, &account, "command line").await;
    assert!(erased.expect("erased") > 0);
    let page = only_case(&analyst).await;
    assert!(page.body.contains("「私ではない」と拒否"), "{}", page.body);
}
