//! Searching the audit log and opening an entry with its proof (AUDIT-04, STAFF-04).

use reqwest::StatusCode;
use warifu_server::audit::{self, Details, Event};
use warifu_server::domain::staff::Role;
use warifu_server::operations::erase_details;
use warifu_shared::ids::RequestId;
use warifu_tests::customer::{AnonymousBrowser, Answer};
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::server::{HANAKO, TARO};

use crate::scene::{Console, Person, REASON, refused};

impl Console {
    /// Gives every leaf its position.
    pub async fn sequence(&self) {
        let now = self.server.now();
        while self
            .server
            .server
            .sequencer
            .step(now)
            .await
            .expect("a round")
            .more
        {}
    }

    /// Writes a leaf as an operation does.
    pub async fn leaf(&self, actor: &str, action: &str) {
        let (actor, action, now) = (actor.to_owned(), action.to_owned(), self.server.now());
        let store = &self.server.server.app.store;
        let written = store.write(move |c| {
            Box::pin(async move {
                let event = Event {
                    action: &action,
                    actor: &actor,
                    subject: "-",
                    outcome: "ok",
                    object: "-",
                    request: &RequestId::random(),
                    details: Details::default(),
                };
                audit::write(c, &event, now).await
            })
        });
        written.await.expect("written");
    }
}

/// Fills in the form; what it leads to, with the whole address.
async fn search(person: &Person, fields: &[(&str, &str)]) -> Answer {
    let form = person.browser.get("/log").await;
    let done = person.browser.submit(&form, "/log", fields).await;
    match done.location.clone() {
        Some(path) => Answer {
            path,
            ..person.browser.follow(done).await
        },
        None => done,
    }
}

/// Whether an entry with this action is on the page.
fn lists(page: &Answer, action: &str) -> bool {
    page.body.contains(&format!("<code class=\"small\">{action}<"))
}

/// The addresses of the entries on a page.
pub fn entries(page: &Answer) -> Vec<String> {
    let links = page.body.split("href=\"").skip(1);
    let links = links.filter_map(|rest| rest.split('"').next());
    links
        .filter(|link| link.starts_with("/log/entries/"))
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn audit_01_staff_04_auditors_find_entries_by_account_action_actor_time_and_number() {
    for_each_database(|db| async move {
        let console = Console::start(&db).await;
        drop(console.server.log_in_by_code(TARO).await);
        console.server.clock.advance_secs(600);
        drop(console.server.log_in_by_code(HANAKO).await);
        let person = console.member("aoi", &[Role::Auditor]).await;
        console.sequence().await;

        let page = search(&person, &[("number", TARO.number)]).await;
        assert!(page.path.starts_with("/log?account=ac_"), "{}", page.path);
        assert!(
            !page.body.contains(TARO.number) && page.body.contains("•"),
            "masked"
        );
        assert!(lists(&page, "login.completed") && !lists(&page, "staff.login"));
        let of_taro = entries(&page);
        let both = search(&person, &[("action", "login.completed")]).await;
        assert_eq!(entries(&both).len(), 2, "{}", both.body);
        let one = search(&person, &[("number", TARO.number), ("action", "login.completed")]).await;
        assert_eq!(entries(&one).len(), 1);
        assert!(of_taro.contains(&entries(&one)[0]));
        // What was found stays asked for when the form is sent again.
        let narrower = person
            .browser
            .submit(&one, "/log", &[("action", "code.sent")])
            .await;
        let narrower = person.browser.follow(narrower).await;
        assert_eq!(entries(&narrower).len(), 1, "{}", narrower.path);

        let by_login = search(&person, &[("actor", "aoi")]).await;
        assert!(by_login.path.contains("actor=staff%3Asf_"), "{}", by_login.path);
        assert!(lists(&by_login, "staff.login") && !lists(&by_login, "login.completed"));
        let by_kind = search(&person, &[("actor", "customer"), ("action", "login.completed")]).await;
        assert_eq!(entries(&by_kind).len(), 2);

        let opened = person.browser.get(&entries(&one)[0]).await;
        let heading = opened.body.split("<h1>").nth(1).expect("a heading");
        let heading = heading.split('<').next().expect("a heading");
        let number: String = heading.chars().filter(char::is_ascii_digit).collect();
        let by_number = search(&person, &[("entry", &number)]).await;
        assert_eq!(by_number.path, entries(&one)[0]);
    })
    .await;
}

#[tokio::test]
async fn audit_01_times_of_a_search_are_japans_and_both_ends_count() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let person = console.member("aoi", &[Role::Auditor]).await;
    let minute = |at: warifu_shared::clock::Timestamp| {
        let text = warifu_server::pages::text::sortable(at);
        text[..16].replace(' ', "T")
    };
    let first = minute(console.server.now());
    console.leaf("server", "test.first").await;
    console.server.clock.advance_secs(120);
    let second = minute(console.server.now());
    console.leaf("server", "test.second").await;
    console.sequence().await;
    for (from, to, found) in [
        (&first, &first, (true, false)),
        (&second, &second, (false, true)),
        (&first, &second, (true, true)),
    ] {
        let page = search(&person, &[("from", from), ("to", to)]).await;
        let listed = (lists(&page, "test.first"), lists(&page, "test.second"));
        assert_eq!(listed, found, "{from} {to}");
    }
}

#[tokio::test]
async fn audit_01_every_entry_is_on_exactly_one_page_also_those_without_a_position() {
    for_each_database(|db| async move {
        let console = Console::start(&db).await;
        let person = console.member("aoi", &[Role::Auditor]).await;
        for n in 0..120 {
            let actor = if n % 2 == 0 { "customer" } else { "server" };
            console.leaf(actor, "test.many").await;
            console.server.clock.advance_secs(1);
        }
        console.sequence().await;
        console.leaf("customer", "test.many").await;
        let mut path = "/log?action=test.many&actor=customer".to_owned();
        let (mut seen, mut pages) = (Vec::new(), 0);
        loop {
            let page = person.browser.get(&path).await;
            seen.extend(entries(&page));
            pages += 1;
            if pages == 1 {
                assert!(page.body.contains("番号待ち"), "{}", page.body);
            }
            let links = page.body.split("href=\"").skip(1);
            let links = links.filter_map(|rest| rest.split('"').next());
            let Some(older) = links.filter(|it| it.contains("before=")).last() else {
                break;
            };
            path = older.replace("&#38;", "&").replace("&amp;", "&");
        }
        let all = seen.len();
        seen.sort();
        seen.dedup();
        assert_eq!((seen.len(), all, pages), (61, 61, 2));
    })
    .await;
}

#[tokio::test]
async fn audit_01_what_cannot_be_searched_for_is_refused_with_a_sentence() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let person = console.member("aoi", &[Role::Auditor]).await;
    for (field, value, number) in [
        ("action", "login.%", 1752),
        ("action", "*", 1752),
        ("action", "' OR 1=1 --", 1752),
        ("action", "ログイン", 1752),
        ("actor", "%", 1753),
        ("actor", "nobody-here", 1753),
        ("actor", "<script>", 1753),
        ("from", "yesterday", 1754),
        ("to", "2026-02-30T00:00", 1754),
        ("entry", "999999999", 1755),
        ("entry", "-1", 1755),
        ("entry", "99999999999999999999999", 1755),
        ("entry", "%", 1755),
        ("number", "00000000", 1756),
        ("number", "%", 1756),
    ] {
        let page = search(&person, &[(field, value)]).await;
        assert!(refused(&page, number), "{field}={value}: {}", page.body);
        assert!(!page.body.contains("<script>"), "escaped");
    }
    for (query, number) in [
        ("action=%25", 1752),
        ("account=x", 1001),
        ("before=%27", 1001),
        ("from=2026-01-02T00:00&to=2026-01-01T00:00", 1754),
    ] {
        let page = person.browser.get(&format!("/log?{query}")).await;
        assert!(refused(&page, number), "{query}: {}", page.body);
    }
}

#[tokio::test]
async fn audit_04_staff_04_an_entry_has_its_proof_and_what_lies_behind_it_takes_a_reason() {
    for_each_database(|db| async move {
        let console = Console::start(&db).await;
        let attack = "<script>alert(1)</script>";
        let browser = AnonymousBrowser::at(&console.server.origin).sending("user-agent", attack);
        drop(browser.enter_password(TARO.number, "wrong").await);
        let person = console.member("aoi", &[Role::Auditor]).await;
        let found = search(&person, &[("action", "login.password")]).await;
        let path = entries(&found)[0].clone();
        let pending = person.browser.get(&path).await;
        assert!(pending.body.contains("ログへの登録待ち"), "{}", pending.body);
        console.sequence().await;
        let page = person.browser.get(&path).await;
        for words in [
            "パスワードの入力",
            "パスワードが違います",
            "ログに含まれています",
            "&#34;v&#34;:1",
        ] {
            assert!(page.body.contains(words), "{words}: {}", page.body);
        }
        let address = "<dd class=\"typed\">127.0.0.1";
        assert!(!page.body.contains(address) && !page.body.contains("<dt>ブラウザ"));

        let short = person.browser.submit(&page, &path, &[("reason", "short")]).await;
        assert!(refused(&short, 1810), "{}", short.body);
        assert_eq!(console.server.leaves("staff.details_opened").await, 0);
        let shown = person.browser.submit(&page, &path, &[("reason", REASON)]).await;
        assert!(shown.body.contains(address) && shown.body.contains("一致しています"));
        assert!(
            shown.body.contains("<dt>ブラウザ") && !shown.body.contains(attack),
            "escaped"
        );
        assert_eq!(console.server.leaves("staff.details_opened").await, 1);
        assert!(!person.browser.get(&path).await.body.contains(address), "once");

        // The reason stands in the log, for who audits the auditors; the customer is not told of it.
        console.sequence().await;
        let own = search(&person, &[("action", "staff.details_opened")]).await;
        let own = person.browser.get(&entries(&own)[0]).await;
        assert!(own.body.contains(REASON), "{}", own.body);
        let of_taro = search(&person, &[("number", TARO.number)]).await;
        assert!(!lists(&of_taro, "staff.details_opened"));

        console.server.clock.advance_secs(60);
        let (app, now) = (&console.server.server.app, console.server.now());
        erase_details::older_than(app, now, "server")
            .await
            .expect("erased");
        let gone = person.browser.submit(&page, &path, &[("reason", REASON)]).await;
        assert!(refused(&gone, 1759), "{}", gone.body);
        let still = person.browser.get(&path).await;
        assert!(still.body.contains("ログに含まれています"));
    })
    .await;
}

#[tokio::test]
async fn audit_07_an_entry_that_was_changed_in_the_database_is_shown_as_changed() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let person = console.member("aoi", &[Role::Auditor]).await;
    console.leaf("server", "test.changed").await;
    console.sequence().await;
    let found = search(&person, &[("action", "test.changed")]).await;
    let path = entries(&found)[0].clone();
    let mut c = console.server.server.app.store.read().await.expect("it is there");
    for sql in [
        "DROP TRIGGER audit_leaves_no_update",
        "UPDATE audit_leaves SET entry = CAST(replace(CAST(entry AS TEXT), '\"ok\"', '\"no\"') AS BLOB) \
         WHERE action = 'test.changed'",
    ] {
        sqlx::query(sql).execute(&mut *c).await.expect("done");
    }
    drop(c);
    let page = person.browser.get(&path).await;
    assert!(
        page.body.contains("内容が変わっています") && !page.body.contains("ログに含まれています"),
        "{}",
        page.body
    );
}

#[tokio::test]
async fn staff_02_a_made_up_or_foreign_id_opens_no_entry() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let person = console.member("aoi", &[Role::Auditor]).await;
    for id in [
        "au_0AAAAAAAAAAAAAAAAAAAAAA",
        "ac_AAAAAAAAAAAAAAAAAAAAAA",
        "%27",
        "1",
        "au_%25",
    ] {
        let page = person.browser.get(&format!("/log/entries/{id}")).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{id}");
    }
    for size in ["x", "-1", "0", "99999999999999999999", "9223372036854775807"] {
        let page = person.browser.get(&format!("/log/checkpoints/{size}")).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{size}");
    }
}
