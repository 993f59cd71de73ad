//! The sample customers of ひので証券.

use warifu_shared::display::Language;
use warifu_shared::jws::withdrawal::{AccountKind, Payee};

use crate::domain::paper_code::PaperCode;

/// A sample customer.
pub struct Sample {
    /// Account number.
    pub number: &'static str,
    /// Name.
    pub name: &'static str,
    /// Login password.
    pub password: &'static str,
    /// Withdrawal password.
    pub withdrawal_password: &'static str,
    /// Authentication mail address.
    pub mail: &'static str,
    /// Language.
    pub language: Language,
    /// What the account holds at first, in yen.
    pub yen: i64,
    /// Bank, branch and number of the payout account, and its holder.
    pub payout: [&'static str; 6],
}

impl Sample {
    /// The payout account.
    #[must_use]
    pub fn payee(&self) -> Payee {
        let [bank, bank_name, branch, branch_name, acct, name] = self.payout.map(str::to_owned);
        Payee {
            bank,
            bank_name,
            branch,
            branch_name,
            kind: AccountKind::Ordinary,
            acct,
            name,
        }
    }
}

/// A customer whose account the firm has opened, and who has not begun yet.
pub struct Letter {
    /// Account number.
    pub number: &'static str,
    /// Name.
    pub name: &'static str,
    /// Language.
    pub language: Language,
    /// What the account holds at first, in yen.
    pub yen: i64,
    /// The code of the letter, without its check character.
    body: &'static str,
}

impl Letter {
    /// The code of the letter.
    #[must_use]
    pub fn code(&self) -> PaperCode {
        PaperCode::with_check(self.body)
    }
}

/// The letter that waits in the demo.
pub const LETTER: Letter = Letter {
    number: "1002004",
    name: "鈴木 一郎",
    language: Language::Ja,
    yen: 900_000,
    body: "7K2M9QXD4TVB8RH",
};

/// Three customers; one of them reads English.
pub const CUSTOMERS: &[Sample] = &[
    Sample {
        number: "1002001",
        name: "山田 太郎",
        password: "asahi-noboru-7301",
        withdrawal_password: "tsuki-no-hikari-42",
        mail: "taro.yamada@mail.example",
        language: Language::Ja,
        yen: 3_250_000,
        payout: [
            "0991",
            "あおば銀行",
            "201",
            "渋谷支店",
            "1234567",
            "ヤマダ タロウ",
        ],
    },
    Sample {
        number: "1002002",
        name: "佐藤 花子",
        password: "hanabi-matsuri-5518",
        withdrawal_password: "kawa-no-oto-96",
        mail: "hanako.sato@mail.example",
        language: Language::Ja,
        yen: 480_000,
        payout: [
            "0992",
            "みなと信用金庫",
            "015",
            "本店営業部",
            "0048213",
            "サトウ ハナコ",
        ],
    },
    Sample {
        number: "1002003",
        name: "Emma Collins",
        password: "quiet-harbour-2264",
        withdrawal_password: "lantern-street-73",
        mail: "emma.collins@mail.example",
        language: Language::En,
        yen: 12_800_000,
        payout: [
            "0991",
            "あおば銀行",
            "310",
            "横浜支店",
            "7654321",
            "コリンズ エマ",
        ],
    },
];
