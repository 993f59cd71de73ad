//! The activation letter: one A4 page a customer, in their language, in a file that needs nothing else to be printed.

use askama::Template;
use warifu_shared::api::Bilingual;
use warifu_shared::clock::Timestamp;
use warifu_shared::display::Language;

use crate::app::App;
use crate::operations::imports::letters::Letter;
use crate::pages::{paths, text};

/// What all letters of a file share.
#[derive(Debug, Clone)]
pub struct LetterSheet {
    firm: Bilingual,
    phone: String,
    /// Where the customer types the code.
    pub address: String,
    /// When the codes end.
    pub until: Timestamp,
}

#[derive(Template)]
#[template(path = "staff/import_letter.html")]
struct LetterView<'a> {
    sheet: &'a LetterSheet,
    letter: &'a Letter,
    language: Language,
}

impl LetterView<'_> {
    fn t(&self, key: &str) -> String {
        text::text(self.language, key)
    }

    fn lang(&self) -> &'static str {
        self.language.pick("ja", "en")
    }

    fn firm(&self) -> &str {
        self.language.pick(&self.sheet.firm.ja, &self.sheet.firm.en)
    }

    fn name(&self) -> String {
        text::fill(
            self.language,
            "st_import_letter.to",
            &[("name", &self.letter.to.name)],
        )
    }

    fn until(&self) -> String {
        text::date(self.language, self.sheet.until)
    }

    fn code(&self) -> String {
        self.letter.code.grouped().to_string()
    }
}

impl LetterSheet {
    /// Of this firm, for codes that end at `until`.
    #[must_use]
    pub fn of(app: &App, until: Timestamp) -> Self {
        let main = app.config.origins.iter().find(|it| it.main);
        Self {
            firm: app.service_name(),
            phone: app.config.service.phone.clone(),
            address: format!(
                "{}{}",
                main.map_or("", |it| it.url.as_str().trim_end_matches('/')),
                paths::ACTIVATE
            ),
            until,
        }
    }

    /// One page.
    #[must_use]
    pub fn write(&self, letter: &Letter) -> String {
        let language = if letter.to.language == "en" {
            Language::En
        } else {
            Language::Ja
        };
        let view = LetterView {
            sheet: self,
            letter,
            language,
        };
        // It cannot fail, short of a fault in the template; then the letter is missing and is collected again.
        view.render().unwrap_or_default()
    }
}

/// What comes before the first letter. The file is opened from a disk, so its style is in it.
pub const HEAD: &str = include_str!("../../../templates/staff/import_letters_head.html");
/// What comes behind the last one.
pub const TAIL: &str = "</body>\n</html>\n";
