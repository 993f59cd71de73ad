//! Enrolment: from a code to a pending device with two keys (ENROL-04..06).

mod parts;

use reqwest::Method;
use warifu_shared::api::{
    BeginEnrolment, DeviceState, DeviceStatus, EnrolmentOffer, EnrolmentResult, FinishEnrolment, Protection,
    ServiceInfo, paths,
};
use warifu_shared::display::Language;
use warifu_shared::error::ErrorCode;
use warifu_shared::keys::{PublicKey, SigningKey};
use warifu_shared::link::{self, Link};

use self::parts::{check_service, from_link, new_record, sign_token, typed_origin};
use crate::error::{CoreError, LocalCode};
use crate::facade::{CoreEvent, DeviceCore};
use crate::http::Call;
use crate::options::EnrolInput;
use crate::service::Service;
use crate::vault::{Kdf, NewKeys, Pin, PushSecret, Record};
use crate::view::{EnrolPreview, FingerprintView};
use crate::words;

/// An enrolment whose code the server has accepted. Nothing of it is on the disk.
#[derive(Clone)]
pub(crate) struct Begun {
    info: ServiceInfo,
    server_key: PublicKey,
    offer: EnrolmentOffer,
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
    /// Shows a code to its server and gives back what the customer is to confirm. No key exists yet.
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
                let begin = BeginEnrolment::Typed {
                    account_number: account_number.trim().to_owned(),
                    code,
                };
                (typed_origin(&server)?, None, begin)
            }
        };
        let info: ServiceInfo = self
            .inner
            .http
            .open(&origin, Call::new(Method::GET, paths::SERVICE))
            .await?;
        let server_key = check_service(&info, &origin, announced.as_ref())?;
        let call = Call::json(Method::POST, paths::ENROL_BEGIN, &code)?;
        let offer: EnrolmentOffer = self.inner.http.open(&origin, call).await?;
        let begun = Begun {
            info,
            server_key,
            offer,
            typed: announced.is_none(),
        };
        let preview = begun.preview(self.inner.language());
        self.inner.state().enrolment = Some(begun);
        self.inner.emit(CoreEvent::ViewChanged);
        Ok(preview)
    }

    /// Draws both keys, seals them under the PIN, and registers the device as pending. Gives the fingerprint that the
    /// customer compares with the page.
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
        let keys = NewKeys {
            request: SigningKey::generate(),
            approval: SigningKey::generate(),
            push: PushSecret::generate(),
        };
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

    /// Gives an enrolment up, or puts the fingerprint away while the service stays pending.
    pub fn cancel_enrolment(&self) {
        {
            let mut state = self.inner.state();
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

    /// The server refused, or its answer was lost. In the second case it is asked whether it knows the new keys.
    async fn after_failed_finish(&self, id: &str, error: CoreError) -> Result<FingerprintView, CoreError> {
        let lost = is_lost(&error);
        if lost && self.settle(id).await? {
            return self.registered(id);
        }
        if !lost {
            self.forget(id).await?;
            if error.is(ErrorCode::EnrolmentCodeUnknown) || error.is(ErrorCode::EnrolmentCodeExpired) {
                self.inner.state().enrolment = None;
                self.inner.emit(CoreEvent::ViewChanged);
            }
        }
        Err(error)
    }

    /// An earlier try whose answer was lost: it counts if the server knows its keys, else it is thrown away.
    async fn settle_earlier(&self, begun: &Begun) -> Result<Option<FingerprintView>, CoreError> {
        let unfinished: Vec<String> = {
            let state = self.inner.state();
            let same = |record: &Record| record.device.is_none() && record.origin == begun.info.origin;
            let found = state
                .services
                .iter()
                .filter(|service| service.record().is_some_and(same));
            found.map(|service| service.id.clone()).collect()
        };
        for id in unfinished {
            if self.settle(&id).await? {
                return self.registered(&id).map(Some);
            }
        }
        Ok(None)
    }

    /// Asks the server whether it knows the keys of an unfinished service. One that it does not know is forgotten.
    pub(crate) async fn settle(&self, id: &str) -> Result<bool, CoreError> {
        let caller = self.inner.caller(id)?;
        let call = Call::new(Method::GET, paths::DEVICE);
        match self
            .inner
            .http
            .signed::<DeviceStatus>(&caller.origin, &caller.request, &call)
            .await
        {
            Ok(status) => {
                self.inner
                    .edit(id, move |record| {
                        record.device = Some(status.device);
                        record.state = status.state;
                    })
                    .await?;
                Ok(true)
            }
            Err(error) if is_lost(&error) => Err(error),
            Err(_) => {
                self.forget(id).await?;
                Ok(false)
            }
        }
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

/// Whether the server may have acted without our hearing of it.
pub(crate) fn is_lost(error: &CoreError) -> bool {
    error.is_local(LocalCode::ServerUnreachable)
        || error.is_local(LocalCode::AnswerUnreadable)
        || error.is(ErrorCode::Internal)
        || error.is(ErrorCode::Unavailable)
}
