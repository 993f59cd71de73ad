//! Devices for load tests (feature `load`): requests, checks and signatures are those of the app; vault, PIN and inbox are
//! left out, so that the server is measured and not Argon2 on the tester's machine. Their keys lie open in memory.

use std::sync::Arc;

use reqwest::Method;
use warifu_shared::api::{Decide, DecisionResult, OpenChallenge, Outcome, paths};
use warifu_shared::clock::SharedClock;
use warifu_shared::ids::{ChallengeId, DeviceId};
use warifu_shared::jws::approval::{Decision, MatchVia, UserVerification};
use warifu_shared::jws::challenge::{Challenge, Expect, Verified};
use warifu_shared::keys::{PublicKey, SigningKey};
use warifu_shared::number;

use crate::approval::sign_decision;
use crate::error::{CoreError, LocalCode};
use crate::http::{Call, Http};

/// What many devices of one service share: connections, clock, the pinned key.
#[derive(Clone)]
pub struct Fleet(Arc<Shared>);

struct Shared {
    http: Http,
    clock: SharedClock,
    origin: String,
    server_key: PublicKey,
}

/// One device.
pub struct LoadDevice {
    fleet: Fleet,
    id: DeviceId,
    request: SigningKey,
    approval: SigningKey,
}

impl Fleet {
    /// Devices of the service at `origin`, which signs challenges with `server_key`.
    ///
    /// # Errors
    /// `StorageFailed` when there are no certificates to check the service with.
    pub fn new(origin: &str, server_key: PublicKey, clock: SharedClock) -> Result<Self, CoreError> {
        Ok(Self(Arc::new(Shared {
            http: Http::new(clock.clone())?,
            clock,
            origin: origin.to_owned(),
            server_key,
        })))
    }

    /// A device that the service knows under `id` with these keys.
    #[must_use]
    pub fn device(&self, id: DeviceId, request: SigningKey, approval: SigningKey) -> LoadDevice {
        LoadDevice {
            fleet: self.clone(),
            id,
            request,
            approval,
        }
    }
}

impl LoadDevice {
    /// Fetches a challenge and verifies it as the app does (APPR-02).
    ///
    /// # Errors
    /// What the server refuses with; `RequestForged` when it does not verify.
    pub async fn fetch(&self, id: &ChallengeId) -> Result<Verified, CoreError> {
        let shared = &self.fleet.0;
        let call = Call::new(Method::GET, paths::challenge(id));
        let open: OpenChallenge = shared.http.signed(&shared.origin, &self.request, &call).await?;
        let expect = Expect {
            iss: &shared.origin,
            device: &self.id,
            now: shared.clock.now(),
        };
        Challenge::verify(&open.jws, &shared.server_key, &expect)
            .ok()
            .filter(|verified| verified.challenge.jti == *id)
            .ok_or_else(|| LocalCode::RequestForged.into())
    }

    /// Approves with the number from the page.
    ///
    /// # Errors
    /// What the server refuses with.
    pub async fn approve(&self, challenge: &Verified, typed: &str) -> Result<Outcome, CoreError> {
        let shared = &self.fleet.0;
        let decision = Decision::Approve {
            number: number::from_typed(typed).map_err(|_| LocalCode::NumberUnreadable)?,
            via: MatchVia::Typed,
            uv: UserVerification::Pin,
        };
        let now = shared.http.now(&shared.origin);
        let token = sign_decision(&self.id, &shared.origin, challenge, decision, now, &self.approval)?;
        let call = Call::json(
            Method::POST,
            paths::decision(&challenge.challenge.jti),
            &Decide { token },
        )?;
        let result: DecisionResult = shared.http.signed(&shared.origin, &self.request, &call).await?;
        Ok(result.outcome)
    }
}
