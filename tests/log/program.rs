//! `warifu-verify` as people call it: words in both languages, exit codes (AUDIT-07, TXN-08).

use std::path::Path;
use std::process::{Command, Output};

use reqwest::StatusCode;
use tempfile::TempDir;
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

/// A log with one decision, copied, with the published keys and two receipts beside it.
struct Scene {
    folder: TempDir,
    number: String,
    pending: String,
    proven: String,
}

impl Scene {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let db = Database::sqlite();
        let copy = folder.path().join("copy");
        let server = TestServer::with(&db, |config| config.audit.export.clone_from(&copy)).await;
        let device = enrolled(&server, TARO).await;
        let page = server.browser().enter_password(TARO.number, TARO.password).await;
        let challenge = device.newest_challenge(server.now()).await;
        let number = page.number();
        device.decide(&challenge, Some(&number), server.now()).await;
        let path = paths::receipt(&challenge.0);
        let pending = device.get(&path, server.now()).await;
        assert_eq!(pending.status, StatusCode::OK);
        server.server.sequencer.finish(server.now()).await.unwrap();
        let proven = device.get(&path, server.now()).await;
        let keys = server.browser().get(paths::KEYS).await.body;
        std::fs::write(folder.path().join("keys"), keys).unwrap();
        Self {
            folder,
            number,
            pending: pending.text,
            proven: proven.text,
        }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }
}

#[tokio::test]
async fn txn_08_the_program_says_who_decided_what_or_what_does_not_hold() {
    let scene = Scene::new().await;
    let (receipt, keys, number) = (scene.path("receipt"), scene.path("keys"), scene.number.as_str());
    let task = ["receipt", &receipt, "--keys", &keys];
    std::fs::write(&receipt, &scene.pending).unwrap();
    assert_says(
        &task,
        0,
        &["holds", "inclusion pending"],
        &["正しいもの", "組み込み待ち"],
    );
    std::fs::write(&receipt, &scene.proven).unwrap();
    assert_says(
        &task,
        0,
        &[
            "Approved: Approve a login",
            number,
            "typed",
            "PIN",
            "裸の端末",
            "Hinode Securities",
            "proven by the checkpoint",
        ],
        &["承認: ログインの承認", number, "入力", "ひので証券", "証明済み"],
    );
    let bent = scene
        .proven
        .replacen("\"challenge\":\"ey", "\"challenge\":\"eY", 1);
    std::fs::write(&receipt, bent).unwrap();
    assert_says(
        &task,
        1,
        &["does not hold", "challenge"],
        &["正しくありません", "依頼"],
    );
    let english = ["receipt", &receipt, "--keys", &keys, "--lang", "en"];
    assert_says(&english, 1, &["does not hold"], &["does not hold"]);
}

#[tokio::test]
async fn audit_07_the_program_says_which_entry_is_not_as_it_was_signed() {
    let scene = Scene::new().await;
    let (copy, keys) = (scene.path("copy"), scene.path("keys"));
    let task = ["log", &copy, "--keys", &keys];
    assert_says(&task, 0, &["as it was signed"], &["署名されたとおり"]);
    let part = Path::new(&copy).join("entries").join("000000000000.jsonl");
    let lines = std::fs::read_to_string(&part).unwrap();
    std::fs::write(&part, lines.replacen("challenge.approve", "challenge.approxx", 1)).unwrap();
    let mut all = lines.lines();
    let edited = all.position(|line| line.contains("challenge.approve")).unwrap();
    let (en, ja) = (
        format!("Entry {edited} was changed"),
        format!("{edited} 番の記録は変更"),
    );
    assert_says(&task, 1, &[&en], &[&ja]);
    std::fs::write(&part, lines.lines().next().unwrap().to_owned() + "\n").unwrap();
    assert_says(&task, 1, &["the end was cut off"], &["終わりが切り取られ"]);
}

#[tokio::test]
async fn audit_07_the_program_says_how_to_call_it_and_what_it_cannot_read() {
    let scene = Scene::new().await;
    let (copy, keys) = (scene.path("copy"), scene.path("keys"));
    let receipt = scene.path("receipt");
    std::fs::write(&receipt, &scene.proven).unwrap();
    for wrong in [
        &["log", &copy][..],
        &[],
        &["log", "--keys", &keys],
        &["receipt", &receipt, "--keys", &keys, "--checkpoint", &keys],
        &["log", &copy, "--keys", &keys, "--more"],
        &["log", &copy, "--keys", &keys, "--lang", "fr"],
    ] {
        assert_says(wrong, 2, &["Usage"], &["使い方"]);
    }
    let no_keys = ["log", &copy, "--keys", "/nowhere"];
    assert_says(&no_keys, 2, &["cannot be read"], &["読めません"]);
    let other_keys = ["log", &copy, "--keys", &receipt];
    assert_says(
        &other_keys,
        2,
        &["not a file of published keys"],
        &["公開鍵のファイルでは"],
    );
}
