//! The server against a device that does not keep its promise, by hand: the core always keeps it (ENROL-06).

use serde_json::{Value, json};
use warifu_shared::error::ErrorCode;
use warifu_shared::fingerprint::{commitment, fingerprint};
use warifu_shared::jws::enrolment::{Enrolment, Jwk};
use warifu_shared::keys::SigningKey;
use warifu_shared::link::{self, Link};
use warifu_shared::{b64, random};
use warifu_tests::databases::for_each_database;
use warifu_tests::plain_http;
use warifu_tests::server::{TARO, TestServer};

#[tokio::test]
async fn enrol_06_a_share_that_was_not_promised_is_refused_and_a_code_takes_one_promise() {
    for_each_database(|db| async move {
        let server = TestServer::start(&db).await;
        let session = server.log_in_by_code(TARO).await;
        let page = session.begin_enrolment().await;
        let (honest, other) = (Share::draw(), Share::draw());
        let (status, offer) = post(&server, "begin", &honest.begin(&page.link())).await;
        assert_eq!(status, 200, "{offer}");
        let (_, again) = post(&server, "begin", &honest.begin(&page.link())).await;
        assert_eq!(again["nonce"], offer["nonce"], "asking again is no new chance");
        let (_, refused) = post(&server, "begin", &other.begin(&page.link())).await;
        assert_eq!(refused["code"], 1201, "nor is another promise: {refused}");
        let (_, refused) = post(
            &server,
            "begin",
            &json!({"how": "link", "code": code_of(&page.link()), "commitment": "AAAA"}),
        )
        .await;
        assert_eq!(refused["code"], ErrorCode::BadRequest.number(), "{refused}");

        // Other keys, or the same with another opening, to the same nonce.
        let reopened = honest.reopened();
        for swapped in [&other, &reopened] {
            let (_, refused) = post(&server, "finish", &swapped.finish(&server, &offer)).await;
            assert_eq!(refused["code"], 1203, "{refused}");
        }
        let (status, done) = post(&server, "finish", &honest.finish(&server, &offer)).await;
        assert_eq!(status, 200, "{done}");
        let shown = honest.shows(&server, &offer);
        let compare = session.get(&page.path).await;
        assert!(
            compare.body.contains(&shown[..3]) && compare.body.contains(&shown[3..]),
            "{}",
            compare.body
        );
    })
    .await;
}

/// What a device brings, by hand: the core would never swap it.
struct Share {
    request: SigningKey,
    approval: SigningKey,
    opening: String,
}

impl Share {
    fn draw() -> Self {
        let opening = b64::encode(random::bytes::<16>());
        Self {
            request: SigningKey::generate(),
            approval: SigningKey::generate(),
            opening,
        }
    }

    /// The same keys with another opening.
    fn reopened(&self) -> Self {
        let copy = |key: &SigningKey| SigningKey::from_seed(&key.seed());
        Self {
            request: copy(&self.request),
            approval: copy(&self.approval),
            ..Self::draw()
        }
    }

    fn begin(&self, link: &str) -> Value {
        let commitment = commitment(self.request.public(), self.approval.public(), &self.opening);
        json!({"how": "link", "code": code_of(link), "commitment": commitment})
    }

    fn finish(&self, server: &TestServer, offer: &Value) -> Value {
        let text = |name: &str| offer[name].as_str().expect("text").to_owned();
        let now = server.now().secs();
        let claims = Enrolment {
            iss: self.approval.public().thumbprint().to_string(),
            aud: server.origin.clone(),
            jti: text("enrolment").parse().expect("an id"),
            nonce: text("nonce"),
            opening: self.opening.clone(),
            code_hash: text("code_hash"),
            srv: server.server.app.secrets.challenge_key.public().thumbprint(),
            request_jwk: Jwk::of(self.request.public()),
            approval_jwk: Jwk::of(self.approval.public()),
            model: String::new(),
            os: String::new(),
            app: "by hand".to_owned(),
            iat: now,
            nbf: now,
            exp: now + 300,
        };
        let token = claims.sign(&self.request, &self.approval).expect("signs");
        json!({"enrolment": offer["enrolment"], "token": token, "device_name": "d", "protection": "keystore"})
    }

    fn shows(&self, server: &TestServer, offer: &Value) -> String {
        let nonce = offer["nonce"].as_str().expect("text");
        let key = server.server.app.secrets.challenge_key.public();
        fingerprint(
            key,
            self.request.public(),
            self.approval.public(),
            nonce,
            &self.opening,
        )
    }
}

fn code_of(link: &str) -> String {
    let Ok(Link::Enrol(link)) = link::read(link) else {
        panic!("no enrolment link")
    };
    link.code
}

async fn post(server: &TestServer, step: &str, body: &Value) -> (u16, Value) {
    let http = plain_http::client().build().expect("a client");
    let request = http
        .post(format!("{}/v1/enrolments/{step}", server.origin))
        .json(body);
    let answer = request.send().await.expect("the server answers");
    (answer.status().as_u16(), answer.json().await.expect("JSON"))
}
