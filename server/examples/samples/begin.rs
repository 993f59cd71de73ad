//! The steps of an activation, with sample data.

use std::io;

use warifu_server::pages::layout::ErrorNote;
use warifu_server::pages::paths;
use warifu_server::pages::views::*;
use warifu_shared::error::ErrorCode;

use super::{Folder, NOW};

const URL: &str = "/activate/av_sample";

pub fn all(to: &Folder) -> io::Result<()> {
    for (name, error) in [
        ("activate", None),
        ("activate_refused", Some(ErrorCode::ActivationRefused)),
    ] {
        let view = ActivatePage {
            frame: to.frame(paths::ACTIVATE, false),
            account_number: error.map_or_else(String::new, |_| "1002004".to_owned()),
            error: error.map(ErrorNote::of),
        };
        to.put(name, &view)?;
    }
    for (name, unfit) in [
        ("activate_passwords", None),
        ("activate_passwords_unfit", Some(ErrorCode::PasswordCommon)),
    ] {
        let view = ActivatePasswordsPage {
            frame: to.frame(URL, false),
            url: URL.to_owned(),
            account_number: "1002004".to_owned(),
            error: unfit.map(|_| ErrorNote::of(ErrorCode::PasswordUnfit)),
            login_unfit: unfit,
            withdrawal_unfit: None,
        };
        to.put(name, &view)?;
    }
    let view = ActivateAddressPage {
        frame: to.frame(URL, false),
        url: URL.to_owned(),
        address: "taro@".to_owned(),
        error: Some(ErrorNote::of(ErrorCode::AddressInvalid)),
    };
    to.put("activate_address", &view)?;
    let view = CodePage {
        frame: to.frame(URL, false),
        url: URL.to_owned(),
        masked_address: "ichiro.suzuki@mail.example".to_owned(),
        sender: "authentication@hinode.example".to_owned(),
        error: None,
        resend_at: NOW.plus_secs(41),
        expires_at: NOW.plus_secs(272),
        now: NOW,
        mail_late: false,
        sent_again: false,
        what: CodeFor::Activation,
        money: None,
        closed: false,
    };
    to.put("activate_code", &view)
}
