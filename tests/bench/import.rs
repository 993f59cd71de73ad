//! How fast a file of customers becomes accounts: sent, checked, opened, and its letters collected; and how fast a piece is read.

use std::path::Path;

use tokio::time::Instant;
use warifu_server::domain::staff::Role;
use warifu_server::operations::imports::Worker;
use warifu_tests::databases::Database;

use super::scene::{Console, Person};

/// Rows, unless `WARIFU_BENCH_ROWS` says otherwise.
const ROWS: u32 = 100_000;

/// Prints a line for each database.
#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
pub async fn measure(folder: &Path) {
    let rows = std::env::var("WARIFU_BENCH_ROWS")
        .ok()
        .and_then(|it| it.parse().ok());
    let rows: u32 = rows.unwrap_or(ROWS);
    println!("import of {rows} customers, seconds (rows a second)");
    println!(
        "  {:<12} {:>10} {:>18} {:>18} {:>18}",
        "", "sent", "checked", "opened", "letters as CSV"
    );
    for name in ["SQLite", "PostgreSQL"] {
        let database = if name == "SQLite" {
            Database::sqlite_below(folder)
        } else {
            Database::postgres_durable().await
        };
        let took = import(&database, rows).await;
        let cell = |secs: f64| format!("{secs:.1} ({:.0})", f64::from(rows) / secs);
        println!(
            "  {name:<12} {:>10.1} {:>18} {:>18} {:>18}",
            took[0],
            cell(took[1]),
            cell(took[2]),
            cell(took[3])
        );
    }
}

/// Seconds for each step.
async fn import(database: &Database, rows: u32) -> [f64; 4] {
    let console = Console::start(database).await;
    let operator = console.member("operator", &[Role::Operator]).await;
    let approver = console.member("approver", &[Role::Approver]).await;
    let worker = Worker::new(console.server.server.app.clone());
    let file = file(rows);
    let begun = Instant::now();
    let path = send(&operator, &file).await;
    let sent = begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    worker.all().await.expect("it is checked");
    let checked = begun.elapsed().as_secs_f64();
    for (by, deed) in [(&operator, "propose"), (&approver, "approve")] {
        let done = console.act(by, &format!("{path}/{deed}"), &[]).await;
        assert!(done.location.is_some(), "{}", done.body);
    }
    let begun = Instant::now();
    worker.all().await.expect("they are opened");
    let opened = begun.elapsed().as_secs_f64();
    let (begun, last) = (Instant::now(), rows.to_string());
    let fields = [("from", "1"), ("to", last.as_str()), ("form", "csv")];
    let letters = console.act(&operator, &format!("{path}/letters"), &fields).await;
    let collected = begun.elapsed().as_secs_f64();
    assert_eq!(letters.body.lines().count(), rows as usize + 1);
    [sent, checked, opened, collected]
}

fn file(rows: u32) -> Vec<u8> {
    let mut text = String::from("account_number,name,language,mail");
    for number in 0..rows {
        text.push_str(&format!(
            "\r\n{},山田 太郎,ja,c{number}@mail.example",
            50_000_000 + number
        ));
    }
    text.into_bytes()
}

async fn send(by: &Person, file: &[u8]) -> String {
    let page = by.browser.get("/imports/new").await;
    let csrf = page
        .form("/imports/new")
        .value("csrf")
        .expect("a token")
        .to_owned();
    let head = format!(
        "--x\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{csrf}\r\n\
         --x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n"
    );
    let body = [head.as_bytes(), file, b"\r\n--x--\r\n"].concat();
    let kind = "multipart/form-data; boundary=x";
    let sent = by.browser.post_body("/imports/new", kind, body).await;
    sent.location.unwrap_or_else(|| panic!("{}", sent.body))
}
