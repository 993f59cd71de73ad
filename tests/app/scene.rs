//! What every test here begins with: a server, a desktop with the app, and a customer whose device it is.

use warifu_server::domain::yen::Yen;
use warifu_tests::app::App;
use warifu_tests::browser::Browser;
use warifu_tests::desktop::{Desktop, Keyring};
use warifu_tests::live_server::LiveServer;
use warifu_tests::running_clock::RunningClock;
use warifu_tests::server::TARO;

use crate::{in_app, on_page};

/// Server, desktop and app. The app ends before its desktop.
pub struct Scene {
    pub app: App,
    pub desktop: Desktop,
    pub server: LiveServer,
}

impl Scene {
    /// The app on its first start.
    pub async fn open() -> Self {
        Self::open_at(LiveServer::start().await).await
    }

    async fn open_at(server: LiveServer) -> Self {
        let desktop = Desktop::start(Keyring::Unlocked).await;
        let app = App::start(&desktop).await;
        Self { app, desktop, server }
    }

    /// The app registered as the device of the first customer, and the browser that did it, logged out again: a known
    /// one from now on.
    pub async fn with_device() -> (Self, Browser) {
        Self::registered(Self::open().await).await
    }

    /// The same at a firm that holds every withdrawal for a day.
    pub async fn at_a_firm_that_holds() -> (Self, Browser) {
        let server = LiveServer::with(|config| {
            config.withdrawal.hold_from = Yen::new(1).expect("a sum");
            config.withdrawal.hold_hours = 24;
        });
        Self::registered(Self::open_at(server.await).await).await
    }

    /// The app registered two days ago: the firm's clock was behind then, and shows the present now. What a device may do
    /// only after its first day, this one may (ENROL-09).
    pub async fn with_older_device() -> (Self, Browser) {
        let server = LiveServer::by(RunningClock::behind_secs(TWO_DAYS), |_| {}).await;
        let (scene, browser) = Self::registered(Self::open_at(server).await).await;
        scene.server.clock.catch_up();
        (scene, browser)
    }

    async fn registered(scene: Self) -> (Self, Browser) {
        let browser = Browser::open().await;
        on_page::log_in_by_code(&browser, &scene.server, TARO).await;
        let link = on_page::begin_enrolment(&browser).await;
        in_app::enrol(&scene.app, &link).await;
        on_page::confirm_fingerprint(&browser).await;
        in_app::close_result(&scene.app, "enrolled").await;
        in_app::wait_until_online(&scene.app).await;
        on_page::log_out(&browser).await;
        (scene, browser)
    }

    /// Another browser, unknown to the server, that entered the first customer's password: it shows a number.
    pub async fn waiting_browser(&self) -> Browser {
        let browser = Browser::open().await;
        on_page::enter_password(&browser, &self.server.origin, TARO).await;
        browser.find("#number").await;
        browser
    }
}

const TWO_DAYS: i64 = 2 * 86_400;
