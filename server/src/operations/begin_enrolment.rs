//! The app shows its code and commits to its keys: the server answers with a nonce and whose account it is (ENROL-01, ENROL-04,
//! ENROL-06).

use warifu_shared::api::{BeginEnrolment, EnrolmentOffer};
use warifu_shared::b64;
use warifu_shared::clock::Timestamp;
use warifu_shared::error::ErrorCode;

use super::issue_enrolment::short_mac;
use super::{Caller, Refusal, admit};
use crate::app::App;
use crate::domain::account::AccountNumber;
use crate::domain::enrolment::{SHORT_CODE_TRIES, code_hash, read_short};
use crate::store::accounts;
use crate::store::enrolments::{self, StoredEnrolment};

/// Looks a code up and gives the nonce to sign. From now on the code is for the device with this commitment alone, so that
/// nobody draws nonces until a fingerprint fits; that device may ask again and gets the same nonce.
///
/// # Errors
/// `EnrolmentCodeUnknown` (wrong, used, cancelled, another device's), `EnrolmentCodeExpired`, `TooManyRequests`;
/// `BadRequest` for a commitment that is none.
pub async fn run(app: &App, caller: &Caller, begin: &BeginEnrolment) -> Result<EnrolmentOffer, Refusal> {
    let now = app.now();
    // Guessing is stopped long before it could succeed.
    admit::enrolment(app, caller).await?;
    b64::decode_array::<32>(begin.commitment()).map_err(|_| ErrorCode::BadRequest)?;
    let found = match begin {
        BeginEnrolment::Link { code, .. } => by_link(app, code).await?,
        BeginEnrolment::Typed {
            account_number, code, ..
        } => by_typed(app, account_number, code).await?,
    };
    let found = found.ok_or(ErrorCode::EnrolmentCodeUnknown)?;
    if found.state != "issued" {
        return Err(ErrorCode::EnrolmentCodeUnknown.into());
    }
    if now >= found.expires_at {
        return Err(ErrorCode::EnrolmentCodeExpired.into());
    }
    let nonce = bind(app, &found, begin.commitment(), now).await?;
    let mut c = app.store.read().await?;
    let account = accounts::by_id(&mut c, &found.account)
        .await?
        .ok_or(ErrorCode::EnrolmentCodeUnknown)?;
    Ok(EnrolmentOffer {
        enrolment: found.id,
        nonce,
        code_hash: found.code_hash,
        customer: account.customer_name,
        account_hint: account.number.masked(),
        expires_at: found.expires_at,
    })
}

/// Binds the code to the commitment and gives the nonce.
async fn bind(
    app: &App,
    found: &StoredEnrolment,
    commitment: &str,
    now: Timestamp,
) -> Result<String, Refusal> {
    let drawn = b64::encode(warifu_shared::random::bytes::<16>());
    let (id, commitment) = (found.id.clone(), commitment.to_owned());
    let nonce = app
        .store
        .write(move |c| {
            Box::pin(async move { enrolments::set_nonce(c, &id, &drawn, &commitment, now).await })
        })
        .await?;
    nonce.ok_or_else(|| {
        tracing::info!(event = "enrolment.taken", enrolment = %found.id, "the code is another device's");
        ErrorCode::EnrolmentCodeUnknown.into()
    })
}

async fn by_link(app: &App, code: &str) -> Result<Option<StoredEnrolment>, Refusal> {
    let mut c = app.store.read().await?;
    Ok(enrolments::by_code_hash(&mut c, &code_hash(code)).await?)
}

async fn by_typed(app: &App, number: &str, code: &str) -> Result<Option<StoredEnrolment>, Refusal> {
    let Some(number) = AccountNumber::from_typed(number) else {
        return Ok(None);
    };
    let mut c = app.store.read().await?;
    let Some(account) = accounts::by_number(&mut c, &number).await? else {
        return Ok(None);
    };
    let Some(found) = enrolments::issued_of(&mut c, &account.id).await? else {
        return Ok(None);
    };
    drop(c);
    let right = read_short(code).is_some_and(|short| {
        use subtle::ConstantTimeEq;
        bool::from(
            short_mac(app, &found.id, &short)
                .as_bytes()
                .ct_eq(found.short_code_mac.as_bytes()),
        )
    });
    if right {
        return Ok(Some(found));
    }
    let id = found.id;
    app.store
        .write(move |c| {
            Box::pin(async move { enrolments::count_wrong_short_code(c, &id, SHORT_CODE_TRIES).await })
        })
        .await?;
    Ok(None)
}
