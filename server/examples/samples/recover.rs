//! The ways back: password forgotten, device lost, with sample data.

use std::io;

use warifu_server::pages::layout::ErrorNote;
use warifu_server::pages::paths;
use warifu_server::pages::views::*;
use warifu_shared::error::ErrorCode;

use super::Folder;

const URL: &str = "/recover/rc_sample";

pub fn all(to: &Folder) -> io::Result<()> {
    let refused = Some(ErrorCode::RecoveryRefused);
    for (name, device, error) in [
        ("recover", false, None),
        ("recover_refused", false, refused),
        ("recover_device", true, None),
        ("recover_device_refused", true, refused),
    ] {
        let view = RecoverPage {
            frame: to.frame(
                if device {
                    paths::RECOVER_DEVICE
                } else {
                    paths::RECOVER
                },
                false,
            ),
            device,
            account_number: error.map_or_else(String::new, |_| "1002001".to_owned()),
            phone: "0120-000-000".to_owned(),
            error: error.map(ErrorNote::of),
        };
        to.put(name, &view)?;
    }
    for (name, error) in [
        ("recover_password", None),
        ("recover_password_refused", Some(ErrorCode::PasswordUnfit)),
    ] {
        let view = RecoverPasswordPage {
            frame: to.frame(URL, false),
            url: URL.to_owned(),
            account_number: "1002001".to_owned(),
            shortest: 8,
            error: error.map(ErrorNote::of),
        };
        to.put(name, &view)?;
    }
    for (name, device, from_app, left) in [
        ("recover_done", false, false, 7),
        ("recover_done_app", false, true, 7),
        ("recover_done_device", true, false, 1),
    ] {
        let view = RecoverDonePage {
            frame: to.frame(if device { paths::ACCOUNT } else { paths::LOGIN }, device),
            device,
            from_app,
            left,
        };
        to.put(name, &view)?;
    }
    Ok(())
}
