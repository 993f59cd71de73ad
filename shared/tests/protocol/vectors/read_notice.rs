//! The vectors of notices, vetoes and resets, read as their receivers read them.

use serde_json::Value;
use warifu_shared::ids::DeviceId;
use warifu_shared::jws::notice::{Notice, NoticeExpect};
use warifu_shared::jws::reset::Reset;
use warifu_shared::jws::veto::Veto;

use super::{list, load, name_of, public, text};
use crate::support::at;

#[test]
fn enrol_07_notice_vectors() {
    let file = load("notice.json");
    let device: DeviceId = text(&file, "device").parse().unwrap();
    let server = public("server challenge key");
    let read = |case: &Value| {
        let expect = NoticeExpect {
            iss: text(&file, "service"),
            device: &device,
            now: at(case["now"].as_i64().unwrap()),
        };
        Notice::verify(text(case, "token"), &server, &expect)
    };
    for case in list(&file, "accept") {
        assert_eq!(serde_json::to_value(read(case).unwrap()).unwrap(), case["claims"]);
    }
    for case in list(&file, "refuse") {
        let error = read(case).expect_err(text(case, "name"));
        assert_eq!(name_of(error), text(case, "error"), "{}", text(case, "name"));
    }
}

#[test]
fn enrol_09_veto_vectors() {
    let file = load("veto.json");
    let device: DeviceId = text(&file, "device").parse().unwrap();
    let request = public("device request key");
    let read = |case: &Value| {
        let now = at(case["now"].as_i64().unwrap());
        Veto::verify(
            text(case, "token"),
            &device,
            &request,
            text(&file, "service"),
            now,
        )
    };
    for case in list(&file, "accept") {
        assert_eq!(serde_json::to_value(read(case).unwrap()).unwrap(), case["claims"]);
    }
    for case in list(&file, "refuse") {
        let error = read(case).expect_err(text(case, "name"));
        assert_eq!(name_of(error), text(case, "error"), "{}", text(case, "name"));
    }
}

#[test]
fn chal_13_reset_vectors() {
    let file = load("reset.json");
    let device: DeviceId = text(&file, "device").parse().unwrap();
    let approval = public("device approval key");
    let read = |case: &Value| {
        let now = at(case["now"].as_i64().unwrap());
        Reset::verify(
            text(case, "token"),
            &device,
            &approval,
            text(&file, "service"),
            now,
        )
    };
    for case in list(&file, "accept") {
        assert_eq!(serde_json::to_value(read(case).unwrap()).unwrap(), case["claims"]);
    }
    for case in list(&file, "refuse") {
        let error = read(case).expect_err(text(case, "name"));
        assert_eq!(name_of(error), text(case, "error"), "{}", text(case, "name"));
    }
}
