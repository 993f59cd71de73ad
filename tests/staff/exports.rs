//! What auditors take away: entries with proofs that verify alone, tables without formulas, checkpoints (AUDIT-08, STAFF-09).

use reqwest::StatusCode;
use warifu_server::domain::staff::Role;
use warifu_shared::api::paths;
use warifu_shared::log::{Checkpoint, range};
use warifu_tests::customer::Answer;
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::process::our_binary;
use warifu_tests::server::TARO;

use crate::log::entries;
use crate::scene::{Console, Person, REASON, refused};

async fn export(person: &Person, query: &str, form: &str) -> Answer {
    let page = person.browser.get(&format!("/log/export{query}")).await;
    let fields = [("form", form), ("reason", REASON)];
    person.browser.submit(&page, "/log/export", &fields).await
}

#[tokio::test]
async fn audit_08_staff_07_an_export_verifies_alone_holds_no_personal_details_and_is_written_down() {
    for_each_database(|db| async move {
        let console = Console::start(&db).await;
        drop(console.server.log_in_by_code(TARO).await);
        let person = console.member("aoi", &[Role::Auditor]).await;
        for _ in 0..40 {
            console.leaf("server", "test.many").await;
        }
        console.sequence().await;
        let key = &console.server.server.app.log_key;

        let all = export(&person, "", "jsonl").await;
        assert_eq!(all.status, StatusCode::OK, "{}", all.body);
        let report = range::verify(all.body.as_bytes(), key);
        assert!(report.holds() && report.is_gapless(), "{report:?}");
        assert_eq!(report.size, report.entries);
        for personal in ["\"127.0.0.1\"", TARO.number, TARO.mail] {
            assert!(!all.body.contains(personal), "{personal}");
        }
        console.server.clock.advance_secs(1);
        let some = export(&person, "?action=test.many", "jsonl").await;
        let report = range::verify(some.body.as_bytes(), key);
        assert!(report.holds(), "{report:?}");
        assert_eq!(report.entries, 40);

        console.server.clock.advance_secs(1);
        let found = person.browser.get("/log?action=login.completed").await;
        let entry = entries(&found)[0].replace("/log/entries/", "?entry=");
        let one = export(&person, &entry, "jsonl").await;
        let report = range::verify(one.body.as_bytes(), key);
        assert!(report.holds() && report.entries == 1, "{report:?}");
        let changed = one.body.replace("login.completed", "login.cancelled");
        assert!(!range::verify(changed.as_bytes(), key).holds());

        assert_eq!(console.server.leaves("staff.log_exported").await, 3);
        console.sequence().await;
        let own = person.browser.get("/log?action=staff.log_exported").await;
        let own = person.browser.get(&entries(&own)[1]).await;
        for words in [REASON, "form=jsonl entries=40 action=test.many"] {
            assert!(own.body.contains(words), "{words}: {}", own.body);
        }
    })
    .await;
}

#[tokio::test]
async fn audit_07_the_command_on_the_page_verifies_what_was_downloaded() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let person = console.member("aoi", &[Role::Auditor]).await;
    console.sequence().await;
    let page = person.browser.get("/log/export").await;
    assert!(page.body.contains("warifu-verify log ") && page.body.contains(paths::KEYS));
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("a path").to_owned();
    std::fs::write(path("keys"), console.server.browser().get(paths::KEYS).await.body).expect("written");
    let file = export(&person, "", "jsonl").await.body;
    std::fs::write(path("good"), &file).expect("written");
    std::fs::write(path("bad"), file.replacen("\"ok\"", "\"no\"", 1)).expect("written");
    std::fs::write(path("cut"), &file[..file.len() / 2]).expect("written");
    for (name, code, english, japanese) in [
        ("good", 0, "nothing is left out", "抜けはありません"),
        ("bad", 1, "was changed", "変更されています"),
        ("cut", 1, "malformed", "形式が正しくありません"),
        (
            "keys",
            1,
            "not a file of exported entries",
            "書き出した記録のファイルではありません",
        ),
    ] {
        for (language, words) in [("en", english), ("ja", japanese)] {
            let arguments = ["log", &path(name), "--keys", &path("keys"), "--lang", language];
            let program = std::process::Command::new(our_binary("warifu-verify"));
            let done = { program }.args(arguments).output().expect("it runs");
            let said = String::from_utf8_lossy(&done.stdout).into_owned();
            assert_eq!(done.status.code(), Some(code), "{name}: {said}");
            assert!(said.contains(words), "{name}: {said}");
        }
    }
}

#[tokio::test]
async fn staff_09_a_table_has_a_byte_order_mark_and_no_formula() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let person = console.member("aoi", &[Role::Auditor]).await;
    for attack in [
        "=cmd|' /C calc'!A0",
        "+1",
        "-1",
        "@SUM(1)",
        "\t=1",
        "\r=1",
        "\u{ff1d}1",
    ] {
        console.leaf(attack, "test.formula").await;
    }
    console.sequence().await;
    let table = export(&person, "?action=test.formula", "csv").await;
    assert_eq!(table.status, StatusCode::OK, "{}", table.body);
    assert!(table.body.starts_with('\u{feff}'), "for Excel");
    assert_eq!(
        table.body.matches("test.formula").count(),
        14,
        "a cell and the entry, each"
    );
    for cell in table
        .body
        .trim_start_matches('\u{feff}')
        .split("\",\"")
        .chain(table.body.split("\r\n\""))
    {
        let first = cell.trim_start_matches('"').chars().next();
        let formula = first.is_some_and(|c| "=+-@\t\r\u{ff1d}".contains(c));
        assert!(!formula, "{cell}");
    }
}

#[tokio::test]
async fn staff_07_an_export_takes_a_reason_and_a_place_and_is_limited() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let person = console.member("aoi", &[Role::Auditor]).await;
    console.sequence().await;
    let page = person.browser.get("/log/export?action=staff.login").await;
    let short = [("form", "csv"), ("reason", "short")];
    let again = person.browser.submit(&page, "/log/export", &short).await;
    assert!(refused(&again, 1810), "{}", again.body);
    assert!(again.body.contains("staff.login"), "the search stays");
    let app = &console.server.server.app;
    let places = app.log_exports.available_permits();
    let taken = app
        .log_exports
        .clone()
        .acquire_many_owned(u32::try_from(places).expect("few"));
    let taken = taken.await.expect("free");
    let busy = export(&person, "", "jsonl").await;
    assert!(refused(&busy, 1758), "{}", busy.body);
    drop(taken);
    for query in ["?action=%25", "?from=x", "?account=1"] {
        let page = person.browser.get(&format!("/log/export{query}")).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{query}");
    }
    assert_eq!(console.server.leaves("staff.log_exported").await, 0);
}

#[tokio::test]
async fn audit_05_a_downloaded_checkpoint_is_signed() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let person = console.member("aoi", &[Role::Auditor]).await;
    let none = person.browser.get("/log/checkpoints").await;
    let sequencer = &console.server.server.sequencer;
    sequencer.finish(console.server.now()).await.expect("a round");
    let list = person.browser.get("/log/checkpoints").await;
    assert!(list.body.contains("warifu-verify log ") && list.body.len() > none.body.len());
    let link = list
        .body
        .split("href=\"/log/checkpoints/")
        .nth(1)
        .expect("a link");
    let size = link.split('"').next().expect("a size");
    let note = person.browser.get(&format!("/log/checkpoints/{size}")).await;
    let checkpoint = Checkpoint::verify(&note.body, &console.server.server.app.log_key).expect("signed");
    assert_eq!(checkpoint.size.to_string(), size);
}
