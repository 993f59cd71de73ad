//! What the service for tests tells of notices, and of requests that have ended.

use serde_json::{Value, json};
use warifu_shared::clock::Clock;
use warifu_shared::error::ErrorCode;
use warifu_shared::jws::veto::Veto;

use super::fake::{Answer, Book, Fake};

impl Fake {
    pub(super) fn notices(&self, book: &mut Book, path: &str) -> Value {
        let after = path.rsplit('=').next().unwrap();
        book.asked_after.push(after.parse().unwrap());
        json!({"notices": book.notices, "now": self.clock.now()})
    }

    pub(super) fn veto(&self, book: &mut Book, body: &Value) -> Answer {
        if let Some(code) = book.refuse.take() {
            return Err((code, None));
        }
        let (request, _) = book.keys.clone().unwrap();
        let (token, now) = (body["token"].as_str().unwrap(), self.clock.now());
        let veto = Veto::verify(token, &book.device, &request, &self.origin, now).unwrap();
        book.vetoes.push(veto);
        Ok(Value::Null)
    }
}

pub(super) fn ending(book: &Book, path: &str) -> Answer {
    let id = path.rsplit('/').nth(1).unwrap().parse().unwrap();
    let ending = book.endings.get(&id);
    ending
        .map(|ending| json!(ending))
        .ok_or((ErrorCode::ChallengeNotFound, None))
}

pub(super) fn open_one(book: &Book, path: &str) -> Answer {
    let id = path.rsplit('/').next().unwrap();
    let open = book.open.iter().find(|open| open.id.as_str() == id);
    let closed = book.endings.keys().any(|ended| ended.as_str() == id);
    let why = if closed {
        ErrorCode::ChallengeClosed
    } else {
        ErrorCode::ChallengeNotFound
    };
    open.map(|open| json!(open)).ok_or((why, None))
}
