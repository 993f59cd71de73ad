//! The notices that a device keeps: in order, each once, not more than fit a look back.

use serde::{Deserialize, Serialize};
use warifu_shared::ids::NoticeId;
use warifu_shared::jws::notice::{Happened, Notice};

use crate::vault::Record;

/// A notice as it is kept after its signature was verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeptNotice {
    pub(crate) id: NoticeId,
    /// When the server told it, in seconds since the epoch.
    pub(crate) told: i64,
    pub(crate) what: Happened,
    /// Whether somebody has opened it.
    pub(crate) read: bool,
    /// Whether this device has objected to what it tells of.
    #[serde(default)]
    pub(crate) vetoed: bool,
}

/// How many are kept.
pub(crate) const MOST: usize = 100;
/// Processes of a server write notices at the same moment, so the last minute is asked for again.
const OVERLAP_SECS: i64 = 60;

/// From when on to ask, in milliseconds since the epoch.
pub(super) fn ask_after(record: Option<&Record>) -> i64 {
    let told = record.into_iter().flat_map(|record| &record.notices);
    let newest = told.map(|notice| notice.told).max().unwrap_or(0);
    newest.saturating_sub(OVERLAP_SECS).max(0).saturating_mul(1000)
}

/// How many nobody has opened.
pub(crate) fn unread(kept: &[KeptNotice]) -> usize {
    kept.iter().filter(|notice| !notice.read).count()
}

/// Whether one of them is not known yet.
pub(super) fn has_new(kept: &[KeptNotice], told: &[Notice]) -> bool {
    told.iter().any(|notice| is_new(kept, notice))
}

/// Adds what is new, in the order in which it was told; the oldest make room.
pub(super) fn add(kept: &mut Vec<KeptNotice>, told: Vec<Notice>) {
    for notice in told {
        if is_new(kept, &notice) {
            kept.push(KeptNotice {
                id: notice.jti,
                told: notice.told,
                what: notice.what,
                read: false,
                vetoed: false,
            });
        }
    }
    kept.sort_by(|a, b| (a.told, &a.id).cmp(&(b.told, &b.id)));
    kept.drain(..kept.len().saturating_sub(MOST));
}

/// Somebody has opened it.
pub(super) fn mark_read(kept: &mut [KeptNotice], id: &NoticeId) {
    for notice in kept.iter_mut().filter(|notice| notice.id == *id) {
        notice.read = true;
    }
}

/// This device has objected.
pub(super) fn mark_vetoed(kept: &mut [KeptNotice], id: &NoticeId) {
    for notice in kept.iter_mut().filter(|notice| notice.id == *id) {
        notice.vetoed = true;
    }
}

/// One that is older than everything in a full list was dropped before, and is no news.
fn is_new(kept: &[KeptNotice], notice: &Notice) -> bool {
    let dropped = kept.len() >= MOST && kept.first().is_some_and(|oldest| notice.told < oldest.told);
    !dropped && kept.iter().all(|other| other.id != notice.jti)
}
