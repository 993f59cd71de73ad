//! The pages of the counter in real Chromium, on a desk and on a phone, light and dark, and letters on paper: axe finds nothing,
//! nothing sticks out, the code is not on the screen (WEB-10, STAFF-04). `WARIFU_LOOKS=FOLDER` keeps a picture of each.

use base64::Engine as _;
use serde_json::json;
use warifu_server::demo::{self, LETTER};
use warifu_server::domain::staff::Role;
use warifu_server::pages::paths;
use warifu_tests::axe::{self, violations};
use warifu_tests::browser::{Browser, Setup};
use warifu_tests::databases::Database;
use warifu_tests::device::Device;
use warifu_tests::server::{HANAKO, TARO};

use crate::addresses::decide;
use crate::enrolling::{link_of, show};
use crate::looks::{cookie, look, look_at_room};
use crate::scene::{Console, Person};

/// Proposed by `operator` and approved.
async fn allowed(
    console: &Console,
    (operator, approver): (&Person, &Person),
    number: &str,
    act: &str,
) -> String {
    let page = console.customer(operator, number).await;
    let ticked = [("identity", "name,birth_date,document"), ("handover", "post")];
    let made = console
        .act(operator, &format!("{}/{act}", page.path), &ticked)
        .await;
    let path = made.location.unwrap_or_else(|| panic!("{}", made.body));
    decide(approver, &path, "approve").await;
    path
}

/// A code on the screen, six digits to compare, and a device that counts: each of another customer.
async fn stages(console: &Console, team: (&Person, &Person)) -> Vec<String> {
    let emma = demo::CUSTOMERS[2].number;
    let mut rooms = Vec::new();
    for (at, number) in [HANAKO.number, TARO.number, emma].into_iter().enumerate() {
        let path = allowed(console, team, number, "enrol").await;
        rooms.push(path.clone());
        let page = show(team.0, &path).await;
        if at > 0 {
            let device = Device::new(&console.server.clock).await;
            device.enrol(&link_of(console, number).await).await;
        }
        if at > 1 {
            let compare = team.0.browser.get(&page.path).await;
            team.0.browser.submit(&compare, "/confirm", &[]).await;
        }
        rooms.push(page.path);
    }
    rooms
}

/// The letter as the screen shows it, and as the printer gets it.
async fn letter(browser: &Browser, url: &str, name: &str, dark: bool, axe: &str) {
    let colours = json!([{ "name": "prefers-color-scheme", "value": if dark { "dark" } else { "light" } }]);
    browser.goto(url).await;
    browser.click("form[action$='/letter'] button").await;
    browser.find(".letter").await;
    let shown = "return getComputedStyle(document.querySelector('#letter-code')).display";
    assert_eq!(browser.script(shown).await, "none", "not on the screen");
    assert_eq!(violations(browser, axe).await, [""; 0], "{name}");
    look(browser, name).await;
    browser
        .devtools(
            "Emulation.setEmulatedMedia",
            json!({ "media": "print", "features": colours }),
        )
        .await;
    assert_ne!(browser.script(shown).await, "none", "on paper");
    look(browser, &format!("{name}_paper")).await;
    let pdf = browser
        .devtools(
            "Page.printToPDF",
            json!({ "preferCSSPageSize": true, "printBackground": true }),
        )
        .await;
    assert_eq!(sheets(&pdf), 1, "{name}: one sheet of A4");
    browser
        .devtools(
            "Emulation.setEmulatedMedia",
            json!({ "media": "", "features": colours }),
        )
        .await;
}

/// A browser of this language, colours and width, logged in.
async fn open((language, dark, width): (&'static str, bool, u32), held: &serde_json::Value) -> Browser {
    let setup = Setup {
        language,
        dark,
        ..Setup::default()
    };
    let browser = Browser::with(setup).await;
    let size = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
    browser.devtools("Emulation.setDeviceMetricsOverride", size).await;
    browser.devtools("Network.setCookie", held.clone()).await;
    browser
}

/// Pages of a printed document.
fn sheets(pdf: &serde_json::Value) -> usize {
    let text = pdf["data"].as_str().unwrap_or_default();
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(text)
        .expect("base64");
    let plain = String::from_utf8_lossy(&bytes);
    plain.matches("/Type /Page").count() - plain.matches("/Type /Pages").count()
}

#[tokio::test]
async fn web_10_staff_04_the_pages_of_the_counter_on_a_desk_and_on_a_phone_and_letters_on_paper() {
    let axe = axe::script();
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let operator = console
        .set_up(&console.token(&[Role::Operator]).await, "aoi")
        .await;
    let approver = console.member("ren", &[Role::Approver]).await;
    let (name, value) = cookie(&console, &operator).await;
    let held = json!({ "name": name, "value": value, "url": console.origin(), "httpOnly": true });
    let team = (&operator, &approver);
    let mut rooms = stages(&console, team).await;
    let customer = console.customer(&operator, HANAKO.number).await;
    let waiting = console.customer(&operator, LETTER.number).await;
    for act in ["enrol", "recovery-letter", "stop-letter"] {
        rooms.push(format!("{}/{act}", customer.path));
    }
    rooms.extend([
        customer.path,
        waiting.path.clone(),
        format!("{}/activation-letter", waiting.path),
    ]);
    rooms.push("/proposals".to_owned());
    for (language, dark, width) in [
        ("ja", false, 1200),
        ("ja", true, 390),
        ("en-US", true, 1200),
        ("en-US", false, 390),
    ] {
        let browser = open((language, dark, width), &held).await;
        let place = format!("{language}_{width}");
        let recovery = allowed(&console, team, HANAKO.number, "recovery-letter").await;
        letter(
            &browser,
            &format!("{}{}", console.origin(), recovery),
            &format!("{place}_recovery"),
            dark,
            &axe,
        )
        .await;
        let activation = allowed(&console, team, LETTER.number, "activation-letter").await;
        letter(
            &browser,
            &format!("{}{}", console.origin(), activation),
            &format!("{place}_activation"),
            dark,
            &axe,
        )
        .await;
        for room in &rooms {
            let wrong = look_at_room(&browser, &console.origin(), room, &place, &axe).await;
            assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        }
    }
    // What the customer sees of a letter.
    let session = console.server.log_in_by_code(HANAKO).await;
    assert!(session.get(paths::SECURITY).await.has("#letter"));
}
