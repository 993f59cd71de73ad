//! Mail addresses: what is accepted is one plain word that ends no line and names no second recipient (CODE-08).

use warifu_server::mail::MailAddress;

use crate::bytes::text;

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
