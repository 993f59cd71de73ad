//! What customers do in the app's window.

use tokio::time::Instant;

use warifu_tests::page::Page;

/// The PIN of the app in these tests.
pub const PIN: &str = "740295";
/// A PIN that is not it.
pub const WRONG_PIN: &str = "518263";

/// Registers by a pasted link up to the fingerprint, which it returns.
pub async fn enrol(app: &Page, link: &str) -> String {
    app.click("start-enrolment").await;
    app.fill("enrol-link", link).await;
    app.click("enrol-submit").await;
    app.click("preview-continue").await;
    app.fill("pin-first", PIN).await;
    app.click("pin-next").await;
    app.fill("pin-again", PIN).await;
    app.click("pin-finish").await;
    let shown = app.text("fingerprint").await;
    shown.chars().filter(char::is_ascii_digit).collect()
}

/// Waits for a result of this kind and closes it.
pub async fn close_result(app: &Page, kind: &str) -> String {
    app.find(&format!("[data-testid=view-result][data-kind={kind}]"))
        .await;
    let said = app.text("heading").await + "\n" + &app.text("result-message").await;
    app.click("result-close").await;
    app.find("view-home").await;
    said
}

/// Waits until pushes reach the app.
pub async fn wait_until_online(app: &Page) {
    app.find("[data-testid=service][data-state=active][data-connection=online]")
        .await;
}

/// Opens the request number `index` (from 1) of the home screen.
pub async fn open_request(app: &Page, index: usize) {
    app.find("view-home").await;
    app.click(&format!(
        "[data-testid=challenge-card]:nth-child({index}) [data-testid=challenge-open]"
    ))
    .await;
    app.find("[data-testid=view-challenge][data-step=details]").await;
}

/// Types the number of an open request and goes on to the PIN.
pub async fn type_number(app: &Page, number: &str) {
    app.fill("number", number).await;
    app.click("to-pin").await;
    app.find("[data-testid=view-challenge][data-step=pin]").await;
}

/// Types the PIN and presses the button as soon as it takes presses (APPR-04). Returns when it was pressed.
pub async fn approve_with(app: &Page, pin: &str) -> Instant {
    app.fill("pin", pin).await;
    app.find("[data-testid=approve][aria-disabled=false]").await;
    let pressed = Instant::now();
    app.click("approve").await;
    pressed
}

/// Approves the open request as it should be done.
pub async fn approve(app: &Page, number: &str) -> Instant {
    type_number(app, number).await;
    approve_with(app, PIN).await
}

/// Waits for a refusal with this number and returns its sentence.
pub async fn refusal(app: &Page, code: u16) -> String {
    app.wait_for_text("problem-code", &code.to_string()).await;
    app.text("problem").await
}

/// How many requests wait on the home screen.
pub async fn wait_for_requests(app: &Page, count: usize) {
    app.find("view-home").await;
    if count == 0 {
        app.find("empty").await;
        return;
    }
    app.find(&format!(
        "[data-testid=challenge-card]:nth-child({count}):last-child"
    ))
    .await;
}
