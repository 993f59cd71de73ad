//! The device never talks in the clear off this machine, whatever a link, a person or a server says (APP-09).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::response::Redirect;
use tokio::net::TcpListener;
use warifu_device_core::EnrolInput;
use warifu_shared::b64;
use warifu_shared::clock::{Clock as _, ManualClock, SystemClock};
use warifu_shared::link::EnrolLink;
use warifu_tests::device::Device;

#[tokio::test]
async fn app_09_plain_addresses_are_refused_in_links_and_when_typed() {
    let device = Device::new(&ManualClock::new(SystemClock.now())).await;
    for origin in [
        "http://192.0.2.1",
        "http://192.0.2.1:8480",
        "http://localhost.evil",
        "http://evil.localhost",
        "http://127.0.0.1.evil.example",
        "http://127.0.0.1@evil.example",
        "http://[2001:db8::1]",
        "http://0.0.0.0",
        "ftp://127.0.0.1",
        "file:///etc/passwd",
        "ws://127.0.0.1",
    ] {
        let link = EnrolLink {
            origin: origin.to_owned(),
            server_key: b64::encode([7; 32]),
            code: b64::encode([9; 16]),
        };
        let by_link = EnrolInput::Link { text: link.write() };
        let typed = EnrolInput::Typed {
            server: origin.to_owned(),
            account_number: "1002001".to_owned(),
            code: "ABCD1234".to_owned(),
        };
        for input in [by_link, typed] {
            let error = device.core.begin_enrolment(input).await.expect_err("refused");
            // Refused for what it is, and not because nobody answered there (2005).
            assert!([2008, 2012].contains(&error.code), "{origin}: {error}");
        }
    }
    assert!(device.core.view().services.is_empty());
}

#[tokio::test]
async fn app_09_redirects_are_never_followed() {
    let reached = Arc::new(AtomicUsize::new(0));
    let counter = reached.clone();
    let elsewhere = serve(Router::new().fallback(move || async move {
        counter.fetch_add(1, Ordering::SeqCst);
        "{}"
    }))
    .await;
    let device = Device::new(&ManualClock::new(SystemClock.now())).await;
    for target in [elsewhere.as_str(), "http://192.0.2.1/"] {
        let target = target.to_owned();
        let asked = Arc::new(AtomicUsize::new(0));
        let counter = asked.clone();
        let server = serve(Router::new().fallback(move || async move {
            counter.fetch_add(1, Ordering::SeqCst);
            Redirect::temporary(&target)
        }))
        .await;
        let typed = EnrolInput::Typed {
            server,
            account_number: "1002001".to_owned(),
            code: "ABCD1234".to_owned(),
        };
        let error = device.core.begin_enrolment(typed).await.expect_err("refused");
        assert_eq!((error.code, asked.load(Ordering::SeqCst)), (2018, 1), "{error}");
    }
    assert_eq!(reached.load(Ordering::SeqCst), 0, "nobody was sent there");
}

async fn serve(routes: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let origin = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    origin
}
