//! Identifiers: a short prefix that tells the kind, for some the moment, then 128 random bits (CHAL-02, KEY-15).

use serde::{Deserialize, Serialize};

/// Text that is not an identifier of the expected kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier of the expected kind")]
pub struct BadId;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The prefix that every identifier of this kind starts with.
            pub const PREFIX: &'static str = $prefix;

            /// Draws a new identifier.
            #[must_use]
            pub fn random() -> Self {
                Self(format!("{}{}", $prefix, crate::b64::encode(crate::random::bytes::<16>())))
            }

            /// Draws a new identifier of something that begins at `at`: its milliseconds come first, so that rows which
            /// are written together lie together in the database. As hard to guess as any other.
            #[must_use]
            pub fn at(at: crate::clock::Timestamp) -> Self {
                Self(format!("{}{}{}", $prefix, moment(at.0), crate::b64::encode(crate::random::bytes::<16>())))
            }

            /// What identifiers of something that begins at `at` or later do not come before, as text.
            #[must_use]
            pub fn from_moment(at: crate::clock::Timestamp) -> String {
                format!("{}{}", $prefix, moment(at.0.max(0)))
            }

            /// The identifier as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> {
                check(text, $prefix).map(|()| Self(text.to_owned()))
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadId;
            fn try_from(text: String) -> Result<Self, BadId> {
                check(&text, $prefix).map(|()| Self(text))
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

ids! {
    /// A customer's account (not the account number that people read).
    AccountId = "ac_";
    /// A registered device.
    DeviceId = "dv_";
    /// A challenge: one request for one decision.
    ChallengeId = "ch_";
    /// An enrolment: the way of one device from code to active.
    EnrolmentId = "en_";
    /// An approval or denial token (its `jti`).
    ApprovalId = "ap_";
    /// A token that takes a withdrawal back (its `jti`).
    RecallId = "rc_";
    /// A token that asks for a new login password (its `jti`).
    ResetId = "rs_";
    /// A notice: something that happened to an account, told to its devices.
    NoticeId = "nt_";
    /// A token by which a device objects (its `jti`).
    VetoId = "vt_";
    /// One attempt to log in, bound to one browser.
    AttemptId = "lg_";
    /// One way through a recovery, bound to one browser.
    RecoveryId = "rv_";
    /// A staff member.
    StaffId = "sf_";
    /// What one staff member proposes and another approves.
    ProposalId = "pr_";
    /// A file of customers that staff import.
    ImportId = "im_";
    /// What a staff member did, with the reason.
    StaffActId = "sa_";
    /// A case: what the watcher found about an account, and what staff make of it.
    CaseId = "cs_";
    /// A mailed one-time code.
    CodeId = "cd_";
    /// A withdrawal, from the request to the end of its order.
    WithdrawalId = "wd_";
    /// A payout account: where withdrawals of an account go.
    PayoutAccountId = "po_";
    /// A session of the customer's browser.
    SessionId = "se_";
    /// A mail in the queue.
    MailId = "ma_";
    /// An address of an account.
    AddressId = "ad_";
    /// One way through the steps of an activation.
    ActivationId = "av_";
    /// A change of a mail address.
    AddressChangeId = "ax_";
    /// An entry of the audit log.
    EntryId = "au_";
    /// A message that the relay keeps.
    MessageId = "mg_";
    /// One HTTP request, as named in logs and error pages.
    RequestId = "rq_";
}

/// Milliseconds as nine characters that sort as the numbers do (base32hex, RFC 4648 section 7, lower case).
fn moment(millis: i64) -> String {
    const DIGITS: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";
    let digit = |place: u32| char::from(DIGITS[usize::try_from(millis >> (5 * place) & 31).unwrap_or(0)]);
    (0..9).rev().map(digit).collect()
}

/// Checks prefix, length and alphabet. Short ids of vectors and fixtures (from 1 character on) are accepted.
fn check(text: &str, prefix: &str) -> Result<(), BadId> {
    let rest = text.strip_prefix(prefix).ok_or(BadId)?;
    let alphabet = rest
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if alphabet && (1..=31).contains(&rest.len()) {
        Ok(())
    } else {
        Err(BadId)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chal_02_ids_carry_128_bits_and_their_kind() {
        let id = ChallengeId::random();
        assert_eq!(id.as_str().len(), 3 + 22);
        assert_eq!(id.as_str().parse::<ChallengeId>(), Ok(id.clone()));
        assert_eq!(id.as_str().parse::<DeviceId>(), Err(BadId));
        assert_ne!(id, ChallengeId::random());
    }

    #[test]
    fn chal_02_ids_of_a_moment_are_as_random_and_sort_by_it() {
        use crate::clock::Timestamp;
        let at = |millis| ChallengeId::at(Timestamp(millis));
        let id = at(1_795_000_000_123);
        assert_eq!(id.as_str().len(), 3 + 9 + 22);
        assert_eq!(id.as_str().parse::<ChallengeId>(), Ok(id.clone()));
        assert_ne!(id, at(1_795_000_000_123));
        let moments = [
            0,
            31,
            32,
            999_999_999_999,
            1_795_000_000_123,
            1_795_000_000_124,
            9_999_999_999_999,
        ];
        let ids = moments.map(at);
        assert!(ids.is_sorted(), "{ids:?}");
        let (before, after) = (
            ChallengeId::from_moment(Timestamp(32)),
            ChallengeId::from_moment(Timestamp(33)),
        );
        assert!(before.as_str() < ids[2].as_str() && ids[2].as_str() < after.as_str());
    }

    #[test]
    fn ids_refuse_what_could_leave_a_path_or_a_line() {
        for bad in [
            "ch_",
            "ch_a/b",
            "ch_a\n",
            "ch_あ",
            "ch_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "",
        ] {
            assert_eq!(bad.parse::<ChallengeId>(), Err(BadId), "{bad:?}");
        }
    }
}
