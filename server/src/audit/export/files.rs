//! The files of the copy: taking up where the last process stopped, appending, checkpoints by rename.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use warifu_shared::log::export::{CHECKPOINTS, ENTRIES, Line, PART_ENTRIES, checkpoint_name, part_name};
use warifu_shared::log::{Checkpoint, LogKey};

use super::ExportError;

/// The open copy.
pub(super) struct Files {
    folder: PathBuf,
    /// The position of the next line.
    pub(super) next: u64,
    /// The newest checkpoint.
    pub(super) newest: Option<Checkpoint>,
    /// The part that is being written.
    part: Option<File>,
    log: LogKey,
    /// Held as long as the files are open: one process writes.
    _lock: File,
}

impl Files {
    pub(super) fn open(folder: &Path, log: &LogKey) -> Result<Self, ExportError> {
        let (entries, checkpoints) = (folder.join(ENTRIES), folder.join(CHECKPOINTS));
        for folder in [&entries, &checkpoints] {
            fs::create_dir_all(folder).map_err(|e| ExportError::Io(folder.clone(), e))?;
        }
        let lock = folder.join("lock");
        let lock = File::create(&lock).map_err(|e| ExportError::Io(lock.clone(), e))?;
        lock.try_lock()
            .map_err(|_| ExportError::Locked(folder.to_owned()))?;
        Ok(Self {
            next: resume(&entries)?,
            newest: newest(&checkpoints, log)?,
            folder: folder.to_owned(),
            part: None,
            log: log.clone(),
            _lock: lock,
        })
    }

    pub(super) fn checkpoint_size(&self) -> u64 {
        self.newest.as_ref().map_or(0, |it| it.size)
    }

    /// Appends lines durably. They begin at [`Self::next`].
    pub(super) fn append(&mut self, lines: &[Line]) -> Result<(), ExportError> {
        let mut rest = lines;
        while !rest.is_empty() {
            let room = PART_ENTRIES - self.next % PART_ENTRIES;
            let (now, later) = rest.split_at(rest.len().min(usize::try_from(room).unwrap_or(1)));
            let path = self.folder.join(ENTRIES).join(part_name(self.next));
            let failed = |e| ExportError::Io(path.clone(), e);
            let mut file = match self.part.take() {
                Some(file) if !self.next.is_multiple_of(PART_ENTRIES) => file,
                _ => OpenOptions::new()
                    .append(true)
                    .create(true)
                    .open(&path)
                    .map_err(failed)?,
            };
            let mut bytes = Vec::new();
            for line in now {
                bytes.extend(line.write());
                bytes.push(b'\n');
            }
            file.write_all(&bytes)
                .and_then(|()| file.sync_data())
                .map_err(failed)?;
            if self.next.is_multiple_of(PART_ENTRIES) {
                sync_folder(&self.folder.join(ENTRIES))?;
            }
            self.part = Some(file);
            self.next += now.len() as u64;
            rest = later;
        }
        Ok(())
    }

    /// Writes checkpoints, smallest first, each whole or not at all.
    pub(super) fn checkpoints(&mut self, notes: &[(u64, String)]) -> Result<(), ExportError> {
        let folder = self.folder.join(CHECKPOINTS);
        for (size, note) in notes {
            let path = folder.join(checkpoint_name(*size));
            let checkpoint = Checkpoint::verify(note, &self.log);
            let checkpoint = checkpoint.map_err(|_| ExportError::Changed("log_checkpoints".into()))?;
            // Beside the folder, where a verifier does not look.
            let new = self.folder.join("checkpoint.new");
            let failed = |e| ExportError::Io(new.clone(), e);
            let mut file = File::create(&new).map_err(failed)?;
            file.write_all(note.as_bytes())
                .and_then(|()| file.sync_all())
                .map_err(failed)?;
            fs::rename(&new, &path).map_err(failed)?;
            self.newest = Some(checkpoint);
        }
        sync_folder(&folder)
    }
}

/// Cuts off a line that has no end, and gives the position of the next.
fn resume(folder: &Path) -> Result<u64, ExportError> {
    let Some(path) = last_file(folder)? else {
        return Ok(0);
    };
    let failed = |e| ExportError::Io(path.clone(), e);
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .open(&path)
        .map_err(failed)?;
    let (mut whole, mut count, mut last) = (0u64, 0u64, None);
    let mut reader = BufReader::new(&file);
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = reader.read_until(b'\n', &mut line).map_err(failed)?;
        let Some(complete) = line.strip_suffix(b"\n") else {
            break;
        };
        last = Some(complete.to_vec());
        whole += read as u64;
        count += 1;
    }
    file.set_len(whole).map_err(failed)?;
    file.sync_all().map_err(failed)?;
    let first = path
        .file_stem()
        .and_then(|name| name.to_str()?.parse::<u64>().ok());
    let first = first.ok_or_else(|| ExportError::Changed(path.clone()))?;
    let next = first + count;
    let fits = last.is_none_or(|line| Line::read(&line).is_ok_and(|line| line.position + 1 == next));
    if fits && first.is_multiple_of(PART_ENTRIES) && count <= PART_ENTRIES {
        Ok(next)
    } else {
        Err(ExportError::Changed(path))
    }
}

fn newest(folder: &Path, log: &LogKey) -> Result<Option<Checkpoint>, ExportError> {
    let Some(path) = last_file(folder)? else {
        return Ok(None);
    };
    let note = fs::read_to_string(&path).map_err(|e| ExportError::Io(path.clone(), e))?;
    match Checkpoint::verify(&note, log) {
        Ok(checkpoint) => Ok(Some(checkpoint)),
        Err(_) => Err(ExportError::Changed(path)),
    }
}

fn last_file(folder: &Path) -> Result<Option<PathBuf>, ExportError> {
    let failed = |e| ExportError::Io(folder.to_owned(), e);
    let mut last = None;
    for entry in fs::read_dir(folder).map_err(failed)? {
        last = last.max(Some(entry.map_err(failed)?.path()));
    }
    Ok(last)
}

fn sync_folder(folder: &Path) -> Result<(), ExportError> {
    let synced = File::open(folder).and_then(|it| it.sync_all());
    synced.map_err(|e| ExportError::Io(folder.to_owned(), e))
}
