//! The vectors of notices, of the vetoes that a device answers to some of them, and of resets.

use serde_json::{Value, json};
use warifu_shared::jws::notice::{Notice, NoticeKind, NoticeStage};
use warifu_shared::jws::veto::{Veto, VetoTo};

use super::build::{Forge, NOW, file, refuse};
use crate::support::{
    IAT, approval_key, device, notice as honest_notice, request_key, reset as honest_reset, server_key,
    veto as honest_veto,
};

pub fn notice() -> Value {
    let (server, request) = (server_key(), request_key());
    let accept: Vec<Value> = kinds()
        .into_iter()
        .map(|kind| {
            let mut notice = honest_notice();
            notice.what.kind = kind;
            let token = notice.sign(&server).expect("signs");
            json!({"name": notice.what.kind.name(), "now": NOW, "claims": notice, "token": token})
        })
        .collect();
    let typ = "warifu-notice+jwt";
    let by = |key| Forge {
        typ,
        key,
        claims: json!(honest_notice()),
    };
    let (forge, wrong) = (by(&server), by(&request));
    let honest: Notice = honest_notice();
    let token = honest.sign(&server).expect("signs");
    let mut cases = forge.common();
    cases.extend([
        refuse("not valid yet", "NotYetValid", IAT - 61, &token),
        refuse("at exp", "Expired", honest.exp, &token),
        refuse(
            "by the device",
            "UnknownKey",
            NOW,
            &wrong.payload(&forge.claims.to_string()),
        ),
    ]);
    cases.extend(forge.claims(&wrong_claims()));
    let about = "warifu-notice+jwt, from the server's challenge key to one device.";
    file(about, &accept, &cases)
}

/// What no honest server would sign.
fn wrong_claims() -> Value {
    json!([
        ["another service", "WrongIssuer", "/iss", "https://evil.example"],
        [
            "another device",
            "WrongAudience",
            "/aud",
            "urn:warifu:device:dv_9"
        ],
        ["life of 601 s", "BadClaims", "/exp", IAT + 601],
        ["nbf is not iat", "BadClaims", "/nbf", IAT + 1],
        ["told before the epoch", "BadClaims", "/told", -1],
        ["happened before the epoch", "BadClaims", "/what/at", -1],
        ["no kind", "BadClaims", "/what/kind", null],
        ["unknown kind", "BadClaims", "/what/kind/type", "device_stolen"],
        ["member of another kind", "BadClaims", "/what/kind/anew", true],
        ["no device", "BadClaims", "/what/kind/device", null],
        [
            "a challenge as device",
            "BadClaims",
            "/what/kind/device",
            "ch_8Yk"
        ],
        [
            "name that turns the text around",
            "BadClaims",
            "/what/kind/name",
            "\u{202e}01 lexiP"
        ],
        ["empty name", "BadClaims", "/what/kind/name", ""],
        [
            "name of 121 characters",
            "BadClaims",
            "/what/kind/name",
            "x".repeat(121)
        ],
        ["unseen in the place", "BadClaims", "/what/place", "JP\u{200b}-13"],
        [
            "place of 17 characters",
            "BadClaims",
            "/what/place",
            "x".repeat(17)
        ],
        [
            "browser with a space behind",
            "BadClaims",
            "/what/browser",
            "Firefox "
        ],
    ])
}

/// Kinds with every form of members; those without any are alike.
fn kinds() -> [NoticeKind; 10] {
    let name = || "Pixel 10".to_owned();
    let until = IAT + 86_400;
    [
        honest_notice().what.kind,
        NoticeKind::DeviceLeaving {
            device: Some(device()),
            name: name(),
            until,
        },
        NoticeKind::DeviceStays { name: name() },
        NoticeKind::LoginUnfinished {},
        NoticeKind::WithdrawalPasswordChanged { anew: true },
        NoticeKind::Withdrawal {
            stage: NoticeStage::Held,
            reference: "W-2026-000091".to_owned(),
            until: Some(until),
        },
        NoticeKind::CoolOffRefused { payout: true, until },
        NoticeKind::RequestDenied {
            phone: false,
            until: None,
        },
        NoticeKind::AddressChanged { until: None },
        NoticeKind::PasswordLocked { known: false, until },
    ]
}

pub fn veto() -> Value {
    let (request, approval) = (request_key(), approval_key());
    let veto = honest_veto();
    let keep = Veto {
        dev: device(),
        to: VetoTo::Removal,
        ..honest_veto()
    };
    let token = veto.sign(&request).expect("signs");
    let accept = [("registration", &veto), ("removal", &keep)].map(|(name, veto)| {
        let token = veto.sign(&request).expect("signs");
        json!({"name": name, "now": NOW, "claims": veto, "token": token})
    });
    let typ = "warifu-veto+jwt";
    let by = |key| Forge {
        typ,
        key,
        claims: json!(veto),
    };
    let (forge, wrong) = (by(&request), by(&approval));
    let mut cases = forge.common();
    cases.extend([
        refuse("not valid yet", "NotYetValid", IAT - 11, &token),
        refuse("at exp", "Expired", veto.exp, &token),
        refuse(
            "by the approval key",
            "UnknownKey",
            NOW,
            &wrong.payload(&forge.claims.to_string()),
        ),
    ]);
    cases.extend(forge.claims(&json!([
        ["another device", "WrongIssuer", "/iss", "urn:warifu:device:dv_9"],
        ["another service", "WrongAudience", "/aud", "https://evil.example"],
        ["life of 661 s", "BadClaims", "/exp", IAT + 50 + 661],
        ["nbf is not iat", "BadClaims", "/nbf", IAT + 51],
        ["no device", "BadClaims", "/dev", null],
        ["a withdrawal as device", "BadClaims", "/dev", "wd_91"],
        ["a recall's jti", "BadClaims", "/jti", "rc_01"],
        ["to nothing", "BadClaims", "/to", null],
        ["to something else", "BadClaims", "/to", "login"],
        ["to its own registration", "BadClaims", "/dev", "dv_7Q"],
    ])));
    let about = "warifu-veto+jwt, from the device's request key to the service.";
    file(about, &accept, &cases)
}

pub fn reset() -> Value {
    let (request, approval) = (request_key(), approval_key());
    let reset = honest_reset();
    let token = reset.sign(&approval).expect("signs");
    let accept = [json!({"name": "a code for a new password", "now": NOW, "claims": reset, "token": token})];
    let typ = "warifu-reset+jwt";
    let by = |key| Forge {
        typ,
        key,
        claims: json!(reset),
    };
    let (forge, wrong) = (by(&approval), by(&request));
    let mut cases = forge.common();
    cases.extend([
        refuse("not valid yet", "NotYetValid", IAT - 11, &token),
        refuse("at exp", "Expired", reset.exp, &token),
        refuse(
            "by the request key",
            "UnknownKey",
            NOW,
            &wrong.payload(&forge.claims.to_string()),
        ),
    ]);
    cases.extend(forge.claims(&json!([
        ["another device", "WrongIssuer", "/iss", "urn:warifu:device:dv_9"],
        ["another service", "WrongAudience", "/aud", "https://evil.example"],
        ["life of 661 s", "BadClaims", "/exp", IAT + 50 + 661],
        ["nbf is not iat", "BadClaims", "/nbf", IAT + 51],
        ["a veto's jti", "BadClaims", "/jti", "vt_01"],
        ["no jti", "BadClaims", "/jti", null],
    ])));
    let about = "warifu-reset+jwt, from the device's approval key to the service.";
    file(about, &accept, &cases)
}
