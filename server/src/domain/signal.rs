//! Signals: which entries of the log deserve the eyes of staff, alone or by what came before them (S4, decision 39).
//! Pure: an entry gives a [`Cue`], and the watcher looks up what the cue asks for.

use warifu_shared::log::Entry;

use super::case::Level;
use crate::config::WatchRules;

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Signal {
    /// The owner refused a request: it was somebody else.
    NotMe,
    /// The owner refused: somebody on the phone told them to approve.
    Phone,
    /// The owner stopped a new device.
    DeviceVetoed,
    /// The owner stopped a change of the mail address.
    AddressStopped,
    /// The owner removed a device as stolen or not known.
    DeviceStolen,
    /// Wrong passwords locked the login.
    LoginLocked,
    /// Wrong withdrawal passwords locked withdrawals.
    WithdrawalLocked,
    /// Wrong numbers were typed into the app again and again.
    NumbersGuessed,
    /// Wrong codes were typed again and again.
    CodesGuessed,
    /// The app was asked again and again, and nobody approved.
    PushFlood,
    /// Codes were asked for again and again.
    CodeFlood,
    /// A withdrawal soon after a device was registered.
    NewDeviceWithdrawal,
    /// Another mail address soon after a device was registered.
    NewDeviceAddress,
    /// Another payout account soon after a device was registered.
    NewDevicePayout,
    /// Many accounts were tried from one address.
    ManyAccounts,
}

impl Signal {
    /// Every signal.
    pub const ALL: [Self; 15] = [
        Self::NotMe,
        Self::Phone,
        Self::DeviceVetoed,
        Self::AddressStopped,
        Self::DeviceStolen,
        Self::LoginLocked,
        Self::WithdrawalLocked,
        Self::NumbersGuessed,
        Self::CodesGuessed,
        Self::PushFlood,
        Self::CodeFlood,
        Self::NewDeviceWithdrawal,
        Self::NewDeviceAddress,
        Self::NewDevicePayout,
        Self::ManyAccounts,
    ];

    /// The name in the database and in the locales.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotMe => "not_me",
            Self::Phone => "phone",
            Self::DeviceVetoed => "device_vetoed",
            Self::AddressStopped => "address_stopped",
            Self::DeviceStolen => "device_stolen",
            Self::LoginLocked => "login_locked",
            Self::WithdrawalLocked => "withdrawal_locked",
            Self::NumbersGuessed => "numbers_guessed",
            Self::CodesGuessed => "codes_guessed",
            Self::PushFlood => "push_flood",
            Self::CodeFlood => "code_flood",
            Self::NewDeviceWithdrawal => "new_device_withdrawal",
            Self::NewDeviceAddress => "new_device_address",
            Self::NewDevicePayout => "new_device_payout",
            Self::ManyAccounts => "many_accounts",
        }
    }

    /// Reads the name.
    #[must_use]
    pub fn read(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|signal| signal.name() == name)
    }

    /// How serious it is by itself. The owner's own word weighs most; a forgotten password least.
    #[must_use]
    pub const fn level(self) -> Level {
        match self {
            Self::NotMe | Self::Phone | Self::DeviceVetoed | Self::AddressStopped => Level::High,
            Self::LoginLocked | Self::CodeFlood => Level::Low,
            _ => Level::Medium,
        }
    }
}

/// What an entry asks the watcher to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cue {
    /// The entry says it all.
    Alone(Signal),
    /// A refusal in the app: a signal unless the request was the customer's own test.
    Denied(Signal),
    /// A signal when entries with one of these actions, this one among them, are so many within an hour.
    Many {
        /// The signal.
        signal: Signal,
        /// What is counted: actions, and the outcome where only one counts.
        counted: &'static [(&'static str, &'static str)],
        /// How many it takes.
        least: i64,
    },
    /// A signal when a device was registered so many hours before.
    NewDevice(Signal, i64),
}

/// An outcome that stands for any.
pub const ANY: &str = "*";

const UNANSWERED: [(&str, &str); 5] = [
    ("challenge.expired", ANY),
    ("challenge.refused", ANY),
    ("challenge.cancelled", ANY),
    ("challenge.deny", "cancelled"),
    ("login.cancelled", ANY),
];
const WRONG_NUMBERS: [(&str, &str); 1] = [("challenge.approve", "wrong_number")];
const WRONG_CODES: [(&str, &str); 3] = [
    ("login.code", "wrong_code"),
    ("session.confirm", "wrong_code"),
    ("recovery.code", "wrong_code"),
];
const CODES: [(&str, &str); 1] = [("code.sent", ANY)];

/// Whether an action and its outcome are among the counted.
#[must_use]
pub fn counts(counted: &[(&str, &str)], action: &str, outcome: &str) -> bool {
    counted
        .iter()
        .any(|(a, o)| *a == action && (*o == ANY || *o == outcome))
}

/// What an entry about a customer asks for; most ask for nothing, those of an ordinary login among them.
#[must_use]
pub fn cue(entry: &Entry, rules: &WatchRules) -> Option<Cue> {
    let (action, outcome) = (entry.action.as_str(), entry.outcome.as_str());
    let many = |signal, counted, least| {
        Some(Cue::Many {
            signal,
            counted,
            least,
        })
    };
    let by_staff = entry.actor.starts_with("staff:");
    match (action, outcome) {
        ("challenge.deny", "not_me") => Some(Cue::Denied(Signal::NotMe)),
        ("challenge.deny", "phone") => Some(Cue::Denied(Signal::Phone)),
        ("device.vetoed", _) => Some(Cue::Alone(Signal::DeviceVetoed)),
        ("address.stopped", _) if !by_staff => Some(Cue::Alone(Signal::AddressStopped)),
        ("device.revoked", "stolen") if !by_staff => Some(Cue::Alone(Signal::DeviceStolen)),
        ("login.password", "wrong_password_now_locked") => Some(Cue::Alone(Signal::LoginLocked)),
        ("withdrawal.password", "WithdrawalPasswordLocked") => Some(Cue::Alone(Signal::WithdrawalLocked)),
        ("withdrawal.requested", _) => Some(Cue::NewDevice(
            Signal::NewDeviceWithdrawal,
            rules.new_device_hours,
        )),
        ("address.changed", _) if !by_staff => {
            Some(Cue::NewDevice(Signal::NewDeviceAddress, rules.new_device_hours))
        }
        ("payout_account.changed", _) => {
            Some(Cue::NewDevice(Signal::NewDevicePayout, rules.new_device_hours))
        }
        _ if counts(&UNANSWERED, action, outcome) => many(Signal::PushFlood, &UNANSWERED, rules.unanswered),
        _ if counts(&WRONG_NUMBERS, action, outcome) => {
            many(Signal::NumbersGuessed, &WRONG_NUMBERS, rules.guesses)
        }
        _ if counts(&WRONG_CODES, action, outcome) => many(Signal::CodesGuessed, &WRONG_CODES, rules.guesses),
        _ if counts(&CODES, action, outcome) => many(Signal::CodeFlood, &CODES, rules.codes),
        _ => None,
    }
}

/// How far back [`Cue::Many`] counts, and how long an address is remembered, in seconds.
pub const WINDOW_SECS: i64 = 3600;

#[cfg(test)]
mod tests {
    use warifu_shared::clock::Timestamp;
    use warifu_shared::log::entry::Words;

    use super::*;

    fn entry(action: &str, outcome: &str, actor: &str) -> Entry {
        let words = Words {
            actor,
            subject: "ac_1",
            action,
            outcome,
            object: "-",
            request: "rq_1",
        };
        Entry::new("au_1", Timestamp(1), words, "-", "-")
    }

    fn rules() -> WatchRules {
        WatchRules {
            failed_accounts: 5,
            accounts: 20,
            unanswered: 5,
            codes: 5,
            guesses: 5,
            new_device_hours: 24,
        }
    }

    #[test]
    fn names_of_signals_are_unique_and_read_back() {
        for signal in Signal::ALL {
            assert_eq!(Signal::read(signal.name()), Some(signal));
        }
        assert_eq!(Signal::read("everything"), None);
    }

    #[test]
    fn s4_an_ordinary_login_asks_for_nothing() {
        for (action, outcome) in [
            ("login.password", "ok"),
            ("challenge.created", "ok"),
            ("challenge.approve", "typed"),
            ("login.completed", "app"),
            ("login.password", "wrong_password"),
            ("recovery.code", "ok"),
            ("case.opened", "not_me"),
        ] {
            assert_eq!(
                cue(&entry(action, outcome, "customer"), &rules()),
                None,
                "{action}"
            );
        }
    }

    #[test]
    fn s4_the_owners_word_is_a_signal_and_what_staff_do_for_them_is_none() {
        assert_eq!(
            cue(&entry("challenge.deny", "phone", "device:dv_1"), &rules()),
            Some(Cue::Denied(Signal::Phone))
        );
        assert_eq!(
            cue(&entry("address.stopped", "code", "customer"), &rules()),
            Some(Cue::Alone(Signal::AddressStopped))
        );
        for action in ["address.stopped", "address.changed", "device.revoked"] {
            assert_eq!(
                cue(&entry(action, "stolen", "staff:sf_1"), &rules()),
                None,
                "{action}"
            );
        }
    }
}
