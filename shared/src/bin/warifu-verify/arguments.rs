//! The command line: two tasks, few options.

use std::ffi::OsString;
use std::path::PathBuf;

use warifu_shared::display::Language;

/// What is asked for.
pub struct Arguments {
    /// The file of published keys.
    pub keys: PathBuf,
    /// What is to be verified.
    pub task: Task,
}

/// What is to be verified.
pub enum Task {
    /// An exported log, or a part of one.
    Log {
        /// Its folder; or the file of a part.
        folder: PathBuf,
        /// Checkpoints that were kept elsewhere.
        checkpoints: Vec<PathBuf>,
    },
    /// A receipt.
    Receipt(PathBuf),
}

/// Reads the arguments; the language also of the usage, from `--lang` or else the locale. Japanese unless English is wanted.
pub fn read(given: &[OsString], locale: Option<&str>) -> (Language, Result<Arguments, ()>) {
    let mut lang = match locale {
        Some(locale) if locale.starts_with("en") => Language::En,
        _ => Language::Ja,
    };
    let (mut keys, mut checkpoints, mut plain) = (None, Vec::new(), Vec::new());
    let mut rest = given.iter();
    let mut good = true;
    while let Some(one) = rest.next() {
        match one.to_str() {
            Some("--keys") => {
                good &= keys.is_none();
                keys = rest.next().map(PathBuf::from);
            }
            Some("--checkpoint") => match rest.next() {
                Some(path) => checkpoints.push(PathBuf::from(path)),
                None => good = false,
            },
            Some("--lang") => match rest.next().and_then(|it| it.to_str()) {
                Some("ja") => lang = Language::Ja,
                Some("en") => lang = Language::En,
                _ => good = false,
            },
            Some(option) if option.starts_with("--") => good = false,
            _ => plain.push(one),
        }
    }
    let task = match plain[..] {
        [task, folder] if task == "log" => Some(Task::Log {
            folder: folder.into(),
            checkpoints,
        }),
        [task, file] if task == "receipt" && checkpoints.is_empty() => Some(Task::Receipt(file.into())),
        _ => None,
    };
    let read = match (keys, task) {
        (Some(keys), Some(task)) if good => Ok(Arguments { keys, task }),
        _ => Err(()),
    };
    (lang, read)
}
