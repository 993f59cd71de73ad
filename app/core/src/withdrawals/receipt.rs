//! The receipt of an approval: fetched, verified with the pinned key, compared with what is listed, kept where the person
//! says (TXN-08).

use std::path::{Path, PathBuf};

use reqwest::Method;
use warifu_shared::api::{WithdrawalItem, paths};
use warifu_shared::jws::withdrawal::Transaction;
use warifu_shared::published::PublishedKeys;
use warifu_shared::receipt::{self, Report};

use crate::error::{CoreError, LocalCode};
use crate::facade::DeviceCore;
use crate::http::Call;
use crate::service::Caller;
use crate::vault::in_background;
use crate::view::ReceiptView;
use crate::words::say;

use super::words;

/// A receipt that was verified, on its way to a file.
pub struct VerifiedReceipt {
    bytes: Vec<u8>,
    /// What a file of it is called.
    pub file_name: String,
    /// Whether the log has each of its entries.
    in_log: bool,
}

impl DeviceCore {
    /// Fetches the receipt of a withdrawal that a device decided on, and verifies it.
    ///
    /// # Errors
    /// `WithdrawalUnknown`, `ReceiptNone`, `ReceiptInvalid` when it does not verify or shows something else than the list,
    /// and as [`Self::withdrawals`].
    pub async fn receipt(&self, service: &str, handle: &str) -> Result<VerifiedReceipt, CoreError> {
        let item = self.item(service, handle)?;
        let challenge = item.challenge.clone().ok_or(LocalCode::ReceiptNone)?;
        let caller = self.inner.caller(service)?;
        let call = Call::new(Method::GET, paths::receipt(&challenge));
        let asked = self
            .inner
            .http
            .signed_bytes(&caller.origin, &caller.request, &call)
            .await;
        self.inner.note_answer(&caller.id, &asked).await?;
        let bytes = asked?;
        let keys = self.published_keys(&caller).await?;
        let report = receipt::verify(&bytes, &keys).map_err(|fault| {
            tracing::warn!(service = caller.id, ?fault, "a receipt does not hold");
            CoreError::from(LocalCode::ReceiptInvalid)
        })?;
        if !is_of(&report, &item) {
            tracing::warn!(service = caller.id, "a receipt is of something else");
            return Err(LocalCode::ReceiptInvalid.into());
        }
        Ok(VerifiedReceipt {
            bytes,
            file_name: format!("warifu-receipt-{}.json", item.reference),
            in_log: report.entries.iter().all(|entry| entry.place.is_some()),
        })
    }

    /// Writes a verified receipt to a file, replacing what is there: the person has chosen it.
    ///
    /// # Errors
    /// `StorageFailed`.
    pub async fn save_receipt(
        &self,
        receipt: VerifiedReceipt,
        path: &Path,
    ) -> Result<ReceiptView, CoreError> {
        let (to, bytes): (PathBuf, Vec<u8>) = (path.to_owned(), receipt.bytes);
        let written = in_background(move || std::fs::write(to, bytes)).await?;
        written.map_err(|error| {
            tracing::warn!(%error, "a receipt was not written");
            CoreError::from(LocalCode::StorageFailed)
        })?;
        let text = if receipt.in_log {
            words::RECEIPT_SAVED
        } else {
            words::RECEIPT_PENDING
        };
        Ok(ReceiptView {
            file: path.display().to_string(),
            in_log: receipt.in_log,
            message: say(text, self.inner.language()),
        })
    }

    /// The keys that the service publishes. Of its challenge keys only the one that was pinned at the registration counts;
    /// the key of the log is known from here alone.
    async fn published_keys(&self, caller: &Caller) -> Result<PublishedKeys, CoreError> {
        let call = Call::new(Method::GET, paths::KEYS);
        let bytes = self.inner.http.open_bytes(&caller.origin, &call).await?;
        let read = PublishedKeys::read(&bytes).map_err(|_| LocalCode::AnswerUnreadable)?;
        if read.service != caller.origin || !read.challenge_keys.contains(&caller.server_key) {
            return Err(LocalCode::ReceiptInvalid.into());
        }
        Ok(PublishedKeys {
            challenge_keys: vec![caller.server_key.clone()],
            ..read
        })
    }
}

/// Whether a receipt shows the decision on this very withdrawal: reference, amount, fee and payee as they are listed.
fn is_of(report: &Report, item: &WithdrawalItem) -> bool {
    let Some(signed) = &report.signed else {
        return false;
    };
    let Some(Transaction::Withdrawal(txn)) = &signed.challenge.txn else {
        return false;
    };
    Some(&signed.challenge.jti) == item.challenge.as_ref()
        && txn.reference == item.reference
        && (&txn.amount, &txn.fee, &txn.currency) == (&item.amount, &item.fee, &item.currency)
        && txn.payee == item.payee
}
