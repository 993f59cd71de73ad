//! Mail addresses: what is accepted is one plain word that ends no line and names no second recipient (CODE-08).

use warifu_server::domain::paper_code::PaperCode;
use warifu_server::mail::MailAddress;
use warifu_server::operations::staff::plan::Plan;
use warifu_server::pages::fuzzing;
use warifu_server::staff::fuzzing as console;
use warifu_shared::jws::withdrawal::{MailAddress as Signed, Transaction};

use crate::bytes::text;
use crate::web::encoded;

/// The forms that take a mail address or a stop code, of customers and of staff: what is read and written again reads the
/// same, and an address that is taken can be signed, stored with a proposal and masked.
pub(crate) fn address_forms(data: &[u8]) {
    if let Some([csrf, address]) = fuzzing::address_form(data) {
        let again = encoded(&[("csrf", &csrf), ("address", &address)]);
        assert_eq!(
            fuzzing::address_form(again.as_bytes()),
            Some([csrf, address.clone()])
        );
        taken(&address);
    }
    if let Some([csrf, code]) = fuzzing::stop_form(data) {
        let again = encoded(&[("csrf", &csrf), ("code", &code)]);
        assert_eq!(fuzzing::stop_form(again.as_bytes()), Some([csrf, code.clone()]));
        if let Some(read) = PaperCode::from_typed(&code) {
            let grouped = read.grouped();
            let again = PaperCode::from_typed(&grouped).expect("its own writing");
            assert_eq!((again.reveal(), again.grouped()), (read.reveal(), grouped));
        }
    }
    let (address, reason, ticked) = console::address_form(data);
    let boxes = ticked.join(",");
    let pairs = [
        ("address", &*address),
        ("reason", &*reason),
        ("identity", &*boxes),
    ];
    let again = console::address_form(encoded(&pairs).as_bytes());
    assert_eq!(again, (address.clone(), reason, ticked));
    taken(&address);
}

/// What happens to a typed address that is taken.
fn taken(typed: &str) {
    let Ok(address) = typed.trim().parse::<MailAddress>() else {
        return;
    };
    let change = Transaction::MailAddress(Signed {
        old: String::new(),
        new: address.as_str().to_owned(),
    });
    let signed = change.write();
    let again = signed.as_deref().map(Transaction::read);
    assert_eq!(again, Ok(Ok(change.clone())), "what the form takes can be signed");
    let plan = Plan::ChangeAddress {
        to: address.clone().into(),
    };
    let stored = serde_json::to_string(&plan).expect("it can be stored");
    assert_eq!(serde_json::from_str::<Plan>(&stored).ok(), Some(plan));
    assert!(!address.masked().contains(address.as_str()));
    assert!(!address.as_str().contains(','), "two boxes are no address");
}

/// One address, in one form, harmless in a header and in an SMTP command; masked, it hides something.
pub(crate) fn mail_address(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let Ok(address) = text.parse::<MailAddress>() else {
        return;
    };
    let written = address.as_str();
    assert!(written.eq_ignore_ascii_case(text), "{written} of {text:?}");
    let harmless = |b: u8| b.is_ascii_graphic() && !b"\"(),:;<>[\\]".contains(&b);
    assert!(
        written.bytes().all(harmless) && written.len() <= 254,
        "{written:?}"
    );
    assert_eq!(written.matches('@').count(), 1);
    assert_eq!(written.parse::<MailAddress>().as_ref(), Ok(&address));
    // The mask tells two characters at most: an address that differs behind them is masked alike.
    let (local, domain) = written.split_once('@').expect("an at sign");
    let other: MailAddress = format!("{}x@{domain}", &local[..(local.len() - 1).min(2)])
        .parse()
        .expect("an address");
    assert_eq!(address.masked(), other.masked());
    assert!(address.masked().ends_with(address.domain()));
    // A second implementation sees one mailbox with the same address.
    let message = format!("To: <{written}>\r\n\r\n");
    let parsed = mail_parser::MessageParser::default()
        .parse(message.as_bytes())
        .expect("a message");
    let to = parsed.to().and_then(|to| to.as_list()).expect("a list");
    assert_eq!((to.len(), to[0].address()), (1, Some(written)));
}
