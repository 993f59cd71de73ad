//! Importing customers: a file comes in, a dry run looks at it, two people start it, a worker opens the accounts, and letters
//! are made when they are collected (issue 6, decision 42).

mod check;
pub mod decide;
pub mod letters;
mod open;
pub mod upload;
mod work;

use warifu_shared::ids::RequestId;

use crate::audit::{self, Event};
use crate::store::imports::{self, Import, State};
use crate::store::{Conn, StoreError};

pub use work::{Worker, run, sweep};

/// Largest file, in bytes.
pub const MOST_BYTES: usize = 16 * 1024 * 1024;
/// Most rows of one file.
pub const MOST_ROWS: i64 = 200_000;
/// An import that nobody goes on with is ended, and its rows erased, after so many days.
pub const WAITING_DAYS: i64 = 14;
/// How long a proposal to open the accounts stands (STAFF-03).
pub const PROPOSAL_SECS: i64 = 24 * 3600;
/// How long whoever proposed may collect the letters after another approved.
pub const LETTERS_SECS: i64 = 7 * 86_400;
/// Bytes of one stored part.
const PART: usize = 64 * 1024;

/// Ends an import: nothing of the file is left.
async fn end(
    c: &mut Conn,
    it: &Import,
    from: &[State],
    to: State,
    now: warifu_shared::clock::Timestamp,
) -> Result<bool, StoreError> {
    if !imports::go(c, &it.id, from, to, now).await? {
        return Ok(false);
    }
    imports::erase(c, &it.id).await?;
    let event = Event {
        action: "import.ended",
        actor: "server",
        subject: it.id.as_str(),
        outcome: to.name(),
        object: "-",
        request: &RequestId::random(),
        details: audit::Details::default(),
    };
    audit::write(c, &event, now).await?;
    Ok(true)
}
