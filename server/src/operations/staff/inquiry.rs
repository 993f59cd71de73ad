//! What auditors do with the log that is itself written down: looking behind an entry, exporting (STAFF-04, STAFF-06).
//!
//! The entries of these acts are about nobody: a customer who reads their own history does not learn of an inquiry.

use warifu_shared::clock::Timestamp;

use super::{Done, Why, record};
use crate::app::App;
use crate::operations::{Caller, Refusal};
use crate::store::staff::members::Member;

/// Writes down that somebody looks at the address and the browser behind an entry. What they see is shown after this.
///
/// # Errors
/// On a failure of the database only.
pub async fn details_opened(
    app: &App,
    caller: &Caller,
    by: &Member,
    entry: &str,
    why: Why,
) -> Result<(), Refusal> {
    let what = ("staff.details_opened", entry, "masked", "shown");
    write(app, caller, by, what, why).await
}

/// Writes down that somebody exports entries: which, how many and in which form. The file begins after this.
///
/// # Errors
/// On a failure of the database only.
pub async fn exported(app: &App, caller: &Caller, by: &Member, what: &str, why: Why) -> Result<(), Refusal> {
    write(app, caller, by, ("staff.log_exported", "-", "", what), why).await
}

async fn write(
    app: &App,
    caller: &Caller,
    by: &Member,
    (action, object, before, after): (&'static str, &str, &'static str, &str),
    why: Why,
) -> Result<(), Refusal> {
    let (caller, by, now): (Caller, Member, Timestamp) = (caller.clone(), by.clone(), app.now());
    let (object, after) = (object.to_owned(), after.to_owned());
    let written = app.store.write(move |c| {
        Box::pin(async move {
            let done = Done {
                action,
                subject: "-",
                object: &object,
                why: &why,
                before,
                after: &after,
            };
            record(c, &caller, &by, &done, now).await
        })
    });
    Ok(written.await?)
}
