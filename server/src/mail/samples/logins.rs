//! The samples of the mails about logins.

use warifu_shared::clock::Timestamp;

use super::scene;
use crate::mail::{LoginLine, LoginWhat, Mail};

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
            "login_summary_begun",
            Mail::LoginSummary {
                lines: [LoginWhat::Unfinished; 2]
                    .map(|what| LoginLine {
                        what,
                        scene: scene.clone(),
                    })
                    .to_vec(),
                count: 100,
            },
        ),
        (
            "login_summary",
            Mail::LoginSummary {
                lines: [LoginWhat::App, LoginWhat::Code]
                    .map(|what| LoginLine {
                        what,
                        scene: scene.clone(),
                    })
                    .to_vec(),
                count: 7,
            },
        ),
        ("passwords_wrong", wrong(1, 1)),
        ("passwords_wrong_many", wrong(2, 9)),
        ("password_locked", locked(false, 10, 1)),
        ("password_locked_known", locked(true, 10, 1)),
        ("password_locked_again", locked(false, 30, 3)),
        ("login_notices_new", choice(true)),
        ("login_notices_every", choice(false)),
        ("recovery_closed", closed(Some(scene.at.plus_secs(900)))),
        ("recovery_closed_for_good", closed(None)),
        ("sessions_ended", Mail::SessionsEnded { scene: scene.clone() }),
    ]
}

fn wrong(listed: usize, count: i64) -> Mail {
    let line = LoginLine {
        what: LoginWhat::Wrong,
        scene: scene(),
    };
    Mail::PasswordsWrong {
        lines: vec![line; listed],
        count,
    }
}

fn locked(known: bool, tries: i64, locks: i64) -> Mail {
    Mail::PasswordLocked {
        scene: scene(),
        until: scene().at.plus_secs(900),
        known,
        tries,
        locks,
    }
}

fn choice(only_new: bool) -> Mail {
    Mail::LoginNoticesChanged {
        only_new,
        scene: scene(),
    }
}

fn closed(until: Option<Timestamp>) -> Mail {
    Mail::RecoveryClosed {
        scene: scene(),
        until,
    }
}
