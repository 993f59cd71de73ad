//! Starting the server: configuration, secrets, databases, the demo.

use warifu_server::demo::CUSTOMERS;
use warifu_tests::customer::AnonymousBrowser;
use warifu_tests::databases::{Database, for_each_database};
use warifu_tests::outbox::Outbox;
use warifu_tests::process::{Program, free_port};
use warifu_tests::server::TARO;

use crate::firm::{Firm, LIMIT, Plan};

#[tokio::test]
async fn ops_02_a_written_configuration_is_served_on_both_databases_and_stops_with_code_0() {
    for_each_database(|db| async move {
        let mut firm = Firm::open(&db).await;
        let page = firm.browser().enter_password(TARO.number, TARO.password).await;
        assert!(page.body.contains("one-time-code"), "{}", page.body);
        assert_eq!(
            firm.count("SELECT COUNT(*) FROM audit_leaves WHERE action = 'server.started'")
                .await,
            1
        );
        assert_eq!(
            firm.count("SELECT COUNT(*) FROM audit_leaves WHERE action = 'server.stopped'")
                .await,
            0
        );
        let (demo, mailbox) = (
            firm.browser().get("/demo").await,
            firm.browser().get("/demo/mailbox").await,
        );
        assert_eq!(
            (demo.status, mailbox.status),
            (404.try_into().expect("a status"), demo.status),
            "no demo in production"
        );
        assert_eq!(firm.stop().await, Some(0));
        assert_eq!(
            firm.count("SELECT COUNT(*) FROM audit_leaves WHERE action = 'server.stopped'")
                .await,
            1,
            "AUDIT-01"
        );
    })
    .await;
}

#[tokio::test]
async fn key_14_missing_malformed_and_example_secrets_stop_the_start_with_a_sentence() {
    let db = Database::sqlite();
    let mut firm = Firm::prepare(&db, &Plan::new()).await;
    let secrets = firm.secrets();
    let names: Vec<_> = std::fs::read_dir(&secrets)
        .expect("a folder")
        .flatten()
        .map(|entry| entry.path())
        .collect();
    assert!(names.len() >= 7, "{names:?}");
    for secret in &names {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(secret).expect("a file").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{} is for its owner only", secret.display());
    }
    let secret = &names[0];
    let good = std::fs::read(secret).expect("readable");
    let zeros = "A".repeat(43);
    for (content, word) in [
        (None, "missing"),
        (Some("short"), "does not hold 32 bytes"),
        (Some(zeros.as_str()), "known example"),
    ] {
        match content {
            None => std::fs::remove_file(secret).expect("removed"),
            Some(text) => std::fs::write(secret, text).expect("written"),
        }
        let (status, log) = firm.program("serve").start().output(LIMIT).await;
        assert_eq!(status.code(), Some(1), "{log}");
        let name = secret.file_name().expect("a name").to_string_lossy().into_owned();
        assert!(log.contains(word) && log.contains(&name), "{log}");
        assert!(
            content.is_some() || log.contains("secrets-init"),
            "it says what to do: {log}"
        );
        assert!(!log.contains("ready"), "{log}");
    }
    std::fs::write(secret, good).expect("written");
    let (status, _) = firm.program("secrets-init").start().output(LIMIT).await;
    assert!(status.success());
    firm.start().await;
    let page = firm.browser().enter_password(TARO.number, TARO.password).await;
    assert!(
        page.body.contains("one-time-code"),
        "secrets-init keeps what is there: {}",
        page.body
    );
}

#[tokio::test]
async fn ops_01_bad_configurations_are_refused_with_the_key_that_is_wrong() {
    let db = Database::sqlite();
    for (more, word) in [
        ("[nonsense]\nx = 1", "nonsense"),
        ("[challenge]\nlifetime = 120\nlifetimes = 3", "lifetimes"),
        ("[challenge]\nlifetime = 6000", "challenge.lifetime"),
        ("[challenge]\nlifetime = \"long\"", "lifetime"),
        ("[proxy]\ntrusted = [\"all\"]", "trusted"),
        ("[[origins", "TOML"),
    ] {
        let plan = Plan {
            more: more.to_owned(),
            ..Plan::new()
        };
        let firm = Firm::unprepared(&db, &plan);
        let (status, log) = firm.program("serve").start().output(LIMIT).await;
        assert_eq!(status.code(), Some(1), "{log}");
        assert!(
            log.contains("warifu-server: ") && log.contains(word),
            "{more:?}: {log}"
        );
        assert!(!log.contains("panicked"), "{log}");
    }
    let nowhere = Program::ours("warifu-server")
        .args(["serve", "--config", "/nowhere/warifu.toml"])
        .start();
    let (status, log) = nowhere.output(LIMIT).await;
    assert!(
        status.code() == Some(1) && log.contains("/nowhere/warifu.toml"),
        "{log}"
    );
    let (status, log) = Program::ours("warifu-server")
        .arg("dance")
        .start()
        .output(LIMIT)
        .await;
    assert!(status.code() == Some(2) && log.contains("dance"), "{log}");
}

#[tokio::test]
async fn ops_01_plain_http_on_an_open_network_is_refused() {
    let db = Database::sqlite();
    let firm = Firm::unprepared(&db, &Plan::new());
    firm.edit(|text| text.replace("[listen]\nweb = \"127.0.0.1:", "[listen]\nweb = \"0.0.0.0:"));
    let (status, log) = firm.program("serve").start().output(LIMIT).await;
    assert!(status.code() == Some(1) && log.contains("plain HTTP"), "{log}");
}

#[tokio::test]
async fn ops_01_what_is_open_for_development_is_told_in_a_banner() {
    let db = Database::sqlite();
    let authority = std::sync::Arc::new(warifu_tests::authority::Authority::new());
    for (plan, banner) in [
        (Plan::new(), Some("http:// origins, relay.insecure_loopback")),
        (Plan::secure(&authority), None),
    ] {
        let mut firm = Firm::prepare(&db, &plan).await;
        firm.start().await;
        let log = firm.server().log();
        match banner {
            Some(what) => assert!(log.contains("*** INSECURE") && log.contains(what), "{log}"),
            None => assert!(!log.contains("INSECURE"), "{log}"),
        }
    }
}

#[tokio::test]
async fn the_default_configuration_is_printed_and_migrations_run_by_themselves() {
    let (status, log) = Program::ours("warifu-server")
        .arg("config-default")
        .start()
        .output(LIMIT)
        .await;
    assert!(status.success());
    assert_eq!(log.trim(), warifu_server::config::DEFAULTS.trim());
    let db = Database::sqlite();
    let firm = Firm::unprepared(&db, &Plan::new());
    for _ in 0..2 {
        let (status, log) = firm.program("migrate").start().output(LIMIT).await;
        assert!(status.success(), "{log}");
    }
    assert_eq!(firm.count("SELECT COUNT(*) FROM accounts").await, 0);
}

#[tokio::test]
async fn the_demo_prints_what_a_newcomer_needs_and_keeps_its_data() {
    let folder = tempfile::tempdir().expect("a folder");
    let (port, relay) = (free_port().to_string(), free_port().to_string());
    let origin = format!("http://127.0.0.1:{port}");
    let mut cookies_of_yesterday = None;
    for round in 1..=2 {
        let demo = Program::ours("warifu-server").args(["demo", "--port", &port, "--relay-port", &relay]);
        let demo = demo.arg("--folder").arg(folder.path()).start();
        demo.line_with(&format!("ready {origin}"), LIMIT).await;
        let log = demo.log();
        for sample in CUSTOMERS {
            assert!(
                log.contains(sample.number) && log.contains(sample.password),
                "{log}"
            );
        }
        assert!(
            log.contains(&format!("{origin}/demo/mailbox")) && log.contains("warifu-device"),
            "{log}"
        );

        let browser = cookies_of_yesterday
            .take()
            .unwrap_or_else(|| AnonymousBrowser::at(&origin));
        assert!(browser.get("/demo").await.body.contains(TARO.number));
        if round == 1 {
            let page = browser.enter_password(TARO.number, TARO.password).await;
            let mail = Outbox::at(&folder.path().join("outbox"))
                .wait_for(TARO.mail, 1)
                .await;
            let home = browser.enter_code(&page, &mail.code()).await;
            assert_eq!(home.path, "/account", "{}", home.body);
            let mailbox = browser.get("/demo/mailbox").await;
            assert!(mailbox.body.contains(TARO.mail), "{}", mailbox.body);
        } else {
            assert_eq!(
                browser.get("/account").await.status,
                200,
                "the session outlives the restart"
            );
        }
        cookies_of_yesterday = Some(browser);
        assert_eq!(demo.terminate(LIMIT).await.code(), Some(0), "{}", demo.log());
    }
}
