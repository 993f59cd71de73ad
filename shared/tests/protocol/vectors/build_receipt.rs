//! Builds `receipt.json`: receipts to be accepted, and such with one wrong part.

use serde_json::{Value, json};
use warifu_shared::b64;
use warifu_shared::receipt::{Logged, Place, Receipt};

use crate::receipt::{approved, by_code, denied, keys_file, pending};

fn accept(name: &str, receipt: &Receipt) -> Value {
    json!({"name": name, "receipt": receipt.write().unwrap()})
}

fn refuse(name: &str, error: &str, change: impl FnOnce(&mut Receipt)) -> Value {
    let mut receipt = approved();
    change(&mut receipt);
    json!({"name": name, "receipt": receipt.write().unwrap(), "error": error})
}

pub fn receipt() -> Value {
    let spaced = approved().write().unwrap().replacen(':', ": ", 1);
    json!({
        "about": "Receipts of decisions and the published keys of their service. The log's key is the server challenge key of keys.json.",
        "keys": serde_json::to_value(keys_file()).unwrap(),
        "accept": [
            accept("an approval and its payment", &approved()),
            accept("a denial", &denied()),
            accept("a decision by mailed code", &by_code()),
            accept("the payment is not in the log yet", &pending()),
        ],
        "refuse": [
            json!({"name": "a space", "receipt": spaced, "error": "Form"}),
            refuse("another service", "Service", |it| it.service = "https://other.example".to_owned()),
            refuse("no challenge", "Parts", |it| it.challenge = None),
            refuse("the decision in place of the challenge", "Challenge", |it| it.challenge.clone_from(&it.decision)),
            refuse("another model", "Device", |it| it.device.as_mut().unwrap().model.push('x')),
            refuse("another decision", "Entry", |it| it.decision = denied().decision),
            refuse("an enrolment that was bent", "Enrolment", |it| {
                let token = &mut it.device.as_mut().unwrap().enrolment;
                *token = token.replacen("\"payload\":\"ey", "\"payload\":\"eZ", 1);
            }),
            refuse("another position", "Entry", |it| {
                if let Place::Included(place) = &mut it.entries[0].log {
                    place.position = 0;
                }
            }),
            refuse("an entry about something else", "Entry", |it| {
                let entry = String::from_utf8(b64::decode(&it.entries[1].entry).unwrap()).unwrap();
                it.entries[1] = Logged::pending(entry.replace("W-2026-000091", "W-2026-000092").as_bytes());
            }),
        ],
    })
}
