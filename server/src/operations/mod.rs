//! What people and devices can do, apart from how they ask: one operation a file, used by pages, device API and staff.
//!
//! An operation checks, writes its effect together with its audit leaf in one transaction, and wakes whoever waits.

pub mod activate;
pub mod activation_code;
pub mod admit;
pub mod begin_enrolment;
pub mod change_address;
pub mod change_password;
pub mod change_payout;
pub mod check_password;
pub mod confirm_again;
pub mod confirm_enrolment;
pub mod cool_off_refused;
pub mod create_challenge;
pub mod decide;
pub mod device_actor;
pub mod device_work;
pub mod dismiss;
pub mod end_attempt;
pub mod end_pending;
pub mod end_sessions;
pub mod erase_details;
pub mod finish_enrolment;
pub mod finish_login;
pub mod imports;
pub mod issue_enrolment;
pub mod keep_form;
pub mod lift_device;
pub mod log_out;
pub mod login_choice;
pub mod login_notices;
pub mod login_password;
pub mod new_password;
pub mod notices;
pub mod notify;
pub mod prune_log;
pub mod receipt;
pub mod recover;
pub mod recovery_codes;
pub mod refusal;
pub mod remove_device;
pub mod rename_device;
pub mod reset_password;
pub mod revoke_device;
pub mod second_address;
pub mod send_code;
pub mod staff;
pub mod start_login;
pub mod start_test;
pub mod stop_address;
pub mod stop_letter;
pub mod suspend_device;
pub mod try_code;
pub mod unproven;
pub mod veto_device;
pub mod veto_token;
pub mod withdrawal;
pub mod withdrawal_password;

use warifu_shared::ids::RequestId;

use crate::domain::context::Source;

pub use refusal::Refusal;

/// Who asks: the request and where it came from.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The request.
    pub request: RequestId,
    /// Where it came from.
    pub source: Source,
}

impl Caller {
    /// The personal details of the request, for the erasable side of the audit log.
    #[must_use]
    pub fn details(&self) -> crate::audit::Details<'_> {
        crate::audit::Details {
            address: Some(self.source.address.to_string()),
            browser: Some(&self.source.browser),
        }
    }
}
