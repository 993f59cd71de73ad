//! What was answered on this device: the last of it, kept here alone, without amounts, payees or places (APP-10).

use serde::{Deserialize, Serialize};
use warifu_shared::clock::Timestamp;
use warifu_shared::display::{Language, dates};
use warifu_shared::jws::approval::DenyReason;
use warifu_shared::jws::challenge::Action;

use crate::error::CoreError;
use crate::facade::{DeviceCore, Inner};
use crate::vault::Record;
use crate::view::{AnswerCard, AnswersView};

/// How many are kept.
const MOST: usize = 50;

/// An answer that the server took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeptAnswer {
    /// When, in seconds since the epoch, as the service's clock goes.
    pub(crate) at: i64,
    /// What was asked for.
    pub(crate) act: Action,
    /// Why it was refused; an approval has none.
    pub(crate) denied: Option<DenyReason>,
}

impl Inner {
    /// Keeps an answer. The decision stands whatever happens here, so a failure is only logged.
    pub(crate) async fn keep_answer(&self, service: &str, act: Action, denied: Option<DenyReason>) {
        let at = {
            let state = self.state();
            self.now_at(&state, service).secs()
        };
        let add = move |record: &mut Record| {
            record.answers.push(KeptAnswer { at, act, denied });
            let over = record.answers.len().saturating_sub(MOST);
            record.answers.drain(..over);
        };
        if let Err(error) = self.edit(service, add).await {
            tracing::warn!(service, code = error.code, "an answer could not be kept");
        }
    }
}

impl DeviceCore {
    /// The last answers of this device at one service, newest first.
    ///
    /// # Errors
    /// `ServiceUnknown`.
    pub fn answers(&self, service: &str) -> Result<AnswersView, CoreError> {
        let state = self.inner.state();
        let (known, language) = (state.service(service)?, state.settings.language);
        let kept = known.record().map(|record| &*record.answers).unwrap_or_default();
        Ok(AnswersView {
            service: known.name(language),
            answers: kept.iter().rev().map(|answer| card(answer, language)).collect(),
        })
    }
}

fn card(kept: &KeptAnswer, language: Language) -> AnswerCard {
    AnswerCard {
        what: what(kept.act, language).to_owned(),
        answer: answer(kept.denied, language).to_owned(),
        approved: kept.denied.is_none(),
        at: dates::in_full(Timestamp::from_secs(kept.at), language),
    }
}

const fn what(act: Action, lang: Language) -> &'static str {
    match act {
        Action::Login => lang.pick("ログイン", "Login"),
        Action::Test => lang.pick("テスト承認", "Test approval"),
        Action::Withdrawal => lang.pick("出金", "Withdrawal"),
        Action::PayoutAccount => lang.pick("出金先口座の変更", "Change of the payout account"),
        Action::Confirm => lang.pick("大切な変更の前の確認", "Confirmation before a change"),
        Action::StaffLogin => lang.pick("社員コンソールへのログイン", "Staff login"),
        Action::MailAddress => lang.pick("メールアドレスの変更", "Change of the mail address"),
    }
}

const fn answer(denied: Option<DenyReason>, lang: Language) -> &'static str {
    match denied {
        None => lang.pick("承認しました", "Approved"),
        Some(DenyReason::Cancelled) => lang.pick("承認しませんでした(やめました)", "Not approved: cancelled"),
        Some(DenyReason::NotMe) => lang.pick("止めました(私ではありません)", "Stopped: not me"),
        Some(DenyReason::Phone) => lang.pick("止めました(電話で指示)", "Stopped: told to on the phone"),
        Some(DenyReason::WrongDetails) => lang.pick(
            "承認しませんでした(内容が違います)",
            "Not approved: wrong details",
        ),
    }
}
