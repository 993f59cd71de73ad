//! The inbox on its own: races between a list under way and a push.

use warifu_shared::api::Bilingual;
use warifu_shared::jws::challenge::{Action, Context, MatchRule, device_urn};
use warifu_shared::keys::SigningKey;

use super::*;

const NOW: Timestamp = Timestamp::from_secs(1_767_225_600);

fn challenge(key: &SigningKey, device: &DeviceId, place: &str) -> OpenChallenge {
    let id = ChallengeId::random();
    let text = |text: &str| Bilingual {
        ja: text.into(),
        en: text.into(),
    };
    let challenge = Challenge {
        iss: "https://auth.example".into(),
        aud: device_urn(device),
        jti: id.clone(),
        sub: "ac_1".into(),
        svc: text("Hinode"),
        act: Action::Login,
        iat: NOW.secs(),
        nbf: NOW.secs(),
        exp: NOW.secs() + 120,
        nonce: warifu_shared::b64::encode([5; 16]),
        match_: MatchRule::default(),
        ctx: Context {
            place: place.into(),
            network: String::new(),
            browser: "Firefox".into(),
            new_browser: false,
        },
        txn: None,
    };
    OpenChallenge {
        id,
        jws: challenge.sign(key).unwrap(),
    }
}

#[test]
fn chal_10_a_push_during_a_pull_is_not_lost_by_the_older_list() {
    let (key, device) = (SigningKey::generate(), DeviceId::random());
    let from = Sender {
        service: "sv_1",
        origin: "https://auth.example",
        server_key: key.public(),
        device: &device,
    };
    let mut inbox = Inbox::default();
    let (closed, pushed) = (
        challenge(&key, &device, "JP-13"),
        challenge(&key, &device, "JP-13"),
    );
    inbox.take(&closed, &from, NOW).unwrap();
    let mark = inbox.mark();
    inbox.take(&pushed, &from, NOW).unwrap();
    inbox.keep_listed("sv_1", &[], mark);
    assert!(inbox.find("sv_1", &closed.id).is_none());
    assert!(inbox.find("sv_1", &pushed.id).is_some());
    assert!(
        !inbox.take(&pushed, &from, NOW).unwrap().1,
        "the same again is not new"
    );
}

#[test]
fn appr_02_other_bytes_or_another_device_never_take_a_place_in_the_list() {
    let (key, device) = (SigningKey::generate(), DeviceId::random());
    let from = Sender {
        service: "sv_1",
        origin: "https://auth.example",
        server_key: key.public(),
        device: &device,
    };
    let mut inbox = Inbox::default();
    let mut foreign = challenge(&key, &DeviceId::random(), "JP-13");
    assert_eq!(inbox.take(&foreign, &from, NOW), Err(JwsError::WrongAudience));
    let good = challenge(&key, &device, "JP-13");
    let (handle, _) = inbox.take(&good, &from, NOW).unwrap();
    foreign = challenge(&key, &device, "JP-27");
    foreign.id = good.id.clone();
    assert!(inbox.take(&foreign, &from, NOW).is_err());
    let hash = warifu_shared::jws::challenge::ChallengeHash::of(&good.jws);
    assert_eq!(inbox.get(&handle).map(|item| item.verified.hash), Some(hash));
    let expired = Timestamp::from_secs(NOW.secs() + 120);
    assert_eq!(
        inbox.take(&challenge(&key, &device, "JP-13"), &from, expired),
        Err(JwsError::Expired)
    );
}
