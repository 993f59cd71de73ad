//! The account's withdrawals as the firm tells them, taking one back, and the receipt of an approval (TXN-08).

mod book;
mod receipt;
pub(crate) mod view;
mod words;

use reqwest::Method;
use serde::de::IgnoredAny;
use warifu_shared::api::{TakeBack, WithdrawalItem, WithdrawalState, Withdrawals, paths};
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::{RecallId, WithdrawalId};
use warifu_shared::jws::challenge::device_urn;
use warifu_shared::jws::recall::Recall;

pub(crate) use book::Book;
pub use receipt::VerifiedReceipt;

use crate::enrolment::is_lost;
use crate::error::{CoreError, LocalCode};
use crate::facade::DeviceCore;
use crate::http::Call;
use crate::service::Caller;
use crate::view::{WithdrawalView, WithdrawalsView};

/// How long a recall may be sent again, in seconds.
const RECALL_SECS: i64 = 600;

impl DeviceCore {
    /// The newest withdrawals of a service's account, asked for now. They are kept in memory only.
    ///
    /// # Errors
    /// `ServiceUnknown`, `Locked`, `ServerUnreachable`, `AnswerUnreadable` for what cannot be shown, and what the server
    /// refuses with.
    pub async fn withdrawals(&self, service: &str) -> Result<WithdrawalsView, CoreError> {
        let caller = self.inner.caller(service)?;
        let page = self.page(&caller, None).await?;
        self.inner
            .state()
            .books
            .entry(caller.id.clone())
            .or_default()
            .begin(page);
        self.listed(service)
    }

    /// The same with the next page of older ones below.
    ///
    /// # Errors
    /// As [`Self::withdrawals`].
    pub async fn older_withdrawals(&self, service: &str) -> Result<WithdrawalsView, CoreError> {
        let caller = self.inner.caller(service)?;
        let last = self.inner.state().books.get(service).and_then(Book::oldest);
        let Some(last) = last else {
            return self.withdrawals(service).await;
        };
        let page = self.page(&caller, Some(&last)).await?;
        self.inner
            .state()
            .books
            .entry(caller.id.clone())
            .or_default()
            .extend(&last, page);
        self.listed(service)
    }

    /// One withdrawal as it was told last.
    ///
    /// # Errors
    /// `WithdrawalUnknown` when it was never listed, `ServiceUnknown`.
    pub fn withdrawal(&self, service: &str, handle: &str) -> Result<WithdrawalView, CoreError> {
        let item = self.item(service, handle)?;
        let state = self.inner.state();
        let known = state.service(service)?;
        Ok(view::detail(known, &item, state.settings.language))
    }

    /// Takes a withdrawal back, without a PIN: it is a protection. After `ServerUnreachable` the same call sends the same
    /// signed bytes again (APPR-10).
    ///
    /// # Errors
    /// `WithdrawalUnknown`, `WithdrawalEnded` when the order has left, and as [`Self::withdrawals`].
    pub async fn recall(&self, service: &str, handle: &str) -> Result<WithdrawalView, CoreError> {
        let item = self.item(service, handle)?;
        let caller = self.inner.caller(service)?;
        let token = self.recall_token(&caller, &item)?;
        let call = Call::json(Method::POST, paths::recall(&item.id), &TakeBack { token })?;
        let (origin, key) = (&caller.origin, &caller.request);
        let mut answer = self.inner.http.signed::<IgnoredAny>(origin, key, &call).await;
        if answer.as_ref().is_err_and(is_lost) {
            answer = self.inner.http.signed(origin, key, &call).await;
        }
        self.inner.note_answer(&caller.id, &answer).await?;
        match answer {
            Ok(_) => self.mark_recalled(service, &item.id),
            Err(error) => {
                if !is_lost(&error) {
                    self.forget_token(service, &item.id);
                }
                if !error.is(ErrorCode::WithdrawalEnded) {
                    return Err(error);
                }
                // What happened to it meanwhile is worth a look; when it was taken back, that is what was wanted.
                self.withdrawals(service).await?;
                if self.item(service, handle)?.state != WithdrawalState::Recalled {
                    return Err(error);
                }
            }
        }
        self.withdrawal(service, handle)
    }

    /// The withdrawal of a reference, asked for now: what became of it after an approval.
    pub(crate) async fn withdrawal_of(&self, service: &str, reference: &str) -> Option<WithdrawalItem> {
        self.withdrawals(service).await.ok()?;
        let state = self.inner.state();
        state.books.get(service)?.by_reference(reference).cloned()
    }

    fn item(&self, service: &str, handle: &str) -> Result<WithdrawalItem, CoreError> {
        let state = self.inner.state();
        state.service(service)?;
        let found = state
            .books
            .get(service)
            .and_then(|book| book.get(service, handle));
        found.cloned().ok_or_else(|| LocalCode::WithdrawalUnknown.into())
    }

    fn listed(&self, service: &str) -> Result<WithdrawalsView, CoreError> {
        let state = self.inner.state();
        let known = state.service(service)?;
        let empty = Book::default();
        let book = state.books.get(service).unwrap_or(&empty);
        Ok(view::list(known, book, state.settings.language))
    }

    /// Fetches a page; what could not be shown is refused as a whole.
    async fn page(&self, caller: &Caller, before: Option<&WithdrawalId>) -> Result<Withdrawals, CoreError> {
        let path = match before {
            Some(id) => format!("{}?before={id}", paths::WITHDRAWALS),
            None => paths::WITHDRAWALS.to_owned(),
        };
        let call = Call::new(Method::GET, path);
        let asked = self
            .inner
            .http
            .signed::<Withdrawals>(&caller.origin, &caller.request, &call)
            .await;
        self.inner.note_answer(&caller.id, &asked).await?;
        let page = asked?;
        if book::is_good(&page, before) {
            Ok(page)
        } else {
            Err(LocalCode::AnswerUnreadable.into())
        }
    }

    /// The token that was sent before, while its answer is not known and it has not ended; or a new one.
    fn recall_token(&self, caller: &Caller, item: &WithdrawalItem) -> Result<String, CoreError> {
        let now = self.inner.http.now(&caller.origin);
        let mut state = self.inner.state();
        let book = state.books.entry(caller.id.clone()).or_default();
        if let Some(token) = book.sent(&item.id, now) {
            return Ok(token);
        }
        let recall = Recall {
            iss: device_urn(caller.device()?),
            aud: caller.origin.clone(),
            jti: RecallId::random(),
            iat: now.secs(),
            nbf: now.secs(),
            exp: now.secs() + RECALL_SECS,
            wd: item.id.clone(),
            reference: item.reference.clone(),
        };
        let token = recall.sign(&caller.request).map_err(|error| {
            tracing::warn!(%error, "recall token");
            CoreError::from(ErrorCode::RecallInvalid)
        })?;
        book.keep_sent(&item.id, &token, now.plus_secs(RECALL_SECS));
        Ok(token)
    }

    fn forget_token(&self, service: &str, id: &WithdrawalId) {
        if let Some(book) = self.inner.state().books.get_mut(service) {
            book.forget_sent(id);
        }
    }

    fn mark_recalled(&self, service: &str, id: &WithdrawalId) {
        let mut state = self.inner.state();
        let now = self.inner.now_at(&state, service);
        if let Some(book) = state.books.get_mut(service) {
            book.forget_sent(id);
            book.recalled(id, now);
        }
    }
}
