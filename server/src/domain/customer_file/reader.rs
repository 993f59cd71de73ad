//! Cuts the next rows out of a window of the file. It keeps nothing between two windows, so any process can go on.

use std::io::Read as _;

use csv::{ByteRecord, ReaderBuilder};

use super::Problem;
use super::characters::{Characters, Lines};

/// A row as it stands in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its first line in the file, from 1.
    pub line: i64,
    /// Its fields.
    pub fields: Vec<String>,
}

/// What was cut out of a window.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Piece {
    /// The rows.
    pub records: Vec<Record>,
    /// Bytes that are done with.
    pub bytes: usize,
    /// Lines that ended within them.
    pub lines: i64,
    /// Why it does not go on: the line, and what is wrong.
    pub stopped: Option<(i64, Problem)>,
}

/// Cuts at most `most` rows out of `window`. `before`: lines that ended before it; `last`: nothing comes behind it.
///
/// A row that reaches the end of a window is left for the next one, unless it is the last.
#[must_use]
pub fn read_piece(characters: Characters, window: &[u8], before: i64, last: bool, most: usize) -> Piece {
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        // The reader takes a byte order mark at the beginning of a window for one of the file; so it never stands there.
        .from_reader((&b"\n"[..]).chain(window));
    let (mut piece, mut record) = (Piece::default(), ByteRecord::new());
    while piece.records.len() < most {
        // Reading from bytes that are there cannot fail, and rows may have any number of fields.
        let more = reader.read_byte_record(&mut record).unwrap_or(false);
        let mut end = usize::try_from(reader.position().byte()).unwrap_or(usize::MAX);
        end = end.saturating_sub(1).min(window.len());
        let open = end == window.len();
        if end > 0 && window[end - 1] == b'\r' && window.get(end) == Some(&b'\n') {
            end += 1;
        }
        let bytes = &window[piece.bytes..end];
        let blank = bytes.iter().take_while(|it| matches!(it, b'\r' | b'\n')).count();
        let line = before + piece.lines + ended(&bytes[..blank]) + 1;
        if more && bytes.len() - blank > LONGEST {
            piece.stopped = Some((line, Problem::Quotes));
            break;
        }
        if open && !last {
            break;
        }
        if more && open && !closed(&bytes[blank..]) {
            piece.stopped = Some((line, Problem::Quotes));
            break;
        }
        piece.bytes = end;
        piece.lines += ended(bytes);
        if !more {
            break;
        }
        let fields: Option<Vec<String>> = record.iter().map(|it| characters.field(it)).collect();
        match fields {
            Some(fields) => piece.records.push(Record { line, fields }),
            None => {
                piece.stopped = Some((line, Problem::Characters));
                break;
            }
        }
    }
    piece
}

fn ended(bytes: &[u8]) -> i64 {
    let mut lines = Lines::default();
    lines.count(bytes);
    lines.ended
}

/// Whether each quotation mark has its partner.
fn closed(row: &[u8]) -> bool {
    let quoted = row.starts_with(b"\"") || row.windows(2).any(|it| it == b",\"");
    !quoted || row.iter().filter(|it| **it == b'"').count().is_multiple_of(2)
}

/// No row of ours is longer, in bytes: a hundred characters of a name are four hundred.
const LONGEST: usize = 4096;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The whole file, in windows of `size` bytes.
    fn all(bytes: &[u8], size: usize, most: usize) -> (Vec<Record>, Option<(i64, Problem)>) {
        let (mut from, mut lines, mut records) = (0, 0, Vec::new());
        loop {
            let to = (from + size).min(bytes.len());
            let last = to == bytes.len();
            let piece = read_piece(Characters::Utf8, &bytes[from..to], lines, last, most);
            from += piece.bytes;
            lines += piece.lines;
            let none = piece.records.is_empty();
            records.extend(piece.records);
            if piece.stopped.is_some() {
                return (records, piece.stopped);
            }
            if from == bytes.len() || none && piece.bytes == 0 {
                return (records, None);
            }
        }
    }

    fn lines(bytes: &[u8]) -> Vec<(i64, Vec<String>)> {
        let (records, stopped) = all(bytes, 1 << 20, 1000);
        assert_eq!(stopped, None);
        records.into_iter().map(|it| (it.line, it.fields)).collect()
    }

    #[test]
    fn lines_are_counted_through_quotes_blank_lines_and_every_end() {
        for end in ["\n", "\r\n", "\r"] {
            let text = ["a,b", "\"1,\"\"x\"\"", "y\",2", "", "3,4"].join(end);
            let read = lines(text.as_bytes());
            assert_eq!(read[0], (1, vec!["a".to_owned(), "b".to_owned()]), "{end:?}");
            assert_eq!(read[1], (2, vec![format!("1,\"x\"{end}y"), "2".to_owned()]));
            assert_eq!(read[2], (5, vec!["3".to_owned(), "4".to_owned()]));
        }
        assert_eq!(lines(b""), []);
    }

    #[test]
    fn a_quotation_mark_that_is_not_closed_stops_the_file() {
        let open = b"a,b\n1,\"x\n2,y\n3,z\n";
        assert_eq!(all(open, 1 << 20, 1000).1, Some((2, Problem::Quotes)));
        let long = [b"a,b\n1,\"".to_vec(), vec![b'x'; 100_000]].concat();
        assert_eq!(all(&long, 8192, 10).1, Some((2, Problem::Quotes)));
    }

    #[test]
    fn a_byte_order_mark_inside_the_file_is_told_the_same_in_every_window() {
        let bytes = "a,b\n\u{feff}1,c\n".as_bytes();
        let whole = all(bytes, 1 << 20, 1000);
        assert_eq!(whole.0[1].fields[0], "\u{feff}1");
        assert_eq!(all(bytes, 1 << 20, 1), whole);
    }

    proptest! {
        #[test]
        fn windows_of_any_size_read_the_same(
            rows in prop::collection::vec(prop::collection::vec("[a-zあ,\"\r\n ]{0,9}", 1..5), 0..30),
            end in prop::sample::select(vec!["\n", "\r\n", "\r"]),
            size in 80usize..400,
            most in 1usize..9,
        ) {
            let quoted = |it: &String| format!("\"{}\"", it.replace('"', "\"\""));
            let text: String = rows
                .iter()
                .map(|row| row.iter().map(quoted).collect::<Vec<_>>().join(",") + end)
                .collect();
            // A window must hold a row at least.
            let size = size.max(rows.iter().flatten().map(|it| it.len() * 2 + 4).sum::<usize>().min(4000));
            let whole = all(text.as_bytes(), 1 << 20, 1000);
            prop_assert_eq!(&all(text.as_bytes(), size, most), &whole);
            let read: Vec<Vec<String>> = whole.0.into_iter().map(|it| it.fields).collect();
            prop_assert_eq!(read, rows);
        }

        #[test]
        fn no_bytes_panic_or_stand_still(bytes in prop::collection::vec(any::<u8>(), 0..600), most in 1usize..9) {
            let piece = read_piece(Characters::ShiftJis, &bytes, 0, true, most);
            prop_assert!(piece.bytes <= bytes.len());
            prop_assert!(piece.bytes > 0 || piece.stopped.is_some() || bytes.is_empty());
        }
    }
}
