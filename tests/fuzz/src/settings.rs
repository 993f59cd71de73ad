//! What operators and customers type into the server: the configuration, codes, account numbers; and sealed columns.

use std::sync::LazyLock;

use warifu_server::config::Config;
use warifu_server::crypto::breached::{hash_of, read_line, search};
use warifu_server::crypto::seal::Sealer;
use warifu_server::domain::account::AccountNumber;
use warifu_server::domain::{code, enrolment};
use warifu_server::operations::finish_enrolment::clean_name;
use warifu_shared::jws::is_hidden;

use crate::bytes::{choice, parts, text};
use crate::scene::{SERVER, withdrawal};
use crate::texts::check_origin;

const SMALLEST: &str = "[service]\nname_ja='ひので証券'\nname_en='Hinode'\nphone='1'\ndevice_origin='https://a.example'\n\
     [[origins]]\nurl='https://a.example'\nsite='browser'\nmain=true\n";

/// A good configuration.
pub(crate) static CONFIG: LazyLock<Config> = LazyLock::new(|| parse("").expect("it is good"));
/// The same behind two proxies.
pub(crate) static PROXIED: LazyLock<Config> =
    LazyLock::new(|| parse("[proxy]\ntrusted=['10.0.0.0/8', '2001:db8::/32']").expect("it is good"));

fn parse(rest: &str) -> Option<Config> {
    Config::parse(&format!("{SMALLEST}{rest}")).ok()
}

/// The configuration: with every value that starts the server, a challenge can be signed.
pub(crate) fn config(data: &[u8]) {
    let Some((way, rest)) = choice(data) else { return };
    let Some(text) = text(rest) else { return };
    let config = if way & 1 == 0 {
        Config::parse(text).ok()
    } else {
        parse(text)
    };
    let Some(config) = config else { return };
    let service = &config.service;
    check_origin(&service.device_origin);
    config.origins.iter().for_each(|origin| check_origin(&origin.url));
    let (place, network) = config
        .places
        .first()
        .map_or(("ZZ", ""), |known| (&*known.place, &*known.network));
    let mut challenge = withdrawal([
        &service.name_ja,
        &service.name_en,
        place,
        network,
        "Firefox 145 / Windows",
        "あおば銀行",
        "渋谷支店",
        "ヤマダ タロウ",
        "1500000",
        "0",
        "JPY",
        "W-1",
        "ac_42",
        "1234567",
    ]);
    challenge.iss.clone_from(&service.device_origin);
    challenge.exp = challenge.iat + config.challenge.lifetime;
    challenge
        .sign(&SERVER)
        .expect("what starts the server signs challenges");
}

/// Codes, account numbers and names of devices as they are typed: what is read has one form, and reads as itself.
pub(crate) fn typed_codes(data: &[u8]) {
    let Some(text) = text(data) else { return };
    if let Some(short) = enrolment::read_short(text) {
        assert!(
            short.len() == 10
                && short
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() && !b"ILOUilou".contains(&b))
        );
        let grouped = enrolment::EnrolmentCodes::short_grouped(&short);
        assert_eq!(enrolment::read_short(&grouped).as_deref(), Some(&*short));
    }
    if let Some(digits) = code::from_typed(text) {
        assert!(digits.len() == 8 && digits.bytes().all(|b| b.is_ascii_digit()));
        assert_eq!(code::from_typed(&digits).as_deref(), Some(&*digits));
    }
    if let Some(number) = AccountNumber::from_typed(text) {
        assert_eq!(AccountNumber::from_typed(number.as_str()), Some(number.clone()));
        assert_eq!(number.masked().chars().count(), number.as_str().len());
        assert!(
            number
                .masked()
                .chars()
                .filter(char::is_ascii_alphanumeric)
                .count()
                <= 3
        );
    }
    if let Some(name) = clean_name(text) {
        assert!((1..=40).contains(&name.chars().count()) && !name.chars().any(is_hidden));
        assert_eq!(clean_name(&name), Some(name));
    }
}

/// The operator's list of leaked passwords: a search ends in any file, and in a good one it finds what reading line by line
/// finds.
pub(crate) fn breached_list(data: &[u8]) {
    let mut file = std::io::Cursor::new(data);
    let size = data.len() as u64;
    let lines: Vec<_> = data
        .strip_suffix(b"\n")
        .unwrap_or(data)
        .split(|b| *b == b'\n')
        .map(read_line)
        .collect();
    let mut wanted = vec![hash_of(""), [0; 20], [255; 20]];
    wanted.extend(lines.iter().flatten().take(20));
    let good = lines.iter().all(Option::is_some) && lines.is_sorted();
    for hash in wanted {
        let found = search(&mut file, size, &hash).expect("memory can be read");
        if good {
            assert_eq!(found, Ok(lines.contains(&Some(hash))));
        } else if found == Ok(true) {
            assert!(data.len() >= 40, "nothing is found in nothing");
        }
    }
}

/// Sealed columns: open to what was sealed, under their context only, and not after any change.
pub(crate) fn sealed_column(data: &[u8]) {
    let Some((way, rest)) = choice(data) else { return };
    let sealer = Sealer::new(&[3; 32]);
    let [context, plain] = parts(rest);
    let Some(context) = text(context) else { return };
    assert!(sealer.open(context, plain).is_err(), "nobody has the key");
    let mut sealed = sealer.seal(context, plain);
    let opened = sealer.open(context, &sealed).expect("what is sealed opens");
    assert_eq!(opened.as_slice(), plain);
    assert!(sealer.open(&format!("{context}x"), &sealed).is_err());
    let at = usize::from(way) % sealed.len();
    sealed[at] ^= 1 << (way & 7);
    assert!(sealer.open(context, &sealed).is_err(), "byte {at}");
    assert!(sealer.open(context, &sealed[..at]).is_err(), "cut at {at}");
}
