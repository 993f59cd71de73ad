//! Cutting the input of a target into its parts, and the characters that nobody may be shown.

use http::{HeaderMap, HeaderName, HeaderValue};

/// The first byte chooses a way, the rest is what it works on.
pub(crate) fn choice(data: &[u8]) -> Option<(u8, &[u8])> {
    data.split_first().map(|(way, rest)| (*way, rest))
}

/// The input as text; input that is no UTF-8 says nothing about readers of text.
pub(crate) fn text(data: &[u8]) -> Option<&str> {
    std::str::from_utf8(data).ok()
}

/// `N` parts, divided by line feeds; the last has the rest, missing ones are empty.
pub(crate) fn parts<const N: usize>(data: &[u8]) -> [&[u8]; N] {
    let mut parts = data.splitn(N, |byte| *byte == b'\n');
    std::array::from_fn(|_| parts.next().unwrap_or_default())
}

/// Headers, one a line, as `name: value`. What HTTP itself would not let through is left out.
pub(crate) fn headers(data: &[u8]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for line in data.split(|byte| *byte == b'\n') {
        let Some(at) = line.iter().position(|byte| *byte == b':') else {
            continue;
        };
        let value = HeaderValue::from_bytes(line[at + 1..].trim_ascii());
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(&line[..at]), value) {
            // No server takes more; the map itself would stop at 32768.
            if map.len() < 100 {
                map.append(name, value);
            }
        }
    }
    map
}

/// Fails when a text that people see has a character which is unseen or moves others about.
///
/// This list is from the Unicode tables (`Cc`, `Bidi_Control`, `Default_Ignorable_Code_Point`, odd spaces), not from the
/// product's own.
#[track_caller]
pub(crate) fn assert_plain(shown: &str) {
    for c in shown.chars() {
        let control = c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
        let directional = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        let ignorable = matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}');
        assert!(
            !(control || directional || ignorable),
            "U+{:04X} would be shown in {shown:?}",
            u32::from(c)
        );
    }
}
