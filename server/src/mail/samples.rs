//! One mail of each kind with sample data: for the preview, and for the snapshots that the texts are compared with.

mod account;
mod logins;
mod staff;

use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::jws::challenge::Action;
use warifu_shared::jws::withdrawal::{AccountKind, Payee, Withdrawal};

use super::{Alarm, CodeText, Mail, Remover, Scene, Stage};
use crate::domain::recovery::Lost;

pub(super) fn scene() -> Scene {
    let at = Timestamp::from_secs(1_795_323_900);
    Scene {
        at,
        place: "JP-13".to_owned(),
        browser: "Firefox 145 / Windows".to_owned(),
    }
}

pub(super) fn code(expires_at: Timestamp) -> Mail {
    let (code, domain) = (CodeText::sample(), "auth.example".to_owned());
    Mail::LoginCode {
        code,
        action: Action::Login,
        domain,
        expires_at,
        scene: scene(),
    }
}

fn withdrawal() -> Withdrawal {
    Withdrawal {
        amount: "1500000".to_owned(),
        fee: "0".to_owned(),
        currency: "JPY".to_owned(),
        payee: Payee {
            bank: "0001".to_owned(),
            bank_name: "あおば銀行".to_owned(),
            branch: "123".to_owned(),
            branch_name: "渋谷支店".to_owned(),
            kind: AccountKind::Ordinary,
            acct: "1234567".to_owned(),
            name: "ヤマダ タロウ".to_owned(),
        },
        reference: "W-261122-7KQ2MX9A".to_owned(),
    }
}

fn recovery_mail_code() -> Mail {
    Mail::RecoveryMailCode {
        code: CodeText::sample(),
        lost: Lost::Password,
        domain: "auth.example".to_owned(),
        expires_at: scene().at.plus_secs(300),
        scene: scene(),
    }
}

fn recovered(lost: Lost, left: i64) -> Mail {
    let scene = scene();
    Mail::Recovered {
        lost,
        left,
        letter: false,
        scene,
    }
}

/// Withdrawals, payout account, withdrawal password.
pub(super) fn money() -> Vec<(&'static str, Mail)> {
    let until = Some(scene().at.plus_secs(86_400));
    let stage = |stage, until| Mail::Withdrawal {
        stage,
        withdrawal: withdrawal(),
        until,
        scene: scene(),
    };
    let password = |anew| Mail::WithdrawalPasswordChanged { anew, scene: scene() };
    vec![
        (
            "withdrawal_code",
            Mail::WithdrawalCode {
                code: CodeText::sample(),
                withdrawal: withdrawal(),
                domain: "auth.example".to_owned(),
                expires_at: scene().at.plus_secs(300),
                scene: scene(),
            },
        ),
        ("withdrawal_requested", stage(Stage::Requested, None)),
        ("withdrawal_held", stage(Stage::Held, until)),
        ("withdrawal_second", stage(Stage::SecondNeeded, None)),
        ("withdrawal_approved", stage(Stage::Approved, None)),
        ("withdrawal_paid", stage(Stage::Paid, None)),
        (
            "withdrawal_refused",
            stage(Stage::Refused(ErrorCode::BalanceTooLow.number()), None),
        ),
        ("withdrawal_recalled", stage(Stage::Recalled, None)),
        (
            "payout_account_changed",
            Mail::PayoutAccountChanged {
                payee: withdrawal().payee,
                cool_off_until: until,
                scene: scene(),
            },
        ),
        ("password_changed", Mail::PasswordChanged { scene: scene() }),
        ("recovery_mail_code", recovery_mail_code()),
        ("recovered_password", recovered(Lost::Password, 9)),
        ("recovered_device", recovered(Lost::Device, 0)),
        ("recovery_codes_made", Mail::RecoveryCodesMade { scene: scene() }),
        ("withdrawal_password_changed", password(false)),
        ("withdrawal_password_anew", password(true)),
        (
            "withdrawals_locked",
            Mail::WithdrawalsLocked {
                scene: scene(),
                until,
            },
        ),
        (
            "withdrawals_locked_for_good",
            Mail::WithdrawalsLocked {
                scene: scene(),
                until: None,
            },
        ),
    ]
}

/// Codes, devices, refusals and locks.
fn login_and_devices() -> Vec<(&'static str, Mail)> {
    let later = scene().at.plus_secs(300);
    let (scene, device) = (scene(), "タロウのPixel 8".to_owned());
    let removed = |by| Mail::DeviceRemoved {
        device: device.clone(),
        by,
        scene: scene.clone(),
    };
    let denied = |alarm, withdrawals_held_until| Mail::LoginDenied {
        alarm,
        scene: scene.clone(),
        withdrawals_held_until,
    };
    vec![
        ("login_code", code(later)),
        (
            "device_registered",
            Mail::DeviceRegistered {
                device: device.clone(),
                id: None,
                until: None,
                counter: false,
                scene: scene.clone(),
            },
        ),
        ("device_removed_by_customer", removed(Remover::Customer)),
        ("device_removed_by_device", removed(Remover::Device)),
        ("device_removed_by_staff", removed(Remover::Staff)),
        ("device_removed_as_announced", removed(Remover::Notice)),
        ("login_denied_not_me", denied(Alarm::NotMe, None)),
        (
            "login_denied_phone",
            denied(Alarm::Phone, Some(later.plus_secs(86_100))),
        ),
        ("pushes_silent", Mail::PushesSilent { at: scene.at }),
        (
            "account_locked",
            Mail::AccountLocked {
                scene: scene.clone(),
                until: Some(later),
            },
        ),
        (
            "account_locked_for_good",
            Mail::AccountLocked {
                scene: scene.clone(),
                until: None,
            },
        ),
    ]
}

/// Each kind of mail, and each branch of its template, under a name.
pub(super) fn all() -> impl Iterator<Item = (&'static str, Mail)> {
    login_and_devices()
        .into_iter()
        .chain(money())
        .chain(account::device_samples())
        .chain(account::address_samples())
        .chain(logins::samples())
        .chain(staff::samples(scene().at))
}
