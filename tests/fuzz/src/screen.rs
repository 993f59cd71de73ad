//! What a person sees of a challenge: all that is signed, and nothing that misleads.

use warifu_shared::display::{Language, Screen, render};
use warifu_shared::jws::challenge::{Challenge, Transaction};

use crate::bytes::assert_plain;
use crate::scene::{SERVER, read_challenge, withdrawal};

/// A withdrawal with any texts: what can be signed can be verified, and its screen shows every text in full.
pub(crate) fn display(data: &[u8]) {
    let Some(text) = crate::bytes::text(data) else {
        return;
    };
    let mut lines = text.split('\n');
    let challenge = withdrawal(std::array::from_fn(|_| lines.next().unwrap_or_default()));
    let Ok(token) = challenge.sign(&SERVER) else {
        return;
    };
    let back = read_challenge(&token).expect("what is signed is read");
    assert_eq!(back.challenge, challenge);
    check_screen(&challenge);
}

/// What holds for the screen of every challenge that a device accepts.
pub(crate) fn check_screen(challenge: &Challenge) {
    for language in [Language::Ja, Language::En] {
        let screen = render(challenge, language);
        let shown = texts(&screen);
        shown.iter().for_each(|text| assert_plain(text));
        let all = shown.join("\n");
        let mut wanted = vec![
            language.pick(&challenge.svc.ja, &challenge.svc.en),
            &challenge.ctx.network,
            &challenge.ctx.browser,
        ];
        let payee = match &challenge.txn {
            Some(Transaction::Withdrawal(withdrawal)) => {
                wanted.push(&withdrawal.reference);
                let amount = screen.amount.as_deref().unwrap_or_default();
                assert_eq!(digits(amount), withdrawal.amount, "{amount}");
                Some(&withdrawal.payee)
            }
            Some(Transaction::PayoutAccount(change)) => Some(&change.payee),
            Some(Transaction::MailAddress(change)) => {
                wanted.extend([&*change.old, &change.new]);
                None
            }
            None => None,
        };
        if let Some(payee) = payee {
            wanted.extend([
                &*payee.bank,
                &payee.bank_name,
                &payee.branch,
                &payee.branch_name,
                &payee.acct,
                &payee.name,
            ]);
        }
        for text in wanted {
            assert!(all.contains(text), "{text:?} is signed and not shown in {all:?}");
        }
    }
}

/// The digits of an amount without the zeros that its form puts in front.
fn digits(amount: &str) -> String {
    let digits: String = amount.chars().filter(char::is_ascii_digit).collect();
    digits.trim_start_matches('0').to_owned()
}

fn texts(screen: &Screen) -> Vec<&str> {
    let mut all = vec![&*screen.service, &screen.heading, &screen.question];
    all.extend(screen.amount.as_deref());
    all.extend(screen.badges.iter().map(String::as_str));
    for row in &screen.rows {
        all.extend([&*row.label, &row.value]);
        all.extend(row.note.as_ref().map(|note| &*note.text));
    }
    all
}
