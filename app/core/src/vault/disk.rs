//! Reading and writing the files of services.

use std::path::Path;

use zeroize::Zeroizing;

use super::record::{Body, Record, ServiceFile};
use super::seal::{self, Key};
use super::{VERSION, files};

pub(super) fn read_all(folder: &Path) -> std::io::Result<Vec<(String, Option<ServiceFile>)>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        if let Some(id) = name.strip_suffix(".json").filter(|id| !id.starts_with('.')) {
            found.push((id.to_owned(), read_file(&path)?));
        }
    }
    Ok(found)
}

/// Reads a service's file; `None` when it is missing or not one of ours.
pub(super) fn read_file(path: &Path) -> std::io::Result<Option<ServiceFile>> {
    let stem = path.file_stem().and_then(|name| name.to_str());
    let Some(bytes) = files::read(path)? else {
        return Ok(None);
    };
    Ok(parse(&bytes, stem))
}

/// The file of the service that its name says; `None` when it is not one of ours.
pub(super) fn parse(bytes: &[u8], stem: Option<&str>) -> Option<ServiceFile> {
    let file: Option<ServiceFile> = serde_json::from_slice(bytes).ok();
    file.filter(|file| file.version == VERSION && Some(file.id.as_str()) == stem)
}

pub(super) fn write_file(
    path: &Path,
    record: &Record,
    key: Option<&Key>,
    failed_pins: u32,
) -> std::io::Result<()> {
    files::write(path, &compose(record, key, failed_pins)?)
}

/// The bytes of a record's file: sealed when there is a key.
pub(super) fn compose(
    record: &Record,
    key: Option<&Key>,
    failed_pins: u32,
) -> std::io::Result<Zeroizing<Vec<u8>>> {
    let invalid = || std::io::Error::from(std::io::ErrorKind::InvalidData);
    let body = match key {
        None => Body::Plain(Box::new(record.clone())),
        Some(key) => {
            let plain = Zeroizing::new(serde_json::to_vec(record)?);
            Body::Sealed(seal::seal(key, record.id.as_bytes(), &plain).map_err(|_| invalid())?)
        }
    };
    let file = ServiceFile {
        version: VERSION,
        id: record.id.clone(),
        name: record.name.clone(),
        origin: record.origin.clone(),
        created_at: record.created_at,
        protection: record.protection,
        failed_pins,
        body,
    };
    Ok(Zeroizing::new(serde_json::to_vec(&file)?))
}

/// The record, when it opens and is the one that the file's head names.
pub(super) fn open_body(file: &ServiceFile, key: Option<&Key>) -> Option<Record> {
    let record: Record = match (&file.body, key) {
        (Body::Plain(record), None) => (**record).clone(),
        (Body::Sealed(sealed), Some(key)) => {
            serde_json::from_slice(&seal::open(key, file.id.as_bytes(), sealed).ok()?).ok()?
        }
        _ => return None,
    };
    let same = record.id == file.id
        && record.name == file.name
        && record.origin == file.origin
        && record.created_at == file.created_at
        && record.protection == file.protection;
    same.then_some(record)
}
