//! What browsers send: cookies, forms, language, forwarded addresses, user agents.

use std::net::IpAddr;

use http::HeaderMap;
use warifu_server::domain::context::{Prefix, browser_name, source_prefix};
use warifu_server::http::client::client_address;
use warifu_server::pages::{fuzzing, language};
use warifu_shared::jws::can_be_shown;
use warifu_shared::jws::withdrawal::{PayoutAccount, Transaction};

use crate::bytes::{headers, parts, text};
use crate::settings::PROXIED;

const NAME: &str = "__Host-warifu-session";

/// Cookies: one of ours is 43 harmless characters, sent once; no page of another origin passes for ours.
pub(crate) fn cookies(data: &[u8]) {
    let map = headers(data);
    if let Some(value) = fuzzing::cookie(&map, NAME) {
        assert!(
            value.len() == 43
                && value
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
        );
        let whole = format!("{NAME}={value}");
        let lines = map.get_all("cookie").iter().filter_map(|line| line.to_str().ok());
        let sent: Vec<&str> = lines.flat_map(|line| line.split(';')).map(str::trim).collect();
        let named = |pair: &&&str| pair.split_once('=').is_some_and(|(name, _)| name == NAME);
        assert_eq!(sent.iter().filter(named).collect::<Vec<_>>(), [&whole.as_str()]);
    }
    let own = "https://login.example.jp";
    if fuzzing::is_from_origin(own, &map) {
        let first = |name: &str| map.get(name).map(http::HeaderValue::as_bytes);
        let origin = first("origin");
        let site = first("sec-fetch-site");
        let by_origin = origin.is_none() || origin == Some(own.as_bytes());
        let by_site = origin == Some(b"null") && site == Some(b"same-origin");
        assert!(by_origin || by_site, "{map:?}");
        assert!(
            site.is_none() || site == Some(b"same-origin") || site == Some(b"none"),
            "{map:?}"
        );
    }
}

/// Forms: what is read and written again reads the same.
pub(crate) fn forms(data: &[u8]) {
    if let Some([csrf, account_number, password]) = fuzzing::login_form(data) {
        let again = encoded(&[
            ("csrf", &csrf),
            ("account_number", &account_number),
            ("password", &password),
        ]);
        assert_eq!(
            fuzzing::login_form(again.as_bytes()),
            Some([csrf, account_number, password])
        );
    }
    if let Some([csrf, code]) = fuzzing::code_form(data) {
        let again = encoded(&[("csrf", &csrf), ("code", &code)]);
        assert_eq!(fuzzing::code_form(again.as_bytes()), Some([csrf, code]));
    }
    if let Some([csrf, key, amount, password]) = fuzzing::withdraw_form(data) {
        let again = encoded(&[
            ("csrf", &csrf),
            ("key", &key),
            ("amount", &amount),
            ("password", &password),
        ]);
        let read = fuzzing::withdraw_form(again.as_bytes());
        assert_eq!(read, Some([csrf, key, amount, password]));
    }
    if let Some(payee) = fuzzing::payout_form(data) {
        let change = Transaction::PayoutAccount(PayoutAccount { payee });
        let text = change.write();
        let again = text.as_deref().map(Transaction::read);
        assert_eq!(
            again,
            Ok(Ok(change.clone())),
            "what the form takes can be signed and read"
        );
    }
}

/// Percent-encoding of every byte: another writer than the reader's library.
pub(crate) fn encoded(pairs: &[(&str, &str)]) -> String {
    let value = |text: &str| -> String { text.bytes().map(|byte| format!("%{byte:02X}")).collect() };
    let pairs: Vec<String> = pairs
        .iter()
        .map(|(name, text)| format!("{name}={}", value(text)))
        .collect();
    pairs.join("&")
}

/// The language of a request, and where the switch goes back to: always a path of this site.
pub(crate) fn accept_language(data: &[u8]) {
    let [accept, cookie, back] = parts(data);
    let mut map = HeaderMap::new();
    for (name, value) in [("accept-language", accept), ("cookie", cookie)] {
        if let Ok(value) = http::HeaderValue::from_bytes(value) {
            map.append(name, value);
        }
    }
    let chosen = language::of_request(&map);
    map.insert(
        "cookie",
        language::set_cookie(chosen, true).parse().expect("a header"),
    );
    assert_eq!(language::of_request(&map), chosen, "the choice is kept");
    if let Some(back) = text(back) {
        let to = language::safe_back(back);
        assert!(to == back || to == "/");
        assert!(to.starts_with('/') && !to.starts_with("//") && !to.starts_with("/\\"));
        assert!(http::HeaderValue::from_str(to).is_ok() && to.bytes().all(|b| b.is_ascii_graphic()));
    }
}

/// Forwarded addresses: a peer that is no declared proxy is itself; behind one, the last address that no proxy has.
pub(crate) fn forwarded(data: &[u8]) {
    let [peer, prefix, lines] = parts(data);
    let map = headers(lines);
    if let Some(peer) = text(peer).and_then(|text| text.parse::<IpAddr>().ok()) {
        let seen = client_address(Some(peer), &map, &PROXIED);
        let trusted = |ip: IpAddr| PROXIED.proxy.trusted.iter().any(|prefix| prefix.contains(ip));
        assert!(trusted(peer) || seen == peer, "a stranger's header counts");
        let lines = map
            .get_all("x-forwarded-for")
            .iter()
            .filter_map(|line| line.to_str().ok());
        let hops: Vec<IpAddr> = lines
            .flat_map(|line| line.split(','))
            .filter_map(|hop| hop.trim().parse().ok())
            .collect();
        assert!(seen == peer || hops.contains(&seen), "an address from nowhere");
        let network: Prefix = source_prefix(seen).parse().expect("a prefix");
        assert!(network.contains(seen));
    }
    if let Some(prefix) = text(prefix).and_then(|text| text.parse::<Prefix>().ok()) {
        let both = [
            IpAddr::from([192, 0, 2, 1]),
            IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, 1]),
        ];
        assert!(
            !both.iter().all(|address| prefix.contains(*address)),
            "of one family only"
        );
    }
}

/// User agents: the name is one that a challenge may carry, and nothing that the agent chose but digits.
pub(crate) fn user_agent(data: &[u8]) {
    let Some(agent) = text(data) else { return };
    let name = browser_name(agent);
    assert!(can_be_shown(&name, 80), "{name:?} would stop the login");
    assert!(
        name.is_ascii() && !name.contains(['<', '>', '"', '&']),
        "{name:?}"
    );
}
