//! Notices as a user interface is given them.

use sha2::{Digest, Sha256};
use warifu_shared::clock::Timestamp;
use warifu_shared::display::{Language, dates, notice};
use warifu_shared::ids::NoticeId;

use super::{KeptNotice, veto};
use crate::service::Service;
use crate::view::{NoticeCard, NoticeView, NoticesView};

/// The list, newest first.
pub(super) fn list(service: &Service, language: Language) -> NoticesView {
    let kept = service
        .record()
        .map(|record| &*record.notices)
        .unwrap_or_default();
    NoticesView {
        service: service.name(language),
        notices: kept.iter().rev().map(|it| card(service, it, language)).collect(),
    }
}

/// The notice of a handle.
pub(super) fn find<'a>(service: &'a Service, handle: &str) -> Option<&'a KeptNotice> {
    let kept = &service.record()?.notices;
    kept.iter()
        .find(|notice| handle_of(&service.id, &notice.id) == handle)
}

/// One in full.
pub(super) fn one(service: &Service, kept: &KeptNotice, language: Language, now: Timestamp) -> NoticeView {
    let mut screen = notice::render(&kept.what, language);
    let open = veto::open(service, kept, now);
    if let Some(about) = &open {
        veto::advice(about.to, language).clone_into(&mut screen.advice);
    }
    NoticeView {
        handle: handle_of(&service.id, &kept.id),
        service: service.name(language),
        screen,
        device: kept.what.kind.device_name().map(str::to_owned),
        veto: open.map(|about| about.to),
        vetoed: veto::done(kept, language),
    }
}

fn card(service: &Service, kept: &KeptNotice, language: Language) -> NoticeCard {
    let screen = notice::render(&kept.what, language);
    NoticeCard {
        handle: handle_of(&service.id, &kept.id),
        heading: screen.heading,
        at: dates::in_full(Timestamp::from_secs(kept.what.at), language),
        unread: !kept.read,
        urgent: screen.urgent,
    }
}

/// The handle of a notice: the same in every process of this device, and no id of the protocol.
fn handle_of(service: &str, id: &NoticeId) -> String {
    let digest = Sha256::digest(format!("{service}\0{id}"));
    format!("n_{}", warifu_shared::b64::encode(&digest[..12]))
}
