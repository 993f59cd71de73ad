//! Reads the outbox folder, where the server puts mails instead of sending them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use mail_parser::{Message, MessageParser};

/// The folder of one server.
pub struct Outbox(PathBuf);

/// A mail as its reader sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// The only recipient's address.
    pub to: String,
    /// The sender's address.
    pub from: String,
    /// The subject, decoded.
    pub subject: String,
    /// The plain text, decoded.
    pub text: String,
    /// The HTML part, when there is one.
    pub html: Option<String>,
    /// The file as it is.
    pub raw: String,
}

impl Outbox {
    /// The outbox in `folder`, which may be made later.
    #[must_use]
    pub fn at(folder: &Path) -> Self {
        Self(folder.to_owned())
    }

    /// All mails, in the order of their file names.
    ///
    /// # Panics
    /// When a file is no mail.
    #[must_use]
    pub fn mails(&self) -> Vec<Mail> {
        let entries = std::fs::read_dir(&self.0).into_iter().flatten().flatten();
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        files.retain(|file| file.extension().is_some_and(|ending| ending == "eml"));
        files.sort();
        files
            .iter()
            .map(|file| Mail::read(&std::fs::read(file).expect("a mail can be read")))
            .collect()
    }

    /// All mails to `address`.
    #[must_use]
    pub fn to(&self, address: &str) -> Vec<Mail> {
        let mut mails = self.mails();
        mails.retain(|mail| mail.to == address);
        mails
    }

    /// Waits until there are at least `count` mails to `address` and returns the last.
    ///
    /// # Panics
    /// When there are fewer after [`LIMIT`].
    pub async fn wait_for(&self, address: &str, count: usize) -> Mail {
        let arrived = tokio::time::timeout(LIMIT, async {
            let mut beat = tokio::time::interval(Duration::from_millis(20));
            loop {
                beat.tick().await;
                let mut mails = self.to(address);
                if mails.len() >= count
                    && let Some(last) = mails.pop()
                {
                    return last;
                }
            }
        });
        arrived.await.unwrap_or_else(|_| {
            panic!(
                "no mail number {count} to {address}; there are: {:#?}",
                self.mails()
            )
        })
    }

    /// The mails to `address` that carry a code.
    #[must_use]
    pub fn codes_to(&self, address: &str) -> Vec<Mail> {
        let mut mails = self.to(address);
        mails.retain(|mail| mail.text.contains(" #"));
        mails
    }

    /// Waits until there are at least `count` mails with a code to `address` and returns the last code: notices may come between.
    ///
    /// # Panics
    /// When there are fewer after [`LIMIT`].
    pub async fn wait_for_code(&self, address: &str, count: usize) -> String {
        let arrived = tokio::time::timeout(LIMIT, async {
            let mut beat = tokio::time::interval(Duration::from_millis(20));
            loop {
                beat.tick().await;
                let codes = self.codes_to(address);
                if codes.len() >= count
                    && let Some(last) = codes.last()
                {
                    return last.code();
                }
            }
        });
        arrived
            .await
            .unwrap_or_else(|_| panic!("no code number {count} to {address}: {:#?}", self.mails()))
    }
}

impl Mail {
    /// Reads the bytes of an `.eml` file.
    ///
    /// # Panics
    /// When they are no mail to exactly one recipient.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Self {
        let mail = MessageParser::default().parse(bytes).expect("a mail");
        let to = mail
            .to()
            .map(|to| to.iter().filter_map(|one| one.address()).collect::<Vec<_>>());
        let [to] = to.unwrap_or_default()[..] else {
            panic!("a mail to exactly one recipient")
        };
        Self {
            to: to.to_owned(),
            from: mail
                .from()
                .and_then(|from| from.first()?.address())
                .unwrap_or_default()
                .to_owned(),
            subject: mail.subject().unwrap_or_default().to_owned(),
            text: mail.body_text(0).unwrap_or_default().into_owned(),
            html: own_html(&mail),
            raw: String::from_utf8_lossy(bytes).into_owned(),
        }
    }

    /// The one-time code: the only run of exactly eight digits in the text (a blank or hyphen may stand in its middle).
    ///
    /// # Panics
    /// When there is none, or more than one.
    #[must_use]
    pub fn code(&self) -> String {
        let mut codes: Vec<String> = self.text.lines().flat_map(codes_of).collect();
        codes.dedup();
        assert_eq!(codes.len(), 1, "a mail holds one code: {}", self.text);
        codes.remove(0)
    }
}

/// Only a part that the mail really has: the parser makes HTML of plain text when asked.
fn own_html(mail: &Message<'_>) -> Option<String> {
    let part = mail.parts.get(*mail.html_body.first()? as usize)?;
    part.is_text_html()
        .then(|| mail.body_html(0).unwrap_or_default().into_owned())
}

fn codes_of(line: &str) -> Vec<String> {
    let is_code = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '-');
    line.split(|c| !is_code(c))
        .map(|run| run.trim_matches([' ', '-']))
        .filter(|run| run.split([' ', '-']).all(|part| matches!(part.len(), 4 | 8)))
        .map(|run| run.replace([' ', '-'], ""))
        .filter(|digits| digits.len() == 8)
        .collect()
}

const LIMIT: Duration = Duration::from_secs(15);

#[cfg(test)]
mod tests {
    use super::*;

    const RAW: &str = "From: =?utf-8?b?44Gy44Gu44KP6Ki85Yi4?= <no-reply@example.jp>\r\nTo: hanako@example.jp\r\n\
        Subject: =?utf-8?b?6KqN6Ki844Kz44O844OJ?=\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\
        Content-Transfer-Encoding: base64\r\n\r\n6KqN6Ki844Kz44O844OJOiA0ODM5LTIwMTcK5Y+j5bqnIDEyMzQ1NjcK\r\n";

    #[test]
    fn a_japanese_mail_is_read_as_its_reader_sees_it() {
        let mail = Mail::read(RAW.as_bytes());
        assert_eq!(
            (mail.to.as_str(), mail.from.as_str()),
            ("hanako@example.jp", "no-reply@example.jp")
        );
        assert_eq!(mail.subject, "認証コード");
        assert!(mail.text.contains("認証コード: 4839-2017"), "{}", mail.text);
        assert_eq!(mail.html, None);
        assert_eq!(mail.code(), "48392017");
    }

    #[test]
    fn only_eight_digits_are_a_code() {
        for (line, code) in [
            ("12345678", Some("12345678")),
            ("コード：1234 5678（3分間有効）", Some("12345678")),
            ("2026-11-22 14:05", None),
            ("123456789", None),
            ("1234567", None),
            ("0120-123-456", None),
        ] {
            assert_eq!(codes_of(line).first().map(String::as_str), code, "{line}");
        }
    }
}
