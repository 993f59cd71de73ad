//! Every room of the console in real Chromium: axe finds nothing, nothing sticks out, and it can be looked at (WEB-10).
//! `WARIFU_LOOKS=FOLDER` keeps a picture of each.

use serde_json::json;
use warifu_server::domain::activity::{Kind, SLOT_MS, slot};
use warifu_server::domain::staff::Role;
use warifu_server::store::activity::{self, Count};
use warifu_tests::axe::{self, violations};
use warifu_tests::browser::{Browser, Setup};
use warifu_tests::databases::Database;
use warifu_tests::server::{HANAKO, TARO};

use crate::held::{holding, propose, withdraw};
use crate::scene::{Console, Person};

/// Logs in and gives the cookie that a browser would hold.
pub async fn cookie(console: &Console, person: &Person) -> (String, String) {
    let waiting = console.enter_password(person).await;
    let handle = person.device.only_request().await;
    person
        .device
        .approve(&handle, &waiting.number())
        .await
        .expect("approved");
    let done = person.browser.submit(&waiting, "/continue", &[]).await;
    let line = done
        .cookies
        .iter()
        .find(|line| line.contains("staff=") && !line.contains("staff=;"))
        .expect("a session");
    let pair = line.split(';').next().unwrap_or_default();
    let (name, value) = pair.split_once('=').expect("a name and a value");
    (name.to_owned(), value.to_owned())
}

pub async fn look(browser: &Browser, name: &str) {
    if let Some(folder) = std::env::var_os("WARIFU_LOOKS") {
        std::fs::create_dir_all(&folder).expect("a folder");
        let path = std::path::Path::new(&folder).join(format!("{name}.png"));
        let size = browser
            .script("return [innerWidth, document.documentElement.scrollHeight]")
            .await;
        let resize = async |height: &serde_json::Value| {
            let size = json!({ "width": size[0], "height": height, "deviceScaleFactor": 1, "mobile": false });
            browser.devtools("Emulation.setDeviceMetricsOverride", size).await;
        };
        resize(&size[1]).await;
        browser.screenshot(&path).await;
        resize(&json!(900)).await;
    }
}

/// Numbers of five weeks, so that the charts have something to show: quiet nights, and an attack two hours ago.
async fn a_busy_month(console: &Console) {
    let now = slot(console.server.now());
    let mut counts = Vec::new();
    for back in 0..(35 * 144) {
        let at = now - back * SLOT_MS;
        let hour = (at / 3_600_000 + 9).rem_euclid(24);
        let busy = if (7..24).contains(&hour) { 12 + hour % 5 } else { 2 };
        let attack = if (10..15).contains(&back) { 60 } else { 0 };
        let kinds = [
            (Kind::LoginApp, busy * 4),
            (Kind::LoginCode, busy),
            (Kind::PasswordRight, busy * 5 + attack / 10),
            (Kind::PasswordWrong, busy / 3 + attack),
            (Kind::PasswordUnknown, busy / 6 + attack * 2),
            (Kind::PasswordLocked, attack / 12),
            (Kind::Asked, busy * 5),
            (Kind::Approved, busy * 4),
            (Kind::Cancelled, busy / 5),
            (Kind::Expired, busy / 3),
            (Kind::NotMe, attack / 20),
            (Kind::WithdrawalAsked, busy / 4),
            (Kind::WithdrawalPaid, busy / 5),
        ];
        let some = |(kind, amount)| Count { at, kind, amount };
        counts.extend(kinds.map(some).into_iter().filter(|it| it.amount > 0));
    }
    let written = console.server.server.app.store.write(move |c| {
        Box::pin(async move {
            for count in &counts {
                activity::add(c, count).await?;
            }
            Ok(())
        })
    });
    written.await.expect("written");
}

/// One room: a heading, nothing that axe finds, nothing that sticks out.
pub async fn look_at_room(browser: &Browser, origin: &str, room: &str, language: &str, axe: &str) {
    browser.goto(&format!("{origin}{room}")).await;
    let heading = browser
        .script("return document.querySelector('main h1')?.textContent")
        .await;
    assert!(heading.is_string(), "{room} has no heading");
    assert_ne!(browser.url().await.path(), "/login", "{room}");
    assert_eq!(violations(browser, axe).await, [""; 0], "{room} {language}");
    let out = browser
        .script("return document.documentElement.scrollWidth - innerWidth")
        .await;
    assert!(out.as_i64().unwrap_or(1) <= 0, "{room} scrolls sideways by {out}");
    look(
        browser,
        &format!("{language}{}", room.replace(['/', '?', '%'], "_")),
    )
    .await;
}

/// Amount and payee, as whoever decides opens them.
async fn look_at_money(browser: &Browser, proposal: &str, language: &str, axe: &str) {
    browser.goto(proposal).await;
    browser.click("form[action$='/details'] button").await;
    browser.find(".amount").await;
    assert_eq!(violations(browser, axe).await, [""; 0], "opened {language}");
    look(browser, &format!("{language}_opened")).await;
}

/// The links on a page that begin so.
fn links(body: &str, start: &str) -> Vec<String> {
    let mut found: Vec<String> = body
        .split("href=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .filter(|link| link.starts_with(start))
        .map(str::to_owned)
        .collect();
    found.dedup();
    found
}

/// The rooms of auditors, with something in them.
async fn rooms_of_the_log(console: &Console, person: &Person) -> Vec<String> {
    let sequencer = &console.server.server.sequencer;
    sequencer.step(console.server.now()).await.expect("a round");
    let log = person.browser.get("/log?action=login.completed").await;
    let entries = links(&log.body, "/log/entries/");
    assert!(!entries.is_empty(), "{}", log.body);
    let rooms = [
        "/log",
        "/log?action=login.completed",
        "/log?action=x.y",
        "/log?action=%25",
        "/log/checkpoints",
        "/log/export?action=login.completed",
        "/log/export",
    ];
    let rooms = rooms.into_iter().map(str::to_owned);
    rooms.chain(entries.into_iter().take(1)).collect()
}

/// A customer without a device, whose new address waits for the second person.
async fn address_rooms(console: &Console) -> [String; 3] {
    let operator = console.member("second", &[Role::Operator]).await;
    let other = console.customer(&operator, HANAKO.number).await;
    let ask = format!("{}/change-address", other.path);
    let fields = [
        ("address", "hanako.suzuki.new@another-mail.example"),
        ("identity", "name,birth_date,callback"),
    ];
    let made = console.act(&operator, &ask, &fields).await;
    [other.path, ask, made.location.expect("a proposal")]
}

#[tokio::test]
async fn web_10_staff_01_axe_finds_nothing_in_any_room_on_a_desk_and_on_a_tablet() {
    let axe = axe::script();
    let db = Database::sqlite();
    let console = Console::with(&db, holding).await;
    let token = console
        .token(&[Role::Administrator, Role::Operator, Role::Approver, Role::Auditor])
        .await;
    let first = console.set_up(&token, "first").await;
    let (name, value) = cookie(&console, &first).await;
    let (device, session) = console.server.customer_with_device(TARO).await;
    withdraw(&device, &session).await;
    drop(session);
    let clerk = console.member("third", &[Role::Operator]).await;
    let seen = console.customer(&clerk, TARO.number).await;
    let release = propose(&console, &clerk, &seen).await;
    let customer = console.customer(&first, TARO.number).await;
    assert!(customer.path.starts_with("/customers/"), "{}", customer.body);
    let mut rooms = links(&customer.body, &customer.path);
    assert!(rooms.len() > 3, "{rooms:?}");
    let others = [
        "/",
        "/customers",
        "/staff",
        "/staff/invite",
        "/proposals",
        "/held",
        release.as_str(),
        "/watch",
    ];
    a_busy_month(&console).await;
    rooms.extend(others.map(str::to_owned));
    rooms.push(customer.path.clone());
    rooms.extend(address_rooms(&console).await);
    rooms.extend(rooms_of_the_log(&console, &first).await);

    for (language, dark, width) in [("ja", false, 1200), ("en-US", true, 768)] {
        let browser = Browser::with(Setup {
            language,
            dark,
            ..Setup::default()
        })
        .await;
        let size = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        browser.devtools("Emulation.setDeviceMetricsOverride", size).await;
        for before in ["/login", "/activate"] {
            browser.goto(&format!("{}{before}", console.origin())).await;
            assert_eq!(violations(&browser, &axe).await, [""; 0], "{before}");
            look(&browser, &format!("{language}_{}", before.replace('/', "_"))).await;
        }
        let held = json!({ "name": name, "value": value, "url": console.origin(), "httpOnly": true });
        browser.devtools("Network.setCookie", held).await;
        for room in &rooms {
            look_at_room(&browser, &console.origin(), room, language, &axe).await;
        }
        look_at_money(
            &browser,
            &format!("{}{release}", console.origin()),
            language,
            &axe,
        )
        .await;
    }
}
