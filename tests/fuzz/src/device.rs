//! The device's own files, and what people and servers give it.

use warifu_device_core::fuzzing;
use warifu_shared::clock::Timestamp;

use crate::bytes::{parts, text};
use crate::scene::IAT;
use crate::texts::check_origin;

/// Files of the vault: only the file of that name opens, and what opens is written so that it opens again to the same.
pub(crate) fn vault_file(data: &[u8]) {
    let Some([plain, sealed]) = fuzzing::service_file(data, "sv_1", None) else {
        assert!(
            fuzzing::service_file(data, "sv_1", Some(&[7; 32])).is_none(),
            "nobody has the key"
        );
        return;
    };
    assert!(
        fuzzing::service_file(data, "sv_2", None).is_none(),
        "another service's file"
    );
    let again = |bytes: &[u8], key| fuzzing::service_file(bytes, "sv_1", key).expect("what is written opens");
    assert_eq!(again(&plain, None)[0], plain);
    assert_eq!(again(&sealed, Some(&[7; 32]))[0], plain);
    assert!(
        fuzzing::service_file(&sealed, "sv_1", Some(&[8; 32])).is_none(),
        "another key"
    );
    assert!(fuzzing::service_file(&sealed, "sv_1", None).is_none(), "no key");
}

/// The journal: whatever was on the disk, one more message is kept, known from then on, and the file stays small.
pub(crate) fn journal(data: &[u8]) {
    let [version, file] = parts(data);
    let Some(version) = text(version) else { return };
    let (seen, waiting, fresh) = fuzzing::journal(file, version).expect("a message is noted once");
    assert!(seen <= 256 && waiting <= 64, "{seen} {waiting}");
    assert!(seen >= 1, "fresh: {fresh}");
}

/// PINs, typed addresses, and the date of an answer.
pub(crate) fn typed(data: &[u8]) {
    let Some(text) = text(data) else { return };
    if fuzzing::is_pin(text) {
        assert_eq!(text.trim().chars().count(), 6);
    }
    if let Some(origin) = fuzzing::typed_origin(text) {
        check_origin(&origin);
        assert_eq!(fuzzing::typed_origin(&origin), Some(origin));
    }
    let clock = Timestamp::from_secs(IAT);
    let corrected = fuzzing::now_after_date(clock, text);
    if corrected != clock {
        // A second `Date` of that moment changes nothing any more.
        let again = fuzzing::now_after_date(corrected, text);
        assert!((again.0 - corrected.0).abs() < 2_000, "{corrected:?} {again:?}");
    }
}
