//! Refusals of the device core: the server's codes passed on, and codes of its own from 2001.

use serde::Serialize;
use warifu_shared::api::{Bilingual, Problem};
use warifu_shared::clock::Timestamp;
use warifu_shared::display::Language;
use warifu_shared::error::ErrorCode;

use crate::words;

macro_rules! local_codes {
    ($($number:literal $name:ident $ja:literal $en:literal;)*) => {
        /// A refusal that was found on the device. Numbers and names never change their meaning.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum LocalCode {
            $(#[doc = $en] $name,)*
        }

        impl LocalCode {
            /// Every code, in order of its number.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stable number.
            #[must_use]
            pub const fn number(self) -> u16 {
                match self { $(Self::$name => $number,)* }
            }

            /// The stable name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }

            /// The sentence in both languages.
            #[must_use]
            pub fn message(self) -> Bilingual {
                let (ja, en) = match self { $(Self::$name => ($ja, $en),)* };
                Bilingual { ja: ja.to_owned(), en: en.to_owned() }
            }
        }
    };
}

local_codes! {
    2001 PinWrong "PINが違います。" "That PIN is wrong.";
    2002 PinWeak "このPINは推測されやすいため使えません。並びや生年月日を避けた6桁の数字にしてください。" "This PIN is easy to guess. Choose six digits that are no sequence and no date.";
    2003 PinsDiffer "2回のPINが一致しません。もう一度入力してください。" "The two PINs differ. Please enter them again.";
    2004 VaultDestroyed "PINを続けて間違えたため、この端末の鍵を消去しました。もう一度登録してください。" "The PIN was wrong too often, so the keys on this device were erased. Please register it again.";
    2005 ServerUnreachable "サーバーにつながりません。通信環境を確かめて、もう一度お試しください。" "The server cannot be reached. Please check your connection and try again.";
    2006 ServerKeyWrong "サーバーの鍵が登録時の案内と違います。登録を中止しました。窓口へご連絡ください。" "The server's key is not the one that was announced. Nothing was registered; please contact the firm.";
    2007 LinkOfAnotherService "このリンクは別のサービスか別の依頼のものです。画面を確かめてください。" "This link belongs to another service or another request. Please check the page.";
    2008 NotSecure "暗号化されていない接続先(https以外)には登録できません。" "Only encrypted addresses (https) can be registered.";
    2009 KeystoreLocked "パソコンの鍵の保管庫(キーリング)が開いていません。ロックを解除してから、もう一度お試しください。" "The keyring of this computer is locked. Please unlock it and try again.";
    2010 KeyLost "この端末の鍵が保管庫に見つかりません。サービスを削除して、もう一度登録してください。" "The keys of this service are missing from the keyring. Please remove the service and register it again.";
    2011 ClockOff "この端末の時計がずれているため、依頼を確かめられません。時刻を自動設定にしてください。" "The clock of this device is off, so requests cannot be verified. Please set the time automatically.";
    2012 LinkUnreadable "リンクを読み取れません。画面のリンクをもう一度コピーしてください。" "The link cannot be read. Please copy it again from the page.";
    2013 RequestGone "この依頼はもう開いていません。" "This request is no longer open.";
    2014 Locked "ロックされています。PINを入力してください。" "The app is locked. Please enter your PIN.";
    2015 NumberUnreadable "画面の6桁の番号を入力してください。" "Please enter the six digits that the page shows.";
    2016 VaultDamaged "保存されたデータが壊れているか、書き換えられています。サービスを削除して、もう一度登録してください。" "The stored data are damaged or were changed. Please remove the service and register it again.";
    2017 StorageFailed "データを保存できません。ディスクの空きと権限を確かめてください。" "The data cannot be stored. Please check free space and permissions.";
    2018 AnswerUnreadable "サーバーの応答を読み取れません。少し待ってからもう一度お試しください。" "The server's answer cannot be read. Please try again in a moment.";
    2019 NoEnrolment "登録の途中ではありません。はじめからやり直してください。" "No registration is under way. Please start again.";
    2020 DeviceNameBad "端末の名前は1〜40文字で入力してください。" "The device name has 1 to 40 characters.";
    2021 ServiceUnknown "このサービスは登録されていません。" "This service is not registered here.";
    2022 PinNotShared "鍵の保管庫がないため、PINはすべてのサービスで同じにしてください。" "Without a keyring, all services must use the same PIN.";
    2023 RequestForged "署名を確かめられない依頼を破棄しました。承認しないでください。" "A request whose signature could not be verified was discarded. Do not approve anything now.";
    2024 PinMalformed "PINは6桁の数字です。" "The PIN has six digits.";
    2025 CertificateWrong "サーバーの証明書を確かめられないため、接続を中止しました。別の通信環境で試し、続くときは窓口へご連絡ください。" "The server's certificate could not be verified, so nothing was sent. Please try another network; if it goes on, contact the firm.";
    2026 WithdrawalUnknown "この出金は一覧にありません。出金の履歴を開き直してください。" "This withdrawal is not on the list. Please open the list again.";
    2027 ReceiptNone "端末で承認したり断ったりした出金ではないため、受領証はありません。" "No device has decided on this withdrawal, so there is no receipt.";
    2028 ReceiptInvalid "受領証を確かめられなかったため、保存しませんでした。窓口へご連絡ください。" "The receipt could not be verified, so it was not saved. Please contact the firm.";
    2029 NoticeUnknown "このお知らせは一覧にありません。お知らせを開き直してください。" "This notice is not on the list. Please open the list again.";
    2030 NoticeNoVeto "このお知らせには、この端末から止められるものがありません。" "This notice tells of nothing that this device can stop now.";
    2035 SeveralOpen "開いている依頼が複数あります。一覧で確かめて、承認する依頼のIDを指定してください。" "Several requests are open. List them, and name the id of the one that you mean.";
    2036 SeveralServices "複数のサービスが登録されています。--service で、どのサービスかを指定してください。" "Several services are registered. Name the one that you mean with --service.";
}

/// Why something was refused, ready to be shown: the sentence and, small below it, the number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code} {name}: {}", message.en)]
pub struct CoreError {
    /// The number: of `ErrorCode` (below 2000) or [`LocalCode`].
    pub code: u16,
    /// The stable name of the same.
    pub name: String,
    /// A sentence to act on.
    pub message: Bilingual,
    /// How many tries are left (PIN or number).
    pub tries_left: Option<u32>,
    /// When to try again.
    pub retry_at: Option<Timestamp>,
}

/// A [`CoreError`] in one language, as a user interface shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ErrorView {
    /// The number.
    pub code: u16,
    /// Its stable name.
    pub name: String,
    /// The sentence, with the tries left.
    pub message: String,
    /// How many tries are left.
    pub tries_left: Option<u32>,
    /// When to try again.
    pub retry_at: Option<Timestamp>,
}

impl CoreError {
    /// A wrong PIN with the number of tries that remain before the keys are destroyed.
    pub(crate) fn pin_wrong(tries_left: u32) -> Self {
        Self {
            tries_left: Some(tries_left),
            ..LocalCode::PinWrong.into()
        }
    }

    /// What the server refused with. An unknown code keeps the server's own sentence.
    pub(crate) fn from_problem(problem: Problem) -> Self {
        Self {
            code: problem.code,
            name: problem.name,
            message: problem.message,
            tries_left: problem.tries_left,
            retry_at: problem.retry_at,
        }
    }

    /// Whether this is the given code of the server's list.
    #[must_use]
    pub fn is(&self, code: ErrorCode) -> bool {
        self.code == code.number()
    }

    /// Whether this is the given code of the device's list.
    #[must_use]
    pub fn is_local(&self, code: LocalCode) -> bool {
        self.code == code.number()
    }

    /// The sentence in one language, with the number of tries left.
    #[must_use]
    pub fn view(&self, language: Language) -> ErrorView {
        let mut message = words::pick(&self.message, language).to_owned();
        if let Some(left) = self.tries_left {
            message.push_str(&words::tries_left(left, language));
        }
        ErrorView {
            code: self.code,
            name: self.name.clone(),
            message,
            tries_left: self.tries_left,
            retry_at: self.retry_at,
        }
    }
}

impl From<LocalCode> for CoreError {
    fn from(code: LocalCode) -> Self {
        Self {
            code: code.number(),
            name: code.name().to_owned(),
            message: code.message(),
            tries_left: None,
            retry_at: None,
        }
    }
}

impl From<ErrorCode> for CoreError {
    fn from(code: ErrorCode) -> Self {
        Self {
            code: code.number(),
            name: code.name().to_owned(),
            message: code.message(),
            tries_left: None,
            retry_at: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_numbers_ascend_from_2001_and_have_sentences() {
        assert!(LocalCode::ALL.windows(2).all(|w| w[0].number() < w[1].number()));
        for code in LocalCode::ALL {
            assert!(ErrorCode::from_number(code.number()).is_none() && code.number() > 2000);
            let message = code.message();
            assert!(
                message.ja.ends_with('。') && message.en.ends_with('.'),
                "{}",
                code.name()
            );
        }
    }

    #[test]
    fn tries_left_are_told_in_both_languages() {
        let error = CoreError::pin_wrong(2);
        assert!(error.view(Language::Ja).message.contains("あと2回"));
        assert!(error.view(Language::En).message.contains("2 tries left"));
        assert!(
            CoreError::pin_wrong(1)
                .view(Language::En)
                .message
                .contains("1 try left")
        );
    }
}
