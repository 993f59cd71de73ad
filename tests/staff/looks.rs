//! Every room of the console in real Chromium: axe finds nothing, nothing sticks out, and it can be looked at (WEB-10).
//! `WARIFU_LOOKS=FOLDER` keeps a picture of each.

use serde_json::json;
use warifu_server::domain::activity::{Kind, SLOT_MS, slot};
use warifu_server::domain::staff::Role;
use warifu_server::store::activity::{self, Count};
use warifu_shared::jws::approval::DenyReason;
use warifu_tests::axe::{self, violations};
use warifu_tests::browser::{Browser, Setup};
use warifu_tests::databases::Database;
use warifu_tests::device::Device;
use warifu_tests::server::{HANAKO, TARO};

use crate::cases::{deny, look as watch_once, open_cases};
use crate::held::{holding, propose, withdraw};
use crate::import_scene::{Team, file, many};
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
        let size = browser
            .script("return [innerWidth, document.documentElement.scrollHeight]")
            .await;
        let path = std::path::Path::new(&folder).join(format!("{name}_{}.png", size[0]));
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

/// What is wrong with a room: no heading, what axe finds, what sticks out, what is too small to touch.
#[must_use]
pub async fn look_at_room(
    browser: &Browser,
    origin: &str,
    room: &str,
    language: &str,
    axe: &str,
) -> Vec<String> {
    browser.goto(&format!("{origin}{room}")).await;
    let heading = browser
        .script("return document.querySelector('main h1')?.textContent")
        .await;
    assert!(heading.is_string(), "{room} has no heading");
    assert_ne!(browser.url().await.path(), "/login", "{room}");
    let mut found = violations(browser, axe).await;
    let out = browser
        .script("return document.documentElement.scrollWidth - innerWidth")
        .await;
    if out.as_i64().unwrap_or(1) > 0 {
        found.push(format!("scrolls sideways by {out}"));
    }
    let small = browser.script(SMALL).await;
    found.extend(small.as_array().into_iter().flatten().map(ToString::to_string));
    look(
        browser,
        &format!("{language}{}", room.replace(['/', '?', '%'], "_")),
    )
    .await;
    let width = browser.script("return innerWidth").await;
    found
        .iter()
        .map(|it| format!("{room} {language} {width}: {it}"))
        .collect()
}

/// What is too small to touch: less than 48 px, links between other words excepted (WCAG 2.5.8).
const SMALL: &str = r#"
const shown = (element) => element.checkVisibility() && element.getBoundingClientRect().width > 1;
const target = (element) => (element.matches("[type=radio],[type=checkbox]") ? element.closest("label") ?? element : element);
const between = (a) => getComputedStyle(a).display.startsWith("inline") && a.parentElement.textContent.trim().length > a.textContent.trim().length && !a.matches(".button,.textbutton,.top__link");
return [...document.querySelectorAll("button,input:not([type=hidden]),select,textarea,summary,a[href]")].filter(shown).filter((control) => {
  if (control.matches(".skip:not(:focus-visible)")) return false;
  const box = target(control).getBoundingClientRect();
  return !(control.matches("a") && between(control)) && (box.height < 47.5 || box.width < 24);
}).map((control) => control.outerHTML.replace(/\s+/g, " ").slice(0, 140));
"#;

/// A case, open and decided on.
async fn rooms_of_cases(console: &Console, person: &Person, phone: &Device) -> Vec<String> {
    deny(&console.server, phone, TARO, DenyReason::Phone).await;
    watch_once(&console.server).await;
    let open = open_cases(person).await;
    assert_eq!(open.len(), 1);
    let parts = ["/cases", "/cases?part=mine"].map(str::to_owned);
    open.into_iter().chain(parts).collect()
}

/// Imports: the form, one with wrong lines, one that waits for its approval, one whose letters can be collected.
async fn rooms_of_imports(console: &Console) -> Vec<String> {
    let team = Team::of(console).await;
    let rows = [
        "1,,xx,nobody",
        "940001,\u{202e}x,ja,",
        "940002,Ann,en,",
        "940002,Bob,en,",
        "1,2",
    ];
    let wrong = team.check(&file(&rows)).await;
    let waiting = team.check(&many(950_000, 3)).await;
    drop(
        console
            .act(&team.operator, &format!("{waiting}/propose"), &[])
            .await,
    );
    let done = team.import(console, &many(960_000, 3)).await;
    vec![
        "/imports".to_owned(),
        "/imports/new".to_owned(),
        format!("{wrong}/propose"),
        wrong,
        format!("{waiting}/approve"),
        waiting,
        format!("{done}/letters"),
        format!("{done}/ask_letters"),
        done,
    ]
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

/// A desk and the smallest phone; samples of the same pages are looked at in every view (`tests/pages`).
const VIEWS: [(&str, bool, u32); 2] = [("ja", false, 1200), ("en-US", true, 320)];

async fn view(language: &'static str, dark: bool, width: u32) -> Browser {
    let setup = Setup {
        language,
        dark,
        ..Setup::default()
    };
    let browser = Browser::with(setup).await;
    let size = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
    browser.devtools("Emulation.setDeviceMetricsOverride", size).await;
    browser
}

#[tokio::test]
async fn web_10_staff_01_axe_finds_nothing_in_any_room_on_a_desk_and_on_a_phone() {
    let axe = axe::script();
    let db = Database::sqlite();
    let console = Console::with(&db, holding).await;
    let token = console.token(&Role::ALL).await;
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
    rooms.extend(rooms_of_cases(&console, &first, &device).await);
    rooms.extend(rooms_of_imports(&console).await);

    let mut wrong = Vec::new();
    for (language, dark, width) in VIEWS {
        let browser = view(language, dark, width).await;
        for before in ["/login", "/activate"] {
            browser.goto(&format!("{}{before}", console.origin())).await;
            assert_eq!(violations(&browser, &axe).await, [""; 0], "{before}");
            look(&browser, &format!("{language}_{}", before.replace('/', "_"))).await;
        }
        let held = json!({ "name": name, "value": value, "url": console.origin(), "httpOnly": true });
        browser.devtools("Network.setCookie", held).await;
        for room in &rooms {
            wrong.extend(look_at_room(&browser, &console.origin(), room, language, &axe).await);
        }
        let proposal = format!("{}{release}", console.origin());
        look_at_money(&browser, &proposal, language, &axe).await;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
