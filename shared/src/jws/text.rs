//! Text that a person will read: what it may consist of, so that it cannot mislead (TXN-06).

use unicode_normalization::is_nfc;

use super::JwsError;

/// Whether text may stand on the screen of an approval: 1 to `max` characters, NFC, no control, bidi, invisible or
/// half-width kana characters, no space at either end.
#[must_use]
pub fn can_be_shown(text: &str, max: usize) -> bool {
    let length = text.chars().count();
    let fits = (1..=max).contains(&length) && text.trim() == text;
    fits && is_nfc(text) && !text.chars().any(is_refused)
}

/// Checks text for the screen. `claim` names it in the error.
pub(super) fn displayed(claim: &'static str, text: &str, max: usize) -> Result<(), JwsError> {
    if can_be_shown(text, max) {
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

/// Whether a character cannot be seen, or changes the order in which others are seen: control characters, odd spaces,
/// directional marks, and what Unicode calls ignorable. Variation selectors are not among them: people's own texts have
/// them (in emoji and in rare kanji).
#[must_use]
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || (c.is_whitespace() && !matches!(c, ' ' | '\u{3000}'))
        || matches!(c,
            // Soft hyphen, grapheme joiner, Arabic letter mark, Mongolian separators, Hangul, Khmer and Braille blanks.
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180f}' | '\u{115f}' | '\u{1160}' | '\u{3164}'
            | '\u{ffa0}' | '\u{17b4}' | '\u{17b5}' | '\u{2800}'
            // Zero-width characters, directional marks, embeddings, overrides and isolates, invisible operators.
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            // Byte order mark, interlinear annotation, shorthand and musical controls.
            | '\u{feff}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            // Tags, and what is reserved around the variation selectors.
            | '\u{e0000}'..='\u{e00ff}' | '\u{e01f0}'..='\u{e0fff}')
}

/// Characters that never occur in an honest text of this protocol.
fn is_refused(c: char) -> bool {
    is_hidden(c)
        || matches!(c,
            // Variation selectors: two texts that differ must not look the same.
            '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}'
            // Half-width kana: what is signed and shown is full-width.
            | '\u{ff61}'..='\u{ff9f}'
            // The replacement character stands for something that was lost.
            | '\u{fffd}')
}
