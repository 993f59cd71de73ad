//! `warifu-verify`: checks receipts and exported logs with nothing but published keys (AUDIT-07, TXN-08).
//!
//! Ends with 0 when everything holds, 1 when something does not, 2 when it could not begin.

mod arguments;
mod range_words;
mod receipt_words;
mod words;

use std::io::{Read, Write};
use std::path::Path;
use std::process::ExitCode;

use warifu_shared::display::Language;
use warifu_shared::log;
use warifu_shared::published::{MAX_KEYS_LEN, PublishedKeys};
use warifu_shared::receipt::{self, MAX_RECEIPT_LEN};

use arguments::{Arguments, Task};

fn main() -> ExitCode {
    let given: Vec<_> = std::env::args_os().skip(1).collect();
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(|name| {
        let value = std::env::var(name).ok()?;
        (!value.is_empty()).then_some(value)
    });
    let (lang, read) = arguments::read(&given, locale.as_deref());
    let (holds, lines) = match read.map(|arguments| run(&arguments, lang)) {
        Ok(Ok(told)) => told,
        Ok(Err(line)) => return end(&[line], true, 2),
        Err(()) => return end(&[words::usage(lang).to_owned()], true, 2),
    };
    end(&lines, false, u8::from(!holds))
}

/// Whether it holds, and what there is to say; or why it could not begin.
fn run(arguments: &Arguments, lang: Language) -> Result<(bool, Vec<String>), String> {
    let bytes =
        read(&arguments.keys, MAX_KEYS_LEN).map_err(|e| words::unreadable(&arguments.keys, &e, lang))?;
    let keys = PublishedKeys::read(&bytes).map_err(|_| words::bad_keys(&arguments.keys, lang))?;
    match &arguments.task {
        Task::Log { folder, checkpoints } if folder.is_file() => {
            if !checkpoints.is_empty() {
                return Err(words::needs_folder(lang));
            }
            let file = std::fs::File::open(folder).map_err(|e| words::unreadable(folder, &e, lang))?;
            let report = log::range::verify(std::io::BufReader::new(file), &keys.log);
            Ok((report.holds(), range_words::range(&report, lang)))
        }
        Task::Log { folder, checkpoints } => {
            let report = log::verify::verify(folder, &keys.log, checkpoints);
            Ok((report.holds(), words::log(&report, lang)))
        }
        Task::Receipt(file) => {
            let bytes = read(file, MAX_RECEIPT_LEN).map_err(|e| words::unreadable(file, &e, lang))?;
            Ok(match receipt::verify(&bytes, &keys) {
                Ok(report) => (true, receipt_words::receipt(&report, &keys.service, lang)),
                Err(fault) => (false, receipt_words::fault(fault, lang)),
            })
        }
    }
}

/// A file of at most one byte more than allowed: so it is seen that it is too long.
fn read(path: &Path, most: usize) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?
        .take(most as u64 + 1)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn end(lines: &[String], to_stderr: bool, code: u8) -> ExitCode {
    let text = lines.join("\n") + "\n";
    let written = if to_stderr {
        std::io::stderr().write_all(text.as_bytes())
    } else {
        std::io::stdout().write_all(text.as_bytes())
    };
    // What nobody could read has shown nothing.
    match written {
        Ok(()) => ExitCode::from(code),
        Err(_) => ExitCode::from(2),
    }
}
