//! Which characters a file is written in: UTF-8 (with or without a mark before it) or Shift_JIS, strictly.

use encoding_rs::{Decoder, DecoderResult, SHIFT_JIS, UTF_8};

/// How the bytes of a file are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Characters {
    /// UTF-8.
    Utf8,
    /// UTF-8 behind a byte order mark.
    Utf8Marked,
    /// Shift_JIS as Windows writes it.
    ShiftJis,
}

impl Characters {
    /// The name in the database and on the page.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf8Marked => "UTF-8 (BOM)",
            Self::ShiftJis => "Shift_JIS",
        }
    }

    /// Reads the name.
    #[must_use]
    pub fn read(name: &str) -> Option<Self> {
        [Self::Utf8, Self::Utf8Marked, Self::ShiftJis]
            .into_iter()
            .find(|it| it.name() == name)
    }

    /// Bytes before the first line.
    #[must_use]
    pub const fn skipped(self) -> i64 {
        match self {
            Self::Utf8Marked => MARK.len() as i64,
            Self::Utf8 | Self::ShiftJis => 0,
        }
    }

    /// Reads a field. A comma or a quotation mark is never a part of a character of either kind, so fields can be cut out
    /// before they are read. `None` for bytes that are no characters: the detector has refused such a file.
    #[must_use]
    pub fn field(self, bytes: &[u8]) -> Option<String> {
        let encoding = match self {
            Self::Utf8 | Self::Utf8Marked => UTF_8,
            Self::ShiftJis => SHIFT_JIS,
        };
        encoding
            .decode_without_bom_handling_and_without_replacement(bytes)
            .map(std::borrow::Cow::into_owned)
    }
}

/// Finds out, while a file comes in, which characters it is written in.
pub struct Detector {
    head: Vec<u8>,
    utf8: Candidate,
    shift_jis: Candidate,
}

impl Default for Detector {
    fn default() -> Self {
        Self {
            head: Vec::new(),
            utf8: Candidate::new(UTF_8.new_decoder_without_bom_handling()),
            shift_jis: Candidate::new(SHIFT_JIS.new_decoder_without_bom_handling()),
        }
    }
}

impl Detector {
    /// Takes the next bytes.
    pub fn take(&mut self, bytes: &[u8]) {
        let missing = MARK.len() - self.head.len();
        self.head.extend(bytes.iter().take(missing));
        self.utf8.take(bytes, false);
        self.shift_jis.take(bytes, false);
    }

    /// What it was.
    ///
    /// # Errors
    /// The line (from 1) with bytes that are neither.
    pub fn end(mut self) -> Result<Characters, i64> {
        self.utf8.take(&[], true);
        self.shift_jis.take(&[], true);
        let marked = self.head == MARK;
        match (self.utf8.fault, self.shift_jis.fault) {
            (None, _) if marked => Ok(Characters::Utf8Marked),
            (None, _) => Ok(Characters::Utf8),
            (Some(line), _) if marked => Err(line),
            (Some(_), None) => Ok(Characters::ShiftJis),
            // It was meant to be the one that lasted longer.
            (Some(utf8), Some(shift_jis)) => Err(utf8.max(shift_jis)),
        }
    }
}

struct Candidate {
    decoder: Decoder,
    line: Lines,
    fault: Option<i64>,
}

impl Candidate {
    fn new(decoder: Decoder) -> Self {
        Self {
            decoder,
            line: Lines::default(),
            fault: None,
        }
    }

    fn take(&mut self, mut bytes: &[u8], last: bool) {
        let mut out = [0; 4096];
        while self.fault.is_none() {
            let (result, read, _) = self
                .decoder
                .decode_to_utf8_without_replacement(bytes, &mut out, last);
            self.line.count(&bytes[..read]);
            bytes = &bytes[read..];
            match result {
                DecoderResult::InputEmpty => break,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => self.fault = Some(self.line.ended + 1),
            }
        }
    }
}

/// Counts lines that end with LF, CR or both.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Lines {
    pub(super) ended: i64,
    after_cr: bool,
}

impl Lines {
    pub(super) fn count(&mut self, bytes: &[u8]) {
        for byte in bytes {
            match byte {
                b'\n' if self.after_cr => {}
                b'\r' | b'\n' => self.ended += 1,
                _ => {}
            }
            self.after_cr = *byte == b'\r';
        }
    }
}

/// The byte order mark.
const MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

#[cfg(test)]
mod tests {
    use super::*;

    fn detect(bytes: &[u8], piece: usize) -> Result<Characters, i64> {
        let mut detector = Detector::default();
        for part in bytes.chunks(piece) {
            detector.take(part);
        }
        detector.end()
    }

    #[test]
    fn both_kinds_are_told_apart_however_the_bytes_arrive() {
        let text = "口座番号,氏名\r\n100,髙橋 表\r\n".repeat(300);
        let (sjis, ..) = SHIFT_JIS.encode(&text);
        let marked = [&MARK[..], text.as_bytes()].concat();
        for piece in [1, 2, 7, 4096, 1 << 20] {
            assert_eq!(detect(text.as_bytes(), piece), Ok(Characters::Utf8));
            assert_eq!(detect(&marked, piece), Ok(Characters::Utf8Marked));
            assert_eq!(detect(&sjis, piece), Ok(Characters::ShiftJis));
        }
        assert_eq!(detect(b"a,b\n", 1), Ok(Characters::Utf8));
    }

    #[test]
    fn what_is_neither_is_refused_with_the_line() {
        let utf16: Vec<u8> = "\u{feff}a,b\r\n1,2"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(detect(&utf16, 3), Err(1));
        for end in ["\n", "\r", "\r\n"] {
            let bytes = [format!("a{end}あ{end}").as_bytes(), b"x\xff\xfe"].concat();
            assert_eq!(detect(&bytes, 1), Err(3), "{end:?}");
        }
        // A mark promises UTF-8; half a character at the end is none.
        assert_eq!(detect(b"\xef\xbb\xbfa\n\x82\xa0", 2), Err(2));
        assert_eq!(detect(b"a\n\x82", 9), Err(2));
    }
}
