//! What all mails of a firm have in common: its name, sender, bounce address and telephone number.

use warifu_shared::api::Bilingual;
use warifu_shared::display::Language;

use super::address::MailAddress;
use super::config::MailConfig;

/// The firm as its mails show it. Checked once, so that building a mail cannot fail over it.
#[derive(Debug, Clone)]
pub struct Letterhead {
    firm: Bilingual,
    pub(super) from: MailAddress,
    pub(super) bounce: Option<MailAddress>,
    phone: String,
}

/// A configured text that cannot stand in a mail.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("mail: {0} must be 1 to {MAX} characters on one line, without a link")]
pub struct BadLetterhead(&'static str);

impl Letterhead {
    /// The letterhead of `firm`; customers report what they did not do at the telephone number `phone`.
    ///
    /// # Errors
    /// [`BadLetterhead`] when a name or the telephone number is empty, too long, has control characters or looks like a link.
    pub fn new(firm: Bilingual, phone: &str, config: &MailConfig) -> Result<Self, BadLetterhead> {
        for (text, what) in [
            (&*firm.ja, "the Japanese name"),
            (&*firm.en, "the English name"),
            (phone, "the telephone number"),
        ] {
            let link = text.contains("://") || text.to_lowercase().contains("www.");
            if text.trim().is_empty()
                || text.chars().count() > MAX
                || text.chars().any(char::is_control)
                || link
            {
                return Err(BadLetterhead(what));
            }
        }
        let (from, bounce) = (config.from.clone(), config.bounce.clone());
        Ok(Self {
            firm,
            from,
            bounce,
            phone: phone.to_owned(),
        })
    }

    /// The firm's name.
    #[must_use]
    pub fn firm(&self, language: Language) -> &str {
        language.pick(&self.firm.ja, &self.firm.en)
    }

    /// The telephone number.
    #[must_use]
    pub fn phone(&self) -> &str {
        &self.phone
    }
}

/// Longest name, so that a subject stays one short line.
const MAX: usize = 60;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_08_a_letterhead_with_line_breaks_or_links_stops_the_start() {
        let config = MailConfig::default();
        let firm = |ja: &str| Bilingual {
            ja: ja.to_owned(),
            en: "Hinode".to_owned(),
        };
        assert!(Letterhead::new(firm("ひので証券"), "03-0000-0000", &config).is_ok());
        for bad in [
            "",
            " ",
            "ひので\r\nBcc: x@y.jp",
            "https://hinode.example",
            "WWW.hinode.example",
        ] {
            let error = Letterhead::new(firm(bad), "03-0000-0000", &config).unwrap_err();
            assert_eq!(error, BadLetterhead("the Japanese name"), "{bad:?}");
        }
    }
}
