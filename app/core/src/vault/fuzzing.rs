//! What the fuzz target reaches of the vault's files.

use zeroize::Zeroizing;

use super::disk::{compose, open_body, parse};
use super::seal::Key;

/// Reads a service's file of the name `id` and gives its record as it would be written again, in the clear and, with
/// `key`, sealed. `None` when it is not one of ours or does not open.
#[must_use]
pub fn service_file(bytes: &[u8], id: &str, key: Option<&[u8; 32]>) -> Option<[Zeroizing<Vec<u8>>; 2]> {
    let key = key.map(|key| Key::new(*key));
    let file = parse(bytes, Some(id))?;
    let record = open_body(&file, key.as_ref())?;
    let sealed = Key::new([7; 32]);
    let plain = compose(&record, None, file.failed_pins).ok()?;
    Some([plain, compose(&record, Some(&sealed), file.failed_pins).ok()?])
}
