//! Files of customers, how they are sent, and a worker that tests step.

use warifu_server::domain::staff::Role;
use warifu_server::operations::imports::Worker;
use warifu_server::store::imports::{self, Import};
use warifu_tests::customer::Answer;

use crate::scene::{Console, Person};

pub const HEADER: &str = "account_number,name,language,mail";
pub const KIND: &str = "multipart/form-data; boundary=xxFILExx";

/// A file with these rows.
pub fn file(rows: &[&str]) -> Vec<u8> {
    let mut text = HEADER.to_owned();
    for row in rows {
        text.push_str("\r\n");
        text.push_str(row);
    }
    text.into_bytes()
}

/// `count` good rows, numbered from `first`.
pub fn many(first: u32, count: u32) -> Vec<u8> {
    let mut text = HEADER.to_owned();
    for number in first..first + count {
        text.push_str(&format!("\n{number},山田 太郎{number},ja,c{number}@example.jp"));
    }
    text.into_bytes()
}

/// The body of a form of several parts.
pub fn body(csrf: &str, name: &str, file: &[u8]) -> Vec<u8> {
    let mut body = format!(
        "--xxFILExx\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{csrf}\r\n\
         --xxFILExx\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: text/csv\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(file);
    body.extend_from_slice(b"\r\n--xxFILExx--\r\n");
    body
}

/// The token of the form for a file.
pub async fn token(by: &Person) -> String {
    let page = by.browser.get("/imports/new").await;
    let form = page.form("/imports/new");
    form.value("csrf").expect("a token").to_owned()
}

/// Sends a file; the answer is not followed.
pub async fn send(by: &Person, file: &[u8]) -> Answer {
    let csrf = token(by).await;
    by.browser
        .post_body("/imports/new", KIND, body(&csrf, "customers.csv", file))
        .await
}

/// Two people and a worker.
pub struct Team {
    pub operator: Person,
    pub approver: Person,
    pub worker: Worker,
}

impl Team {
    pub async fn of(console: &Console) -> Self {
        Self {
            operator: console.member("operator", &[Role::Operator]).await,
            approver: console.member("approver", &[Role::Approver]).await,
            worker: Worker::new(console.server.server.app.clone()),
        }
    }

    /// Sends a file and has it checked; gives the path of the import.
    pub async fn check(&self, file: &[u8]) -> String {
        let sent = send(&self.operator, file).await;
        let path = sent.location.clone().unwrap_or_else(|| panic!("{}", sent.body));
        self.worker.all().await.expect("it works");
        path
    }

    /// Proposes and approves.
    pub async fn start(&self, console: &Console, path: &str) {
        for (by, deed) in [(&self.operator, "propose"), (&self.approver, "approve")] {
            let done = console.act(by, &format!("{path}/{deed}"), &[]).await;
            assert_eq!(done.location.as_deref(), Some(path), "{deed}: {}", done.body);
        }
    }

    /// The whole way.
    pub async fn import(&self, console: &Console, file: &[u8]) -> String {
        let path = self.check(file).await;
        self.start(console, &path).await;
        self.worker.all().await.expect("it works");
        path
    }

    /// Letters as a table.
    pub async fn letters(&self, console: &Console, path: &str, from: &str, to: &str) -> Answer {
        let fields = [("from", from), ("to", to), ("form", "csv")];
        console
            .act(&self.operator, &format!("{path}/letters"), &fields)
            .await
    }
}

/// Codes of accounts that were imported.
pub const ISSUED: &str =
    "SELECT COUNT(*) FROM activation_codes WHERE account_id IN (SELECT account_id FROM import_accounts)";
/// The leaf of an account that was imported.
pub const OPENED_BY: &str = "SELECT entry FROM audit_leaves WHERE action = 'account.opened' \
     AND subject IN (SELECT account_id FROM import_accounts) LIMIT 1";

/// Leaves of accounts that were imported.
pub async fn leaves_of_accounts(console: &Console) -> i64 {
    let sql = "SELECT COUNT(*) FROM audit_leaves WHERE action = 'account.opened' \
               AND subject IN (SELECT account_id FROM import_accounts)";
    count(console, sql).await
}

/// The import as the database has it.
pub async fn stored(console: &Console, path: &str) -> Import {
    let id = path.rsplit('/').next().expect("an id").parse().expect("an id");
    let mut c = console
        .server
        .server
        .app
        .store
        .read()
        .await
        .expect("a connection");
    let found = imports::by_id(&mut c, &id).await.expect("it answers");
    found.expect("it is there")
}

/// A number out of the database.
pub async fn count(console: &Console, sql: &'static str) -> i64 {
    let mut c = console
        .server
        .server
        .app
        .store
        .read()
        .await
        .expect("a connection");
    sqlx::query_scalar(sql)
        .fetch_one(&mut *c)
        .await
        .expect("a number")
}

/// Rows of the table of letters: number of the letter, account, code.
pub fn codes(table: &Answer) -> Vec<(String, String, String)> {
    let rows = table.body.lines().skip(1);
    rows.map(|line| {
        let cells: Vec<String> = line
            .split(',')
            .map(|it| it.trim_matches('"').to_owned())
            .collect();
        (cells[0].clone(), cells[1].clone(), cells[4].clone())
    })
    .collect()
}
