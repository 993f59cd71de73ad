//! Deciding: the approval over the exact bytes of the challenge, and the denial (APPR-01, APPR-03, CHAL-13).

use std::time::Duration;

use reqwest::Method;
use warifu_shared::api::{Decide, DecisionResult, DeviceState, Outcome, paths};
use warifu_shared::clock::Timestamp;
use warifu_shared::display::render;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::{ApprovalId, ChallengeId, DeviceId};
use warifu_shared::jws::approval::{Approval, Decision, MatchVia, UserVerification};
use warifu_shared::jws::challenge::{Transaction, Verified, device_urn};
use warifu_shared::keys::SigningKey;
use warifu_shared::link::{self, Link};
use warifu_shared::number::{self, MatchNumber};

pub use warifu_shared::jws::approval::DenyReason;

use crate::enrolment::is_lost;
use crate::error::{CoreError, LocalCode};
use crate::facade::{CoreEvent, DeviceCore};
use crate::http::Call;
use crate::inbox::{Answer, Sent, seconds_left};
use crate::options::{EnrolInput, NumberInput};
use crate::service::Caller;
use crate::vault::Pin;
use crate::view::{ChallengeView, LinkTarget, ResultView};
use crate::withdrawals::view as after;
use crate::words;

impl DeviceCore {
    /// One challenge as it is decided upon.
    ///
    /// # Errors
    /// `RequestGone` when it is no longer open.
    pub fn challenge(&self, handle: &str) -> Result<ChallengeView, CoreError> {
        let state = self.inner.state();
        let item = state.inbox.get(handle).ok_or(LocalCode::RequestGone)?;
        let left = seconds_left(item, self.inner.now_at(&state, &item.service));
        if left == 0 {
            return Err(ErrorCode::ChallengeExpired.into());
        }
        let screen = render(&item.verified.challenge, state.settings.language);
        Ok(ChallengeView {
            handle: handle.to_owned(),
            service: screen.service.clone(),
            action: item.verified.challenge.act,
            screen,
            seconds_left: left,
            tries_left: item.tries_left,
            number_filled: item.link_number.is_some(),
            pin_tries_left: state.service(&item.service)?.pin_tries_left(),
        })
    }

    /// Approves with the number from the page and the PIN.
    ///
    /// # Errors
    /// `RequestGone`, `ChallengeExpired`, `NumberUnreadable`, `LinkOfAnotherService`, `PinMalformed`, `PinWrong` and
    /// `VaultDestroyed`; `NumberWrong` of the server with the tries left, and its other refusals. After
    /// `ServerUnreachable` the same call sends the same signed bytes again (APPR-10).
    pub async fn approve(
        &self,
        handle: &str,
        number: &NumberInput,
        pin: &str,
    ) -> Result<ResultView, CoreError> {
        let open = self.open_item(handle)?;
        let (number, via) = read_number(number, &open)?;
        let pin = Pin::read(pin)?;
        let checked = self.inner.vault.check_pin(&open.caller.id, &pin).await;
        self.inner.after_pin(&open.caller.id, checked.is_ok()).await;
        let unsealed = checked?;
        let answer = Answer::Approve {
            number: number.clone(),
            via,
        };
        let decision = Decision::Approve {
            number,
            via,
            uv: UserVerification::Pin,
        };
        let token = self.token(&open, &answer, decision, &unsealed.approval)?;
        drop(unsealed);
        self.decide(handle, &open, Sent { token, answer }).await
    }

    /// Refuses, without a PIN.
    ///
    /// # Errors
    /// `RequestGone`, `ChallengeExpired`, `ServerUnreachable`, and what the server refuses with.
    pub async fn deny(&self, handle: &str, reason: DenyReason) -> Result<ResultView, CoreError> {
        let open = self.open_item(handle)?;
        let answer = Answer::Deny(reason);
        let token = self.token(&open, &answer, Decision::Deny { reason }, &open.caller.request)?;
        self.decide(handle, &open, Sent { token, answer }).await
    }

    /// Follows a `warifu://` link: an enrolment to confirm, or a challenge with its number filled in. Registers and
    /// approves nothing by itself (APP-13).
    ///
    /// # Errors
    /// `LinkUnreadable`, `LinkOfAnotherService`, and those of [`Self::begin_enrolment`].
    pub async fn open_link(&self, url: &str) -> Result<LinkTarget, CoreError> {
        let link = match link::read(url).map_err(|_| LocalCode::LinkUnreadable)? {
            Link::Enrol(_) => {
                let preview = self
                    .begin_enrolment(EnrolInput::Link { text: url.to_owned() })
                    .await?;
                return Ok(LinkTarget::Enrol { preview });
            }
            Link::Challenge(link) => link,
        };
        let services: Vec<String> = {
            let state = self.inner.state();
            let here = state
                .services
                .iter()
                .filter(|service| service.origin() == link.origin);
            here.map(|service| service.id.clone()).collect()
        };
        let mut refused = LocalCode::LinkOfAnotherService.into();
        for service in services {
            match self.find_or_fetch(&service, &link.challenge).await {
                Ok(handle) => {
                    if let Some(item) = self.inner.state().inbox.get_mut(&handle) {
                        item.link_number = Some(link.number.clone());
                    }
                    self.inner.emit(CoreEvent::ViewChanged);
                    return Ok(LinkTarget::Challenge {
                        handle,
                        number_filled: true,
                    });
                }
                Err(error) => refused = error,
            }
        }
        Err(refused)
    }

    async fn find_or_fetch(&self, service: &str, id: &ChallengeId) -> Result<String, CoreError> {
        let known = self.inner.state().inbox.find(service, id);
        match known {
            Some(handle) => Ok(handle),
            None => {
                // A device that was confirmed on the page a moment ago learns it here, as by opening the app.
                if self.inner.caller(service)?.state != DeviceState::Active {
                    self.refresh_one(service).await?;
                }
                self.inner.fetch(&self.inner.caller(service)?, id).await
            }
        }
    }

    fn open_item(&self, handle: &str) -> Result<OpenItem, CoreError> {
        let mut state = self.inner.state();
        let item = state.inbox.get(handle).ok_or(LocalCode::RequestGone)?;
        if seconds_left(item, self.inner.now_at(&state, &item.service)) == 0 {
            state.inbox.remove(handle);
            return Err(ErrorCode::ChallengeExpired.into());
        }
        Ok(OpenItem {
            caller: state.service(&item.service)?.caller()?,
            verified: item.verified.clone(),
            link_number: item.link_number.clone(),
            sent: item.sent.clone(),
        })
    }

    /// The token of an answer: the one that was signed before, when its outcome is not known, or a new one.
    fn token(
        &self,
        open: &OpenItem,
        answer: &Answer,
        decision: Decision,
        key: &SigningKey,
    ) -> Result<String, CoreError> {
        if let Some(sent) = open.sent.as_ref().filter(|sent| sent.answer.same(answer)) {
            return Ok(sent.token.clone());
        }
        let now = self.inner.http.now(&open.caller.origin);
        sign_decision(
            open.caller.device()?,
            &open.caller.origin,
            &open.verified,
            decision,
            now,
            key,
        )
    }

    /// Sends a decision, once more when the answer was lost, and keeps what the outcome means for the list.
    async fn decide(&self, handle: &str, open: &OpenItem, sent: Sent) -> Result<ResultView, CoreError> {
        let reason = match &sent.answer {
            Answer::Deny(reason) => Some(*reason),
            Answer::Approve { .. } => None,
        };
        let path = paths::decision(&open.verified.challenge.jti);
        let call = Call::json(
            Method::POST,
            path,
            &Decide {
                token: sent.token.clone(),
            },
        )?;
        if let Some(item) = self.inner.state().inbox.get_mut(handle) {
            item.sent = Some(sent);
        }
        let (origin, key) = (&open.caller.origin, &open.caller.request);
        let mut answer = self.inner.http.signed::<DecisionResult>(origin, key, &call).await;
        if answer.as_ref().is_err_and(is_lost) {
            answer = self.inner.http.signed(origin, key, &call).await;
        }
        self.inner.note_answer(&open.caller.id, &answer).await?;
        self.after_decision(handle, answer.as_ref().err());
        let result = answer?;
        let act = open.verified.challenge.act;
        self.inner.keep_answer(&open.caller.id, act, reason).await;
        Ok(self.told(open, result.outcome, reason).await)
    }

    /// An outcome in words; that of an approved withdrawal with its reference and what comes next.
    async fn told(&self, open: &OpenItem, outcome: Outcome, reason: Option<DenyReason>) -> ResultView {
        let language = self.inner.language();
        let challenge = &open.verified.challenge;
        let (heading, message) = words::result(outcome, reason, language);
        let result = ResultView {
            outcome,
            service: words::pick(&challenge.svc, language).to_owned(),
            heading,
            message,
            withdrawal: None,
        };
        let reference = challenge.txn.as_ref().and_then(Transaction::reference);
        let Some(reference) = reference.filter(|_| outcome == Outcome::Approved) else {
            return result;
        };
        // The approval is recorded; what became of it is worth a moment and no more.
        let asked = self.withdrawal_of(&open.caller.id, reference);
        let item = tokio::time::timeout(A_MOMENT, asked).await.unwrap_or_default();
        ResultView {
            heading: after::refused_heading(item.as_ref(), language).unwrap_or(result.heading),
            message: after::became(reference, item.as_ref(), language),
            withdrawal: item.map(|item| after::link(&open.caller.id, &item)),
            ..result
        }
    }

    fn after_decision(&self, handle: &str, refused: Option<&CoreError>) {
        {
            let mut state = self.inner.state();
            match refused {
                Some(error) if !ends_challenge(error) => {
                    if let Some(item) = state.inbox.get_mut(handle)
                        && !is_lost(error)
                    {
                        item.sent = None;
                        item.link_number = None;
                        if error.is(ErrorCode::NumberWrong) {
                            item.tries_left = error.tries_left;
                        }
                    }
                }
                _ => state.inbox.remove(handle),
            }
        }
        self.inner.emit(CoreEvent::ViewChanged);
    }
}

/// The signed token of a decision over the exact bytes of a challenge (APPR-01).
pub(crate) fn sign_decision(
    device: &DeviceId,
    origin: &str,
    verified: &Verified,
    decision: Decision,
    now: Timestamp,
    key: &SigningKey,
) -> Result<String, CoreError> {
    let challenge = &verified.challenge;
    let approval = Approval {
        iss: device_urn(device),
        aud: origin.to_owned(),
        jti: ApprovalId::random(),
        iat: now.secs(),
        exp: challenge.exp,
        chal: challenge.jti.clone(),
        chal_hash: verified.hash,
        decision,
    };
    approval.sign(key).map_err(|error| {
        tracing::warn!(%error, "approval token");
        ErrorCode::ApprovalInvalid.into()
    })
}

/// How long a result waits for what became of a withdrawal.
const A_MOMENT: Duration = Duration::from_secs(3);

/// A challenge as it stood when its decision began.
struct OpenItem {
    caller: Caller,
    verified: Verified,
    link_number: Option<MatchNumber>,
    sent: Option<Sent>,
}

fn ends_challenge(error: &CoreError) -> bool {
    use ErrorCode::{ChallengeClosed, ChallengeExpired, ChallengeNotFound, NumberTriesUsed};
    [
        ChallengeNotFound,
        ChallengeExpired,
        ChallengeClosed,
        NumberTriesUsed,
    ]
    .iter()
    .any(|code| error.is(*code))
}

/// The number and how it came. A scanned link must name this very challenge (APPR-12).
fn read_number(input: &NumberInput, open: &OpenItem) -> Result<(MatchNumber, MatchVia), CoreError> {
    let unreadable = LocalCode::NumberUnreadable;
    match input {
        NumberInput::Typed(text) => Ok((number::from_typed(text).map_err(|_| unreadable)?, MatchVia::Typed)),
        NumberInput::Link => Ok((open.link_number.clone().ok_or(unreadable)?, MatchVia::Link)),
        NumberInput::Scanned(text) => match link::read(text) {
            Ok(Link::Challenge(link)) => {
                let same = link.origin == open.caller.origin && link.challenge == open.verified.challenge.jti;
                if same {
                    Ok((link.number, MatchVia::Scanned))
                } else {
                    Err(LocalCode::LinkOfAnotherService.into())
                }
            }
            Ok(Link::Enrol(_)) | Err(_) => Err(LocalCode::LinkUnreadable.into()),
        },
    }
}
