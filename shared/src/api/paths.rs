//! Paths of the device API, relative to the public origin of the service.

/// `GET`, open: [`super::ServiceInfo`].
pub const SERVICE: &str = "/.well-known/warifu";
/// `POST`, open: [`super::BeginEnrolment`] gives [`super::EnrolmentOffer`].
pub const ENROL_BEGIN: &str = "/v1/enrolments/begin";
/// `POST`, open: [`super::FinishEnrolment`] gives [`super::EnrolmentResult`].
pub const ENROL_FINISH: &str = "/v1/enrolments/finish";
/// `GET`, signed: [`super::DeviceStatus`]. `DELETE`, signed: the device leaves (it is revoked).
pub const DEVICE: &str = "/v1/device";
/// `PUT`, signed: [`super::Rename`].
pub const DEVICE_NAME: &str = "/v1/device/name";
/// `POST`, signed: [`super::AskReset`] gives [`super::PasswordReset`].
pub const PASSWORD_RESET: &str = "/v1/device/password-reset";
/// `PUT` and `DELETE`, signed: [`super::Subscription`].
pub const SUBSCRIPTION: &str = "/v1/device/subscription";
/// `GET`, open: [`crate::published::KeysFile`].
pub const KEYS: &str = "/.well-known/warifu-keys";
/// `GET`, open: the newest signed checkpoint of the audit log, as text.
pub const LOG_CHECKPOINT: &str = "/v1/log/checkpoint";
/// `GET`, open, `?old=SIZE&new=SIZE`: [`super::ConsistencyProof`].
pub const LOG_CONSISTENCY: &str = "/v1/log/consistency";
/// `GET`, open, `?leaf=HASH&size=SIZE`: [`super::InclusionProof`].
pub const LOG_INCLUSION: &str = "/v1/log/inclusion";
/// `GET`, signed: [`super::OpenChallenges`].
pub const CHALLENGES: &str = "/v1/device/challenges";

/// `GET`, signed, `?before=ID` for older ones: [`super::Withdrawals`].
pub const WITHDRAWALS: &str = "/v1/device/withdrawals";

/// `GET`, signed, `?after=MILLIS` for those told later: [`super::Notices`].
pub const NOTICES: &str = "/v1/device/notices";

/// `POST`, signed: [`super::Objection`].
pub const VETOES: &str = "/v1/device/vetoes";

/// `POST`, signed: [`super::TakeBack`].
#[must_use]
pub fn recall(id: &crate::ids::WithdrawalId) -> String {
    format!("{WITHDRAWALS}/{id}/recall")
}

/// `GET`, signed: [`super::OpenChallenge`].
#[must_use]
pub fn challenge(id: &crate::ids::ChallengeId) -> String {
    format!("{CHALLENGES}/{id}")
}

/// `POST`, signed: [`super::Decide`] gives [`super::DecisionResult`].
#[must_use]
pub fn decision(id: &crate::ids::ChallengeId) -> String {
    format!("{CHALLENGES}/{id}/decision")
}

/// `GET`, signed: how a challenge of this device stands or ended, [`super::ChallengeEnding`].
#[must_use]
pub fn ending(id: &crate::ids::ChallengeId) -> String {
    format!("{CHALLENGES}/{id}/ending")
}

/// `GET`, signed, by any device of the account: the [`crate::receipt::Receipt`] of a decision.
#[must_use]
pub fn receipt(id: &crate::ids::ChallengeId) -> String {
    format!("{CHALLENGES}/{id}/receipt")
}
