//! Enrolment: from a code to a pending device with two keys (ENROL-04..06).

mod parts;
mod settle;
mod share;

use std::sync::Arc;

use reqwest::Method;
use warifu_shared::api::{
    DeviceState, EnrolmentOffer, EnrolmentResult, FinishEnrolment, Protection, ServiceInfo, paths,
};
use warifu_shared::display::Language;
use warifu_shared::keys::PublicKey;
use warifu_shared::link::{self, Link};

pub(crate) use self::parts::typed_origin;
use self::parts::{check_service, from_link, new_record, sign_token};
pub(crate) use self::settle::is_lost;
use self::share::Code;
pub(crate) use self::share::{Draft, Share};
use crate::error::{CoreError, LocalCode};
use crate::facade::{CoreEvent, DeviceCore};
use crate::http::Call;
use crate::options::EnrolInput;
use crate::service::Service;
use crate::vault::{Kdf, Pin, Record};
use crate::view::{EnrolPreview, FingerprintView};
use crate::words;

/// An enrolment whose code the server has accepted. Nothing of it is on the disk. The server's key was read before the
/// `begin` and stays what it is: the fingerprint is worth something only if it was fixed first.
#[derive(Clone)]
pub(crate) struct Begun {
    info: ServiceInfo,
    server_key: PublicKey,
    offer: EnrolmentOffer,
    pub(crate) share: Arc<Share>,
    typed: bool,
}

const MAX_DEVICE_NAME: usize = 40;

impl Begun {
    /// What the customer confirms.
    pub(crate) fn preview(&self, language: Language) -> EnrolPreview {
        EnrolPreview {
            service: words::pick(&self.info.name, language).to_owned(),
            origin: self.info.origin.clone(),
            customer: self.offer.customer.clone(),
            account_hint: self.offer.account_hint.clone(),
            needs_fingerprint_first: self.typed,
        }
    }
}

/// A device's name as it is sent: trimmed, 1 to 40 characters.
///
/// # Errors
/// `DeviceNameBad`.
pub(crate) fn device_name(text: &str) -> Result<String, CoreError> {
    let name = text.trim();
    let fits = (1..=MAX_DEVICE_NAME).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    if fits {
        Ok(name.to_owned())
    } else {
        Err(LocalCode::DeviceNameBad.into())
    }
}

impl DeviceCore {
    /// Draws both keys, shows a code to its server with a promise of them, and gives back what the customer is to confirm.
    /// The keys are in memory only, until [`Self::finish_enrolment`] or [`Self::cancel_enrolment`].
    ///
    /// # Errors
    /// `LinkUnreadable`, `NotSecure`; `LinkOfAnotherService` and `ServerKeyWrong` when the server is not the one that
    /// the link names (ENROL-05); `ServerUnreachable`; `EnrolmentCodeUnknown` and `EnrolmentCodeExpired` of the server.
    pub async fn begin_enrolment(&self, input: EnrolInput) -> Result<EnrolPreview, CoreError> {
        let (origin, announced, code) = match input {
            EnrolInput::Link { text } => match link::read(&text).map_err(|_| LocalCode::LinkUnreadable)? {
                Link::Enrol(link) => from_link(link)?,
                Link::Challenge(_) => return Err(LocalCode::LinkUnreadable.into()),
            },
            EnrolInput::Typed {
                server,
                account_number,
                code,
            } => {
                let code = Code::Typed {
                    account_number: account_number.trim().to_owned(),
                    code,
                };
                (typed_origin(&server)?, None, code)
            }
        };
        let info: ServiceInfo = self
            .inner
            .http
            .open(&origin, Call::new(Method::GET, paths::SERVICE))
            .await?;
        let server_key = check_service(&info, &origin, announced.as_ref())?;
        let share = self.promised(&origin, &code);
        let call = Call::json(Method::POST, paths::ENROL_BEGIN, &code.begin(share.commitment()))?;
        let offer: EnrolmentOffer = self.inner.http.open(&origin, call).await?;
        let begun = Begun {
            info,
            server_key,
            offer,
            share,
            typed: announced.is_none(),
        };
        let preview = begun.preview(self.inner.language());
        self.keep(begun)?;
        self.inner.emit(CoreEvent::ViewChanged);
        Ok(preview)
    }

    /// Keeps what was begun, unless its share was revealed or given up while the server took its time: then the nonce may
    /// have been chosen to it.
    fn keep(&self, begun: Begun) -> Result<(), CoreError> {
        let mut state = self.inner.state();
        let promised = state.draft.as_ref();
        if !promised.is_some_and(|draft| Arc::ptr_eq(&draft.share, &begun.share)) {
            return Err(LocalCode::NoEnrolment.into());
        }
        state.enrolment = Some(begun);
        Ok(())
    }

    /// The share for a code: drawn now, or the one that was promised and not yet revealed.
    fn promised(&self, origin: &str, code: &Code) -> Arc<Share> {
        let mut state = self.inner.state();
        let draft = Draft::for_code(state.draft.take(), origin, code);
        let share = draft.share.clone();
        state.draft = Some(draft);
        share
    }

    /// Seals both keys under the PIN, reveals them to the server, and so registers the device as pending. Gives the
    /// fingerprint that the customer compares with the page.
    ///
    /// # Errors
    /// `NoEnrolment`, `PinMalformed`, `PinsDiffer`, `PinWeak`, `PinNotShared`, `DeviceNameBad`, those of the vault, and
    /// what the server refuses with. After `ServerUnreachable` the same call may be made again.
    pub async fn finish_enrolment(
        &self,
        pin: &str,
        pin_again: &str,
        name: &str,
    ) -> Result<FingerprintView, CoreError> {
        let begun = self
            .inner
            .state()
            .enrolment
            .clone()
            .ok_or(LocalCode::NoEnrolment)?;
        let pin = Pin::choose(pin, pin_again)?;
        let name = device_name(name)?;
        if let Some(view) = self.settle_earlier(&begun).await? {
            return Ok(view);
        }
        let protection = if self.inner.keystore.is_ready() {
            Protection::Keystore
        } else {
            Protection::PinOnly
        };
        if protection == Protection::PinOnly {
            self.check_shared_pin(&pin).await?;
        }
        let keys = begun.share.keys();
        let now = self.inner.http.now(&begun.info.origin);
        let finish = FinishEnrolment {
            enrolment: begun.offer.enrolment.clone(),
            token: sign_token(&begun, &keys, now)?,
            device_name: name.clone(),
            protection,
        };
        let kdf = Kdf::fresh(self.inner.options.kdf);
        let record = new_record(
            &begun,
            &keys,
            kdf,
            name,
            protection,
            self.inner.options.clock.now(),
        );
        let id = record.id.clone();
        let opened = self.inner.vault.create(record, keys, pin).await?;
        self.inner.state().services.push(Service::fresh(opened));
        let call = Call::json(Method::POST, paths::ENROL_FINISH, &finish)?;
        self.inner.state().draft = None;
        let answer = self
            .inner
            .http
            .open::<EnrolmentResult>(&begun.info.origin, call)
            .await;
        match answer {
            Ok(result) => {
                self.inner
                    .edit(&id, move |record| record.device = Some(result.device))
                    .await?;
                self.registered(&id)
            }
            Err(error) => self.after_failed_finish(&id, error).await,
        }
    }

    /// Gives an enrolment up and wipes its keys, or puts the fingerprint away while the service stays pending.
    pub fn cancel_enrolment(&self) {
        {
            let mut state = self.inner.state();
            state.draft = None;
            if state.enrolment.take().is_none() {
                let pending: Vec<String> = state
                    .services
                    .iter()
                    .filter(|service| {
                        service
                            .record()
                            .is_some_and(|record| record.state == DeviceState::Pending)
                    })
                    .map(|service| service.id.clone())
                    .collect();
                state.put_away.extend(pending);
            }
        }
        self.inner.emit(CoreEvent::ViewChanged);
    }

    fn registered(&self, id: &str) -> Result<FingerprintView, CoreError> {
        let view = {
            let mut state = self.inner.state();
            state.enrolment = None;
            let language = state.settings.language;
            state.service(id)?.fingerprint(language)
        };
        self.inner.poke_relays();
        self.inner.emit(CoreEvent::ViewChanged);
        view.ok_or_else(|| LocalCode::NoEnrolment.into())
    }

    /// Without a keystore the app is opened by one PIN, so a second service must have the PIN of the first.
    async fn check_shared_pin(&self, pin: &Pin) -> Result<(), CoreError> {
        let other = {
            let state = self.inner.state();
            let alike =
                |record: &Record| record.protection == Protection::PinOnly && record.approval.is_some();
            let found = state
                .services
                .iter()
                .find(|service| service.record().is_some_and(alike));
            found.map(|service| service.id.clone())
        };
        let Some(id) = other else { return Ok(()) };
        let checked = self.inner.vault.check_pin(&id, pin).await;
        self.inner.after_pin(&id, checked.is_ok()).await;
        match checked {
            Ok(_) => Ok(()),
            Err(error) if error.is_local(LocalCode::PinWrong) => Err(CoreError {
                tries_left: error.tries_left,
                ..LocalCode::PinNotShared.into()
            }),
            Err(error) => Err(error),
        }
    }
}
