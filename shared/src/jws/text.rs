//! Text that a person will read: what it may consist of, so that it cannot mislead (TXN-06).

use unicode_normalization::is_nfc;

use super::JwsError;

/// Checks text for the screen: 1 to `max` characters, NFC, no control, bidi, invisible or half-width kana
/// characters, no space at either end. `claim` names it in the error.
pub(super) fn displayed(claim: &'static str, text: &str, max: usize) -> Result<(), JwsError> {
    let length = text.chars().count();
    let fits = (1..=max).contains(&length) && text.trim() == text;
    if fits && is_nfc(text) && !text.chars().any(is_refused) {
        Ok(())
    } else {
        Err(JwsError::BadClaims(claim))
    }
}

/// The same, where an empty text means that nothing is known.
pub(super) fn displayed_or_empty(claim: &'static str, text: &str, max: usize) -> Result<(), JwsError> {
    if text.is_empty() {
        Ok(())
    } else {
        displayed(claim, text, max)
    }
}

/// Checks a number written in ASCII digits, of a length in `lengths`.
pub(super) fn digits(
    claim: &'static str,
    text: &str,
    lengths: std::ops::RangeInclusive<usize>,
) -> Result<(), JwsError> {
    let good = lengths.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if good {
        Ok(())
    } else {
        Err(JwsError::BadClaims(claim))
    }
}

/// Characters that never occur in an honest text of this protocol.
fn is_refused(c: char) -> bool {
    c.is_control()
        || (c.is_whitespace() && !matches!(c, ' ' | '\u{3000}'))
        || matches!(c,
            // Soft hyphen, Arabic letter mark, Mongolian vowel separator, Hangul and Braille blanks.
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' | '\u{2800}'
            // Zero-width characters, directional marks, embeddings, overrides and isolates, invisible operators.
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            // Byte order mark, interlinear annotation, tags.
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
            // Half-width kana: what is signed and shown is full-width.
            | '\u{ff61}'..='\u{ff9f}'
            // The replacement character stands for something that was lost.
            | '\u{fffd}')
}
