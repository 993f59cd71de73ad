//! The change of an address by staff under attack: own approval, races, changed facts, odd addresses, impostors (CODE-12).

use reqwest::StatusCode;
use warifu_server::domain::staff::Role;
use warifu_server::pages::paths;
use warifu_server::store::addresses::Standing;
use warifu_server::store::devices;
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::server::TARO;

use crate::addresses::{MOVED, NEW, account, address, changed, decide, propose, stop, stop_code, team};
use crate::scene::{Console, refused};

#[tokio::test]
async fn staff_03_nobody_approves_their_own_change_of_an_address() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let both = console.member("aoi", &[Role::Operator, Role::Approver]).await;
    let made = propose(&console, &both, &[("address", NEW)]).await;
    let path = made.location.expect("a proposal");
    let page = both.browser.get(&path).await;
    assert!(!page.body.contains("value=\"approve\""), "{}", page.body);
    assert!(refused(&decide(&both, &path, "approve").await, 1812));
    assert_eq!(
        address(&console.server).await,
        (TARO.mail.to_owned(), Standing::Proven)
    );
    console.server.send_mail().await;
    assert!(console.server.outbox.to(NEW).is_empty(), "not a word to anybody");
}

#[tokio::test]
async fn staff_03_of_two_proposals_approved_at_once_one_is_carried_out_and_the_other_has_other_facts() {
    for_each_database(|db| async move {
        let console = Console::start(&db).await;
        let (operator, one) = team(&console).await;
        let two = console.member("sora", &[Role::Approver]).await;
        let mut open = Vec::new();
        for to in [NEW, "thief@mail.example"] {
            let made = propose(&console, &operator, &[("address", to)]).await;
            open.push(made.location.expect("a proposal"));
        }
        let (a, b) = tokio::join!(
            decide(&one, &open[0], "approve"),
            decide(&two, &open[1], "approve")
        );
        let done = [&a, &b].map(|it| it.location.is_some());
        assert_eq!(
            done.iter().filter(|it| **it).count(),
            1,
            "{} / {}",
            a.body,
            b.body
        );
        let late = if done[0] { &b } else { &a };
        assert!(refused(late, 1814), "{}", late.body);
        let to = if done[0] { NEW } else { "thief@mail.example" };
        assert_eq!(address(&console.server).await, (to.to_owned(), Standing::Given));
        assert_eq!(console.server.leaves("address.changed").await, 1);
        console.server.send_mail().await;
        let old = console.server.outbox.to(TARO.mail);
        let told = old.iter().filter(|mail| mail.text.contains("停止コード: "));
        assert_eq!(told.count(), 1);
    })
    .await;
}

#[tokio::test]
async fn staff_03_a_proposal_for_an_address_ends_when_a_device_was_registered_meanwhile() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let (operator, approver) = team(&console).await;
    let made = propose(&console, &operator, &[("address", NEW)]).await;
    let path = made.location.expect("a proposal");
    let device = console.server.customer_with_device(TARO).await;
    assert!(refused(&decide(&approver, &path, "approve").await, 1814));
    assert_eq!(
        address(&console.server).await,
        (TARO.mail.to_owned(), Standing::Proven)
    );
    // With a device the customer does it, and nobody else.
    let page = console.customer(&operator, TARO.number).await;
    assert!(!page.body.contains("/change-address"), "not linked");
    let again = propose(&console, &operator, &[("address", NEW)]).await;
    assert!(refused(&again, 1641), "{}", again.body);
    drop(device);
}

#[tokio::test]
async fn staff_05_what_a_caller_knows_is_not_enough() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let (operator, _) = team(&console).await;
    for (ticked, code) in [
        ("callback", 1811),
        ("name,birth_date,address,recent_dealing", 1642),
    ] {
        let fields = [("address", NEW), ("identity", ticked)];
        let answer = propose(&console, &operator, &fields).await;
        assert!(refused(&answer, code), "{ticked}: {}", answer.body);
        if code == 1642 {
            assert!(answer.body.contains(NEW), "what was typed is still there");
            assert!(answer.body.contains("value=\"birth_date\" checked"));
        }
    }
    let page = console.customer(&operator, TARO.number).await;
    let short = [("address", NEW), ("reason", "short")];
    let answer = console
        .act(&operator, &format!("{}/change-address", page.path), &short)
        .await;
    assert!(refused(&answer, 1810), "{}", answer.body);
    assert_eq!(console.server.leaves("staff.proposed").await, 0);
}

#[tokio::test]
async fn code_08_staff_cannot_put_in_what_is_not_one_plain_mailbox() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let (operator, _) = team(&console).await;
    let long = format!("{}@mail.example", "a".repeat(307));
    for odd in [
        "a@b.example\r\nBcc: thief@mail.example",
        "a@b.example\nRCPT TO:<thief@mail.example>",
        "\"a b\"@mail.example",
        "たろう@mail.example",
        "taro@例え.jp",
        "Taro <taro@mail.example>",
        "a@b.example,c@d.example",
        "a@[192.0.2.1]",
        "<script>@mail.example",
        &long,
        "",
    ] {
        let answer = propose(&console, &operator, &[("address", odd)]).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{odd:?}");
        assert!(refused(&answer, 1665), "{odd:?}: {}", answer.body);
        assert!(!answer.body.contains("<script>@"), "{}", answer.body);
    }
    let same = propose(&console, &operator, &[("address", &TARO.mail.to_uppercase())]).await;
    assert!(refused(&same, 1666), "{}", same.body);
    assert_eq!(console.server.leaves("staff.proposed").await, 0);
    let idn = propose(&console, &operator, &[("address", "taro@xn--r8jz45g.example")]).await;
    assert!(idn.location.is_some(), "{}", idn.body);
}

#[tokio::test]
async fn enrol_09_a_stop_takes_back_what_an_impostor_registered_with_the_new_address() {
    for_each_database(|db| async move {
        let console = Console::start(&db).await;
        let server = &console.server;
        let (operator, approver) = team(&console).await;
        changed(&console, &operator, &approver, NEW).await;
        let code = stop_code(server, TARO.mail).await;
        // The impostor knows the password too, and registers the first device of the account.
        let (device, session) = server.customer_with_device(MOVED).await;
        server.clock.advance_secs(3600);
        let stopped = stop(server, &code).await;
        assert_eq!(stopped.status, StatusCode::OK, "{}", stopped.body);
        let id = account(server, TARO.number).await;
        let mut c = server.server.app.store.read().await.expect("a connection");
        let left = devices::of_account(&mut c, &id).await.expect("an answer");
        assert!(left.is_empty(), "{left:?}");
        drop(c);
        assert!(
            device.core.refresh().await.is_err(),
            "its signatures count no more"
        );
        let out = session.get(paths::ACCOUNT).await;
        assert_eq!(out.location.as_deref(), Some(paths::LOGIN));
        // The codes go to the owner again, a day after that device went (ENROL-14).
        let early = server.browser().enter_password(TARO.number, TARO.password).await;
        assert!(early.body.contains("まだログインできません"), "{}", early.body);
        server.clock.advance_secs(24 * 3600);
        drop(server.log_in_by_code(TARO).await);
        assert_eq!(server.leaves("device.revoked").await, 1);
    })
    .await;
}

#[tokio::test]
async fn enrol_09_a_second_change_takes_no_way_back_and_a_typing_mistake_can_be_mended() {
    for_each_database(|db| async move {
        let console = Console::start(&db).await;
        let server = &console.server;
        let (operator, approver) = team(&console).await;
        changed(&console, &operator, &approver, "taro.mew@mail.example").await;
        let first = stop_code(server, TARO.mail).await;
        server.clock.advance_secs(61);
        // Nobody has proven that one: it is mended at once, and the way back still leads to the first address.
        changed(&console, &operator, &approver, NEW).await;
        assert_eq!(address(server).await, (NEW.to_owned(), Standing::Given));
        let second = stop_code(server, TARO.mail).await;
        assert_ne!(first, second);
        assert!(refused(&stop(server, &first).await, 1671), "the older code");
        let wrong = server.outbox.to("taro.mew@mail.example");
        assert_eq!(wrong.len(), 1, "a stranger hears nothing more: {wrong:#?}");
        drop(server.log_in_by_code(MOVED).await);
        // Proven, it is somebody's: two of the firm's people cannot push the first owner out by a second change.
        let refusal = propose(&console, &operator, &[("address", "thief@mail.example")]).await;
        assert!(refused(&refusal, 1640), "{}", refusal.body);
        let stopped = stop(server, &second).await;
        assert_eq!(stopped.status, StatusCode::OK, "{}", stopped.body);
        assert_eq!(address(server).await, (TARO.mail.to_owned(), Standing::Proven));
    })
    .await;
}

#[tokio::test]
async fn staff_06_for_a_caller_without_the_code_one_person_stops_the_change_and_nothing_else() {
    for_each_database(|db| async move {
        let console = Console::start(&db).await;
        let server = &console.server;
        let (operator, approver) = team(&console).await;
        let customer = console.customer(&operator, TARO.number).await;
        assert!(!customer.body.contains("/stop-address"), "nothing to stop");
        let path = format!("{}/stop-address", customer.path);
        assert!(refused(&console.act(&operator, &path, &[]).await, 1815));
        changed(&console, &operator, &approver, NEW).await;
        let thief = server.log_in_by_code(MOVED).await;
        let customer = operator.browser.get(&customer.path).await;
        assert!(customer.body.contains("/stop-address"), "{}", customer.body);
        let unknown = console.act(&operator, &path, &[("identity", "name")]).await;
        assert!(refused(&unknown, 1811), "{}", unknown.body);
        let code = stop_code(server, TARO.mail).await;
        let done = console.act(&operator, &path, &[]).await;
        assert_eq!(
            done.location.as_deref(),
            Some(customer.path.as_str()),
            "{}",
            done.body
        );
        assert_eq!(address(server).await, (TARO.mail.to_owned(), Standing::Proven));
        let out = thief.get(paths::ACCOUNT).await;
        assert_eq!(out.location.as_deref(), Some(paths::LOGIN));
        assert!(refused(&console.act(&operator, &path, &[]).await, 1815), "once");
        assert!(
            refused(&stop(server, &code).await, 1671),
            "the code is used up with it"
        );
        server.send_mail().await;
        for to in [TARO.mail, NEW] {
            let mails = server.outbox.to(to);
            assert!(
                mails.iter().any(|mail| mail.subject.contains("変更を止めました")),
                "{to}"
            );
        }
        for leaf in ["staff.address_stopped", "address.stopped"] {
            assert_eq!(server.leaves(leaf).await, 1, "{leaf}");
        }
    })
    .await;
}

#[tokio::test]
async fn code_11_the_given_address_opens_nothing_without_the_password_and_gets_no_other_code() {
    let db = Database::sqlite();
    let console = Console::start(&db).await;
    let server = &console.server;
    // A session from before, whose owner is asked to prove again: that code goes to proven addresses only.
    let session = server.log_in_by_code(TARO).await;
    let (operator, approver) = team(&console).await;
    changed(&console, &operator, &approver, NEW).await;
    server.send_mail().await;
    let before = server.outbox.to(NEW).len();
    let page = session.get("/security/confirm").await;
    let asked = session.browser().submit(&page, "/security/confirm", &[]).await;
    assert_ne!(asked.status, StatusCode::INTERNAL_SERVER_ERROR, "{}", asked.body);
    let wrong = server
        .browser()
        .enter_password(TARO.number, "not the password")
        .await;
    assert!(!wrong.body.contains(NEW), "{}", wrong.body);
    server.send_mail().await;
    assert_eq!(server.outbox.to(NEW).len(), before, "{asked:?}");
    assert_eq!(address(server).await, (NEW.to_owned(), Standing::Given));
}
