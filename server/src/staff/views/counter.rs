//! A device registered at the counter, and letters.

use askama::Template;
use warifu_shared::clock::Timestamp;
use zeroize::Zeroizing;

use super::Who;
use crate::pages::layout::Frame;
use crate::pages::qr::{QrSvg, qr_svg};

/// `GET /proposals/{id}/device`: the code, for the customer who stands before the screen.
#[derive(Template)]
#[template(path = "staff/enrol.html")]
pub struct CodePage {
    /// The frame.
    pub frame: Frame,
    /// Who is here.
    pub who: Who,
    /// Its path.
    pub url: String,
    /// The screen of the customer.
    pub customer: String,
    /// `warifu://enrol?...`.
    pub app_link: String,
    /// The origin that is typed into the app.
    pub server_origin: String,
    /// The short code that is typed into the app.
    pub short_code: String,
    /// When the code was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// The server's time.
    pub now: Timestamp,
}

impl CodePage {
    /// The QR code of the link.
    #[must_use]
    pub fn qr(&self) -> QrSvg {
        qr_svg(&self.app_link, &self.frame.t("enrol.qr_label"))
    }
}

/// The same when the app has sent its keys: six digits that both compare (ENROL-06).
#[derive(Template)]
#[template(path = "staff/compare.html")]
pub struct ComparePage {
    /// The frame.
    pub frame: Frame,
    /// Who is here.
    pub who: Who,
    /// Its path.
    pub url: String,
    /// The six digits.
    pub fingerprint: String,
    /// The name that the customer gave the device.
    pub device_name: String,
    /// Model and system as the app reported them.
    pub model: String,
    /// When the confirmation must have come.
    pub expires_at: Timestamp,
    /// The server's time.
    pub now: Timestamp,
}

impl ComparePage {
    /// The fingerprint in its two groups of three.
    #[must_use]
    pub fn groups(&self) -> (&str, &str) {
        let whole = (self.fingerprint.as_str(), "");
        self.fingerprint.split_at_checked(3).unwrap_or(whole)
    }
}

/// The same when the device counts.
#[derive(Template)]
#[template(path = "staff/enrolled.html")]
pub struct EnrolledPage {
    /// The frame.
    pub frame: Frame,
    /// Who is here.
    pub who: Who,
    /// The screen of the customer.
    pub customer: String,
    /// The name of the device.
    pub device_name: String,
    /// Until when withdrawals are limited.
    pub cool_off_until: Option<Timestamp>,
}

/// `POST /proposals/{id}/letter`: a letter, this once. On the screen its code is hidden; on paper it stands.
#[derive(Template)]
#[template(path = "staff/letter.html")]
pub struct LetterPage {
    /// The frame.
    pub frame: Frame,
    /// The same in the language of the customer, for the letter itself.
    pub letter: Frame,
    /// Who is here.
    pub who: Who,
    /// Of a recovery; otherwise of an activation.
    pub recovery: bool,
    /// The customer's name.
    pub name: String,
    /// The account number, masked on a recovery letter.
    pub number: String,
    /// The code, in groups.
    pub code: Zeroizing<String>,
    /// From when it works, when not at once.
    pub starts_at: Option<Timestamp>,
    /// Until when.
    pub expires_at: Timestamp,
    /// The date of the letter.
    pub made_at: Timestamp,
    /// Where the customer goes.
    pub site: String,
    /// The firm's telephone number.
    pub phone: String,
    /// The screen of the customer.
    pub customer: String,
}

impl LetterPage {
    /// Words of the letter, by its kind.
    #[must_use]
    pub fn words(&self, part: &str) -> String {
        let kind = if self.recovery {
            "st_letter_recovery"
        } else {
            "st_letter_activation"
        };
        self.letter.t(&format!("{kind}.{part}"))
    }

    /// The first step, with the address of the site.
    #[must_use]
    pub fn first_step(&self) -> String {
        self.words("step1").replace("{site}", &self.site)
    }
}
