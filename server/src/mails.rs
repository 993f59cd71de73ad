//! `warifu-server mails-preview`: every mail with sample data, to be read before customers do.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use warifu_server::config::Config;
use warifu_server::mail::{Letterhead, MailConfig, Preview, previews};
use warifu_shared::api::Bilingual;
use warifu_shared::display::Language;

/// What to show.
#[derive(Args)]
pub struct MailsPreview {
    /// The configuration file, for the firm's own name, sender and telephone number
    #[arg(long, env = "WARIFU_CONFIG")]
    config: Option<PathBuf>,
    /// One language only
    #[arg(long)]
    lang: Option<Lang>,
    /// Writes each mail as a file that mail programs open, below this folder, instead of printing the texts
    #[arg(long)]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Lang {
    Ja,
    En,
}

/// Prints or writes them; gives what to say.
///
/// # Errors
/// When the configuration cannot be read or the folder not be written.
pub fn run(what: &MailsPreview) -> Result<String, Box<dyn std::error::Error>> {
    let head = letterhead(what)?;
    let languages = match what.lang {
        Some(Lang::Ja) => vec![Language::Ja],
        Some(Lang::En) => vec![Language::En],
        None => vec![Language::Ja, Language::En],
    };
    let mut all = Vec::new();
    for language in languages {
        all.extend(previews(&head, language)?);
    }
    let Some(out) = &what.out else {
        return Ok(texts(&all));
    };
    for mail in &all {
        let folder = out.join(mail.language.pick("ja", "en"));
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join(format!("{}.eml", mail.name)), &mail.message)?;
    }
    Ok(format!("{} mails in {}", all.len(), out.display()))
}

fn letterhead(what: &MailsPreview) -> Result<Letterhead, Box<dyn std::error::Error>> {
    let Some(file) = &what.config else {
        let firm = Bilingual {
            ja: "ひので証券".to_owned(),
            en: "Hinode Securities".to_owned(),
        };
        return Ok(Letterhead::new(firm, "0120-000-000", &MailConfig::default())?);
    };
    let config = Config::load(file)?;
    let firm = Bilingual {
        ja: config.service.name_ja.clone(),
        en: config.service.name_en.clone(),
    };
    Ok(Letterhead::new(firm, &config.service.phone, &config.mail)?)
}

fn texts(all: &[Preview]) -> String {
    let mut text = String::new();
    for mail in all {
        let language = mail.language.pick("ja", "en");
        let body = mail.text.replace("\r\n", "\n");
        let _ = write!(
            text,
            "==== {language}/{}\nSubject: {}\n\n{}\n\n",
            mail.name,
            mail.subject,
            body.trim_end()
        );
    }
    text
}
