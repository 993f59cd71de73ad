//! The software keyboard (S8) in real Chromium: it helps, and takes nothing away from the field that it types into.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use warifu_server::pages::paths;
use warifu_tests::browser::Setup;
use warifu_tests::databases::Database;
use warifu_tests::server::{TARO, TestServer};

use crate::visitor::Visitor;

const OPEN_NUMBER: &str = "button[data-keyboard=account_number]";
const OPEN_PASSWORD: &str = "button[data-keyboard=password]";

async fn at_login(visitor: &Visitor) {
    visitor.open(paths::LOGIN).await;
    visitor.find(OPEN_PASSWORD).await;
}

async fn value(visitor: &Visitor, id: &str) -> String {
    let script = format!("return document.getElementById('{id}').value");
    visitor
        .script(&script)
        .await
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

/// Presses the keys of a text as a person would: turns to the kind of characters first.
async fn press_keys(visitor: &Visitor, text: &str) {
    for key in text.chars() {
        if key == ' ' {
            visitor.click(".keyboard [data-part=space]").await;
            continue;
        }
        let mode = match key {
            'a'..='z' => "lower",
            'A'..='Z' => "upper",
            '0'..='9' => "digits",
            _ => "symbols",
        };
        if visitor.shows(".keyboard [data-mode]").await {
            visitor.click(&format!(".keyboard [data-mode={mode}]")).await;
        }
        visitor.click(&format!(".keyboard [data-key=\"{key}\"]")).await;
    }
}

async fn order(visitor: &Visitor) -> String {
    let keys = visitor
        .script("return [...document.querySelectorAll('.keyboard [data-key]')].map((k) => k.textContent).join('')")
        .await;
    keys.as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn pass_07_a_customer_logs_in_by_software_keyboard_alone_and_nothing_is_sent_meanwhile() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let visitor = Visitor::new(&server).await.narrow().await;
    at_login(&visitor).await;
    let requests = "return performance.getEntriesByType('resource').length";
    let before = visitor.script(requests).await;
    visitor.click(OPEN_NUMBER).await;
    assert!(!visitor.shows(".keyboard [data-mode=lower]").await, "digits only");
    assert_eq!(order(&visitor).await.len(), 10);
    press_keys(&visitor, &TARO.number.replace('-', "")).await;
    visitor.click(".keyboard [data-part=done]").await;
    visitor.wait_until_gone(".keyboard").await;
    visitor.click(OPEN_PASSWORD).await;
    press_keys(&visitor, TARO.password).await;
    visitor.inspect("ja").await;
    assert_eq!(value(&visitor, "password").await, TARO.password);
    assert_eq!(visitor.script(requests).await, before, "no key left the page");
    let kept = visitor
        .script("return [localStorage.length, sessionStorage.length, document.cookie]")
        .await;
    assert_eq!(kept, json!([0, 0, ""]));
    visitor.click(".keyboard [data-part=done]").await;
    visitor.press(paths::LOGIN).await;
    visitor.arrive("/login/").await;
}

#[tokio::test]
async fn pass_07_keys_lie_elsewhere_at_each_opening_and_when_asked() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let visitor = Visitor::new(&server).await;
    at_login(&visitor).await;
    let mut seen = BTreeSet::new();
    let mut first = BTreeSet::new();
    for _ in 0..20 {
        visitor.click(OPEN_PASSWORD).await;
        for _ in 0..2 {
            let keys = order(&visitor).await;
            let mut sorted: Vec<char> = keys.chars().collect();
            sorted.sort_unstable();
            assert_eq!(
                sorted.into_iter().collect::<String>(),
                "abcdefghijklmnopqrstuvwxyz"
            );
            first.extend(keys.chars().next());
            assert!(seen.insert(keys.clone()), "{keys} came twice: one chance in 26!");
            visitor.click(".keyboard [data-part=shuffle]").await;
        }
        visitor.click(OPEN_PASSWORD).await;
        visitor.wait_until_gone(".keyboard").await;
    }
    // With 40 fair orders, fewer than 8 different first keys happen once in a billion.
    assert!(first.len() >= 8, "{first:?}");
}

#[tokio::test]
async fn pass_06_pass_07_what_stands_in_the_field_the_caret_and_the_limit_are_respected() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let visitor = Visitor::new(&server).await;
    at_login(&visitor).await;
    visitor.fill("#password", "abXYef").await;
    let select =
        |from: u8, to: u8| format!("document.getElementById('password').setSelectionRange({from}, {to})");
    visitor.script(&select(2, 4)).await;
    visitor.click(OPEN_PASSWORD).await;
    press_keys(&visitor, "c D").await;
    assert_eq!(
        value(&visitor, "password").await,
        "abc Def",
        "the selection is replaced, the caret goes on"
    );
    visitor.script(&select(3, 3)).await;
    visitor.click(".keyboard [data-part=back]").await;
    assert_eq!(value(&visitor, "password").await, "ab Def");
    visitor
        .script("const i = document.getElementById('password'); i.value = 'a😀'; i.setSelectionRange(3, 3)")
        .await;
    visitor.click(".keyboard [data-part=back]").await;
    assert_eq!(value(&visitor, "password").await, "a", "never half a character");
    visitor.click(".keyboard [data-part=clear]").await;
    assert_eq!(value(&visitor, "password").await, "");
    // The physical keyboard goes on in the same field, at the same caret.
    visitor
        .find("#password")
        .await
        .send_keys("xy")
        .await
        .expect("typed");
    press_keys(&visitor, "~").await;
    assert_eq!(value(&visitor, "password").await, "xy~");
    visitor
        .script("const i = document.getElementById('password'); i.value = 'z'.repeat(512); i.setSelectionRange(512, 512)")
        .await;
    press_keys(&visitor, "q").await;
    assert_eq!(value(&visitor, "password").await.len(), 512, "maxlength holds");
    visitor.wait_for_text(".keyboard [role=status]", "これ以上").await;
    assert_eq!(visitor.complaints().await, []);
}

#[tokio::test]
async fn pass_07_an_input_method_that_is_composing_is_let_finish() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let visitor = Visitor::new(&server).await;
    at_login(&visitor).await;
    visitor.click("button[data-reveal=password]").await;
    visitor.click(OPEN_PASSWORD).await;
    let composing = json!({ "text": "か", "selectionStart": 1, "selectionEnd": 1 });
    visitor.devtools("Input.imeSetComposition", composing).await;
    assert_eq!(value(&visitor, "password").await, "か", "it is being composed");
    press_keys(&visitor, "a").await;
    press_keys(&visitor, "b").await;
    visitor
        .script(
            "const i = document.getElementById('password'); \
             return new Promise((done) => { const look = () => (i.value.length === 3 ? done(true) : requestAnimationFrame(look)); look(); })",
        )
        .await;
    assert_eq!(
        value(&visitor, "password").await,
        "かab",
        "nothing lost, nothing twice"
    );
}

#[tokio::test]
async fn pass_07_a_hundred_fast_clicks_are_a_hundred_characters() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let visitor = Visitor::new(&server).await;
    at_login(&visitor).await;
    visitor
        .script("window.inputs = 0; document.addEventListener('input', () => { window.inputs += 1; })")
        .await;
    visitor.click(OPEN_PASSWORD).await;
    let place = visitor
        .script("const b = document.querySelector('.keyboard [data-key=\"m\"]').getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]")
        .await;
    for _ in 0..100 {
        for kind in ["mousePressed", "mouseReleased"] {
            let event =
                json!({ "type": kind, "x": place[0], "y": place[1], "button": "left", "clickCount": 1 });
            visitor.devtools("Input.dispatchMouseEvent", event).await;
        }
    }
    assert_eq!(value(&visitor, "password").await, "m".repeat(100));
    assert_eq!(visitor.script("return window.inputs").await, 100, "each is told");
}

/// Sends a key of the physical keyboard to whatever has the focus.
async fn strike(visitor: &Visitor, key: &str, code: u32, text: &str) {
    for kind in ["keyDown", "keyUp"] {
        let mut event = json!({ "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code });
        if kind == "keyDown" && !text.is_empty() {
            event["text"] = Value::from(text);
        }
        visitor.devtools("Input.dispatchKeyEvent", event).await;
    }
}

#[tokio::test]
async fn pass_07_it_is_usable_by_keyboard_and_never_says_a_secret_aloud() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let visitor = Visitor::new(&server).await;
    at_login(&visitor).await;
    visitor
        .script("document.querySelector('button[data-keyboard=password]').focus()")
        .await;
    strike(&visitor, "Enter", 13, "\r").await;
    visitor.find(".keyboard [data-key]:focus").await;
    let keys: Vec<char> = order(&visitor).await.chars().collect();
    strike(&visitor, "ArrowRight", 39, "").await;
    strike(&visitor, "ArrowDown", 40, "").await;
    strike(&visitor, "Enter", 13, "\r").await;
    assert_eq!(
        value(&visitor, "password").await,
        keys[10].to_string(),
        "nine keys a line"
    );
    strike(&visitor, "End", 35, "").await;
    strike(&visitor, "Enter", 13, "\r").await;
    let typed = value(&visitor, "password").await;
    assert_eq!(typed, format!("{}{}", keys[10], keys[25]));
    let stops = visitor
        .script("return document.querySelectorAll('.keyboard [data-key][tabindex=\"0\"]').length")
        .await;
    assert_eq!(stops, 1, "one stop for all keys");
    let said = visitor.text(".keyboard [role=status]").await;
    assert_eq!(said, "2文字");
    visitor.click(".keyboard [data-mode=symbols]").await;
    let unnamed = visitor
        .script("return [...document.querySelectorAll('.keyboard [data-key]')].filter((k) => !/^[^\\x21-\\x7e]+$/.test(k.ariaLabel ?? '')).length")
        .await;
    assert_eq!(unnamed, 0, "every symbol has a name");
    strike(&visitor, "Escape", 27, "").await;
    visitor.wait_until_gone(".keyboard").await;
    let focus = visitor
        .script("return document.activeElement.dataset.keyboard")
        .await;
    assert_eq!(focus, "password", "the focus goes back");
    // Going on elsewhere takes it away, so that it hides no field that has the focus (2.4.11).
    strike(&visitor, "Enter", 13, "\r").await;
    visitor.find(".keyboard").await;
    visitor
        .script("document.getElementById('account_number').focus()")
        .await;
    visitor.wait_until_gone(".keyboard").await;
    assert_eq!(visitor.complaints().await, []);
}

#[tokio::test]
async fn pass_06_fields_stay_what_password_managers_know_and_nothing_moves() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let setup = Setup {
        phone: true,
        ..Setup::default()
    };
    let visitor = Visitor::with(&server, setup).await;
    at_login(&visitor).await;
    let look = "const i = document.getElementById('password'); \
                return ['type', 'name', 'autocomplete', 'readonly', 'inputmode', 'disabled'].map((a) => i.getAttribute(a))";
    let untouched = json!(["password", "password", "current-password", null, null, null]);
    assert_eq!(visitor.script(look).await, untouched);
    let places = "return ['#account_number', '#password', 'form button[type=submit]'].map((s) => { \
                  const b = document.querySelector(s).getBoundingClientRect(); return [b.x + scrollX, b.y + scrollY, b.width, b.height]; })";
    let before = visitor.script(places).await;
    visitor.click(OPEN_PASSWORD).await;
    visitor.find(".keyboard").await;
    assert_eq!(visitor.script(places).await, before, "it lies over the page");
    assert_eq!(
        visitor.script(look).await,
        untouched,
        "opened by mouse: nothing changes"
    );
    let small = visitor
        .script("return [...document.querySelectorAll('.keyboard button')].map((b) => b.getBoundingClientRect()).filter((b) => b.width < 44 || b.height < 44).length")
        .await;
    assert_eq!(small, 0, "keys for thumbs");
    visitor.click(".keyboard [data-part=done]").await;
    // By finger the system's own keyboard stays away while this one is open, and comes back with its end.
    visitor
        .script("document.querySelector('button[data-keyboard=account_number]').scrollIntoView({ block: 'center' })")
        .await;
    tap(&visitor, OPEN_NUMBER).await;
    visitor.find(".keyboard").await;
    let mode = "return document.getElementById('account_number').getAttribute('inputmode')";
    assert_eq!(visitor.script(mode).await, "none");
    tap(&visitor, ".keyboard [data-key=\"7\"]").await;
    assert_eq!(value(&visitor, "account_number").await, "7");
    tap(&visitor, ".keyboard [data-part=done]").await;
    visitor.wait_until_gone(".keyboard").await;
    assert_eq!(visitor.script(mode).await, "numeric");
    assert_eq!(visitor.complaints().await, []);
}

async fn tap(visitor: &Visitor, what: &str) {
    let script = format!(
        "const b = document.querySelector('{what}').getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]"
    );
    let place = visitor.script(&script).await;
    let points = json!([{ "x": place[0], "y": place[1] }]);
    let begin = json!({ "type": "touchStart", "touchPoints": points });
    visitor.devtools("Input.dispatchTouchEvent", begin).await;
    let end = json!({ "type": "touchEnd", "touchPoints": [] });
    visitor.devtools("Input.dispatchTouchEvent", end).await;
}

#[tokio::test]
async fn pass_08_a_password_can_be_shown_and_is_hidden_before_it_is_sent() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let visitor = Visitor::new(&server).await;
    at_login(&visitor).await;
    visitor.fill("#password", "見えますか 1").await;
    let look = "const i = document.getElementById('password'); return [i.type, i.selectionStart, i.value]";
    visitor
        .script("document.getElementById('password').setSelectionRange(2, 2)")
        .await;
    visitor.click("button[data-reveal=password]").await;
    assert_eq!(visitor.script(look).await, json!(["text", 2, "見えますか 1"]));
    let pressed = "return document.querySelector('button[data-reveal]').getAttribute('aria-pressed')";
    assert_eq!(visitor.script(pressed).await, "true");
    visitor
        .script("document.querySelector('form[data-once]').addEventListener('submit', (e) => { e.preventDefault(); })")
        .await;
    visitor.fill("#account_number", TARO.number).await;
    visitor.press(paths::LOGIN).await;
    assert_eq!(
        visitor
            .script("return document.getElementById('password').type")
            .await,
        "password"
    );
}

#[tokio::test]
async fn pass_07_web_10_without_scripts_nobody_is_offered_what_does_not_work() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let setup = Setup {
        scripts: false,
        ..Setup::default()
    };
    let visitor = Visitor::with(&server, setup).await;
    visitor.open(paths::LOGIN).await;
    visitor.inspect("ja").await;
    assert!(!visitor.shows(OPEN_PASSWORD).await && !visitor.shows(".keyboard").await);
    visitor.enter_password(TARO).await;
}
