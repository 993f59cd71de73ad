//! The operator's list of passwords that leaked elsewhere, searched on disk (PASS-03): sorted SHA-1 hashes, one a line.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use ring::digest;

/// The SHA-1 of a password in UTF-8. Leaked passwords are listed under it everywhere; it protects nothing here.
pub type Hash = [u8; 20];

/// A list. Nothing of it is held in memory.
#[derive(Debug, Clone)]
pub struct Breached {
    path: PathBuf,
}

/// The list cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadList {
    /// It is not there or cannot be read.
    #[error("password.breached_file {0}: {1}")]
    Io(PathBuf, std::io::Error),
    /// It holds something else than sorted lines of 40 hexadecimal digits.
    #[error(
        "password.breached_file {0}: near byte {1}: one SHA-1 hash of 40 hexadecimal digits a line, sorted, each followed by nothing or by a colon and a count"
    )]
    Malformed(PathBuf, u64),
}

impl Breached {
    /// Opens a list and looks at its first and last line and at some between: each must be a hash, and they must rise.
    ///
    /// # Errors
    /// When it cannot be read, is empty, or is no such list.
    pub fn open(path: &Path) -> Result<Self, BadList> {
        let list = Self {
            path: path.to_owned(),
        };
        let io = |e| BadList::Io(path.to_owned(), e);
        let mut file = File::open(path).map_err(io)?;
        let size = file.metadata().map_err(io)?.len();
        let mut last: Option<Hash> = None;
        for step in 0..=SAMPLES {
            let at = size / SAMPLES * step;
            match line_after(&mut file, at.min(size), size).map_err(io)? {
                Line::Hash(hash, _) if last.is_none_or(|last| last <= hash) => last = Some(hash),
                Line::End if last.is_some() => {}
                _ => return Err(BadList::Malformed(path.to_owned(), at)),
            }
        }
        Ok(list)
    }

    /// Whether a password is on the list. Reads about thirty short pieces of the file: call it where blocking is allowed.
    ///
    /// # Errors
    /// When the file went away or is no longer such a list.
    pub fn holds(&self, password: &str) -> Result<bool, BadList> {
        let io = |e| BadList::Io(self.path.clone(), e);
        let mut file = File::open(&self.path).map_err(io)?;
        let size = file.metadata().map_err(io)?.len();
        let found = search(&mut file, size, &hash_of(password)).map_err(io)?;
        found.map_err(|at| BadList::Malformed(self.path.clone(), at))
    }
}

/// The hash under which a password would be listed.
#[must_use]
pub fn hash_of(password: &str) -> Hash {
    let digest = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes());
    let mut hash = [0; 20];
    hash.copy_from_slice(digest.as_ref());
    hash
}

/// Looks for a hash in the lines of `list`, which has `size` bytes. The inner error is the byte near which the list is no list.
///
/// # Errors
/// When reading fails.
pub fn search<F: Read + Seek>(list: &mut F, size: u64, wanted: &Hash) -> std::io::Result<Result<bool, u64>> {
    // The line that begins at or after `low`, and before `high`, is where it can still be.
    let (mut low, mut high) = (0, size);
    while low < high {
        let middle = low + (high - low) / 2;
        match line_after(list, middle, size)? {
            Line::Hash(hash, _) if hash == *wanted => return Ok(Ok(true)),
            Line::Hash(hash, end) if hash < *wanted => low = end,
            Line::Hash(..) | Line::End => high = middle,
            Line::Bad => return Ok(Err(middle)),
        }
    }
    Ok(Ok(false))
}

/// One line of a list.
#[derive(Debug, PartialEq, Eq)]
enum Line {
    /// Its hash, and where the next line begins.
    Hash(Hash, u64),
    /// There is no further line.
    End,
    /// It is no line of such a list.
    Bad,
}

/// The first line that begins at `at` or after it.
fn line_after<F: Read + Seek>(list: &mut F, at: u64, size: u64) -> std::io::Result<Line> {
    // One byte earlier: when that one ends a line, the next begins exactly at `at`.
    let from = at.saturating_sub(1);
    list.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::with_capacity(2 * LONGEST_LINE);
    list.by_ref()
        .take(u64::try_from(2 * LONGEST_LINE).unwrap_or(0))
        .read_to_end(&mut bytes)?;
    let skipped = if at == 0 {
        0
    } else {
        match bytes.iter().position(|b| *b == b'\n') {
            Some(end) => end + 1,
            None if from + bytes.len() as u64 >= size => return Ok(Line::End),
            None => return Ok(Line::Bad),
        }
    };
    let rest = bytes.get(skipped..).unwrap_or_default();
    if rest.is_empty() {
        let over = from + skipped as u64 >= size;
        return Ok(if over && at > 0 { Line::End } else { Line::Bad });
    }
    let (line, length) = match rest.iter().position(|b| *b == b'\n') {
        Some(end) => (rest.get(..end).unwrap_or_default(), end + 1),
        None => (rest, rest.len()),
    };
    Ok(read_line(line).map_or(Line::Bad, |hash| {
        Line::Hash(hash, from + (skipped + length) as u64)
    }))
}

/// Reads one line: 40 hexadecimal digits, then nothing, or a colon and a decimal count; a carriage return may end it.
#[must_use]
pub fn read_line(line: &[u8]) -> Option<Hash> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if line.len() > LONGEST_LINE {
        return None;
    }
    let (digits, rest) = line.split_at_checked(40)?;
    let counted = match rest {
        [] => true,
        [b':', count @ ..] => !count.is_empty() && count.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    if !counted {
        return None;
    }
    let mut hash = [0; 20];
    for (byte, pair) in hash.iter_mut().zip(digits.chunks_exact(2)) {
        let value = |digit: u8| char::from(digit).to_digit(16);
        let (high, low) = (value(*pair.first()?)?, value(*pair.get(1)?)?);
        *byte = u8::try_from(high * 16 + low).ok()?;
    }
    Some(hash)
}

/// Most characters of a line: the digits, a colon, a count.
const LONGEST_LINE: usize = 64;
/// How many places of a list are looked at when it is opened.
const SAMPLES: u64 = 64;

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn hex(hash: &Hash) -> String {
        hash.iter().map(|b| format!("{b:02X}")).collect()
    }

    fn list_of(passwords: &[String], end: &str) -> Vec<u8> {
        let mut lines: Vec<String> = passwords
            .iter()
            .enumerate()
            .map(|(n, p)| {
                format!(
                    "{}{}{end}",
                    hex(&hash_of(p)),
                    if n % 3 == 0 {
                        format!(":{n}")
                    } else {
                        String::new()
                    }
                )
            })
            .collect();
        lines.sort();
        lines.concat().into_bytes()
    }

    #[test]
    fn pass_03_every_listed_password_is_found_and_no_other() {
        for count in [1, 2, 3, 7, 100, 1000] {
            for end in ["\n", "\r\n"] {
                let listed: Vec<String> = (0..count).map(|n| format!("leaked-{n}")).collect();
                let mut bytes = list_of(&listed, end);
                for cut in 0..2 {
                    let size = bytes.len() as u64;
                    let mut list = Cursor::new(&bytes);
                    for password in &listed {
                        assert_eq!(search(&mut list, size, &hash_of(password)).unwrap(), Ok(true));
                    }
                    for n in 0..200 {
                        let other = hash_of(&format!("fresh-{n}"));
                        assert_eq!(search(&mut list, size, &other).unwrap(), Ok(false));
                    }
                    // The last line may lack its end.
                    if cut == 0 {
                        bytes.truncate(bytes.len() - end.len());
                    }
                }
            }
        }
        // "password" as the lists have it.
        assert_eq!(
            hex(&hash_of("password")),
            "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8"
        );
    }

    #[test]
    fn pass_03_a_file_that_is_no_such_list_is_refused_when_it_is_opened() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("leaked.txt");
        assert!(matches!(Breached::open(&path), Err(BadList::Io(..))));
        let listed: Vec<String> = (0..500).map(|n| format!("leaked-{n}")).collect();
        let good = list_of(&listed, "\n");
        std::fs::write(&path, &good).unwrap();
        let list = Breached::open(&path).unwrap();
        assert!(list.holds("leaked-77").unwrap());
        assert!(!list.holds("asahi-noboru-7301").unwrap());
        let text = String::from_utf8(good.clone()).unwrap();
        let backwards: String = text.lines().rev().map(|line| format!("{line}\n")).collect();
        let words = "password\nqwerty\n".repeat(50);
        let long = "A".repeat(4000);
        for bad in ["", "\n", &backwards, &words, &long] {
            std::fs::write(&path, bad).unwrap();
            assert!(
                matches!(Breached::open(&path), Err(BadList::Malformed(..))),
                "{bad:.60}"
            );
        }
    }

    #[test]
    fn pass_03_lines_are_read_strictly() {
        let digits = "5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8";
        for good in [
            digits.to_owned(),
            format!("{digits}:12"),
            format!("{digits}:12\r"),
            digits.to_uppercase(),
        ] {
            assert_eq!(read_line(good.as_bytes()), Some(hash_of("password")), "{good}");
        }
        for bad in [
            "",
            &digits[1..],
            &format!("{digits}:"),
            &format!("{digits}:x"),
            &format!("{digits} 1"),
            &format!("{digits}0"),
            &format!("g{}", &digits[1..]),
        ] {
            assert_eq!(read_line(bad.as_bytes()), None, "{bad}");
        }
    }
}
