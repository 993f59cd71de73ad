//! The screen says everything that is signed and a person must see, in both languages (TXN-01, TXN-06, CHAL-12).

use serde_json::{Value, json};
use warifu_shared::display::{Language, Tone, render};
use warifu_shared::jws::challenge::{Action, Challenge, Context};

use crate::support::{EXP, at, login, payout_account, withdrawal};

/// 2026-11-22 14:05 in Japan.
const SUNDAY: i64 = 1_795_323_900;

fn rows(challenge: &Challenge, lang: Language) -> Vec<(String, String)> {
    render(challenge, lang)
        .rows
        .into_iter()
        .map(|row| (row.label, row.value))
        .collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected
        .iter()
        .map(|(label, value)| ((*label).to_owned(), (*value).to_owned()))
        .collect()
}

#[test]
fn chal_12_a_login_shows_service_time_place_and_browser() {
    let login = Challenge {
        iat: SUNDAY,
        ..login()
    };
    let screen = render(&login, Language::Ja);
    assert_eq!(
        (screen.heading.as_str(), screen.question.as_str()),
        ("ログインの承認", "あなたの操作ですか?")
    );
    assert_eq!(
        (screen.service.as_str(), screen.amount, screen.expires_at),
        ("ひので証券", None, at(EXP))
    );
    let expected = [
        ("サービス", "ひので証券"),
        ("日時", "11月22日(日) 14:05"),
        ("場所", "東京都・日本"),
        ("回線", "Example Net"),
        ("端末", "Firefox 145 / Windows"),
    ];
    assert_eq!(rows(&login, Language::Ja), pairs(&expected));
    let expected = [
        ("Service", "Hinode Securities"),
        ("Time", "Sun 22 November, 14:05 JST"),
        ("Place", "Tokyo, Japan"),
        ("Network", "Example Net"),
        ("Device", "Firefox 145 / Windows"),
    ];
    assert_eq!(rows(&login, Language::En), pairs(&expected));
    assert_eq!(Language::default(), Language::Ja);
}

#[test]
fn chal_12_a_new_browser_is_said_twice_and_a_known_one_not() {
    let screen = render(&login(), Language::Ja);
    assert_eq!(screen.badges, ["はじめてのブラウザ"]);
    let note = screen.rows.last().and_then(|row| row.note.clone()).unwrap();
    assert_eq!(
        (note.text.as_str(), note.tone),
        ("このブラウザからは初めてです", Tone::Attention)
    );
    let known = Challenge {
        ctx: Context {
            new_browser: false,
            ..login().ctx
        },
        ..login()
    };
    let screen = render(&known, Language::Ja);
    assert!(screen.badges.is_empty() && screen.rows.iter().all(|row| row.note.is_none()));
}

#[test]
fn chal_12_an_unknown_place_is_said_and_an_unknown_network_left_out() {
    let ctx = Context {
        place: "ZZ".to_owned(),
        network: String::new(),
        ..login().ctx
    };
    let shown = rows(&Challenge { ctx, ..login() }, Language::Ja);
    assert!(shown.contains(&("場所".to_owned(), "不明".to_owned())));
    assert!(shown.iter().all(|(label, _)| label != "回線"));
}

#[test]
fn txn_01_a_withdrawal_shows_amount_payee_fee_and_reference() {
    let withdrawal = Challenge {
        iat: SUNDAY,
        ..withdrawal()
    };
    let screen = render(&withdrawal, Language::Ja);
    assert_eq!(
        (screen.heading.as_str(), screen.question.as_str()),
        ("出金の承認", "金額と振込先を確かめてください")
    );
    assert_eq!(screen.amount.as_deref(), Some("1,500,000円"));
    let expected = [
        ("サービス", "ひので証券"),
        ("日時", "11月22日(日) 14:05"),
        ("振込先", "あおば銀行 (0001) 渋谷支店 (123)"),
        ("口座", "普通 1234567"),
        ("名義", "ヤマダ タロウ"),
        ("手数料", "0円"),
        ("受付番号", "W-2026-000091"),
        ("場所", "東京都・日本"),
        ("回線", "Example Net"),
        ("端末", "Firefox 145 / Windows"),
    ];
    assert_eq!(rows(&withdrawal, Language::Ja), pairs(&expected));
    let screen = render(&withdrawal, Language::En);
    assert_eq!(
        (screen.heading.as_str(), screen.amount.as_deref()),
        ("Approve a withdrawal", Some("JPY 1,500,000"))
    );
}

#[test]
fn txn_02_every_signed_field_of_a_withdrawal_changes_the_screen() {
    let honest = serde_json::to_value(withdrawal()).unwrap();
    for (path, value) in [
        ("/svc/ja", json!("別の証券")),
        ("/iat", json!(SUNDAY)),
        ("/exp", json!(EXP + 1)),
        ("/ctx/place", json!("US")),
        ("/ctx/network", json!("Other Net")),
        ("/ctx/browser", json!("Chrome 140 / Windows")),
        ("/ctx/new_browser", json!(false)),
        ("/txn/amount", json!("1500001")),
        ("/txn/fee", json!("1")),
        ("/txn/currency", json!("USD")),
        ("/txn/ref", json!("W-2026-000092")),
        ("/txn/payee/bank", json!("0002")),
        ("/txn/payee/bank_name", json!("別の銀行")),
        ("/txn/payee/branch", json!("124")),
        ("/txn/payee/branch_name", json!("別の支店")),
        ("/txn/payee/type", json!("current")),
        ("/txn/payee/acct", json!("1234568")),
        ("/txn/payee/name", json!("ヤマダ ジロウ")),
    ] {
        let mut changed = honest.clone();
        *changed.pointer_mut(path).unwrap() = value;
        let changed: Challenge = serde_json::from_value(changed).unwrap();
        assert_ne!(
            render(&changed, Language::Ja),
            render(&withdrawal(), Language::Ja),
            "{path}"
        );
    }
}

#[test]
fn each_action_has_its_own_words_in_both_languages() {
    let screens = [Language::Ja, Language::En].map(|lang| {
        [
            login(),
            Challenge {
                act: Action::Test,
                ..login()
            },
            Challenge {
                act: Action::Confirm,
                ..login()
            },
            withdrawal(),
        ]
        .map(|c| render(&c, lang).heading)
    });
    assert_eq!(
        screens[0],
        [
            "ログインの承認",
            "テスト承認",
            "大切な変更の前の確認",
            "出金の承認"
        ]
    );
    assert_eq!(
        screens[1],
        [
            "Approve a login",
            "Test approval",
            "Confirm before a change",
            "Approve a withdrawal"
        ]
    );
}

/// Every value in the signed bytes that decides something for the person reaches the screen: changed alone, the screen differs.
/// What no person needs is in this list, and a new claim is in neither until somebody decides.
#[test]
fn txn_01_txn_06_no_signed_field_is_left_off_the_screen() {
    const NOT_FOR_PEOPLE: &[&str] = &[
        "/iss",
        "/aud",
        "/jti",
        "/sub",
        "/nbf",
        "/nonce",
        "/match/mode",
        "/match/digits",
    ];
    // Of two languages a person reads one; the words of the action stand for `act`, which allows one `type` only.
    const ELSEWHERE: &[&str] = &["/svc/en", "/act", "/txn/type"];
    for challenge in [login(), withdrawal(), payout_account()] {
        let honest = serde_json::to_value(&challenge).unwrap();
        let shown = render(&challenge, Language::Ja);
        let mut paths = Vec::new();
        leaves("", &honest, &mut paths);
        assert!(paths.len() > 15, "{paths:?}");
        for path in paths.iter().filter(|path| !ELSEWHERE.contains(&path.as_str())) {
            let mut changed = honest.clone();
            let leaf = changed.pointer_mut(path).unwrap();
            *leaf = other(path, leaf);
            let changed: Challenge = serde_json::from_value(changed).unwrap();
            let same = render(&changed, Language::Ja) == shown;
            assert_eq!(same, NOT_FOR_PEOPLE.contains(&path.as_str()), "{path}");
        }
    }
}

fn leaves(path: &str, value: &Value, out: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                leaves(&format!("{path}/{name}"), member, out);
            }
        }
        _ => out.push(path.to_owned()),
    }
}

/// Another value that the claim may have.
fn other(path: &str, value: &Value) -> Value {
    match (path, value) {
        ("/match/mode", same) => same.clone(),
        ("/jti", _) => json!("ch_9Zz"),
        ("/txn/currency", _) => json!("USD"),
        ("/txn/payee/type", _) => json!("savings"),
        ("/ctx/place", _) => json!("US"),
        (_, Value::Bool(it)) => json!(!it),
        (path, Value::Number(it)) => {
            json!(it.as_i64().unwrap() + if path == "/match/digits" { 1 } else { 60 })
        }
        (_, Value::String(text)) if text.bytes().all(|b| b.is_ascii_digit()) => {
            json!(text.replace('0', "9").replacen('1', "8", 1))
        }
        (_, Value::String(text)) => json!(format!("{text}a")),
        (_, same) => same.clone(),
    }
}
