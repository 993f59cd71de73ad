//! Withdrawals, payout account and withdrawal password, with sample data.

use std::io;

use warifu_server::domain::withdrawal::State;
use warifu_server::domain::yen::Yen;
use warifu_server::pages::layout::ErrorNote;
use warifu_server::pages::paths;
use warifu_server::pages::views::*;
use warifu_shared::display::{Row, payee_rows};
use warifu_shared::error::ErrorCode;
use warifu_shared::jws::withdrawal::{
    AccountKind, MailAddress, Payee, PayoutAccount, Transaction, Withdrawal,
};

use super::{Folder, LINK, NOW};

const URL: &str = "/withdrawals/wd_sample";

fn payee() -> Payee {
    Payee {
        bank: "0991".to_owned(),
        bank_name: "あおば銀行".to_owned(),
        branch: "201".to_owned(),
        branch_name: "渋谷支店".to_owned(),
        kind: AccountKind::Ordinary,
        acct: "1234567".to_owned(),
        name: "ヤマダ タロウ".to_owned(),
    }
}

fn rows(to: &Folder) -> Vec<Row> {
    payee_rows(&payee(), to.language)
}

pub fn facts(to: &Folder) -> MoneyFacts {
    let txn = Transaction::Withdrawal(Withdrawal {
        amount: "1500000".to_owned(),
        fee: "0".to_owned(),
        currency: "JPY".to_owned(),
        payee: payee(),
        reference: "W-261122-7KQ2MX9A".to_owned(),
    });
    MoneyFacts::of(&txn, to.language)
}

pub fn all(to: &Folder) -> io::Result<()> {
    lists(to)?;
    form(to)?;
    waiting(to)?;
    states(to)?;
    protection(to)
}

fn lists(to: &Folder) -> io::Result<()> {
    for (name, not_now, some) in [
        ("withdrawals", None, true),
        ("withdrawals_empty", None, false),
        ("withdrawals_no_password", Some(NotNow::NoPassword), false),
        ("withdrawals_no_payout", Some(NotNow::NoPayout), false),
        ("withdrawals_closed", Some(NotNow::Closed), false),
    ] {
        let frame = to.frame(paths::WITHDRAWALS, true);
        let history = State::ALL.iter().zip(1..).filter(|_| some);
        let rows_of = history.map(|(state, day)| HistoryRow {
            url: URL.to_owned(),
            at: NOW.plus_secs(-86_400 * day),
            amount: frame.yen(&Yen::new(1_500_000 / day).unwrap_or_default()),
            payee: "あおば銀行 渋谷支店 •••• 567".to_owned(),
            state: *state,
        });
        let view = WithdrawalsPage {
            available: some.then(|| frame.yen(&Yen::new(3_250_000).unwrap_or_default())),
            payout: (not_now != Some(NotNow::NoPayout)).then(|| rows(to)),
            not_now,
            cool_off_until: some.then(|| NOW.plus_secs(50_000)),
            held_until: None,
            rows: rows_of.collect(),
            older: some.then(|| "/withdrawals?before=wd_sample".to_owned()),
            cancelled: name == "withdrawals_empty",
            frame,
        };
        to.put(name, &view)?;
    }
    Ok(())
}

fn form(to: &Folder) -> io::Result<()> {
    let possible = ErrorNote {
        possible: Yen::new(320_000),
        ..ErrorNote::of(ErrorCode::BalanceTooLow)
    };
    for (name, error) in [
        ("withdraw", None),
        ("withdraw_kept", None),
        ("withdraw_refused", Some(possible)),
    ] {
        let kept = name == "withdraw_kept";
        let frame = to.frame(paths::WITHDRAW, true);
        let yen = |n| frame.yen(&Yen::new(n).unwrap_or_default());
        let view = WithdrawPage {
            key: "key-of-the-sample".to_owned(),
            amount: if error.is_some() || kept { "1,500,000" } else { "" }.to_owned(),
            kept,
            available: Some(yen(3_250_000)),
            payout: rows(to),
            rules: vec![
                frame.t1("withdraw.fee", "amount", yen(0)),
                frame.t1("withdraw.today", "amount", yen(10_000_000)),
                frame
                    .t1("withdraw.hold", "amount", yen(5_000_000))
                    .replace("{hours}", "24"),
            ],
            error,
            frame,
        };
        to.put(name, &view)?;
    }
    Ok(())
}

fn waiting(to: &Folder) -> io::Result<()> {
    let change = Transaction::PayoutAccount(PayoutAccount { payee: payee() });
    let address = Transaction::MailAddress(MailAddress {
        old: "taro.yamada@mail.example".to_owned(),
        new: "taro.yamada.new@another-mail.example".to_owned(),
    });
    for (name, action, money) in [
        ("wait_withdrawal", WaitAction::Withdrawal, facts(to)),
        ("wait_second", WaitAction::Second, facts(to)),
        (
            "wait_payout",
            WaitAction::PayoutAccount,
            MoneyFacts::of(&change, to.language),
        ),
        (
            "wait_address",
            WaitAction::MailAddress,
            MoneyFacts::of(&address, to.language),
        ),
    ] {
        let view = WaitPage {
            frame: to.frame(URL, true),
            url: URL.to_owned(),
            action,
            state: WaitState::Waiting,
            number: "493817".to_owned(),
            app_link: LINK.to_owned(),
            created_at: NOW.plus_secs(-38),
            expires_at: NOW.plus_secs(82),
            now: NOW,
            money: Some(money),
            open_app_yourself: false,
        };
        to.put(name, &view)?;
    }
    let view = CodePage {
        frame: to.frame(URL, true),
        url: URL.to_owned(),
        masked_address: "t****o@example.jp".to_owned(),
        sender: "authentication@hinode.example".to_owned(),
        error: None,
        resend_at: NOW.plus_secs(42),
        expires_at: NOW.plus_secs(272),
        now: NOW,
        mail_late: false,
        sent_again: false,
        what: CodeFor::Withdrawal,
        money: Some(facts(to)),
        closed: false,
    };
    to.put("code_withdrawal", &view)
}

fn states(to: &Folder) -> io::Result<()> {
    for state in State::ALL.iter().copied() {
        let frame = to.frame(URL, true);
        let ended = !(state.is_promised() || matches!(state, State::Pending | State::Placed));
        let view = WithdrawalPage {
            url: URL.to_owned(),
            state,
            reason: (state == State::Refused).then_some(ErrorCode::BalanceTooLow),
            money: facts(to),
            requested_at: NOW.plus_secs(-300),
            approved_at: state.counts().then(|| NOW.plus_secs(-200)),
            release_at: (state == State::Held).then(|| NOW.plus_secs(80_000)),
            ended_at: ended.then_some(NOW),
            by_code: state == State::Held,
            available: Some(frame.yen(&Yen::new(1_750_000).unwrap_or_default())),
            second_by_device: true,
            receipt: state.counts().then(|| format!("{URL}/receipt")),
            frame,
        };
        to.put(&format!("withdrawal_{}", state.as_str()), &view)?;
    }
    Ok(())
}

fn protection(to: &Folder) -> io::Result<()> {
    for (name, needs_app, cool_off) in [
        ("payout", false, false),
        ("payout_needs_app", true, false),
        ("payout_cool_off", false, true),
    ] {
        let view = PayoutPage {
            frame: to.frame(paths::PAYOUT, true),
            present: Some(rows(to)),
            since: Some(NOW.plus_secs(-9_000_000)),
            needs_app,
            cool_off_until: cool_off.then(|| NOW.plus_secs(50_000)),
            cool_off_hours: 24,
            form: PayoutForm::default(),
            error: (name == "payout").then(|| ErrorNote::of(ErrorCode::PayoutAccountInvalid)),
            changed: cool_off,
        };
        to.put(name, &view)?;
    }
    for (name, is_set, anew, fresh) in [
        ("withdrawal_password", true, false, true),
        ("withdrawal_password_first", false, true, true),
        ("withdrawal_password_anew", true, true, true),
        ("withdrawal_password_stale", true, true, false),
    ] {
        let view = WithdrawalPasswordPage {
            frame: to.frame(paths::WITHDRAWAL_PASSWORD, true),
            is_set,
            anew,
            fresh,
            error: None,
            changed: name == "withdrawal_password",
        };
        to.put(name, &view)?;
    }
    passwords(to)
}

/// The login password and the sheet of recovery codes.
fn passwords(to: &Folder) -> io::Result<()> {
    for (name, fresh, error) in [
        ("password", true, None),
        ("password_common", true, Some(ErrorCode::PasswordCommon)),
        ("password_changed", true, None),
        ("password_stale", false, None),
    ] {
        let view = PasswordPage {
            frame: to.frame(paths::PASSWORD, true),
            fresh,
            shortest: 8,
            error: error.map(ErrorNote::of),
            changed: name == "password_changed",
        };
        to.put(name, &view)?;
    }
    for (name, left, fresh, count) in [
        ("recovery_codes", None, true, 0),
        ("recovery_codes_shown", None, true, 10),
        ("recovery_codes_few", Some(2), false, 0),
    ] {
        let view = RecoveryCodesPage {
            frame: to.frame(paths::RECOVERY_CODES, true),
            number: "****001".to_owned(),
            left,
            fresh,
            made_at: NOW,
            codes: vec!["7KQ2-MX9A-4TZB-W0GE".to_owned(); count],
            error: None,
        };
        to.put(name, &view)?;
    }
    Ok(())
}
