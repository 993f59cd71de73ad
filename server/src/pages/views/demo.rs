//! The landing page of the demo: sample customers and where to look. Never served outside the demo.

use askama::Template;

use crate::pages::layout::Frame;

/// A sample customer.
#[derive(Clone, Debug)]
pub struct DemoAccount {
    /// The account number.
    pub number: String,
    /// The customer's name.
    pub customer: String,
    /// The password, in clear: it is a sample.
    pub password: String,
    /// The withdrawal password, in clear as well.
    pub withdrawal_password: String,
    /// How many devices are registered.
    pub devices: usize,
}

/// `GET /demo`.
#[derive(Template)]
#[template(path = "demo.html")]
pub struct DemoPage {
    /// The frame of the page.
    pub frame: Frame,
    /// The address of the pages, e.g. `http://127.0.0.1:8480`.
    pub origin: String,
    /// The sample customers.
    pub accounts: Vec<DemoAccount>,
    /// The letter of a customer who has not begun yet: number, name and code.
    pub letter: Option<[String; 3]>,
    /// Where the mails can be read.
    pub mailbox_url: String,
    /// How the headless device is called, e.g. `target/debug/warifu-device --data-dir demo-data/device`.
    pub device_command: String,
}
