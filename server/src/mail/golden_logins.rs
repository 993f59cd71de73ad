//! The samples of the mails about logins, for the snapshots.

use super::golden::scene;
use super::{LoginLine, LoginWhat, Mail};

/// Logins and sessions.
pub(super) fn samples() -> Vec<(&'static str, Mail)> {
    let scene = scene();
    vec![
        (
            "login_done",
            Mail::LoginDone {
                what: LoginWhat::App,
                scene: scene.clone(),
            },
        ),
        (
            "login_done_by_code",
            Mail::LoginDone {
                what: LoginWhat::Code,
                scene: scene.clone(),
            },
        ),
        ("login_unfinished", Mail::LoginUnfinished { scene: scene.clone() }),
        (
            "login_summary",
            Mail::LoginSummary {
                lines: [LoginWhat::App, LoginWhat::Unfinished]
                    .map(|what| LoginLine {
                        what,
                        scene: scene.clone(),
                    })
                    .to_vec(),
                count: 7,
            },
        ),
        ("sessions_ended", Mail::SessionsEnded { scene: scene.clone() }),
    ]
}
