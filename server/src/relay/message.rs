//! `DELETE /m/{id}`: the sender withdraws a message that was not delivered yet (RFC 8030 section 6, RELAY-09).

use axum::extract::{Path, State};
use http::StatusCode;
use warifu_shared::ids::MessageId;

use super::Relay;
use super::error::PushError;
use crate::store::relay as table;

/// 204 also when the message is gone: delivered, expired and withdrawn look the same to the sender. Who knows the id
/// (128 random bits) may withdraw; only sender and receiver do.
pub(super) async fn withdraw(
    State(relay): State<Relay>,
    Path(id): Path<String>,
) -> Result<StatusCode, PushError> {
    let id: MessageId = id.parse().map_err(|_| PushError::BadToken)?;
    relay
        .0
        .store
        .write(move |c| Box::pin(async move { table::delete_message(c, id.as_str()).await }))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
