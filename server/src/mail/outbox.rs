//! The outbox transport: one `.eml` file a mail in a folder, for the demo and for tests.

use std::io::Write;
use std::path::{Path, PathBuf};

use async_trait::async_trait;

use super::transport::{MailTransport, ReadyMail, SendError, TransportError};

/// Writes mails into a folder that only the server's user can read. Names sort by time.
#[derive(Debug, Clone)]
pub struct Outbox(PathBuf);

impl Outbox {
    /// An outbox in `folder`, which is made when it is missing.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn open(folder: &Path) -> Result<Self, TransportError> {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder
            .create(folder)
            .map_err(|e| TransportError::File(folder.to_owned(), e))?;
        Ok(Self(folder.to_owned()))
    }
}

#[async_trait]
impl MailTransport for Outbox {
    async fn send(&self, mail: &ReadyMail) -> Result<(), SendError> {
        let name = format!("{:015}-{}.{EXTENSION}", mail.at.0.max(0), mail.id);
        let (folder, bytes) = (self.0.clone(), mail.bytes.clone());
        let written = tokio::task::spawn_blocking(move || write_whole(&folder, &name, &bytes)).await;
        match written {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(SendError::Temporary(format!("outbox: {}", error.kind()))),
            Err(_) => Err(SendError::Temporary("outbox: the writer stopped".to_owned())),
        }
    }
}

/// A reader sees the whole file or none: it is written under another name first.
fn write_whole(folder: &Path, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    let draft = folder.join(format!("{name}.draft"));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&draft, folder.join(name))
}

/// The ending of finished mails.
pub const EXTENSION: &str = "eml";
