//! Sentences about withdrawals in both languages: the same words as the firm's pages have.

use warifu_shared::api::WithdrawalState;
use warifu_shared::display::Language;
use warifu_shared::error::ErrorCode;

use crate::words::{Text, say};

/// The state in a word or two.
pub(super) const fn state(state: WithdrawalState) -> Text {
    match state {
        WithdrawalState::Pending => ("承認待ち", "Waiting for approval"),
        WithdrawalState::Second => ("2回目の承認待ち", "Waiting for the second approval"),
        WithdrawalState::Held => ("お預かり中", "On hold"),
        WithdrawalState::Queued | WithdrawalState::Placed => ("手続き中", "In progress"),
        WithdrawalState::Paid => ("振込済み", "Paid"),
        WithdrawalState::Refused => ("出金できません", "Refused"),
        WithdrawalState::Denied => ("承認されませんでした", "Not approved"),
        WithdrawalState::Expired => ("時間切れ", "Expired"),
        WithdrawalState::Cancelled => ("取りやめ", "Cancelled"),
        WithdrawalState::Recalled => ("取り消し済み", "Taken back"),
    }
}

/// What the state means and what comes next. `until` is the end of the hold, `reason` why it was refused.
pub(super) fn meaning(
    state: WithdrawalState,
    until: Option<&str>,
    reason: Option<u16>,
    language: Language,
) -> String {
    let text = match state {
        WithdrawalState::Pending => PENDING,
        WithdrawalState::Second => SECOND,
        WithdrawalState::Held => return held(until, language),
        WithdrawalState::Queued => QUEUED,
        WithdrawalState::Placed => PLACED,
        WithdrawalState::Paid => PAID,
        WithdrawalState::Refused => return refused(reason, language),
        WithdrawalState::Denied => DENIED,
        WithdrawalState::Expired => EXPIRED,
        WithdrawalState::Cancelled | WithdrawalState::Recalled => NO_MONEY,
    };
    say(text, language)
}

fn held(until: Option<&str>, language: Language) -> String {
    match (until, language) {
        (Some(until), Language::Ja) => format!("{until} まで取り消せます。その後、自動で振り込みます。"),
        (Some(until), Language::En) => {
            format!("You can take it back until {until}. After that it is paid by itself.")
        }
        (None, _) => say(HELD, language),
    }
}

fn refused(reason: Option<u16>, language: Language) -> String {
    let none = say(NO_MONEY, language);
    match reason.and_then(ErrorCode::from_number) {
        Some(code) if language == Language::Ja => format!("{}{none}", code.ja()),
        Some(code) => format!("{} {none}", code.en()),
        None => none,
    }
}

/// After an approval: the reference, and what comes next.
pub(crate) fn approved(
    reference: &str,
    became: Option<(WithdrawalState, Option<&str>, Option<u16>)>,
    language: Language,
) -> String {
    let next = match became {
        Some((state, until, reason)) => meaning(state, until, reason, language),
        None => say(LOOK_LATER, language),
    };
    match language {
        Language::Ja => format!("{next}\n受付番号: {reference}"),
        Language::En => format!("{next}\nReference: {reference}"),
    }
}

/// The heading after an approval that came to nothing.
pub(crate) const REFUSED_AFTER: Text = ("出金できませんでした", "The withdrawal was refused");

const PENDING: Text = (
    "承認を待っています。承認されるまで、お金は動きません。",
    "It waits for its approval. No money moves before that.",
);
const SECOND: Text = (
    "大きな金額のため、もう一度承認されるまで、お金は動きません。それまでは取り消せます。",
    "This is a large amount: no money moves until it is approved once more. You can take it back until then.",
);
const HELD: Text = (
    "安全のため、しばらくお預かりしてから振り込みます。それまでは取り消せます。",
    "To be safe we hold it for a while before it is paid. You can take it back until then.",
);
const QUEUED: Text = ("これから振り込みます。", "It will be paid now.");
const PLACED: Text = ("振込の手続きをしています。", "It is being paid.");
const PAID: Text = (
    "振込の手続きが終わりました。",
    "The money is on its way to your bank.",
);
const DENIED: Text = (
    "アプリで承認されなかったため、止めました。お金は動いていません。",
    "It was refused in the app, so we stopped it. No money was moved.",
);
const EXPIRED: Text = (
    "時間内に承認されなかったため、終わりにしました。お金は動いていません。",
    "Nobody approved it in time, so it has ended. No money was moved.",
);
const NO_MONEY: Text = ("お金は動いていません。", "No money was moved.");
const LOOK_LATER: Text = (
    "この先の状況は、ホームの「出金の履歴」で確かめられます。",
    "See “Withdrawals” on the home screen for how it goes on.",
);
/// A receipt whose entries are all in the log.
pub(super) const RECEIPT_SAVED: Text = (
    "受領証を確かめて、保存しました。",
    "The receipt was verified and saved.",
);
/// A receipt that the log does not have yet.
pub(super) const RECEIPT_PENDING: Text = (
    "受領証を確かめて、保存しました。記録への組み込みを待っているところがあります。少したってから、もう一度保存してください。",
    "The receipt was verified and saved. Part of it is not in the log yet; save it once more in a while.",
);
