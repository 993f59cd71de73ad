//! Notices, vetoes and resets: only what is signed by the right key for this reader is accepted, and what is shown of it is plain.

use warifu_shared::display::{Language, notice as screen};
use warifu_shared::jws::TokenType;
use warifu_shared::jws::notice::Notice;
use warifu_shared::jws::veto::VetoTo;

use crate::bytes::assert_plain;
use crate::scene::{
    APPROVAL, DEVICE, ORIGIN, REQUEST, SERVER, read_challenge, read_notice, read_recall, read_reset,
    read_veto,
};
use crate::tokens::{check_form, check_times, token};

/// Notices: signed by the server for this device, now; they read back as written, and their screen hides nothing.
pub(crate) fn notice(data: &[u8]) {
    let Some(token) = token(data, TokenType::Notice, [&SERVER, &REQUEST]) else {
        return;
    };
    let Ok(notice) = read_notice(&token) else {
        return;
    };
    check_form(&token, TokenType::Notice, SERVER.public());
    check_times(notice.iat, notice.nbf, notice.exp, 0);
    assert_eq!((notice.iss.as_str(), notice.nbf), (ORIGIN, notice.iat));
    assert!(notice.told >= 0 && notice.what.at >= 0);
    check_shown(&notice);
    let again = notice.sign(&SERVER).expect("what is read can be written");
    assert_eq!(read_notice(&again), Ok(notice));
    assert!(read_challenge(&token).is_err());
}

fn check_shown(notice: &Notice) {
    for language in [Language::Ja, Language::En] {
        let shown = screen::render(&notice.what, language);
        for text in [&shown.heading, &shown.text, &shown.advice] {
            assert!(!text.is_empty());
            assert_plain(text);
        }
        for row in &shown.rows {
            assert!(!row.value.chars().any(warifu_shared::jws::is_hidden), "{row:?}");
        }
        if let Some(name) = notice.what.kind.device_name() {
            assert!(
                shown.rows.iter().any(|row| row.value == name),
                "{name:?} is told in full"
            );
        }
    }
}

/// Vetoes: signed by the request key of this device, now; nobody objects to their own registration.
pub(crate) fn veto(data: &[u8]) {
    let Some(token) = token(data, TokenType::Veto, [&REQUEST, &APPROVAL]) else {
        return;
    };
    let Ok(veto) = read_veto(&token) else {
        return;
    };
    check_form(&token, TokenType::Veto, REQUEST.public());
    check_times(veto.iat, veto.nbf, veto.exp, 60);
    assert_eq!((veto.aud.as_str(), veto.nbf), (ORIGIN, veto.iat));
    assert!(veto.to == VetoTo::Removal || veto.dev != *DEVICE);
    let again = veto.sign(&REQUEST).expect("what is read can be written");
    assert_eq!(read_veto(&again), Ok(veto));
    assert!(read_recall(&token).is_err());
}

/// Resets: signed by the approval key of this device, now; never readable as a veto.
pub(crate) fn reset(data: &[u8]) {
    let Some(token) = token(data, TokenType::Reset, [&APPROVAL, &REQUEST]) else {
        return;
    };
    let Ok(reset) = read_reset(&token) else {
        return;
    };
    check_form(&token, TokenType::Reset, APPROVAL.public());
    check_times(reset.iat, reset.nbf, reset.exp, 60);
    assert_eq!((reset.aud.as_str(), reset.nbf), (ORIGIN, reset.iat));
    let again = reset.sign(&APPROVAL).expect("what is read can be written");
    assert_eq!(read_reset(&again), Ok(reset));
    assert!(read_veto(&token).is_err() && read_recall(&token).is_err());
}
