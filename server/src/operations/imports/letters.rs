//! Letters are made when they are collected: only then codes are drawn, and only their keyed hashes stay (decision 42).

use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::{ImportId, RequestId};

use crate::app::App;
use crate::audit::{self, Event};
use crate::domain::paper_code::PaperCode;
use crate::operations::staff::{Done, Why, actor, record};
use crate::operations::{Caller, Refusal, activation_code};
use crate::store::StoreError;
use crate::store::imports::letters::{self, Addressee};
use crate::store::imports::{self, Import, insert_leaves};
use crate::store::staff::members::Member;

/// Most letters of one print file: browsers print no more at once.
pub const MOST_PRINTED: i64 = 1000;

/// A letter with its code.
pub struct Letter {
    /// To whom.
    pub to: Addressee,
    /// The code.
    pub code: PaperCode,
}

/// Letters that are being collected, piece by piece.
pub struct Collection {
    app: App,
    import: ImportId,
    next: i64,
    to: i64,
    by: String,
    /// When the codes end.
    pub until: Timestamp,
}

/// Whether this person may collect the letters now: they proposed it, another approved, and the time is not over (decision 42).
#[must_use]
pub fn may_collect(it: &Import, by: &Member, now: Timestamp) -> bool {
    it.opened > 0 && it.letters_by.as_deref() == Some(by.id.as_str()) && it.letters_until > now
}

/// Begins to collect letters `from` to `to`, after it was written down. Codes that were collected before end as theirs are made.
///
/// # Errors
/// `NotFound`, `ImportLettersNotYours`, `ImportLettersUnfit`.
pub async fn collect(
    app: &App,
    caller: &Caller,
    by: &Member,
    id: &ImportId,
    (from, to): (i64, i64),
    why: Why,
) -> Result<Collection, Refusal> {
    let (now, by_in, caller, id_in) = (app.now(), by.clone(), caller.clone(), id.clone());
    app.store
        .write(move |c| {
            Box::pin(async move {
                let Some(it) = imports::by_id(c, &id_in).await? else {
                    return Ok(Err(Refusal::new(ErrorCode::NotFound)));
                };
                if !may_collect(&it, &by_in, now) {
                    return Ok(Err(ErrorCode::ImportLettersNotYours.into()));
                }
                if from < 1 || to < from || to > it.opened {
                    return Ok(Err(ErrorCode::ImportLettersUnfit.into()));
                }
                let before = format!("made={}", letters::made(c, &id_in).await?);
                let after = format!("letters={from}-{to}");
                let done = Done {
                    action: "staff.letters_collected",
                    subject: id_in.as_str(),
                    object: "-",
                    why: &why,
                    before: &before,
                    after: &after,
                };
                record(c, &caller, &by_in, &done, now).await?;
                Ok(Ok(()))
            })
        })
        .await??;
    Ok(Collection {
        app: app.clone(),
        import: id.clone(),
        next: from,
        to,
        by: actor(by),
        until: now.plus_secs(app.config.activation.code_days * 86_400),
    })
}

impl Collection {
    /// The next letters; `None` at the end. They are given out after their codes are stored: what does not arrive is collected
    /// again. Accounts whose customers were faster get none.
    ///
    /// # Errors
    /// On a database failure.
    pub async fn piece(&mut self) -> Result<Option<Vec<Letter>>, StoreError> {
        if self.next > self.to {
            return Ok(None);
        }
        let (from, to, until, now) = (self.next, self.to, self.until, self.app.now());
        let (app, import, by) = (self.app.clone(), self.import.clone(), self.by.clone());
        let written = self
            .app
            .store
            .write_again(move |c| {
                Box::pin(async move {
                    let people = letters::next(c, &import, (from, to), AT_ONCE).await?;
                    let (mut written, mut codes, mut leaves) = (Vec::new(), Vec::new(), Vec::new());
                    let request = RequestId::random();
                    for to in people {
                        let code = PaperCode::draw();
                        let mac = activation_code::hash(&app.secrets.code_pepper, &to.account, &code);
                        let event = Event {
                            action: "activation_code.issued",
                            actor: &by,
                            subject: to.account.as_str(),
                            outcome: "ok",
                            object: import.as_str(),
                            request: &request,
                            details: audit::Details::default(),
                        };
                        leaves.push(audit::leaf(&event, now)?);
                        codes.push((to.account.clone(), mac));
                        written.push(Letter { to, code });
                    }
                    letters::issue(c, &codes, &by, (now, until)).await?;
                    insert_leaves(c, &leaves).await?;
                    Ok(written)
                })
            })
            .await?;
        self.next += AT_ONCE;
        Ok(Some(written))
    }
}

/// Letters of one piece.
const AT_ONCE: i64 = 200;
