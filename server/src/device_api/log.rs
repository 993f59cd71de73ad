//! What anybody may ask about the audit log: keys, the newest checkpoint, proofs (AUDIT-04, AUDIT-05). Never what is in it.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use serde::Deserialize;
use warifu_shared::api::{ConsistencyProof, InclusionProof};
use warifu_shared::b64;
use warifu_shared::error::ErrorCode;
use warifu_shared::ids::RequestId;
use warifu_shared::log::Hash;
use warifu_shared::published::KeysFile;

use super::ApiError;
use crate::app::App;
use crate::audit::tree;
use crate::operations::Refusal;
use crate::store::log;

/// Two sizes of the log.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sizes {
    old: u64,
    new: u64,
}

/// A leaf, and the size of the tree to show it in.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leaf {
    leaf: String,
    size: u64,
}

/// The keys with which receipts and the log can be verified.
pub async fn keys(State(app): State<App>) -> Json<KeysFile> {
    let service = &app.config.service.device_origin;
    Json(KeysFile::of(
        service,
        &[app.secrets.challenge_key.public()],
        &app.log_key,
    ))
}

/// The newest signed checkpoint. None before the first entry has its position.
pub async fn checkpoint(State(app): State<App>) -> Result<String, ApiError> {
    let read = async {
        let mut c = app.store.read().await?;
        Ok::<_, Refusal>(log::head(&mut c).await?.note)
    };
    let note = read.await.map_err(refuse)?;
    if note.is_empty() {
        return Err(refuse(ErrorCode::NotFound));
    }
    Ok(note)
}

/// The proof that a tree is the beginning of a larger one.
pub async fn consistency(
    State(app): State<App>,
    sizes: Result<Query<Sizes>, QueryRejection>,
) -> Result<Json<ConsistencyProof>, ApiError> {
    let Query(Sizes { old, new }) = sizes.map_err(|_| refuse(ErrorCode::BadRequest))?;
    let read = async {
        let _place = app.log_questions.acquire().await;
        let mut c = app.store.read().await?;
        let size = log::head(&mut c).await?.size;
        if new > size {
            return Err(Refusal::new(ErrorCode::NotFound));
        }
        let proof = tree::consistency(&mut c, old, new).await?;
        proof.ok_or(Refusal::new(ErrorCode::BadRequest))
    };
    let proof = texts(&read.await.map_err(refuse)?);
    Ok(Json(ConsistencyProof { proof }))
}

/// The position of a leaf, and the proof that it is in a tree.
pub async fn inclusion(
    State(app): State<App>,
    leaf: Result<Query<Leaf>, QueryRejection>,
) -> Result<Json<InclusionProof>, ApiError> {
    let Query(Leaf { leaf, size }) = leaf.map_err(|_| refuse(ErrorCode::BadRequest))?;
    let leaf: Hash = b64::decode_array(&leaf).map_err(|_| refuse(ErrorCode::BadRequest))?;
    let read = async {
        let _place = app.log_questions.acquire().await;
        let mut c = app.store.read().await?;
        let not_found = Refusal::new(ErrorCode::NotFound);
        if size > log::head(&mut c).await?.size {
            return Err(not_found);
        }
        let position = log::position_of(&mut c, &leaf).await?.ok_or(not_found)?;
        let proof = tree::inclusion(&mut c, position, size).await?;
        Ok((position, proof.ok_or(not_found)?))
    };
    let (position, proof) = read.await.map_err(refuse)?;
    let proof = texts(&proof);
    Ok(Json(InclusionProof { position, proof }))
}

fn texts(hashes: &[Hash]) -> Vec<String> {
    hashes.iter().map(b64::encode).collect()
}

fn refuse(refusal: impl Into<Refusal>) -> ApiError {
    ApiError::new(refusal, &RequestId::random())
}
