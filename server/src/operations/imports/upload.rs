//! A file comes in, part by part: it is stored as it comes, hashed, and its characters are found out on the way.

use ring::digest;
use warifu_shared::b64;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::ImportId;

use super::{MOST_BYTES, PART};
use crate::app::App;
use crate::audit::{self, Event};
use crate::domain::customer_file::{Detector, Problem, is_unprintable};
use crate::operations::staff::actor;
use crate::operations::{Caller, Refusal};
use crate::store::imports::{self, rows};
use crate::store::staff::members::Member;

/// A file on its way. What is dropped half-way is erased an hour later.
pub struct Upload {
    app: App,
    id: ImportId,
    waiting: Vec<u8>,
    places: i64,
    bytes: usize,
    hash: digest::Context,
    characters: Detector,
}

impl Upload {
    /// Begins. Of the file's name only what can be printed is kept, a hundred characters at most.
    ///
    /// # Errors
    /// On a failure of the database only.
    pub async fn begin(app: &App, by: &Member, name: &str) -> Result<Self, Refusal> {
        let (now, id, by) = (app.now(), ImportId::at(app.now()), by.id.clone());
        let name: String = name.chars().filter(|c| !is_unprintable(*c)).take(100).collect();
        let id_in = id.clone();
        app.store
            .write(move |c| Box::pin(async move { imports::begin(c, &id_in, &name, &by, now).await }))
            .await?;
        Ok(Self {
            app: app.clone(),
            id,
            waiting: Vec::with_capacity(PART),
            places: 0,
            bytes: 0,
            hash: digest::Context::new(&digest::SHA256),
            characters: Detector::default(),
        })
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// `ImportTooLarge`.
    pub async fn take(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        self.bytes += bytes.len();
        if self.bytes > MOST_BYTES {
            return Err(ErrorCode::ImportTooLarge.into());
        }
        self.hash.update(bytes);
        self.characters.take(bytes);
        self.waiting.extend_from_slice(bytes);
        while self.waiting.len() >= PART {
            let rest = self.waiting.split_off(PART);
            let part = std::mem::replace(&mut self.waiting, rest);
            self.keep(part).await?;
        }
        Ok(())
    }

    async fn keep(&mut self, part: Vec<u8>) -> Result<(), Refusal> {
        let (id, place) = (self.id.clone(), self.places);
        self.places += 1;
        let kept = self
            .app
            .store
            .write(move |c| Box::pin(async move { imports::add_part(c, &id, place, &part).await }));
        Ok(kept.await?)
    }

    /// The file is whole: a worker looks at it next. Characters that are neither UTF-8 nor Shift_JIS end it here.
    ///
    /// # Errors
    /// `ImportFileMissing` for an empty file, `ImportSameFile`.
    pub async fn end(mut self, caller: &Caller, by: &Member) -> Result<ImportId, Refusal> {
        if self.bytes == 0 {
            return Err(ErrorCode::ImportFileMissing.into());
        }
        let last = std::mem::take(&mut self.waiting);
        self.keep(last).await?;
        let (now, id, caller, by) = (self.app.now(), self.id.clone(), caller.clone(), by.clone());
        let hash = b64::encode(self.hash.finish());
        let (bytes, characters) = (
            i64::try_from(self.bytes).unwrap_or(i64::MAX),
            self.characters.end(),
        );
        let done = self.app.store.write(move |c| {
            Box::pin(async move {
                if imports::with_file(c, &hash).await?.is_some() {
                    return Ok(Err(ErrorCode::ImportSameFile));
                }
                let read = characters.as_ref().ok().map(|it| (it.name(), it.skipped()));
                if !imports::uploaded(c, &id, &hash, read, bytes, now).await? {
                    return Ok(Err(ErrorCode::ImportNotNow));
                }
                if let Err(line) = characters {
                    let wrong = rows::Wrong {
                        line,
                        problem: Problem::Characters,
                        other_line: None,
                    };
                    rows::complain(c, &id, &[wrong]).await?;
                    imports::erase(c, &id).await?;
                }
                let event = Event {
                    action: "staff.import_uploaded",
                    actor: &actor(&by),
                    subject: id.as_str(),
                    outcome: if read.is_some() { "ok" } else { "unfit" },
                    object: &hash,
                    request: &caller.request,
                    details: caller.details(),
                };
                audit::write(c, &event, now).await?;
                Ok(Ok(id))
            })
        });
        match done.await {
            Ok(done) => Ok(done?),
            // The same file came twice at one moment.
            Err(error) if error.is_unique_violation() => Err(ErrorCode::ImportSameFile.into()),
            Err(error) => Err(error.into()),
        }
    }
}
