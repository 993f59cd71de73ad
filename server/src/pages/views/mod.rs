//! What each page shows. Handlers fill these; the templates under `server/templates` have the same names.

mod account;
mod activate;
mod addresses;
mod code;
mod confirm;
mod demo;
mod devices;
mod ended;
mod enrol;
mod login;
mod notices;
mod outside;
mod password;
mod payout;
mod recover;
mod security;
mod sessions;
mod wait;
mod withdrawal;

pub use account::{AccountPage, Assurance, LastLogin};
pub use activate::{ActivateAddressPage, ActivatePage, ActivatePasswordsPage};
pub use addresses::{AddressState, AddressesPage, Listed, Started, StopAddressPage, Stoppable};
pub use code::{CodeFor, CodePage};
pub use confirm::{ConfirmNote, ConfirmPage};
pub use demo::{DemoAccount, DemoPage};
pub use devices::{
    AddDevice, DevicePage, DeviceRow, DeviceState, DevicesPage, EnrolledBy, Flash, LostPage, MovePage,
    RemoveDevicePage,
};
pub use ended::{Denied, Ended, EndedPage};
pub use enrol::{EnrolDonePage, EnrolPage, FingerprintPage, TestState};
pub use login::LoginPage;
pub use notices::NoticesPage;
pub use outside::{ErrorPage, LoggedOutPage, LoggedOutWhy};
pub use password::{PasswordPage, RecoveryCodesPage};
pub use payout::{PayoutForm, PayoutPage, WithdrawalPasswordPage};
pub use recover::{RecoverDonePage, RecoverPage, RecoverPasswordPage};
pub use security::{
    EventKind, EventRow, EventsPage, Factor, LoginRow, Pending, SecurityPage, Standing, Step,
};
pub use sessions::{SessionRow, SessionsPage};
pub use wait::{MoneyFacts, WaitAction, WaitPage, WaitState};
pub use withdrawal::{HistoryRow, NotNow, WithdrawPage, WithdrawalPage, WithdrawalsPage, tone_of};

#[cfg(test)]
mod tests {
    use askama::Template;
    use warifu_shared::api::Bilingual;

    use super::*;
    use crate::pages::headers::Nonce;
    use crate::pages::language::Language;
    use crate::pages::layout::{Frame, PageRequest};

    #[test]
    fn web_04_what_people_typed_is_shown_as_text() {
        let attack = "\"><script>alert('x')</script>";
        let request = PageRequest {
            nonce: Nonce::random(),
            language: Language::Ja,
            path: attack.to_owned(),
        };
        let firm = Bilingual {
            ja: attack.to_owned(),
            en: attack.to_owned(),
        };
        let frame = Frame {
            request,
            firm,
            csrf: attack.to_owned(),
            logged_in: false,
            mail_refused: false,
            ends: None,
            demo: true,
        };
        let page = LoginPage {
            frame,
            account_number: attack.to_owned(),
            why: None,
            error: None,
        };
        let html = page.render().unwrap();
        assert!(!html.contains("<script>") && !html.contains("\"><script"));
        assert!(html.contains("back=%2F\""), "the way back is this site");
    }
}
