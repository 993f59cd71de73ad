//! Staff members with browsers and devices of their own, at the console of a real server.

use warifu_server::config::Config;
use warifu_server::crypto::mac::{new_token, token_hash};
use warifu_server::domain::staff::{Role, Roles};
use warifu_server::operations::staff::bootstrap;
use warifu_server::store::staff::members::{self, Invitation};
use warifu_shared::ids::StaffId;
use warifu_tests::customer::{AnonymousBrowser, Answer};
use warifu_tests::databases::Database;
use warifu_tests::device::Device;
use warifu_tests::server::TestServer;

pub const PASSWORD: &str = "a quiet winter morning";
pub const REASON: &str = "お客さまから電話で依頼がありました。";

/// A server with a console.
pub struct Console {
    pub server: TestServer,
}

/// A staff member: what they sit at, and the device in their hand.
pub struct Person {
    pub browser: AnonymousBrowser,
    pub device: Device,
    pub login: String,
}

impl Console {
    pub async fn start(db: &Database) -> Self {
        Self {
            server: TestServer::with_console(db).await,
        }
    }

    pub async fn with(db: &Database, change: impl FnOnce(&mut Config)) -> Self {
        Self {
            server: TestServer::with_console_and(db, change).await,
        }
    }

    pub fn origin(&self) -> String {
        self.server.server.app.config.staff.origin.clone()
    }

    pub fn browser(&self) -> AnonymousBrowser {
        AnonymousBrowser::at(&self.origin())
    }

    pub async fn bootstrap(&self) -> Option<String> {
        bootstrap::run(&self.server.server.app.store, self.server.now())
            .await
            .expect("it is there")
    }

    /// A token as an invitation gives one; how invitations come about is tested in `managing`.
    pub async fn token(&self, roles: &[Role]) -> String {
        let (token, now) = (new_token(), self.server.now());
        let invitation = Invitation {
            id: StaffId::random(),
            name: "someone".to_owned(),
            roles: Roles::of(roles),
            invited_by: StaffId::random().to_string(),
            token_hash: token_hash(&token),
            expires_at: now.plus_secs(60),
        };
        let store = &self.server.server.app.store;
        store
            .write(move |c| Box::pin(async move { members::invite(c, &invitation, now).await }))
            .await
            .expect("it is there");
        token
    }

    /// The first page with a token.
    pub async fn enter_token(&self, browser: &AnonymousBrowser, token: &str, login: &str) -> Answer {
        let page = browser.get("/activate").await;
        let fields = [
            ("token", token),
            ("name", login),
            ("login_id", login),
            ("password", PASSWORD),
            ("again", PASSWORD),
        ];
        browser.submit(&page, "/activate", &fields).await
    }

    /// Everything until the login form.
    pub async fn set_up(&self, token: &str, login: &str) -> Person {
        let browser = self.browser();
        let done = self.enter_token(&browser, token, login).await;
        let page = browser.follow(done).await;
        let device = Device::new(&self.server.clock).await;
        let shown = device.enrol(&page.link()).await;
        let compare = browser.get(&page.path).await;
        assert!(compare.body.contains(&shown[..3]), "{}", compare.body);
        let done = browser.submit(&compare, "/confirm", &[]).await;
        let page = browser.follow(done).await;
        assert!(page.body.contains("login_id"), "{}: {}", page.path, page.body);
        device.core.refresh().await.expect("it is there");
        Person {
            browser,
            device,
            login: login.to_owned(),
        }
    }

    /// Password and approval; the page it leads to.
    pub async fn log_in(&self, person: &Person) -> Answer {
        let waiting = self.enter_password(person).await;
        let handle = person.device.only_request().await;
        person
            .device
            .approve(&handle, &waiting.number())
            .await
            .expect("it is there");
        let done = person.browser.submit(&waiting, "/continue", &[]).await;
        person.browser.follow(done).await
    }

    pub async fn enter_password(&self, person: &Person) -> Answer {
        let page = person.browser.get("/login").await;
        let fields = [("login_id", person.login.as_str()), ("password", PASSWORD)];
        let done = person.browser.submit(&page, "/login", &fields).await;
        person.browser.follow(done).await
    }

    /// A logged-in member with these roles.
    pub async fn member(&self, login: &str, roles: &[Role]) -> Person {
        let token = self.token(roles).await;
        let person = self.set_up(&token, login).await;
        let home = self.log_in(&person).await;
        assert_eq!(home.path, "/", "{}", home.body);
        person
    }

    /// The id of a member.
    pub async fn id_of(&self, login: &str) -> StaffId {
        let mut c = self.server.server.app.store.read().await.expect("it is there");
        let found = members::by_login(&mut c, login).await.expect("it answers");
        found.expect("it is there").id
    }

    /// The screen of a customer, found by number.
    pub async fn customer(&self, by: &Person, number: &str) -> Answer {
        let page = by.browser.get("/customers").await;
        let done = by
            .browser
            .submit(&page, "/customers", &[("words", number), ("by", "number")])
            .await;
        by.browser.follow(done).await
    }

    /// Opens the form at `path` and submits it with a reason, and two items of the checklist.
    pub async fn act(&self, by: &Person, path: &str, fields: &[(&str, &str)]) -> Answer {
        let page = by.browser.get(path).await;
        self.send(by, &page, path, fields).await
    }

    /// Submits the form of a page that is open already.
    pub async fn send(&self, by: &Person, page: &Answer, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut all = vec![("reason", REASON), ("identity", "name,callback")];
        all.extend_from_slice(fields);
        by.browser.submit(page, path, &all).await
    }
}

/// Where a link on a page leads that ends so.
pub fn link(page: &Answer, end: &str) -> String {
    let found = page.body.split('"').find(|it| it.ends_with(end));
    found
        .unwrap_or_else(|| panic!("no {end} on {}: {}", page.path, page.body))
        .to_owned()
}

/// The error number that a page shows.
pub fn refused(page: &Answer, number: u16) -> bool {
    page.body.contains(&number.to_string()) && !page.status.is_success()
}
