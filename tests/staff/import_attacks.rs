//! Files that are wrong, and people who are in a hurry: each is told what to do, and no account comes twice or half.

use reqwest::StatusCode;
use warifu_server::domain::staff::Role;
use warifu_server::operations::imports::{MOST_BYTES, Worker};
use warifu_server::store::imports::State;
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::server::TARO;

use crate::import_scene::{
    HEADER, KIND, Team, body, count, file, leaves_of_accounts, many, send, stored, token,
};
use crate::scene::{Console, refused};

#[tokio::test]
async fn wrong_rows_are_told_line_by_line_in_both_languages_and_the_list_has_no_formula() {
    for_each_database(|db| async move {
        let console = Console::start(&db).await;
        let team = Team::of(&console).await;
        let long = format!("200009,{},ja,", "あ".repeat(101));
        let taken = format!("{},Taro,ja,", TARO.number);
        let rows = [
            "200001,山田,ja,",
            "200001,別人,ja,",
            &taken,
            "200003,=HYPERLINK(1),ja,",
            "200004,a\u{202e}b,ja,",
            "200005,\"a\nb\",ja,",
            "２００００６,鈴木,JA,x@example.jp",
            "200006,重複,ja,",
            "200008,名,fr,=cmd@",
            &long,
            "1,2",
        ];
        let path = team.check(&file(&rows)).await;
        let it = stored(&console, &path).await;
        assert_eq!((it.rows_read, it.rows_good, it.rows_bad), (11, 2, 9));
        let table = team.operator.browser.get(&format!("{path}/errors.csv")).await;
        let told: Vec<String> = table
            .body
            .lines()
            .skip(1)
            .map(|it| it.split("\",\"").take(3).collect::<Vec<_>>().join(" "))
            .collect();
        let expected = [
            "\"3 account_number number_twice",
            "\"4 account_number number_taken",
            "\"5 name name_formula",
            "\"6 name name_characters",
            "\"7 name name_characters",
            // The row before had two lines.
            "\"10 account_number number_twice",
            "\"11 language language_unknown",
            "\"11 mail mail_unfit",
            "\"12 name name_long",
            "\"13  columns",
        ];
        assert_eq!(told, expected, "{}", table.body);
        assert!(table.body.contains("2行目と同じ"), "{}", table.body);
        assert!(
            !table.body.contains("HYPERLINK"),
            "no value of the file comes back"
        );
        for cell in table.body.split("\",\"") {
            assert!(
                !cell.trim_matches('"').starts_with(['=', '+', '-', '@']),
                "{cell}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn every_encoding_and_line_end_reads_the_same() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let team = Team::of(&console).await;
    let text = |first: u32, end: &str| {
        let rows = [
            "口座番号,氏名,言語,メールアドレス".to_owned(),
            format!("{first},髙橋 表,ja,"),
            format!("{},\"能, 登\",ja,", first + 1),
        ];
        rows.join(end)
    };
    let shift_jis = encoding_rs::SHIFT_JIS
        .encode(&text(300_300, "\r\n"))
        .0
        .into_owned();
    let marked = format!("\u{feff}{}", text(300_400, "\n")).into_bytes();
    let files = [
        (text(300_100, "\n").into_bytes(), "UTF-8"),
        (text(300_200, "\r").into_bytes(), "UTF-8"),
        (shift_jis, "Shift_JIS"),
        (marked, "UTF-8 (BOM)"),
    ];
    for (bytes, characters) in files {
        let path = team.import(&console, &bytes).await;
        let it = stored(&console, &path).await;
        assert_eq!((it.characters.as_str(), it.opened), (characters, 2));
    }
    let same = "SELECT COUNT(*) FROM accounts WHERE customer_name = '髙橋 表' AND number LIKE '300%'";
    assert_eq!(count(&console, same).await, 4);
}

#[tokio::test]
async fn a_file_of_no_encoding_of_another_form_or_with_open_quotes_is_refused_with_the_line() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let team = Team::of(&console).await;
    let broken = [
        format!("{HEADER}\n1000,a,ja,\n2000,").as_bytes(),
        b"\xff\xfe,ja,\n",
    ]
    .concat();
    let utf16: Vec<u8> = "\u{feff}a,b".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (bytes, line, words) in [
        (broken, 3, "文字コード"),
        (utf16, 1, "文字コード"),
        (b"number,name\n1,2".to_vec(), 1, "見出しが違います"),
        (
            format!("{HEADER}\n1000,\"open,ja,\n2000,b,ja,\n").into_bytes(),
            2,
            "引用符",
        ),
    ] {
        let path = team.check(&bytes).await;
        let it = stored(&console, &path).await;
        assert_eq!(it.state, State::Unfit);
        let page = team.operator.browser.get(&path).await;
        let row = format!("<th scope=\"row\" class=\"tabular\">{line}</th>");
        assert!(
            page.body.contains(&row) && page.body.contains(words),
            "{}",
            page.body
        );
        assert!(refused(
            &console.act(&team.operator, &format!("{path}/propose"), &[]).await,
            1768
        ));
    }
    assert_eq!(count(&console, "SELECT COUNT(*) FROM import_parts").await, 0);
    assert_eq!(count(&console, "SELECT COUNT(*) FROM import_rows").await, 0);
}

#[tokio::test]
async fn a_file_comes_once_is_not_empty_and_not_too_large() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let team = Team::of(&console).await;
    let path = team.check(&many(400_000, 5)).await;
    let again = send(&team.operator, &many(400_000, 5)).await;
    assert!(refused(&again, 1767), "{}", again.body);
    // Two at the same moment: one of them.
    let twice = many(410_000, 5);
    let (one, two) = tokio::join!(send(&team.operator, &twice), send(&team.operator, &twice));
    assert_eq!(u8::from(refused(&one, 1767)) + u8::from(refused(&two, 1767)), 1);
    // One that was cancelled may come again.
    drop(console.act(&team.operator, &format!("{path}/cancel"), &[]).await);
    assert!(send(&team.operator, &many(400_000, 5)).await.location.is_some());

    assert!(refused(&send(&team.operator, b"").await, 1765));
    let large = send(&team.operator, &vec![b'a'; MOST_BYTES + 1]).await;
    assert!(refused(&large, 1766), "{}", large.body);
    let unfinished = "SELECT COUNT(*) FROM imports WHERE state = 'uploading'";
    assert!(count(&console, unfinished).await > 0);
    console.server.clock.advance_secs(3601);
    warifu_server::operations::imports::sweep(&console.server.server.app)
        .await
        .expect("it works");
    assert_eq!(count(&console, unfinished).await, 0);
    assert_eq!(count(&console, "SELECT COUNT(*) FROM import_parts WHERE import_id IN (SELECT id FROM imports WHERE state = 'cancelled')").await, 0);
}

#[tokio::test]
async fn web_03_a_file_needs_the_token_of_its_session_before_it_and_a_role() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let team = Team::of(&console).await;
    let other = console.member("other", &[Role::Operator]).await;
    let (foreign, own) = (token(&other).await, token(&team.operator).await);
    let rows = many(420_000, 2);
    let late = {
        // The token behind the file.
        let text = String::from_utf8(body("", "a.csv", &rows)).expect("text");
        let tail = format!(
            "--xxFILExx\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{own}\r\n--xxFILExx--\r\n"
        );
        text.replace("--xxFILExx--\r\n", &tail).into_bytes()
    };
    let long = body(&"x".repeat(100_000), "a.csv", &rows);
    for bytes in [
        body("", "a.csv", &rows),
        body(&foreign, "a.csv", &rows),
        late,
        long,
        b"nothing".to_vec(),
        Vec::new(),
    ] {
        let answer = team.operator.browser.post_body("/imports/new", KIND, bytes).await;
        assert!(refused(&answer, 1009), "{}", answer.body);
    }
    let answer = team
        .approver
        .browser
        .post_body("/imports/new", KIND, body(&own, "a.csv", &rows))
        .await;
    assert!(refused(&answer, 1803), "{}", answer.body);
    assert_eq!(count(&console, "SELECT COUNT(*) FROM imports").await, 0);
}

#[tokio::test]
async fn a_name_of_a_file_that_would_break_the_page_or_the_line_does_not() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let team = Team::of(&console).await;
    let (own, rows) = (token(&team.operator).await, many(420_000, 2));
    let name = "<b>\u{202e}x.csv";
    let answer = team
        .operator
        .browser
        .post_body("/imports/new", KIND, body(&own, name, &rows))
        .await;
    let page = team
        .operator
        .browser
        .get(&answer.location.expect("an import"))
        .await;
    assert!(
        !page.body.contains("<b>x.csv") && !page.body.contains('\u{202e}'),
        "{}",
        page.body
    );
    assert_eq!(
        team.operator.browser.get("/imports/im_x").await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn two_imports_and_two_workers_at_once_open_each_number_once() {
    for_each_database(|db| async move {
        let console = Console::start(&db).await;
        let team = Team::of(&console).await;
        // Both were checked before either was opened: half of the numbers are in both.
        let one = team.check(&many(430_000, 1500)).await;
        let two = team.check(&many(430_750, 1500)).await;
        team.start(&console, &one).await;
        team.start(&console, &two).await;
        let other = Worker::new(console.server.server.app.clone());
        for _ in 0..3 {
            let (a, b) = tokio::join!(team.worker.all(), other.all());
            a.and(b).expect("it works");
            console.server.clock.advance_secs(31);
        }
        let (one, two) = (stored(&console, &one).await, stored(&console, &two).await);
        assert_eq!((one.state, two.state), (State::Done, State::Done));
        assert_eq!((one.opened + two.opened, one.failed + two.failed), (2250, 750));
        assert_eq!(
            count(&console, "SELECT COUNT(*) FROM accounts WHERE number LIKE '43%'").await,
            2250
        );
        assert_eq!(
            count(&console, "SELECT COUNT(*) FROM import_accounts").await,
            2250
        );
        assert_eq!(leaves_of_accounts(&console).await, 2250);
        assert_eq!(
            count(
                &console,
                "SELECT COUNT(*) FROM import_errors WHERE problem = 'number_taken'"
            )
            .await,
            750
        );
    })
    .await;
}

#[tokio::test]
async fn a_hundred_thousand_rows_with_errors_in_the_middle_become_accounts_but_for_those() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let team = Team::of(&console).await;
    let mut text = String::from(HEADER);
    for number in 0..100_000 {
        match number {
            50_000..50_050 => text.push_str(&format!("\nx,{number},ja,")),
            _ => text.push_str(&format!(
                "\n{},山田 太郎{number},ja,c{number}@example.jp",
                5_000_000 + number
            )),
        }
    }
    let path = team.import(&console, text.as_bytes()).await;
    let it = stored(&console, &path).await;
    assert_eq!(
        (it.state, it.rows_bad, it.opened, it.failed),
        (State::Done, 50, 99_950, 0)
    );
    assert_eq!(
        count(
            &console,
            "SELECT COUNT(*) FROM accounts WHERE state = 'opened' AND number LIKE '5%'"
        )
        .await,
        99_950
    );
    assert_eq!(leaves_of_accounts(&console).await, 99_950);
}
