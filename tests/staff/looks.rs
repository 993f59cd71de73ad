//! Every room of the console in real Chromium: axe finds nothing, nothing sticks out, and it can be looked at (WEB-10).
//! `WARIFU_LOOKS=FOLDER` keeps a picture of each.

use serde_json::json;
use warifu_server::domain::staff::Role;
use warifu_tests::axe::{self, violations};
use warifu_tests::browser::{Browser, Setup};
use warifu_tests::databases::Database;
use warifu_tests::server::{HANAKO, TARO};

use crate::scene::{Console, Person};

/// Logs in and gives the cookie that a browser would hold.
async fn cookie(console: &Console, person: &Person) -> (String, String) {
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

async fn look(browser: &Browser, name: &str) {
    if let Some(folder) = std::env::var_os("WARIFU_LOOKS") {
        std::fs::create_dir_all(&folder).expect("a folder");
        let path = std::path::Path::new(&folder).join(format!("{name}.png"));
        browser.screenshot(&path).await;
    }
}

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
    let console = Console::start(&db).await;
    let token = console
        .token(&[Role::Administrator, Role::Operator, Role::Approver])
        .await;
    let first = console.set_up(&token, "first").await;
    let (name, value) = cookie(&console, &first).await;
    let (_, session) = console.server.customer_with_device(TARO).await;
    drop(session);
    let customer = console.customer(&first, TARO.number).await;
    assert!(customer.path.starts_with("/customers/"), "{}", customer.body);
    let mut rooms = links(&customer.body, &customer.path);
    assert!(rooms.len() > 3, "{rooms:?}");
    let others = ["/", "/customers", "/staff", "/staff/invite", "/proposals"];
    rooms.extend(others.map(str::to_owned));
    rooms.push(customer.path.clone());
    rooms.extend(address_rooms(&console).await);

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
            browser.goto(&format!("{}{room}", console.origin())).await;
            let heading = browser
                .script("return document.querySelector('main h1')?.textContent")
                .await;
            assert!(heading.is_string(), "{room} has no heading");
            assert_ne!(browser.url().await.path(), "/login", "{room}");
            assert_eq!(violations(&browser, &axe).await, [""; 0], "{room} {language}");
            let out = browser
                .script("return document.documentElement.scrollWidth - innerWidth")
                .await;
            assert!(out.as_i64().unwrap_or(1) <= 0, "{room} scrolls sideways by {out}");
            look(&browser, &format!("{language}{}", room.replace('/', "_"))).await;
        }
    }
}
