//! The policy of withdrawals, rule by rule.

use proptest::prelude::*;

use super::*;
use crate::config::Config;

fn rules() -> WithdrawalRules {
    let text = "[service]\nname_ja='あ'\nname_en='a'\nphone='1'\ndevice_origin='https://a.example'\n\
                [[origins]]\nurl='https://a.example'\nsite='browser'\nmain=true\n\
                [withdrawal]\nfee=110\nper_transaction=5000000\nper_day=8000000\nhold_from=3000000\nhold_hours=24\n\
                second_approval_from=4000000\n[withdrawal.mailed_code]\ndelay_hours=2\nlast_day='2026-11-22'";
    Config::parse(text).unwrap().withdrawal
}

/// 2026-11-22 23:30 in Japan.
const NOW: Timestamp = Timestamp::from_secs(1_795_357_800);

fn facts() -> Facts {
    Facts {
        now: NOW,
        how: How::App,
        today: Yen::ZERO,
        available: yen(100_000_000).into(),
        cool_off_until: Timestamp(0),
        held_until: Timestamp(0),
        risk: Risk::Ordinary,
    }
}

fn yen(n: i64) -> Yen {
    Yen::new(n).unwrap()
}

fn refused(amount: i64, facts: &Facts) -> (ErrorCode, Option<Yen>) {
    let limit = assess(&rules(), yen(amount), facts).unwrap_err();
    (limit.code, limit.possible)
}

#[test]
fn txn_07_txn_09_enrol_09_each_limit_says_what_is_possible() {
    let ok = assess(&rules(), yen(2_999_999), &facts()).unwrap();
    assert_eq!((ok.release_at, ok.second), (None, false));
    assert_eq!(
        refused(5_000_001, &facts()),
        (ErrorCode::AmountAboveLimit, Some(yen(5_000_000)))
    );
    let today = Facts {
        today: yen(7_500_000),
        ..facts()
    };
    assert_eq!(
        refused(500_001, &today),
        (ErrorCode::DayLimit, Some(yen(500_000)))
    );
    assert!(assess(&rules(), yen(500_000), &today).is_ok());
    let poor = Facts {
        available: Some(yen(10_109)),
        ..facts()
    };
    assert_eq!(
        refused(10_000, &poor),
        (ErrorCode::BalanceTooLow, Some(yen(9_999))),
        "the fee counts"
    );
    let poorest = Facts {
        available: Some(yen(50)),
        ..facts()
    };
    assert_eq!(refused(1, &poorest), (ErrorCode::BalanceTooLow, Some(Yen::ZERO)));
    let cooling = Facts {
        cool_off_until: NOW.plus_secs(1),
        ..facts()
    };
    assert_eq!(
        refused(1_000_001, &cooling),
        (ErrorCode::CoolOffLimit, Some(yen(1_000_000)))
    );
    let cooled = Facts {
        cool_off_until: NOW,
        ..facts()
    };
    assert!(assess(&rules(), yen(1_000_001), &cooled).is_ok());
    let code = Facts {
        how: How::Code,
        today: yen(400_000),
        ..facts()
    };
    assert_eq!(
        refused(600_001, &code),
        (ErrorCode::MailedCodeLimit, Some(yen(600_000)))
    );
    let closed = WithdrawalRules {
        open: false,
        ..rules()
    };
    assert_eq!(
        assess(&closed, yen(1), &facts()).unwrap_err().code,
        ErrorCode::WithdrawalsClosed
    );
}

#[test]
fn txn_07_the_mailed_code_ends_after_its_last_day_in_japan() {
    let code = Facts {
        how: How::Code,
        ..facts()
    };
    let plan = assess(&rules(), yen(1), &code).unwrap();
    assert_eq!(plan.release_at, Some(NOW.plus_secs(2 * 3600)), "the delay");
    let midnight = Facts {
        now: NOW.plus_secs(1800),
        ..code
    };
    assert_eq!(refused(1, &midnight).0, ErrorCode::MailedCodeWithdrawalsClosed);
    assert_eq!(day_start(midnight.now), midnight.now);
    assert_eq!(day_start(NOW), NOW.plus_secs(1800 - 86_400));
    assert!(
        assess(
            &rules(),
            yen(1),
            &Facts {
                how: How::App,
                ..midnight
            }
        )
        .is_ok()
    );
}

#[test]
fn txn_09_large_amounts_are_held_and_need_a_second_approval() {
    let plan = |amount, facts: &Facts| assess(&rules(), yen(amount), facts).unwrap();
    assert_eq!(
        plan(3_000_000, &facts()),
        Plan {
            release_at: Some(NOW.plus_secs(86_400)),
            second: false
        }
    );
    assert!(plan(4_000_000, &facts()).second);
    let unusual = Facts {
        risk: Risk::Unusual,
        ..facts()
    };
    assert_eq!(plan(1, &unusual).release_at, Some(NOW.plus_secs(86_400)));
    let phone = Facts {
        held_until: NOW.plus_secs(60),
        ..facts()
    };
    assert_eq!(plan(1, &phone).release_at, Some(NOW.plus_secs(60)));
}

#[test]
fn a_reference_can_be_read_out_and_signed() {
    let mark = [0, 31, 32, 255, 7, 8, 9, 10];
    assert_eq!(reference(NOW, mark), "W-261122-0Z0Z789A");
}

proptest! {
    /// Whatever is allowed keeps every limit, and more is never possible than the smallest of them.
    #[test]
    fn txn_07_what_is_allowed_keeps_every_limit(
        amount in 1..20_000_000i64, today in 0..10_000_000i64, available in 0..30_000_000i64, by_code: bool, cooling: bool,
    ) {
        let how = if by_code { How::Code } else { How::App };
        let cool_off_until = if cooling { NOW.plus_secs(9) } else { NOW };
        let facts = Facts { how, today: yen(today), available: Some(yen(available)), cool_off_until, ..facts() };
        match assess(&rules(), yen(amount), &facts) {
            Ok(_) => {
                prop_assert!(amount <= 5_000_000 && today + amount <= 8_000_000 && amount + 110 <= available);
                prop_assert!(!(by_code || cooling) || today + amount <= 1_000_000);
            }
            Err(limit) => {
                let possible = limit.possible.unwrap();
                prop_assert!(possible < yen(amount));
            }
        }
    }
}
