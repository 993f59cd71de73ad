//! Scanners that administrators use look at both ports of the real server and find nothing to object to (OPS-01).

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use warifu_tests::authority::Authority;
use warifu_tests::databases::Database;
use warifu_tests::process::Program;

use crate::firm::{Firm, Plan};

#[tokio::test]
async fn ops_01_sslscan_finds_only_modern_versions_and_ciphers_on_both_ports() {
    let (_firm, plan, _db) = secure_firm().await;
    for port in [plan.web, plan.relay] {
        let scan = Program::system("sslscan")
            .args(["--xml=-", "--no-colour"])
            .arg(format!("127.0.0.1:{port}"))
            .start();
        let (status, xml) = scan.output(SCAN_LIMIT).await;
        assert!(status.success(), "{xml}");
        let protocols: Vec<String> = elements(&xml, "protocol")
            .map(|one| {
                format!(
                    "{} {} {}",
                    value(one, "type"),
                    value(one, "version"),
                    value(one, "enabled")
                )
            })
            .collect();
        assert_eq!(
            protocols,
            [
                "ssl 2 0",
                "ssl 3 0",
                "tls 1.0 0",
                "tls 1.1 0",
                "tls 1.2 1",
                "tls 1.3 1"
            ],
            "{xml}"
        );
        let ciphers: Vec<&str> = elements(&xml, "cipher").map(|one| value(one, "cipher")).collect();
        assert_eq!(ciphers.len(), 6, "{ciphers:?}");
        for cipher in ciphers {
            let ephemeral = cipher.starts_with("TLS_") || cipher.starts_with("ECDHE-");
            let authenticated = cipher.contains("GCM") || cipher.contains("POLY1305");
            assert!(ephemeral && authenticated, "{cipher}");
        }
        for heartbleed in elements(&xml, "heartbleed") {
            assert_eq!(value(heartbleed, "vulnerable"), "0", "{heartbleed}");
        }
        let renegotiation: Vec<&str> = elements(&xml, "renegotiation").collect();
        assert!(
            renegotiation.iter().all(|one| value(one, "supported") == "0"),
            "{renegotiation:?}"
        );
        assert!(
            elements(&xml, "compression").all(|one| value(one, "supported") == "0"),
            "{xml}"
        );
    }
}

#[tokio::test]
async fn ops_01_web_02_testssl_finds_nothing_to_object_to_on_both_ports() {
    let (firm, plan, _db) = secure_firm().await;
    let scan = async |port: u16| {
        let report = firm.secrets().with_file_name(format!("testssl-{port}.json"));
        let scan = Program::system("testssl")
            .args([
                "--quiet",
                "--color",
                "0",
                "--warnings",
                "off",
                "--nodns",
                "min",
                "--jsonfile",
            ])
            .arg(&report)
            .args(SECTIONS)
            .arg(format!("127.0.0.1:{port}"))
            .start();
        let (_, log) = scan.output(SCAN_LIMIT).await;
        let text = std::fs::read_to_string(&report).unwrap_or_else(|error| panic!("{error}: {log}"));
        let findings: Vec<Value> =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        findings
    };
    let (web, relay) = tokio::join!(scan(plan.web), scan(plan.relay));
    for findings in [web, relay] {
        let objections: Vec<&Value> = findings.iter().filter(|one| is_objection(one)).collect();
        assert!(objections.is_empty(), "{objections:#?}");
        for (id, wanted) in [
            ("SSLv2", "not offered"),
            ("SSLv3", "not offered"),
            ("TLS1", "not offered"),
            ("TLS1_1", "not offered"),
            ("TLS1_2", "offered"),
            ("TLS1_3", "offered"),
            ("cipherlist_aNULL", "not offered"),
            ("cipherlist_AVERAGE", "not offered"),
            ("cipherlist_STRONG", "offered"),
            ("PFS", "offered"),
            ("heartbleed", "not vulnerable"),
            ("secure_renego", "supported"),
            ("secure_client_renego", "not vulnerable"),
            ("CRIME_TLS", "not vulnerable"),
            ("HSTS_time", "365 days"),
            ("HSTS_subdomains", "includes subdomains"),
        ] {
            let finding = findings.iter().find(|one| one["id"] == id);
            let finding = finding.unwrap_or_else(|| panic!("{id} was not looked at: {findings:#?}"));
            let text = finding["finding"].as_str().unwrap_or_default();
            assert!(text.starts_with(wanted), "{id}: {text}");
        }
    }
}

async fn secure_firm() -> (Firm, Plan, Database) {
    let db = Database::sqlite();
    let plan = Plan::secure(&Arc::new(Authority::new()));
    let mut firm = Firm::prepare(&db, &plan).await;
    firm.start().await;
    (firm, plan, db)
}

/// Anything that is not fine or a mere fact, but for what says nothing about the server.
fn is_objection(finding: &Value) -> bool {
    let severity = finding["severity"].as_str().unwrap_or_default();
    let id = finding["id"].as_str().unwrap_or_default();
    !matches!(severity, "OK" | "INFO") && !NOT_ABOUT_THE_SERVER.contains(&id)
}

/// The elements `<name …>` of a flat XML text.
fn elements<'a>(xml: &'a str, name: &str) -> impl Iterator<Item = &'a str> + use<'a> {
    let start = format!("<{name} ");
    xml.lines()
        .map(str::trim)
        .filter(move |line| line.starts_with(&start))
}

/// The value of an attribute.
fn value<'a>(element: &'a str, name: &str) -> &'a str {
    let start = format!(" {name}=\"");
    let rest = element.split_once(start.as_str()).map(|(_, rest)| rest);
    rest.and_then(|rest| rest.split('"').next()).unwrap_or_default()
}

/// Protocols, ciphers, forward secrecy, headers, and the holes that a server can have by its settings. The others take minutes.
const SECTIONS: [&str; 9] = ["-p", "-s", "-f", "-h", "-H", "-R", "-C", "-B", "--sweet32"];
/// The scanner's own OpenSSL, and that the first page is a redirect or the relay's root no page.
const NOT_ABOUT_THE_SERVER: [&str; 2] = ["engine_problem", "HTTP_status_code"];
/// Scanners shake hands hundreds of times, on a busy machine.
const SCAN_LIMIT: Duration = Duration::from_secs(300);
