//! Objecting to what a notice tells: to a new device, or to a device that is to leave (ENROL-09, ENROL-14). It asks for no PIN.

use reqwest::Method;
use serde::de::IgnoredAny;
use warifu_shared::api::{DeviceState, Objection, paths};
use warifu_shared::clock::Timestamp;
use warifu_shared::display::Language;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::{DeviceId, VetoId};
use warifu_shared::jws::challenge::device_urn;
use warifu_shared::jws::notice::NoticeKind;
use warifu_shared::jws::veto::{Veto, VetoTo};

use super::{KeptNotice, kept, view};
use crate::enrolment::is_lost;
use crate::error::{CoreError, LocalCode};
use crate::facade::DeviceCore;
use crate::http::Call;
use crate::service::{Caller, Service};
use crate::view::NoticeView;

/// How long a veto may be sent, in seconds.
const VETO_SECS: i64 = 600;

/// What can be objected to.
pub(super) struct About {
    pub(super) device: DeviceId,
    pub(super) to: VetoTo,
}

/// What this device can object to now, as far as it knows: the server decides.
pub(super) fn open(service: &Service, kept: &KeptNotice, now: Timestamp) -> Option<About> {
    let record = service.record()?;
    if kept.vetoed || record.state != DeviceState::Active {
        return None;
    }
    let (device, until, to) = match &kept.what.kind {
        NoticeKind::DeviceRegistered { device, until, .. } => {
            let other = record.device.as_ref() != Some(device);
            (Some(device).filter(|_| other)?, (*until)?, VetoTo::Registration)
        }
        NoticeKind::DeviceLeaving { device, until, .. } => (device.as_ref()?, *until, VetoTo::Removal),
        _ => return None,
    };
    let device = device.clone();
    (now < Timestamp::from_secs(until)).then_some(About { device, to })
}

/// What to do when it was somebody else, where it can be done here.
pub(super) const fn advice(to: VetoTo, lang: Language) -> &'static str {
    match to {
        VetoTo::Registration => lang.pick(
            "心当たりがないときは、下のボタンですぐに止めて、当社にご連絡ください。",
            "If this was not you, stop it now with the button below and call us.",
        ),
        VetoTo::Removal => lang.pick(
            "心当たりがないときや、まだ使うときは、下のボタンで解除を取りやめてください。",
            "If this was not you, or you still use the device, keep it with the button below.",
        ),
    }
}

/// What came of it.
pub(super) fn done(kept: &KeptNotice, lang: Language) -> Option<String> {
    let text = match &kept.what.kind {
        _ if !kept.vetoed => return None,
        NoticeKind::DeviceLeaving { .. } => lang.pick(
            "端末の解除を取りやめました。心当たりのない申し込みだったときは、サイトでパスワードを変更し、当社にご連絡ください。",
            "The device stays. If the removal was not yours, change your password on our site and call us.",
        ),
        _ => lang.pick(
            "この端末の登録を取り消しました。この端末ではもう承認できません。サイトでパスワードを変更し、当社にご連絡ください。",
            "The registration was undone, and that device can approve nothing. Change your password on our site and call us.",
        ),
    };
    Some(text.to_owned())
}

impl DeviceCore {
    /// Objects to what a notice tells, without a PIN: it is a protection. After `ServerUnreachable` the same call can be
    /// made again, and a veto that counted already is no error.
    ///
    /// # Errors
    /// `NoticeUnknown`, `NoticeNoVeto` when there is nothing in it that this device could stop now, `VetoTooLate`,
    /// `RemovalNotWaiting`, `Locked`, `ServerUnreachable`, and what else the server refuses with.
    pub async fn veto(&self, service: &str, handle: &str) -> Result<NoticeView, CoreError> {
        let caller = self.inner.caller(service)?;
        let (id, about) = {
            let state = self.inner.state();
            let known = state.service(service)?;
            let found = view::find(known, handle).ok_or(LocalCode::NoticeUnknown)?;
            let about = open(known, found, self.inner.now_at(&state, service));
            (found.id.clone(), about.ok_or(LocalCode::NoticeNoVeto)?)
        };
        let token = self.veto_token(&caller, about)?;
        let call = Call::json(Method::POST, paths::VETOES.to_owned(), &Objection { token })?;
        let (origin, key) = (&caller.origin, &caller.request);
        let mut answer = self.inner.http.signed::<IgnoredAny>(origin, key, &call).await;
        if answer.as_ref().is_err_and(is_lost) {
            answer = self.inner.http.signed(origin, key, &call).await;
        }
        self.inner.note_answer(&caller.id, &answer).await?;
        answer?;
        let mark = move |record: &mut crate::vault::Record| {
            kept::mark_vetoed(&mut record.notices, &id);
            kept::mark_read(&mut record.notices, &id);
        };
        self.inner.edit(service, mark).await?;
        self.notice(service, handle).await
    }

    fn veto_token(&self, caller: &Caller, about: About) -> Result<String, CoreError> {
        let now = self.inner.http.now(&caller.origin).secs();
        let veto = Veto {
            iss: device_urn(caller.device()?),
            aud: caller.origin.clone(),
            jti: VetoId::random(),
            iat: now,
            nbf: now,
            exp: now + VETO_SECS,
            dev: about.device,
            to: about.to,
        };
        veto.sign(&caller.request).map_err(|error| {
            tracing::warn!(%error, "veto token");
            ErrorCode::VetoInvalid.into()
        })
    }
}
