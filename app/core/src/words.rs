//! Sentences of the device core that are no errors, in both languages.

use warifu_shared::api::{Bilingual, ChallengeEnding, EndState, Outcome};
use warifu_shared::display::{Language, dates};
use warifu_shared::jws::notice::is_name;

use crate::approval::DenyReason;

/// A sentence in Japanese and English.
pub(crate) type Text = (&'static str, &'static str);

/// The text in one language.
pub(crate) fn say(text: Text, language: Language) -> String {
    match language {
        Language::Ja => text.0.to_owned(),
        Language::En => text.1.to_owned(),
    }
}

/// The same for texts that came from the server.
pub(crate) fn pick(text: &Bilingual, language: Language) -> &str {
    match language {
        Language::Ja => &text.ja,
        Language::En => &text.en,
    }
}

/// "ja" or "en".
pub(crate) fn tag(language: Language) -> &'static str {
    match language {
        Language::Ja => "ja",
        Language::En => "en",
    }
}

/// Appended to a sentence about a wrong entry.
pub(crate) fn tries_left(left: u32, language: Language) -> String {
    match (language, left) {
        (Language::Ja, _) => format!("あと{left}回入力できます。"),
        (Language::En, 1) => " 1 try left.".to_owned(),
        (Language::En, _) => format!(" {left} tries left."),
    }
}

/// Heading and message after a decision.
pub(crate) fn result(outcome: Outcome, reason: Option<DenyReason>, language: Language) -> (String, String) {
    let (heading, message) = match (outcome, reason) {
        (Outcome::Approved, _) => (APPROVED, APPROVED_NEXT),
        (Outcome::Denied, Some(DenyReason::NotMe)) => (STOPPED, NOT_ME_NEXT),
        (Outcome::Denied, Some(DenyReason::Phone)) => (STOPPED, PHONE_NEXT),
        (Outcome::Denied, Some(DenyReason::WrongDetails)) => (DENIED, DETAILS_NEXT),
        (Outcome::Denied, _) => (DENIED, DENIED_NEXT),
    };
    (say(heading, language), say(message, language))
}

/// Heading and message when a request left that this device did not decide.
pub(crate) fn ended(ending: &ChallengeEnding, language: Language) -> (String, String) {
    let heading = match ending.state {
        EndState::Approved | EndState::Denied => ANSWERED,
        EndState::Expired => EXPIRED,
        EndState::Pending | EndState::Cancelled => ENDED,
    };
    let at = ending.at.map(|at| dates::jst(at, language));
    // Nobody signed the name: what could mislead is left out.
    let name = ending.device.as_deref().filter(|name| is_name(name));
    let what = match (ending.state, name, at, language) {
        (EndState::Approved, Some(name), Some(at), Language::Ja) => {
            format!("{at} に「{name}」で承認されました。")
        }
        (EndState::Approved, Some(name), Some(at), Language::En) => {
            format!("It was approved on “{name}”, {at}.")
        }
        (EndState::Denied, Some(name), Some(at), Language::Ja) => {
            format!("{at} に「{name}」で止められました。")
        }
        (EndState::Denied, Some(name), Some(at), Language::En) => {
            format!("It was refused on “{name}”, {at}.")
        }
        (EndState::Approved, ..) => say(APPROVED_ELSEWHERE, language),
        (EndState::Denied, ..) => say(DENIED_ELSEWHERE, language),
        (EndState::Expired, ..) => say(EXPIRED_NEXT, language),
        (EndState::Pending | EndState::Cancelled, ..) => say(ENDED_NEXT, language),
    };
    let next = match ending.state {
        EndState::Approved => say(NOT_YOURS, language),
        _ => String::new(),
    };
    (
        say(heading, language),
        [what, next].join("\n").trim_end().to_owned(),
    )
}

const ANSWERED: Text = ("ほかの端末で回答済みです", "Another device answered");
const EXPIRED: Text = ("時間切れです", "This request has expired");
const ENDED: Text = ("この依頼は終わりました", "This request has ended");
const APPROVED_ELSEWHERE: Text = (
    "ほかの端末で承認されました。",
    "It was approved on another device.",
);
const DENIED_ELSEWHERE: Text = (
    "ほかの端末で止められました。",
    "It was refused on another device.",
);
const EXPIRED_NEXT: Text = (
    "何も承認していません。必要なときは、画面からもう一度やり直してください。",
    "Nothing was approved. Start again from the page if you need to.",
);
const ENDED_NEXT: Text = (
    "何も承認していません。画面で取り消されたか、新しい依頼に替わりました。",
    "Nothing was approved. It was cancelled on the page or replaced by a newer one.",
);
const NOT_YOURS: Text = (
    "心当たりがないときは、すぐにパスワードを変更し、当社にご連絡ください。",
    "If this was not you, change your password now and call us.",
);

const APPROVED: Text = ("承認しました", "Approved");
const APPROVED_NEXT: Text = ("元の画面が自動で進みます。", "The page goes on by itself.");
const DENIED: Text = ("承認しませんでした", "Not approved");
const DENIED_NEXT: Text = (
    "この依頼は取り消されました。必要なときは、画面からもう一度やり直してください。",
    "The request was cancelled. Start again from the page if you need to.",
);
const DETAILS_NEXT: Text = (
    "この依頼は取り消されました。画面に戻り、内容を直してからやり直してください。",
    "The request was cancelled. Go back to the page, correct the details and start again.",
);
const STOPPED: Text = ("止めました", "Stopped");
const NOT_ME_NEXT: Text = (
    "見慣れない端末からの依頼は、パスワードを変えるまで届きません。パスワードが知られているおそれがあります。早めに変更してください。",
    "Requests from unknown browsers stay blocked until you change your password. Someone may know it, so please change it soon.",
);
const PHONE_NEXT: Text = (
    "電話を切ってください。当社の社員が承認や番号をお願いすることはありません。出金もしばらく止めています。",
    "Please hang up. Our staff never ask you to approve anything or for a number. Withdrawals are held for a while too.",
);

/// No OS keystore was found (APP-06).
pub(crate) const NO_KEYSTORE: Text = (
    "このパソコンには鍵の保管庫(キーリング)がないため、鍵はPINだけで守られます。起動のたびにPINを入力してください。",
    "This computer has no keyring, so the keys are protected by your PIN alone. The PIN is asked at every start.",
);
/// There is a keystore, and it is locked.
pub(crate) const KEYSTORE_LOCKED: Text = (
    "パソコンの鍵の保管庫(キーリング)が開いていません。ロックを解除すると、登録済みのサービスを使えます。",
    "The keyring of this computer is locked. Unlock it to use your registered services.",
);
/// The insecure file store is in use.
pub(crate) const FILE_KEYSTORE: Text = (
    "鍵の半分をファイルに置いています(試験用の設定)。このパソコンのファイルを読める人からは守られません。",
    "Half of the keys lie in a file (a setting for tests). Whoever can read your files can read them.",
);
/// A service waits for the fingerprint.
pub(crate) const PENDING: Text = (
    "画面の6桁とアプリの6桁が同じことを確かめ、画面で確認を済ませてください。",
    "Compare the six digits with the page and confirm there.",
);
/// Suspended.
pub(crate) const SUSPENDED: Text = (
    "この端末の利用は止められています。承認はできません。ご自身で止めたときは、サイトの「端末」から再開できます。心当たりがないときは、窓口へご連絡ください。",
    "This device is suspended and approves nothing. If you did that, resume it on the site under “Devices”. If not, please contact the firm.",
);
/// Revoked.
pub(crate) const REVOKED: Text = (
    "この端末の登録は解除されたか、期限が過ぎました。この端末ではもう承認できません。設定からこのサービスを削除し、サイトでもう一度登録してください。",
    "This device was removed or its registration has ended; it can approve nothing. Remove the service in the settings and register again on the site.",
);
/// No answer from the server.
pub(crate) const UNREACHABLE: Text = (
    "サーバーにつながりません。しばらくして更新してください。",
    "The server cannot be reached. Please refresh in a while.",
);
/// A challenge failed verification.
pub(crate) const FORGED: Text = (
    "署名を確かめられない依頼が届いたため、破棄しました。",
    "A request arrived whose signature could not be verified. It was discarded.",
);
/// The server's key is no longer the pinned one.
pub(crate) const KEY_CHANGED: Text = (
    "サーバーの鍵が登録時と変わっています。依頼は表示しません。窓口へご連絡ください。",
    "The server's key is not the registered one. Its requests are not shown; please contact the firm.",
);
/// Removed here and at the firm.
pub(crate) const REMOVED: Text = ("この端末の登録を解除しました。", "This device was removed.");
/// Removed here only.
pub(crate) const REMOVED_HERE: Text = (
    "このアプリから削除しました。サーバーに伝えられなかったため、会社の画面でもこの端末を解除してください。",
    "Removed from this app. The server could not be told, so please also remove this device on the firm's page.",
);
/// What to do with the code that replaces a forgotten password.
pub(crate) const RESET_NEXT: Text = (
    "いつものサイトを自分で開き、ログイン画面の「パスワードを忘れたとき」で、口座番号とこのコードを入力してください。ほかの人に教えたり、メールや電話で案内された画面に入力したりしないでください。",
    "Open the firm's site yourself, choose “Forgot the password?” on the login page, and enter your account number and this code. Tell it to nobody, and never enter it on a page that a mail or a caller led you to.",
);
/// How long a code works.
pub(crate) fn until(time: &str, language: Language) -> String {
    match language {
        Language::Ja => format!("有効期限: {time}"),
        Language::En => format!("Works until {time}"),
    }
}
