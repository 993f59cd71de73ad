//! Every page with sample data: for looking at them, and for the tests that read all of them.

mod addresses;
mod begin;
mod devices;
mod inside;
mod money;
mod recover;
mod security;
mod staff;

use std::path::{Path, PathBuf};
use std::{fs, io};

use askama::Template;
use warifu_server::pages::headers::Nonce;
use warifu_server::pages::language::{Language, code};
use warifu_server::pages::layout::{Ends, ErrorNote, Frame, PageRequest};
use warifu_server::pages::views::*;
use warifu_server::pages::{assets, paths};
use warifu_shared::api::Bilingual;
use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;

const NOW: Timestamp = Timestamp::from_secs(1_795_323_907);
const LINK: &str =
    "warifu://challenge?o=https%3A%2F%2Fauth.hinode.example&i=ch_3Vq0mA8cS2mX6kQbJd1rTg&n=493817";

/// Writes every page in both languages, and the assets, below `out`.
///
/// # Errors
/// What the file system or a template refuses.
pub fn render_all(out: &Path) -> io::Result<()> {
    for language in [Language::Ja, Language::En] {
        let folder = Folder {
            path: out.join(code(language)),
            language,
        };
        fs::create_dir_all(&folder.path)?;
        before_login(&folder)?;
        begin::all(&folder)?;
        recover::all(&folder)?;
        waiting(&folder)?;
        mailed_code(&folder)?;
        endings(&folder)?;
        inside::account(&folder)?;
        inside::confirm(&folder)?;
        inside::sessions(&folder)?;
        inside::notices(&folder)?;
        devices::devices(&folder)?;
        inside::enrolment(&folder)?;
        money::all(&folder)?;
        security::all(&folder)?;
        addresses::all(&folder)?;
        staff::all(&folder)?;
    }
    write_assets(out)
}

struct Folder {
    path: PathBuf,
    language: Language,
}

impl Folder {
    fn frame(&self, path: &str, logged_in: bool) -> Frame {
        Frame {
            request: PageRequest {
                nonce: Nonce::random(),
                language: self.language,
                path: path.to_owned(),
            },
            firm: Bilingual {
                ja: "ひので証券".to_owned(),
                en: "Hinode Securities".to_owned(),
            },
            csrf: "csrf-of-the-sample".to_owned(),
            logged_in,
            mail_refused: false,
            ends: logged_in.then_some(Ends {
                at: NOW.plus_secs(10_800),
                now: NOW,
                near: 300,
                renewable: true,
            }),
            demo: path == paths::DEMO || path == paths::LOGIN,
        }
    }

    fn put<T: Template>(&self, name: &str, view: &T) -> io::Result<()> {
        let body = view.render().map_err(io::Error::other)?;
        let body = body.replace(&assets::url(""), "../assets/");
        fs::write(self.path.join(format!("{name}.html")), body)
    }

    fn pick(&self, ja: &str, en: &str) -> String {
        if self.language == Language::Ja {
            ja.to_owned()
        } else {
            en.to_owned()
        }
    }
}

fn write_assets(out: &Path) -> io::Result<()> {
    fs::create_dir_all(out.join("assets"))?;
    for (name, body) in assets::all() {
        fs::write(out.join("assets").join(name), body)?;
    }
    Ok(())
}

fn before_login(to: &Folder) -> io::Result<()> {
    for (name, error) in [
        ("login", None),
        ("login_refused", Some(ErrorNote::of(ErrorCode::LoginRefused))),
    ] {
        let typed = if error.is_some() { "1000-0001" } else { "" };
        to.put(
            name,
            &LoginPage {
                frame: to.frame(paths::LOGIN, false),
                account_number: typed.to_owned(),
                why: None,
                error,
            },
        )?;
    }
    for (name, why) in [
        ("logged_out", LoggedOutWhy::Asked),
        ("logged_out_time", LoggedOutWhy::TimedOut),
    ] {
        to.put(
            name,
            &LoggedOutPage {
                frame: to.frame(paths::LOGIN, false),
                why,
            },
        )?;
    }
    let request_id = "rq_8f2K0mA8cS2mX6kQ".to_owned();
    to.put(
        "error",
        &ErrorPage {
            frame: to.frame("/x", false),
            code: ErrorCode::StaleForm,
            confirm: false,
            request_id,
        },
    )?;
    demo(to)
}

fn demo(to: &Folder) -> io::Result<()> {
    let sample = |number: &str, ja: &str, en: &str, devices| DemoAccount {
        number: number.to_owned(),
        customer: to.pick(ja, en),
        password: "hinode-no-tabi-2026".to_owned(),
        withdrawal_password: "minato-no-kaze-77".to_owned(),
        devices,
    };
    to.put(
        "demo",
        &DemoPage {
            frame: to.frame(paths::DEMO, false),
            origin: "http://127.0.0.1:8480".to_owned(),
            accounts: vec![
                sample("1000-0001", "山田 太郎", "Taro Yamada", 0),
                sample("1000-0002", "佐藤 花子", "Hanako Sato", 1),
            ],
            letter: Some([
                "1002004".to_owned(),
                "鈴木 一郎".to_owned(),
                "7K2M-9QXD-4TVB-8RHA".to_owned(),
            ]),
            mailbox_url: "/demo/mailbox".to_owned(),
            device_command: "target/debug/warifu-device --data-dir demo-data/device".to_owned(),
        },
    )
}

fn waiting(to: &Folder) -> io::Result<()> {
    let cases = [
        ("wait", WaitAction::Login, WaitState::Waiting, false),
        ("wait_silent", WaitAction::Login, WaitState::Waiting, true),
        ("wait_approved", WaitAction::Login, WaitState::Approved, false),
        ("wait_test", WaitAction::Test, WaitState::Waiting, false),
    ];
    for (name, action, state, open_app_yourself) in cases {
        let view = WaitPage {
            frame: to.frame("/login/lg_sample", action == WaitAction::Test),
            url: "/login/lg_sample".to_owned(),
            action,
            state,
            number: "493817".to_owned(),
            app_link: LINK.to_owned(),
            created_at: NOW.plus_secs(-38),
            expires_at: NOW.plus_secs(82),
            now: NOW,
            money: None,
            open_app_yourself,
        };
        to.put(name, &view)?;
    }
    Ok(())
}

fn mailed_code(to: &Folder) -> io::Result<()> {
    let wrong = ErrorNote {
        code: ErrorCode::CodeWrong,
        tries_left: Some(4),
        ..ErrorNote::of(ErrorCode::CodeWrong)
    };
    let used = ErrorNote::of(ErrorCode::CodeTriesUsed);
    let cases = [
        ("code", None, false, 42),
        ("code_wrong", Some(wrong), true, 0),
        ("code_used", Some(used), false, 0),
    ];
    for (name, error, mail_late, resend_in) in cases {
        let view = CodePage {
            frame: to.frame("/login/lg_sample", false),
            url: "/login/lg_sample".to_owned(),
            masked_address: "t****o@example.jp".to_owned(),
            sender: "authentication@hinode.example".to_owned(),
            error,
            resend_at: NOW.plus_secs(resend_in),
            expires_at: NOW.plus_secs(272),
            now: NOW,
            mail_late,
            sent_again: mail_late,
            what: CodeFor::Login,
            money: None,
            closed: name == "code_used",
        };
        to.put(name, &view)?;
    }
    Ok(())
}

fn endings(to: &Folder) -> io::Result<()> {
    let at = Some(NOW.plus_secs(900));
    let cases = [
        ("cancelled_in_app", Ended::Denied(Denied::Cancelled)),
        ("not_me", Ended::Denied(Denied::NotMe)),
        ("phone", Ended::Denied(Denied::Phone)),
        ("wrong_details", Ended::Denied(Denied::WrongDetails)),
        ("expired", Ended::Expired),
        ("tries_used", Ended::TriesUsed),
        ("cancelled", Ended::Cancelled),
        ("locked", Ended::Locked(at)),
        ("approver_disabled", Ended::ApproverDisabled),
        ("held", Ended::Held),
        ("browser_blocked", Ended::BrowserBlocked),
        ("too_many_open", Ended::TooManyOpen),
        ("fallback_closed", Ended::FallbackClosed(at)),
        ("no_address", Ended::NoAddress),
        ("suspended", Ended::Suspended),
    ];
    for (name, ended) in cases {
        let view = EndedPage {
            frame: to.frame("/login/lg_sample", false),
            ended,
            again: paths::LOGIN.to_owned(),
        };
        to.put(&format!("ended_{name}"), &view)?;
    }
    Ok(())
}
