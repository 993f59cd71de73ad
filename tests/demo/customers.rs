//! Three customers and their days: logins that are approved, mistakes, one that nobody answers, somebody else at the door.

use std::path::Path;
use std::time::Duration;

use warifu_server::demo::{self, REGULARS, Sample};
use warifu_shared::clock::Timestamp;
use warifu_shared::jws::approval::DenyReason;
use warifu_tests::customer::AnonymousBrowser;
use warifu_tests::device::Device;

use super::firm::Firm;

/// A customer with a browser that is known and a device.
pub struct Regular {
    sample: &'static Sample,
    browser: AnonymousBrowser,
    device: Device,
}

/// Each logs in by a mailed code and registers a device that takes pushes.
pub async fn begin(firm: &Firm) -> Vec<Regular> {
    let mut all = Vec::new();
    for sample in REGULARS {
        let added = demo::add_regular(&firm.server.app, sample).await;
        added.expect("the account is opened");
        let browser = firm.browser();
        let page = browser.enter_password(sample.number, sample.password).await;
        let code = firm.code_for(sample.mail).await;
        browser.enter_code(&page, &code).await;
        let devices = browser.get("/devices").await;
        let asked = browser.submit(&devices, "/enrol", &[]).await;
        let page = browser.follow(asked).await;
        let device = firm.device(&Path::new("customers").join(sample.number)).await;
        firm.enrol(&device, "スマートフォン", &browser, &page).await;
        device.core.start();
        // The device tells the server where its pushes go.
        wait(firm, "SELECT COUNT(*) FROM subscriptions", all.len() as i64 + 1).await;
        all.push(Regular {
            sample,
            browser,
            device,
        });
    }
    all
}

/// One day: everybody logs in in the morning, one again in the evening, with mistakes here and there.
pub async fn a_day(firm: &Firm, regulars: &mut [Regular], begins: Timestamp, day: i64) {
    for (place, regular) in (0..).zip(&mut *regulars) {
        firm.set(begins.plus_secs(5 * 3600 + place * 1500 + day * 240))
            .await;
        if (day + place) % 3 == 1 {
            firm.browser()
                .enter_password(regular.sample.number, "wrong-one")
                .await;
        }
        log_in(firm, regular).await;
    }
    firm.set(begins.plus_secs(12 * 3600 + day * 300)).await;
    let late = usize::try_from(day).unwrap_or(0) % regulars.len();
    // Asked, and nobody looks at the device: it expires.
    let one = &regulars[(late + 1) % regulars.len()];
    one.browser
        .enter_password(one.sample.number, one.sample.password)
        .await;
    firm.set(firm.now().plus_secs(1800)).await;
    log_in(firm, &mut regulars[late]).await;
}

/// Somebody who knows the password of the third: guesses, one that is right, and the customer's "not me".
pub async fn somebody_else(firm: &Firm, regulars: &mut [Regular]) {
    let victim = &regulars[2];
    let stranger = firm.browser();
    for guess in ["silver-birch", "birch-4407"] {
        stranger.enter_password(victim.sample.number, guess).await;
        firm.pass(20);
    }
    let right = victim.sample.password;
    stranger.enter_password(victim.sample.number, right).await;
    firm.pass(15);
    let asked = victim.device.only_request().await;
    let denied = victim.device.deny(&asked, DenyReason::NotMe).await;
    denied.expect("refused");
    firm.pass(240);
    firm.settle().await;
}

/// The second logs in twice by opening the app; hints fail meanwhile.
pub async fn without_pushes(firm: &Firm, regulars: &mut [Regular]) {
    for _ in 0..2 {
        firm.set(firm.now().plus_secs(1500)).await;
        log_in(firm, &mut regulars[1]).await;
    }
    // What waits is hinted at now, while nobody listens.
    firm.settle().await;
    wait(
        firm,
        "SELECT CAST(COALESCE(MAX(failures), 0) AS BIGINT) FROM push_health",
        2,
    )
    .await;
}

async fn log_in(firm: &Firm, regular: &mut Regular) {
    let sample = regular.sample;
    let waiting = regular
        .browser
        .enter_password(sample.number, sample.password)
        .await;
    let home = firm.approve(&regular.device, &regular.browser, &waiting).await;
    assert!(
        !home.path.starts_with("/login"),
        "{}: {}",
        sample.number,
        home.path
    );
    let left = regular.browser.submit(&home, "/logout", &[]).await;
    regular.browser.follow(left).await;
}

/// Waits until a number in the database is so large.
async fn wait(firm: &Firm, sql: &'static str, least: i64) {
    for _ in 0..MOST_LOOKS {
        firm.settle().await;
        let mut c = firm.server.app.store.read().await.expect("a connection");
        let number: i64 = sqlx::query_scalar(sql)
            .fetch_one(&mut *c)
            .await
            .expect("a number");
        drop(c);
        if number >= least {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("this never came: {sql}");
}

const MOST_LOOKS: usize = 600;
