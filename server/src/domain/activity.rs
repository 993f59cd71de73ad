//! What staff watch as numbers: which entry of the log counts as what, and over which times it is added up (S4).

use warifu_shared::clock::Timestamp;
use warifu_shared::jws::approval::MatchVia;

/// A number that is counted for each ten minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A login completed with an approval in the app.
    LoginApp,
    /// A login completed with a mailed code.
    LoginCode,
    /// A wrong login password of an account that exists.
    PasswordWrong,
    /// A password for an account number that nobody has.
    PasswordUnknown,
    /// A password for a login that is locked, or the mistake that locked it.
    PasswordLocked,
    /// A right password: the second factor was asked for.
    PasswordRight,
    /// A challenge was made, and pushed to the devices.
    Asked,
    /// One was approved.
    Approved,
    /// One was refused as cancelled.
    Cancelled,
    /// One was refused: it was somebody else.
    NotMe,
    /// One was refused: somebody on the phone told the customer to.
    Phone,
    /// One was refused: the details were wrong.
    WrongDetails,
    /// One was not answered in time.
    Expired,
    /// A wrong number was typed into the app.
    WrongNumber,
    /// No challenge was made, because too many stood open.
    TooMany,
    /// A code was mailed.
    CodeSent,
    /// A wrong code was typed.
    CodeWrong,
    /// A withdrawal was asked for.
    WithdrawalAsked,
    /// One was paid.
    WithdrawalPaid,
    /// One was recalled, by the customer or by staff.
    WithdrawalRecalled,
    /// A device was registered.
    DeviceAdded,
    /// A mail address was changed.
    AddressChanged,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 22] = [
        Self::LoginApp,
        Self::LoginCode,
        Self::PasswordWrong,
        Self::PasswordUnknown,
        Self::PasswordLocked,
        Self::PasswordRight,
        Self::Asked,
        Self::Approved,
        Self::Cancelled,
        Self::NotMe,
        Self::Phone,
        Self::WrongDetails,
        Self::Expired,
        Self::WrongNumber,
        Self::TooMany,
        Self::CodeSent,
        Self::CodeWrong,
        Self::WithdrawalAsked,
        Self::WithdrawalPaid,
        Self::WithdrawalRecalled,
        Self::DeviceAdded,
        Self::AddressChanged,
    ];

    /// The name in the database and in the locales.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::LoginApp => "login_app",
            Self::LoginCode => "login_code",
            Self::PasswordWrong => "password_wrong",
            Self::PasswordUnknown => "password_unknown",
            Self::PasswordLocked => "password_locked",
            Self::PasswordRight => "password_right",
            Self::Asked => "asked",
            Self::Approved => "approved",
            Self::Cancelled => "cancelled",
            Self::NotMe => "not_me",
            Self::Phone => "phone",
            Self::WrongDetails => "wrong_details",
            Self::Expired => "expired",
            Self::WrongNumber => "wrong_number",
            Self::TooMany => "too_many",
            Self::CodeSent => "code_sent",
            Self::CodeWrong => "code_wrong",
            Self::WithdrawalAsked => "withdrawal_asked",
            Self::WithdrawalPaid => "withdrawal_paid",
            Self::WithdrawalRecalled => "withdrawal_recalled",
            Self::DeviceAdded => "device_added",
            Self::AddressChanged => "address_changed",
        }
    }

    /// Reads the name.
    #[must_use]
    pub fn read(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// What an entry counts as; most count as nothing.
    #[must_use]
    pub fn of(action: &str, outcome: &str) -> Option<Self> {
        Some(match (action, outcome) {
            ("login.completed", "app") => Self::LoginApp,
            ("login.completed", _) => Self::LoginCode,
            ("login.password", "ok") => Self::PasswordRight,
            ("login.password", "wrong_password") => Self::PasswordWrong,
            ("login.password", "unknown_account") => Self::PasswordUnknown,
            ("login.password", _) => Self::PasswordLocked,
            ("challenge.created", "ok") => Self::Asked,
            ("challenge.refused", _) => Self::TooMany,
            ("challenge.approve", "wrong_number") => Self::WrongNumber,
            ("challenge.approve", via) if VIAS.iter().any(|it| it.name() == via) => Self::Approved,
            ("challenge.deny", "not_me") => Self::NotMe,
            ("challenge.deny", "phone") => Self::Phone,
            ("challenge.deny", "wrong_details") => Self::WrongDetails,
            ("challenge.deny", _) => Self::Cancelled,
            ("challenge.expired", _) => Self::Expired,
            ("code.sent", "ok") => Self::CodeSent,
            ("login.code" | "session.confirm" | "recovery.code", "wrong_code") => Self::CodeWrong,
            ("withdrawal.requested", _) => Self::WithdrawalAsked,
            ("withdrawal.paid", _) => Self::WithdrawalPaid,
            ("withdrawal.recalled", _) => Self::WithdrawalRecalled,
            ("device.confirmed", _) => Self::DeviceAdded,
            ("address.changed", _) => Self::AddressChanged,
            _ => return None,
        })
    }
}

const VIAS: [MatchVia; 3] = [MatchVia::Typed, MatchVia::Scanned, MatchVia::Link];

/// How long one counted slot is, in milliseconds: ten minutes.
pub const SLOT_MS: i64 = 600_000;

/// The beginning of the slot that a moment lies in.
#[must_use]
pub const fn slot(at: Timestamp) -> i64 {
    at.0 - at.0.rem_euclid(SLOT_MS)
}

/// A time that can be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Range {
    /// The last six hours, by ten minutes.
    Hours,
    /// The last day, by half hours.
    Day,
    /// The last seven days, by three hours.
    Week,
    /// The last 28 days, by half days.
    Month,
}

impl Range {
    /// Every range, shortest first.
    pub const ALL: [Self; 4] = [Self::Hours, Self::Day, Self::Week, Self::Month];

    /// The name in addresses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hours => "6h",
            Self::Day => "24h",
            Self::Week => "7d",
            Self::Month => "28d",
        }
    }

    /// Reads the name; the day when it is none.
    #[must_use]
    pub fn read(name: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|range| range.name() == name)
            .unwrap_or(Self::Day)
    }

    /// The length of a step in milliseconds: some slots.
    #[must_use]
    pub const fn step_ms(self) -> i64 {
        match self {
            Self::Hours => SLOT_MS,
            Self::Day => 3 * SLOT_MS,
            Self::Week => 18 * SLOT_MS,
            Self::Month => 72 * SLOT_MS,
        }
    }

    /// How many steps.
    #[must_use]
    pub const fn steps(self) -> usize {
        match self {
            Self::Hours => 36,
            Self::Day => 48,
            Self::Week | Self::Month => 56,
        }
    }

    /// The beginning of its first step, so that the last one holds `now`. Steps begin at full hours and days of Japan.
    #[must_use]
    pub const fn begin(self, now: Timestamp) -> i64 {
        let here = now.0 + JST_MS;
        let last = here - here.rem_euclid(self.step_ms()) - JST_MS;
        last - (self.steps() as i64 - 1) * self.step_ms()
    }
}

const JST_MS: i64 = 9 * 3_600_000;

/// What is usual for a number: from the same time of other weeks. Above `high` is worth a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Band {
    /// The median.
    pub usual: i64,
    /// The end of what is expected.
    pub high: i64,
}

impl Band {
    /// From the same step of earlier weeks: the median and three times the spread (median distance, scaled as for a normal
    /// distribution; at least what chance alone would do to such a count). None with fewer than three weeks.
    #[must_use]
    pub fn of(earlier: &[i64]) -> Option<Self> {
        if earlier.len() < 3 {
            return None;
        }
        let usual = median(earlier);
        let apart: Vec<i64> = earlier.iter().map(|it| (it - usual).abs()).collect();
        // 1.4826 makes the median distance comparable to a standard deviation; a count scatters by its square root.
        let spread = (median(&apart) * 14_826 / 10_000).max(usual.max(1).isqrt());
        Some(Self {
            usual,
            high: usual + 3 * spread,
        })
    }
}

/// The middle value; zero of nothing.
#[must_use]
pub fn median(values: &[i64]) -> i64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_kinds_are_unique_and_read_back() {
        for kind in Kind::ALL {
            assert_eq!(Kind::read(kind.name()), Some(kind));
        }
        assert_eq!(Kind::read("login"), None);
    }

    #[test]
    fn entries_count_as_one_kind_or_none() {
        assert_eq!(Kind::of("login.completed", "app"), Some(Kind::LoginApp));
        assert_eq!(
            Kind::of("login.password", "unknown_account"),
            Some(Kind::PasswordUnknown)
        );
        assert_eq!(Kind::of("server.started", "ok"), None);
    }

    #[test]
    fn steps_end_with_now_and_begin_at_full_hours_of_japan() {
        let now = Timestamp(1_795_503_150_855);
        for range in Range::ALL {
            let begin = range.begin(now);
            let end = begin + range.steps() as i64 * range.step_ms();
            assert!(
                begin % SLOT_MS == 0 && end > now.0 && end - range.step_ms() <= now.0,
                "{range:?}"
            );
            assert_eq!((begin + JST_MS) % range.step_ms(), 0, "{range:?}");
        }
    }

    #[test]
    fn a_band_needs_three_weeks_and_is_never_narrower_than_chance() {
        assert_eq!(Band::of(&[4, 5]), None);
        assert_eq!(
            Band::of(&[100, 100, 100]),
            Some(Band {
                usual: 100,
                high: 130
            })
        );
        assert_eq!(Band::of(&[0, 0, 0]), Some(Band { usual: 0, high: 3 }));
        let Some(wild) = Band::of(&[10, 200, 20, 400]) else {
            panic!("four weeks are enough")
        };
        assert!(wild.high > 400, "{wild:?}");
    }
}
