//! What the app shows of a notice, made from the verified claims alone, in both languages (ENROL-07, RISK-06).

use serde::Serialize;

use super::{Language, Row, dates, places, row};
use crate::clock::Timestamp;
use crate::jws::notice::{Happened, NoticeKind, NoticeStage};

/// One notice, ready to be drawn. All of it is plain text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NoticeScreen {
    /// What happened, in a few words.
    pub heading: String,
    /// What it means.
    pub text: String,
    /// What to do if it was not the customer.
    pub advice: String,
    /// When, where and with what.
    pub rows: Vec<Row>,
    /// Whether it should be drawn so that nobody overlooks it.
    pub urgent: bool,
}

/// Heading and meaning, each in Japanese and English.
type Words = [(&'static str, &'static str); 2];

/// Renders a verified notice.
#[must_use]
pub fn render(what: &Happened, lang: Language) -> NoticeScreen {
    let [heading, text] = words(&what.kind).map(|(ja, en)| lang.pick(ja, en).to_owned());
    NoticeScreen {
        heading,
        text,
        advice: advice(&what.kind, lang).to_owned(),
        rows: rows(what, lang),
        urgent: urgent(&what.kind),
    }
}

/// What to do when it was somebody else. No links, no numbers: those are on the firm's own papers and page.
const fn advice(kind: &NoticeKind, lang: Language) -> &'static str {
    use NoticeKind as K;
    match kind {
        K::DeviceRegistered { until: Some(_), .. } | K::DeviceLeaving { .. } => lang.pick(
            "心当たりがないときは、すぐにサイトの「端末」で止めて、当社にご連絡ください。",
            "If this was not you, stop it now on our site, under “Devices”, and call us.",
        ),
        K::Withdrawal { .. } => lang.pick(
            "心当たりがないときは、「出金の履歴」で確かめて、取り消せるものは取り消し、当社にご連絡ください。",
            "If this was not you, look at “Withdrawals”, take back what can be taken back, and call us.",
        ),
        K::DeviceExpiring { .. } => lang.pick(
            "期限までに、サイトの「端末」からもう一度登録してください。",
            "Register it again on our site, under “Devices”, before that day.",
        ),
        K::AddressUnreachable {} => lang.pick(
            "サイトで、届くメールアドレスに変更してください。",
            "Please change to an address that works, on our site.",
        ),
        K::AddressChanged { until: Some(_) } => lang.pick(
            "心当たりがないときは、すぐにサイトで変更を止めて、当社にご連絡ください。",
            "If this was not you, stop the change on our site now and call us.",
        ),
        K::PasswordsWrong {} | K::PasswordLocked { .. } => lang.pick(
            "心当たりがないときは、だれかがあなたの口座番号でログインを試しています。パスワードをほかのサイトでも使っているときは、変更してください。",
            "If this was not you, somebody is trying to log in with your account number. If you use the password elsewhere, change it.",
        ),
        K::SeePage {} | K::AddressChangeStopped {} | K::DeviceStays { .. } | K::DeviceVetoed { .. } => lang.pick(
            "くわしくは、サイトの「ご利用の履歴」をご覧ください。",
            "See the history on our site for the details.",
        ),
        _ => lang.pick(
            "心当たりがないときは、すぐにサイトでパスワードを変更し、当社にご連絡ください。",
            "If this was not you, change your password on our site now and call us.",
        ),
    }
}

/// Whether it should stand out: what a thief would do.
const fn urgent(kind: &NoticeKind) -> bool {
    use NoticeKind as K;
    matches!(
        kind,
        K::LoginUnfinished {}
            | K::AddressChanged { .. }
            | K::AddressChangeRefused { .. }
            | K::DeviceRegistered { .. }
            | K::DeviceLeaving { .. }
            | K::RecoveryUsed {}
            | K::PayoutAccountChanged { .. }
            | K::CoolOffRefused { .. }
            | K::WithdrawalsLocked { .. }
            | K::AccountLocked { .. }
            | K::PasswordLocked { .. }
            | K::RequestDenied { .. }
    )
}

fn words(kind: &NoticeKind) -> Words {
    device_words(kind)
        .or_else(|| money_words(kind))
        .unwrap_or_else(|| account_words(kind))
}

#[rustfmt::skip]
const fn device_words(kind: &NoticeKind) -> Option<Words> {
    use NoticeKind as K;
    Some(match kind {
        K::DeviceRegistered { .. } => [
            ("新しい端末が登録されました", "A new device was registered"),
            ("この端末でも、ログインや出金を承認できるようになりました。", "It can approve logins and withdrawals from now on."),
        ],
        K::DeviceRemoved { .. } => [
            ("端末が解除されました", "A device was removed"),
            ("この端末では、もう承認できません。", "It can no longer approve anything."),
        ],
        K::DeviceSuspended { .. } => [
            ("端末の利用を止めました", "A device was suspended"),
            ("再開するまで、この端末では承認できません。", "It approves nothing until it is resumed."),
        ],
        K::DeviceResumed { .. } => [
            ("端末の利用を再開しました", "A device was resumed"),
            ("この端末で、また承認できるようになりました。", "It can approve again."),
        ],
        K::DeviceVetoed { .. } => [
            ("新しい端末を止めました", "A new device was stopped"),
            ("ほかの端末から止められたため、登録を取り消しました。", "Another device objected, so its registration was undone."),
        ],
        K::DeviceLeaving { .. } => [
            ("最後の端末の解除を受け付けました", "Your last device is about to be removed"),
            ("期限を過ぎると、アプリでの承認ができなくなります。", "After that time nothing can be approved in the app."),
        ],
        K::DeviceStays { .. } => [
            ("端末の解除を取りやめました", "The removal was called off"),
            ("この端末は、これまでどおり使えます。", "The device stays as it was."),
        ],
        K::DeviceExpiring { .. } => [
            ("端末の登録の期限が近づいています", "A device's registration ends soon"),
            ("期限を過ぎると、この端末では承認できません。", "After that day it can approve nothing."),
        ],
        _ => return None,
    })
}

#[rustfmt::skip]
const fn money_words(kind: &NoticeKind) -> Option<Words> {
    use NoticeKind as K;
    Some(match kind {
        K::Withdrawal { stage, .. } => stage_words(*stage),
        K::PayoutAccountChanged { .. } => [
            ("出金先口座が変わりました", "The payout account was changed"),
            ("これからの出金は、新しい口座に振り込まれます。", "Withdrawals go to the new account from now on."),
        ],
        K::WithdrawalPasswordChanged { .. } => [
            ("出金パスワードが設定されました", "The withdrawal password was set"),
            ("これからの出金には、新しいパスワードが必要です。", "Withdrawals need the new password from now on."),
        ],
        K::CoolOffRefused { payout: true, .. } => [
            ("出金先口座の変更をお断りしました", "A change of the payout account was refused"),
            ("登録の変更から間もないため、安全のため変更できません。", "Your account changed lately, so it waits to be safe."),
        ],
        K::CoolOffRefused { .. } => [
            ("出金をお断りしました", "A withdrawal was refused"),
            ("登録の変更から間もないため、安全のため金額を制限しています。", "Your account changed lately, so amounts are limited to be safe."),
        ],
        K::WithdrawalsLocked { .. } => [
            ("出金を停止しています", "Withdrawals are locked"),
            ("出金パスワードの間違いが続いたため、出金できないようにしました。", "The withdrawal password was wrong several times."),
        ],
        _ => return None,
    })
}

const fn stage_words(stage: NoticeStage) -> Words {
    let heading = match stage {
        NoticeStage::Requested => ("出金の依頼がありました", "A withdrawal was requested"),
        NoticeStage::Held => ("出金をお預かりしています", "A withdrawal is on hold"),
        NoticeStage::SecondNeeded => (
            "出金にもう一度承認が必要です",
            "A withdrawal needs a second approval",
        ),
        NoticeStage::Approved => ("出金が承認されました", "A withdrawal was approved"),
        NoticeStage::Paid => ("出金の手続きが終わりました", "A withdrawal was paid"),
        NoticeStage::Refused => ("出金できませんでした", "A withdrawal was refused"),
        NoticeStage::Recalled => ("出金が取り消されました", "A withdrawal was taken back"),
    };
    let text = match stage {
        NoticeStage::Refused | NoticeStage::Recalled => ("お金は動いていません。", "No money was moved."),
        _ => (
            "金額と振込先は「出金の履歴」で確かめられます。",
            "Amount and payee are under “Withdrawals”.",
        ),
    };
    [heading, text]
}

/// The rest: logins, passwords, addresses, recovery. What has no sentence of its own points at the page.
#[rustfmt::skip]
const fn account_words(kind: &NoticeKind) -> Words {
    use NoticeKind as K;
    match kind {
        K::LoginCompleted {} => [
            ("ログインがありました", "Someone logged in"),
            ("ログインの手続きが完了しました。", "The login was completed."),
        ],
        K::LoginUnfinished {} => [
            ("ログインが途中で止まりました", "A login was not finished"),
            ("パスワードは正しく入力されましたが、本人確認が終わっていません。ログインはされていません。", "The password was right, but the second step was not finished. Nobody was logged in."),
        ],
        K::PasswordsWrong {} => [
            ("違うパスワードが入力されました", "A wrong password was entered"),
            ("ログインで、違うパスワードが入力されました。ログインはされていません。", "The password was wrong at a login. Nobody was logged in."),
        ],
        K::PasswordLocked { known: true, .. } => [
            ("ログインを止めています", "Login is stopped"),
            ("パスワードの間違いが続いたため、しばらくログインできません。", "The password was wrong many times, so login is stopped for a while."),
        ],
        K::PasswordLocked { .. } => [
            ("見慣れないブラウザからのログインを止めています", "Logins from unknown browsers are stopped"),
            ("パスワードの間違いが続いたためです。ログインしたことのあるブラウザからは、今もログインできます。", "The password was wrong many times. You can still log in from a browser that you used before."),
        ],
        K::SessionLimit {} => [
            ("古いログインを終了しました", "An older session was ended"),
            ("同時にログインできる数を超えたため、いちばん古いものを終了しました。", "There were too many sessions at once, so the oldest was ended."),
        ],
        K::PasswordChanged {} => [
            ("ログインパスワードが変わりました", "The login password was changed"),
            ("これからは新しいパスワードでログインします。", "Logins need the new password from now on."),
        ],
        K::AddressChanged { .. } => [
            ("認証メールアドレスの変更", "The mail address is being changed"),
            ("本人確認に使うメールアドレスが変更されました。", "The address that proves who you are was changed."),
        ],
        K::AddressChangeStopped {} => [
            ("メールアドレスの変更を止めました", "The change of the address was stopped"),
            ("これまでのメールアドレスのままです。", "The old mail address counts."),
        ],
        K::AddressChangeRefused { .. } => [
            ("メールアドレスの変更をお断りしました", "A change of the mail address was refused"),
            ("登録の変更から間もないため、安全のため変更できません。", "Your account changed lately, so it waits to be safe."),
        ],
        K::AddressListChanged {} => [
            ("お知らせ先のメールアドレスが変わりました", "The notification addresses were changed"),
            ("お知らせを受け取るメールアドレスが変更されました。", "Notices go to other addresses from now on."),
        ],
        K::AddressUnreachable {} => [
            ("メールが届きません", "Mails do not arrive"),
            ("認証メールアドレスにメールを届けられませんでした。", "Mails to your address were refused."),
        ],
        _ => safety_words(kind),
    }
}

#[rustfmt::skip]
const fn safety_words(kind: &NoticeKind) -> Words {
    use NoticeKind as K;
    match kind {
        K::RecoveryUsed {} => [
            ("復旧の手続きが使われました", "The account was recovered"),
            ("端末を使わない復旧の手続きで、口座が開かれました。", "The account was opened again without its device."),
        ],
        K::RecoveryCodesMade {} => [
            ("リカバリーコードを作り直しました", "New recovery codes were made"),
            ("これまでのリカバリーコードは使えません。", "The old codes no longer work."),
        ],
        K::AccountLocked { .. } => [
            ("ログインを停止しています", "Login is locked"),
            ("間違いが続いたため、ログインできないようにしました。", "There were too many mistakes."),
        ],
        K::RequestDenied { phone: true, .. } => [
            ("電話で指示された依頼を止めました", "A request on someone's word was stopped"),
            ("出金をしばらく停止しています。電話の相手の指示には従わないでください。", "Withdrawals are held for a while. Do not do what the caller says."),
        ],
        K::RequestDenied { .. } => [
            ("心当たりのない依頼を止めました", "A request that was not yours was stopped"),
            ("見慣れないブラウザからの依頼は、パスワードを変えるまで届きません。", "Requests from unknown browsers stay blocked until you change your password."),
        ],
        K::PushesSilent {} => [
            ("通知を止めています", "Notifications are silent"),
            ("承認されない依頼が続いたため、通知を止めました。アプリを開けば依頼を確かめられます。", "Many requests went unanswered. They still show when you open the app."),
        ],
        _ => [
            ("お知らせがあります", "There is news about your account"),
            ("口座の設定に変更がありました。", "A setting of your account was changed."),
        ],
    }
}

/// When, where, with what; then what the kind has of its own.
fn rows(what: &Happened, lang: Language) -> Vec<Row> {
    let at = dates::in_full(Timestamp::from_secs(what.at), lang);
    let mut rows = vec![row(lang.pick("日時", "Time"), &at)];
    if !what.place.is_empty() {
        rows.push(row(lang.pick("場所", "Place"), &places::name(&what.place, lang)));
    }
    if !what.browser.is_empty() {
        rows.push(row(lang.pick("ブラウザ", "Browser"), &what.browser));
    }
    if let Some(name) = what.kind.device_name() {
        rows.push(row(lang.pick("端末", "Device"), name));
    }
    if let NoticeKind::Withdrawal { reference, .. } = &what.kind {
        rows.push(row(lang.pick("受付番号", "Reference"), reference));
    }
    if let Some((label, until)) = until(&what.kind, lang) {
        rows.push(row(label, &dates::in_full(Timestamp::from_secs(until), lang)));
    }
    rows
}

/// The end of what the kind speaks of, and what ends then.
fn until(kind: &NoticeKind, lang: Language) -> Option<(&'static str, i64)> {
    use NoticeKind as K;
    match kind {
        K::DeviceRegistered { until, .. } | K::AddressChanged { until } => {
            until.map(|until| (lang.pick("止める期限", "Stop by"), until))
        }
        K::DeviceLeaving { until, .. } => Some((lang.pick("解除の日時", "Removed at"), *until)),
        K::DeviceExpiring { until, .. } => Some((lang.pick("期限", "Ends at"), *until)),
        K::CoolOffRefused { until, .. } | K::AddressChangeRefused { until } => {
            Some((lang.pick("制限の期限", "Limited until"), *until))
        }
        K::PayoutAccountChanged { until } => {
            until.map(|until| (lang.pick("出金の制限", "Withdrawals limited until"), until))
        }
        K::Withdrawal { until, .. } => {
            until.map(|until| (lang.pick("取り消せる期限", "Can be taken back until"), until))
        }
        K::PasswordLocked { until, .. } => Some((lang.pick("停止の期限", "Until"), *until)),
        K::WithdrawalsLocked { until } | K::AccountLocked { until } | K::RequestDenied { until, .. } => {
            until.map(|until| (lang.pick("停止の期限", "Until"), until))
        }
        _ => None,
    }
}
