//! What wrong passwords are told as: gathered tries, one mail a lock, nothing for nobody (RISK-06, CHAL-11, CODE-07, CODE-09).

use warifu_server::operations::login_notices;
use warifu_server::pages::paths;
use warifu_server::store::login_notices as choices;
use warifu_tests::customer::AnonymousBrowser;
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::evidence;
use warifu_tests::outbox::Mail;
use warifu_tests::raw_device::RawDevice;
use warifu_tests::server::{TARO, TestServer};

const WRONG: &str = "パスワードの間違いがありました";
const LOCKED: &str = "パスワードの間違いが続いたため";
const NOBODY: &str = "9999999";

async fn mails(server: &TestServer, part: &str) -> Vec<Mail> {
    loop {
        let step = server.server.mail.step(server.now()).await;
        if step.expect("the mail worker steps").sent == 0 {
            break;
        }
    }
    let all = server.outbox.to(TARO.mail);
    all.into_iter()
        .filter(|mail| mail.subject.contains(part))
        .collect()
}

/// Lets time go by, then what the server does by itself.
async fn work(server: &TestServer, secs: i64) {
    server.clock.advance_secs(secs);
    login_notices::step(&server.server.app).await.expect("a step");
}

async fn guess(browser: &AnonymousBrowser, number: &str, times: usize) {
    for _ in 0..times {
        browser.enter_password(number, "not-the-password").await;
    }
}

#[tokio::test]
async fn risk_06_code_07_code_09_a_lock_after_wrong_passwords_is_told_once_with_what_to_do() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let stranger = server.browser();
        guess(&stranger, TARO.number, 10).await;
        work(&server, 1).await;
        let told = mails(&server, LOCKED).await;
        assert_eq!(told.len(), 1);
        let (text, head) = (&told[0].text, &told[0].raw);
        for said in [
            "10回",
            "見慣れないブラウザ",
            "JST",
            "UTC",
            "またログインできます",
            "電話",
        ] {
            assert!(text.contains(said), "{said}: {text}");
        }
        assert!(!text.contains("http") && !text.contains("www."), "{text}");
        assert!(head.contains("Auto-Submitted: auto-generated"), "{head}");
        // While it holds, nothing is counted and nothing is told, not even of the right password.
        guess(&stranger, TARO.number, 3).await;
        stranger.enter_password(TARO.number, TARO.password).await;
        work(&server, 60).await;
        work(&server, 600).await;
        assert_eq!(mails(&server, LOCKED).await.len(), 1, "once");
        assert!(
            mails(&server, WRONG).await.is_empty(),
            "the lock tells of its tries"
        );
        server.clock.advance_secs(300);
        guess(&stranger, TARO.number, 10).await;
        work(&server, 1).await;
        assert_eq!(mails(&server, LOCKED).await.len(), 2, "each lock");
    })
    .await;
}

#[tokio::test]
async fn risk_06_wrong_passwords_without_a_lock_are_one_mail_within_a_minute() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let stranger = server.browser();
        guess(&stranger, TARO.number, 1).await;
        work(&server, 10).await;
        assert!(mails(&server, WRONG).await.is_empty(), "more may follow");
        guess(&stranger, TARO.number, 2).await;
        work(&server, 45).await;
        let told = mails(&server, WRONG).await;
        assert_eq!(told.len(), 1);
        assert!(told[0].text.contains("3回"), "{}", told[0].text);
        assert!(
            told[0].text.contains("ご自分の入力の間違いなら"),
            "{}",
            told[0].text
        );
        // What follows is gathered for longer, and told.
        guess(&stranger, TARO.number, 1).await;
        work(&server, 60).await;
        assert_eq!(mails(&server, WRONG).await.len(), 1);
        work(&server, 600).await;
        assert_eq!(mails(&server, WRONG).await.len(), 2);
        assert!(mails(&server, LOCKED).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn risk_06_asking_for_less_never_silences_wrong_passwords_and_locks() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let session = server.log_in_by_code(TARO).await;
        let store = &server.server.app.store;
        let mut c = store.read().await.expect("a connection");
        let number = TARO.number;
        let id: String = sqlx::query_scalar("SELECT id FROM accounts WHERE number = $1")
            .bind(number)
            .fetch_one(&mut *c)
            .await
            .expect("an id");
        drop(c);
        let (account, now) = (id.parse().expect("an id"), server.now());
        let chosen =
            store.write(move |c| Box::pin(async move { choices::choose(c, &account, true, now).await }));
        assert!(chosen.await.expect("written"));
        // Asked for the password in the session, from the browser that the account knows.
        let page = session.get(paths::PASSWORD).await;
        let filled = [("present", "not-the-password"), ("new", "yuki-no-hi-ni-yomu-hon")];
        session.browser().submit(&page, paths::PASSWORD, &filled).await;
        work(&server, 50).await;
        assert_eq!(mails(&server, WRONG).await.len(), 1);
        let (known, _) = session.log_out().await;
        guess(&known, TARO.number, 9).await;
        work(&server, 1).await;
        let told = mails(&server, LOCKED).await;
        assert_eq!(told.len(), 1);
        assert!(!told[0].text.contains("見慣れない"), "{}", told[0].text);
    })
    .await;
}

#[tokio::test]
async fn risk_06_days_of_locks_are_at_most_eight_mails_in_a_day_and_two_later() {
    let db = Database::sqlite();
    let server = TestServer::with(&db, |config| config.counters.password_failures = 2).await;
    let stranger = server.browser();
    let (mut at, mut locks) = (Vec::new(), 0);
    for hour in 0..72 {
        guess(&stranger, TARO.number, 2).await;
        work(&server, 1).await;
        at.push(mails(&server, LOCKED).await.len());
        locks += 1;
        work(&server, 3_600).await;
        assert!(mails(&server, WRONG).await.len() <= hour / 12 + 8);
    }
    for from in 0..48 {
        assert!(at[from + 24] - at[from] <= 8, "{at:?}");
    }
    assert!(at[71] - at[47] <= 2 && at[0] == 1, "{at:?}");
    work(&server, 12 * 3_600).await;
    let told = mails(&server, LOCKED).await;
    // Tries before a lock that has to wait are told with other tries.
    let tries = mails(&server, WRONG).await;
    let tries = tries
        .iter()
        .map(|mail| number(&mail.text, "パスワードが", "回入力"));
    let counted = told.iter().map(|mail| number(&mail.text, "(", "回)"));
    let counted: i64 = counted.chain(tries).sum();
    assert_eq!(counted, 2 * locks, "every try is told in one of them");
    // A quiet day, and the next is told at once again.
    server.clock.advance_secs(40 * 3_600);
    let before = told.len();
    guess(&stranger, TARO.number, 2).await;
    work(&server, 1).await;
    assert_eq!(mails(&server, LOCKED).await.len(), before + 1);
}

/// The number between two words.
fn number(text: &str, before: &str, after: &str) -> i64 {
    let (head, _) = text.split_once(after).expect("a number");
    let digits = head.rsplit(before).next().expect("digits");
    digits.parse().expect("a number")
}

#[tokio::test(flavor = "multi_thread")]
async fn risk_06_two_servers_on_one_database_tell_a_lock_once() {
    let db = Database::postgres().await;
    let one = TestServer::start(&db).await;
    let two = one.twin().await;
    guess(&one.browser(), TARO.number, 10).await;
    for _ in 0..10 {
        let (first, second) = tokio::join!(
            login_notices::step(&one.server.app),
            login_notices::step(&two.server.app)
        );
        first.expect("a step");
        second.expect("a step");
        one.clock.advance_secs(30);
    }
    assert_eq!(mails(&one, LOCKED).await.len(), 1);
    assert!(mails(&one, WRONG).await.is_empty());
}

#[tokio::test]
async fn chal_11_risk_06_nothing_is_kept_or_told_for_an_account_that_does_not_exist() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        guess(&server.browser(), NOBODY, 11).await;
        let rows = evidence::count(&server.server.app.store, "SELECT COUNT(*) FROM login_lines").await;
        assert_eq!(rows, 0);
        work(&server, 60).await;
        work(&server, 60).await;
        mails(&server, WRONG).await;
        assert!(server.outbox.mails().is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn risk_06_enrol_07_a_device_reads_completed_unfinished_gathered_wrong_and_locked_logins() {
    for_each_database(async |db| {
        let server = TestServer::start(&db).await;
        let (device, _session) = server.customer_with_device(TARO).await;
        work(&server, 1).await;
        for times in [1, 2] {
            for _ in 0..times {
                server.browser().enter_password(TARO.number, TARO.password).await;
            }
            work(&server, 915).await;
        }
        let stranger = server.browser();
        guess(&stranger, TARO.number, 1).await;
        work(&server, 50).await;
        guess(&stranger, TARO.number, 9).await;
        work(&server, 1).await;
        device.core.refresh().await.expect("the server answers");
        let service = device.core.view().services[0].handle.clone();
        let list = device.core.notices(&service).expect("a list").notices;
        let headed = |heading: &str| list.iter().filter(|card| card.heading == heading).count();
        assert_eq!(headed("ログインがありました"), 1, "{list:#?}");
        // The first alone, the two after it as one.
        assert_eq!(headed("ログインが途中で止まりました"), 2, "{list:#?}");
        assert_eq!(headed("違うパスワードが入力されました"), 1, "{list:#?}");
        let lock = "見慣れないブラウザからのログインを止めています";
        assert_eq!(headed(lock), 1, "{list:#?}");
        let card = list.iter().find(|card| card.heading == lock).expect("the lock");
        let opened = device.core.notice(&service, &card.handle).await.expect("opened");
        assert!(opened.screen.urgent && opened.screen.advice.contains("パスワード"));
        let rows = format!("{:?}", opened.screen.rows);
        assert!(
            rows.contains("停止の期限") && rows.contains("Chrome 145"),
            "{rows}"
        );
        let account = RawDevice::register(&server.server.app.store, TARO, &server.origin, server.now()).await;
        let later = account
            .get(warifu_shared::api::paths::NOTICES, server.now())
            .await;
        assert_eq!(
            later.json["notices"].as_array().map(Vec::len),
            Some(0),
            "{later:?}"
        );
    })
    .await;
}
