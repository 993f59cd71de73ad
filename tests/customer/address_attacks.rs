//! Changes of mail addresses under attack: races, wrong codes, odd addresses, forms from elsewhere, guessed stop codes (S1).

use reqwest::StatusCode;
use warifu_server::demo;
use warifu_server::pages::paths;
use warifu_shared::error::ErrorCode;
use warifu_tests::customer::{Answer, CustomerSession};
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::server::{HANAKO, TARO, TestServer};

use crate::addresses::{
    NEW, addresses, approved, ask, ask_from, by_app, change, last_code, says, settled, stop, stop_code,
};

#[tokio::test]
async fn code_12_sess_07_only_a_fresh_approved_session_of_an_account_with_a_device_asks() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let hanako = server.log_in_by_code(HANAKO).await;
    let page = hanako.get(paths::ADDRESSES).await;
    assert!(page.body.contains("窓口"), "plainly: staff do it\n{}", page.body);
    let (device, low) = server.customer_with_device(TARO).await;
    let refused = post_without_form(&hanako, "/security/addresses").await;
    assert!(says(&refused, ErrorCode::AddressNeedsApp), "{}", refused.body);
    let refused = post_without_form(&low, "/security/addresses").await;
    assert!(says(&refused, ErrorCode::AssuranceTooLow), "{}", refused.body);
    // The cool-off of the device is still on.
    let session = by_app(&server, TARO, &device).await;
    let refused = post_without_form(&session, "/security/addresses").await;
    assert!(says(&refused, ErrorCode::AddressCoolOff), "{}", refused.body);
    server.clock.advance_secs(25 * 3600);
    let session = by_app(&server, TARO, &device).await;
    server.clock.advance_secs(301);
    let refused = post_without_form(&session, "/security/addresses").await;
    assert!(says(&refused, ErrorCode::AssuranceTooLow), "the proof is old");
    let page = session.get(paths::ADDRESSES).await;
    assert!(page.body.contains("/security/confirm?back=/security/addresses"));
    assert_eq!(server.leaves("address.refused").await, 1);
}

#[tokio::test]
async fn enrol_09_s1_a_change_of_the_address_refused_in_the_cool_off_is_told_once_a_day() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let (device, _) = server.customer_with_device(TARO).await;
        let session = by_app(&server, TARO, &device).await;
        for _ in 0..3 {
            let refused = post_without_form(&session, "/security/addresses").await;
            assert!(says(&refused, ErrorCode::AddressCoolOff), "{}", refused.body);
        }
        server.send_mail().await;
        let told = || {
            let mails = server.outbox.to(TARO.mail);
            let subject = "認証メールアドレスの変更を受け付けませんでした";
            let told = mails.iter().filter(|mail| mail.subject.contains(subject));
            told.count()
        };
        assert_eq!(told(), 1);
        assert!(server.outbox.to(NEW).is_empty(), "nobody else hears of it");
        assert_eq!(server.leaves("cool_off.refused").await, 3);
        // The mail of one kind of refusal does not keep another kind quiet.
        let form = session.get(paths::WITHDRAW).await;
        let filled = [
            ("amount", "2000000"),
            ("password", demo::CUSTOMERS[0].withdrawal_password),
        ];
        let refused = session.browser().submit(&form, paths::WITHDRAW, &filled).await;
        assert!(says(&refused, ErrorCode::CoolOffLimit), "{}", refused.body);
        server.send_mail().await;
        let mails = server.outbox.to(TARO.mail);
        assert!(
            mails
                .iter()
                .any(|mail| mail.subject.contains("出金を受け付けませんでした"))
        );
    })
    .await;
}

/// Posts an address with the token of the page, whether or not the page offers a form.
async fn post_without_form(session: &CustomerSession, path: &str) -> Answer {
    let page = session.get(paths::ACCOUNT).await;
    let csrf = page
        .form(paths::LOGOUT)
        .value("csrf")
        .unwrap_or_default()
        .to_owned();
    let fields = [("csrf".to_owned(), csrf), ("address".to_owned(), NEW.to_owned())];
    session.browser().post(path, &fields).await
}

#[tokio::test]
async fn s1_code_03_a_code_for_one_address_opens_nothing_for_another() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let (device, session) = settled(&server, TARO).await;
    let page = approved(&session, &device, "first@mail.example").await;
    let first = last_code(&server, "first@mail.example").await;
    let cancelled = session.browser().submit(&page, "/cancel", &[]).await;
    assert_eq!(cancelled.location.as_deref(), Some(paths::ADDRESSES));
    server.clock.advance_secs(61);
    let page = approved(&session, &device, NEW).await;
    let wrong = session.browser().enter_code(&page, &first).await;
    assert!(says(&wrong, ErrorCode::CodeWrong), "{}", wrong.body);
    // Nor does a code of the login that goes to the old address.
    let hanako = server.browser();
    let login = hanako.enter_password(HANAKO.number, HANAKO.password).await;
    let to_hanako = server.code_for(HANAKO).await;
    let wrong = session.browser().enter_code(&page, &to_hanako).await;
    assert!(says(&wrong, ErrorCode::CodeWrong), "{}", wrong.body);
    let of_address = last_code(&server, NEW).await;
    let wrong = hanako.enter_code(&login, &of_address).await;
    assert!(says(&wrong, ErrorCode::CodeWrong), "and the other way round");
    let old = post_code(&session, "ax_00000000000000000000000000", &of_address).await;
    assert_eq!(old.status, StatusCode::NOT_FOUND);
    let done = session.browser().enter_code(&page, &of_address).await;
    assert_eq!(done.path, paths::ADDRESSES, "{}", done.body);
    assert_eq!(addresses(&server, TARO).await, [NEW]);
}

async fn post_code(session: &CustomerSession, id: &str, code: &str) -> Answer {
    let page = session.get(paths::ACCOUNT).await;
    let csrf = page
        .form(paths::LOGOUT)
        .value("csrf")
        .unwrap_or_default()
        .to_owned();
    let fields = [("csrf".to_owned(), csrf), ("code".to_owned(), code.to_owned())];
    let path = format!("{}/code", paths::address_change(id));
    session.browser().post(&path, &fields).await
}

#[tokio::test]
async fn s1_of_two_changes_at_once_one_goes_on() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let (device, one) = settled(&server, TARO).await;
        let two = by_app(&server, TARO, &device).await;
        // Both have the form open: the page of whoever comes later has none.
        let (first, second) = tokio::join!(one.get(paths::ADDRESSES), two.get(paths::ADDRESSES));
        let (a, b) = tokio::join!(
            ask_from(&one, &first, NEW),
            ask_from(&two, &second, "thief@mail.example")
        );
        let refused = [&a, &b].map(|it| says(it, ErrorCode::AddressChangeOpen));
        assert_eq!(refused.iter().filter(|it| **it).count(), 1, "{a:?}\n{b:?}");
        let (winner, waiting, address) = if refused[0] {
            (&two, &b, "thief@mail.example")
        } else {
            (&one, &a, NEW)
        };
        let request = device.only_request().await;
        device
            .approve(&request, &waiting.number())
            .await
            .expect("approved");
        let page = winner.get(&waiting.path).await;
        let code = last_code(&server, address).await;
        // The same code twice at once counts once.
        let fields = [("code", code.as_str())];
        let (x, y) = tokio::join!(
            winner.browser().submit(&page, "/code", &fields),
            winner.browser().submit(&page, "/code", &fields)
        );
        let done = [&x, &y]
            .iter()
            .filter(|it| it.status == StatusCode::SEE_OTHER)
            .count();
        assert!(done >= 1, "{x:?}\n{y:?}");
        assert_eq!(server.leaves("address.changed").await, 1);
        assert_eq!(addresses(&server, TARO).await, [address]);
    })
    .await;
}

#[tokio::test]
async fn code_08_addresses_that_are_more_than_one_plain_mailbox_are_refused() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let (_device, session) = settled(&server, TARO).await;
    let long = format!("{}@mail.example", "a".repeat(307));
    for odd in [
        "a@b.example\r\nBcc: thief@mail.example",
        "\"a b\"@mail.example",
        "\"a\\\"@x\"@mail.example",
        "たろう@mail.example",
        "taro@例え.jp",
        "taro@xn--\u{0}.example",
        "Taro <taro@mail.example>",
        "a@b.example,c@d.example",
        "a@[192.0.2.1]",
        &long,
        "",
    ] {
        for form in [paths::ADDRESSES, "/second"] {
            let page = session.get(paths::ADDRESSES).await;
            let answer = session.browser().submit(&page, form, &[("address", odd)]).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{odd:?}");
            assert!(says(&answer, ErrorCode::AddressInvalid), "{odd:?}");
        }
    }
    let same = ask(&session, &TARO.mail.to_uppercase()).await;
    assert!(says(&same, ErrorCode::AddressSame), "{}", same.body);
    // Written in its own alphabet for the wire, such a domain is a plain one.
    assert!(ask(&session, "taro@xn--r8jz45g.example").await.has("#number"));
}

#[tokio::test]
async fn web_03_chal_08_no_form_works_from_elsewhere_or_for_another_customers_change() {
    let db = Database::sqlite();
    let server = TestServer::start(&db).await;
    let (device, taro) = settled(&server, TARO).await;
    let waiting = approved(&taro, &device, NEW).await;
    let base = waiting.path.clone();
    let forms = [
        "/security/addresses".to_owned(),
        "/security/addresses/second".to_owned(),
        "/security/addresses/second/remove".to_owned(),
        "/security/addresses/stop".to_owned(),
        format!("{base}/continue"),
        format!("{base}/code"),
        format!("{base}/resend"),
        format!("{base}/cancel"),
        paths::STOP_ADDRESS.to_owned(),
    ];
    let fields = |csrf: &str| {
        [
            ("csrf", csrf),
            ("address", "thief@mail.example"),
            ("code", "12345678"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    for form in &forms {
        let answer = taro.browser().post(form, &fields("guessed")).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{form}: {}", answer.body);
    }
    let hanako = server.log_in_by_code(HANAKO).await;
    let home = hanako.get(paths::ACCOUNT).await;
    let csrf = home
        .form(paths::LOGOUT)
        .value("csrf")
        .unwrap_or_default()
        .to_owned();
    for part in ["/continue", "/code", "/resend", "/cancel"] {
        let answer = hanako
            .browser()
            .post(&format!("{base}{part}"), &fields(&csrf))
            .await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{part}");
    }
    for part in ["", "/events", "/status"] {
        let answer = hanako.get(&format!("{base}{part}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{part}");
    }
    // Another session of the same customer sees that there is one and may end it, no more.
    let other = by_app(&server, TARO, &device).await;
    assert_eq!(other.get(&base).await.status, StatusCode::NOT_FOUND);
    let list = other.get(paths::ADDRESSES).await;
    let ended = other.browser().submit(&list, "/cancel", &[]).await;
    assert_eq!(ended.status, StatusCode::SEE_OTHER);
    let code = last_code(&server, NEW).await;
    let late = taro.browser().submit(&waiting, "/code", &[("code", &code)]).await;
    assert!(says(&late, ErrorCode::AddressChangeEnded), "{}", late.body);
    assert_eq!(addresses(&server, TARO).await, [TARO.mail]);
}

#[tokio::test]
async fn s1_guessed_stop_codes_are_written_down_and_stop_counting_at_the_limit() {
    let db = Database::sqlite();
    let server = TestServer::with(&db, |config| config.admission.codes_per_address = 12).await;
    let (device, session) = settled(&server, TARO).await;
    change(&server, &session, &device).await;
    let right = stop_code(&server, TARO.mail).await;
    server.clock.advance_secs(3600);
    let browser = server.browser();
    let mut refused = 0;
    for _ in 0..12 {
        let guess = warifu_server::domain::paper_code::PaperCode::draw();
        let answer = stop(&browser, &guess.grouped()).await;
        refused += usize::from(says(&answer, ErrorCode::StopCodeRefused));
    }
    assert_eq!(refused, 12);
    assert_eq!(server.leaves("address.stop_refused").await, 12);
    let flooded = stop(&browser, &right).await;
    assert_eq!(flooded.status, StatusCode::TOO_MANY_REQUESTS);
    server.clock.advance_secs(3600);
    let stopped = stop(&browser, &right).await;
    assert_eq!(
        stopped.status,
        StatusCode::OK,
        "guesses do not kill the right one"
    );
    assert_eq!(addresses(&server, TARO).await, [TARO.mail]);
}
