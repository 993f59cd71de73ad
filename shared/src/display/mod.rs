//! What the app shows of a challenge, made from the verified bytes alone: bytes signed = bytes displayed (TXN-01).

pub mod dates;
pub mod money;
pub mod places;

pub use places::name as place_name;

use serde::{Deserialize, Serialize};

use crate::api::Bilingual;
use crate::clock::Timestamp;
use crate::jws::challenge::{AccountKind, Action, Challenge, Payee, Transaction, Withdrawal};

/// The language of the screen. Japanese is the default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// Japanese.
    #[default]
    Ja,
    /// English.
    En,
}

impl Language {
    /// The text of this language.
    #[must_use]
    pub const fn pick<'a>(self, ja: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Ja => ja,
            Self::En => en,
        }
    }

    fn of(self, text: &Bilingual) -> &str {
        self.pick(&text.ja, &text.en)
    }
}

/// The screen of one challenge, ready to be drawn. All of it is plain text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Screen {
    /// The firm.
    pub service: String,
    /// What is asked for.
    pub heading: String,
    /// What the person is to consider.
    pub question: String,
    /// The details, in a fixed order (TXN-06).
    pub rows: Vec<Row>,
    /// The amount of a withdrawal, to be drawn largest.
    pub amount: Option<String>,
    /// Whom the money goes to, in full: shown once more where the PIN is entered. Empty when no money is about to move.
    pub payee: Vec<Row>,
    /// Short marks above the heading.
    pub badges: Vec<String>,
    /// When the challenge ends.
    pub expires_at: Timestamp,
}

/// One detail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// What it is.
    pub label: String,
    /// The value.
    pub value: String,
    /// A remark below the value.
    pub note: Option<Note>,
}

/// A remark.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    /// The remark.
    pub text: String,
    /// How it is drawn.
    pub tone: Tone,
}

/// How a remark is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Something to look at twice.
    Attention,
}

/// Renders a verified challenge: every claim that a person must see, and nothing from elsewhere.
#[must_use]
pub fn render(challenge: &Challenge, lang: Language) -> Screen {
    let (heading, question) = words(challenge.act, lang);
    let mut rows = vec![
        row(lang.pick("サービス", "Service"), lang.of(&challenge.svc)),
        row(
            lang.pick("日時", "Time"),
            &dates::jst(Timestamp::from_secs(challenge.iat), lang),
        ),
    ];
    let money = challenge.txn.as_ref().map(|txn| transaction(txn, lang));
    let (amount, money_rows) = money.unwrap_or_default();
    rows.extend(money_rows);
    rows.extend(context_rows(challenge, lang));
    let new_browser = challenge
        .ctx
        .new_browser
        .then(|| lang.pick("はじめてのブラウザ", "New browser").to_owned());
    Screen {
        service: lang.of(&challenge.svc).to_owned(),
        heading: heading.to_owned(),
        question: question.to_owned(),
        rows,
        amount,
        payee: match &challenge.txn {
            Some(Transaction::Withdrawal(it)) => payee_rows(&it.payee, lang),
            Some(Transaction::PayoutAccount(it)) => payee_rows(&it.payee, lang),
            None => Vec::new(),
        },
        badges: new_browser.into_iter().collect(),
        expires_at: Timestamp::from_secs(challenge.exp),
    }
}

fn words(action: Action, lang: Language) -> (&'static str, &'static str) {
    match action {
        Action::Login => (
            lang.pick("ログインの承認", "Approve a login"),
            lang.pick("あなたの操作ですか?", "Is this you?"),
        ),
        Action::Test => (
            lang.pick("テスト承認", "Test approval"),
            lang.pick(
                "画面の番号を入力して、承認を試してください",
                "Enter the number from the page to try an approval.",
            ),
        ),
        Action::Confirm => (
            lang.pick("大切な変更の前の確認", "Confirm before a change"),
            lang.pick(
                "ログイン中の画面で、口座の設定を変えようとしています。あなたの操作ですか?",
                "Someone logged in to your account is about to change its settings. Is this you?",
            ),
        ),
        Action::Withdrawal => (
            lang.pick("出金の承認", "Approve a withdrawal"),
            lang.pick(
                "金額と振込先を確かめてください",
                "Check the amount and the payee.",
            ),
        ),
        Action::PayoutAccount => (
            lang.pick("出金先口座の変更の承認", "Approve a payout account"),
            lang.pick(
                "これからの出金は、この口座に振り込まれます。ご自分の口座ですか?",
                "Withdrawals will go to this account from now on. Is it yours?",
            ),
        ),
    }
}

/// What the server saw of the browser (CHAL-12).
fn context_rows(challenge: &Challenge, lang: Language) -> Vec<Row> {
    let ctx = &challenge.ctx;
    let mut rows = vec![row(lang.pick("場所", "Place"), &places::name(&ctx.place, lang))];
    if !ctx.network.is_empty() {
        rows.push(row(lang.pick("回線", "Network"), &ctx.network));
    }
    let note = ctx.new_browser.then(|| Note {
        text: lang
            .pick(
                "このブラウザからは初めてです",
                "This browser was never used before",
            )
            .to_owned(),
        tone: Tone::Attention,
    });
    rows.push(Row {
        note,
        ..row(lang.pick("端末", "Device"), &ctx.browser)
    });
    rows
}

/// What the money does, as the app and the pages show it: the amount, drawn largest, and the rest in its order (TXN-06).
#[must_use]
pub fn transaction(txn: &Transaction, lang: Language) -> (Option<String>, Vec<Row>) {
    match txn {
        Transaction::Withdrawal(it) => {
            let amount = money::write(&it.amount, &it.currency, lang);
            (Some(amount), withdrawal_rows(it, lang))
        }
        Transaction::PayoutAccount(change) => (None, payee_rows(&change.payee, lang)),
    }
}

/// The payee in full, the fee and the reference (TXN-01).
fn withdrawal_rows(txn: &Withdrawal, lang: Language) -> Vec<Row> {
    let mut rows = payee_rows(&txn.payee, lang);
    rows.push(row(
        lang.pick("手数料", "Fee"),
        &money::write(&txn.fee, &txn.currency, lang),
    ));
    rows.push(row(lang.pick("受付番号", "Reference"), &txn.reference));
    rows
}

/// A bank account in full. Names stand beside the codes that decide.
#[must_use]
pub fn payee_rows(payee: &Payee, lang: Language) -> Vec<Row> {
    let kind = account_kind(payee.kind, lang);
    let bank = format!(
        "{} ({}) {} ({})",
        payee.bank_name, payee.bank, payee.branch_name, payee.branch
    );
    vec![
        row(lang.pick("振込先", "Pay to"), &bank),
        row(lang.pick("口座", "Account"), &format!("{kind} {}", payee.acct)),
        row(lang.pick("名義", "Holder"), &payee.name),
    ]
}

/// The kind of a bank account in words.
#[must_use]
pub const fn account_kind(kind: AccountKind, lang: Language) -> &'static str {
    match kind {
        AccountKind::Ordinary => lang.pick("普通", "Ordinary"),
        AccountKind::Current => lang.pick("当座", "Current"),
        AccountKind::Savings => lang.pick("貯蓄", "Savings"),
    }
}

fn row(label: &str, value: &str) -> Row {
    Row {
        label: label.to_owned(),
        value: value.to_owned(),
        note: None,
    }
}
