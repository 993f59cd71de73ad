//! `warifu-verify` as people call it: words in both languages, exit codes (AUDIT-07, TXN-08).

use std::path::Path;
use std::process::{Command, Output};

use reqwest::StatusCode;
use warifu_shared::api::paths;
use warifu_tests::databases::Database;
use warifu_tests::process::our_binary;
use warifu_tests::server::{TARO, TestServer};

use crate::receipts::enrolled;

/// Runs the program in English, and in Japanese.
fn run(arguments: &[&str]) -> [(Option<i32>, String); 2] {
    ["en_US.UTF-8", "ja_JP.UTF-8"].map(|lang| {
        let output: Output = Command::new(our_binary("warifu-verify"))
            .args(arguments)
            .env_remove("LC_ALL")
            .env_remove("LC_MESSAGES")
            .env("LANG", lang)
            .output()
            .unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(text).unwrap())
    })
}

fn assert_says(arguments: &[&str], code: i32, english: &[&str], japanese: &[&str]) {
    let [en, ja] = run(arguments);
    for ((exit, text), words) in [(en, english), (ja, japanese)] {
        assert_eq!(exit, Some(code), "{text}");
        for word in words {
            assert!(text.contains(word), "{word} in {text}");
        }
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[tokio::test]
async fn audit_07_txn_08_the_program_says_what_holds_and_what_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let (copy, keys, receipt) = (
        folder.path().join("copy"),
        folder.path().join("keys"),
        folder.path().join("receipt"),
    );
    let db = Database::sqlite();
    let server = TestServer::with(&db, |config| config.audit.export.clone_from(&copy)).await;
    let device = enrolled(&server, TARO).await;
    let page = server.browser().enter_password(TARO.number, TARO.password).await;
    let challenge = device.newest_challenge(server.now()).await;
    device
        .decide(&challenge, Some(&page.number()), server.now())
        .await;
    let pending = device.get(&paths::receipt(&challenge.0), server.now()).await;
    assert_eq!(pending.status, StatusCode::OK);
    server.server.sequencer.finish(server.now()).await.unwrap();
    let proven = device.get(&paths::receipt(&challenge.0), server.now()).await;
    std::fs::write(&keys, server.browser().get(paths::KEYS).await.body).unwrap();
    std::fs::write(&receipt, &pending.text).unwrap();
    let (copy, keys) = (text(&copy), text(&keys));

    let of_receipt = ["receipt", text(&receipt), "--keys", keys];
    assert_says(
        &of_receipt,
        0,
        &["holds", "inclusion pending"],
        &["正しいもの", "組み込み待ち"],
    );
    std::fs::write(&receipt, &proven.text).unwrap();
    let number = page.number();
    assert_says(
        &of_receipt,
        0,
        &[
            "Approved: Approve a login",
            &number,
            "typed",
            "PIN",
            "裸の端末",
            "Hinode Securities",
            "proven by the checkpoint",
        ],
        &["承認: ログインの承認", &number, "入力", "ひので証券", "証明済み"],
    );
    std::fs::write(
        &receipt,
        proven
            .text
            .replacen("\"challenge\":\"ey", "\"challenge\":\"eY", 1),
    )
    .unwrap();
    assert_says(
        &of_receipt,
        1,
        &["does not hold", "challenge"],
        &["正しくありません", "依頼"],
    );

    let of_log = ["log", copy, "--keys", keys];
    assert_says(&of_log, 0, &["as it was signed"], &["署名されたとおり"]);
    let part = Path::new(copy).join("entries").join("000000000000.jsonl");
    let lines = std::fs::read_to_string(&part).unwrap();
    std::fs::write(&part, lines.replacen("challenge.approve", "challenge.approxx", 1)).unwrap();
    let edited = lines
        .lines()
        .position(|line| line.contains("challenge.approve"))
        .unwrap();
    let (en, ja) = (
        format!("Entry {edited} was changed"),
        format!("{edited} 番の記録は変更"),
    );
    assert_says(&of_log, 1, &[&en], &[&ja]);
    std::fs::write(&part, lines.lines().next().unwrap().to_owned() + "\n").unwrap();
    assert_says(&of_log, 1, &["the end was cut off"], &["終わりが切り取られ"]);

    assert_says(&["log", copy], 2, &["Usage"], &["使い方"]);
    assert_says(
        &["log", copy, "--keys", "/nowhere"],
        2,
        &["cannot be read"],
        &["読めません"],
    );
    assert_says(
        &["log", copy, "--keys", text(&receipt)],
        2,
        &["not a file of published keys"],
        &["公開鍵のファイルでは"],
    );
    assert_says(
        &["receipt", text(&receipt), "--keys", keys, "--lang", "en"],
        1,
        &["does not hold"],
        &["does not hold"],
    );
}
