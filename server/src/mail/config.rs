//! The `[mail]` section of the configuration file.

use std::path::PathBuf;

use serde::Deserialize;

use super::address::MailAddress;

/// How mails look and how they leave.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MailConfig {
    /// `outbox` writes each mail into a folder (demo, tests); `smtp` sends it.
    pub transport: TransportKind,
    /// The sender that customers see. Its domain also makes the `Message-ID` (CODE-09).
    pub from: MailAddress,
    /// Where bounces go; none sends with the empty envelope sender, as automatic mails should (RFC 3834 section 3.3).
    pub bounce: Option<MailAddress>,
    /// The folder of the `outbox` transport.
    pub outbox: PathBuf,
    /// The `smtp` transport.
    pub smtp: SmtpConfig,
}

/// Which transport sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransportKind {
    /// One `.eml` file a mail.
    Outbox,
    /// An SMTP submission server.
    Smtp,
}

/// The submission server.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SmtpConfig {
    /// Host name, checked against the server's certificate.
    pub host: String,
    /// Port: 465 for `tls`, 587 for `starttls`.
    pub port: u16,
    /// How the connection is protected (CODE-15).
    pub security: SmtpSecurity,
    /// User name; empty sends without authentication.
    pub user: String,
    /// File with the password, one line (KEY-14).
    pub password_file: Option<PathBuf>,
    /// PEM file of the one authority to trust instead of the system's (a firm's own mail hub).
    pub authority_file: Option<PathBuf>,
    /// The name this server gives in EHLO.
    pub hello_name: String,
    /// Seconds that one attempt may take before it counts as failed; the final answer may take as long again.
    pub timeout_secs: u32,
}

/// Protection of the SMTP connection. There is no "encrypt if the server offers it".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SmtpSecurity {
    /// TLS from the first byte (RFC 8314).
    Tls,
    /// STARTTLS, required: a server that does not offer it gets no mail.
    Starttls,
    /// Development only: no encryption, to a loopback address only.
    InsecureLoopback,
}

impl Default for MailConfig {
    fn default() -> Self {
        Self {
            transport: TransportKind::Outbox,
            from: "authentication@hinode.example".parse().expect("a plain address"),
            bounce: None,
            outbox: PathBuf::from("outbox"),
            smtp: SmtpConfig::default(),
        }
    }
}

impl Default for SmtpConfig {
    fn default() -> Self {
        Self {
            host: String::new(),
            port: 465,
            security: SmtpSecurity::Tls,
            user: String::new(),
            password_file: None,
            authority_file: None,
            hello_name: "localhost".to_owned(),
            timeout_secs: 20,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_15_a_full_section_is_read_and_unknown_keys_are_refused() {
        let config: MailConfig = toml::from_str(
            "transport = 'smtp'\nfrom = 'a@b.example'\nbounce = 'c@b.example'\n\
             [smtp]\nhost = 'mail.b.example'\nport = 587\nsecurity = 'starttls'\nuser = 'u'\npassword_file = '/p'",
        )
        .unwrap();
        assert_eq!(
            (config.transport, config.smtp.security),
            (TransportKind::Smtp, SmtpSecurity::Starttls)
        );
        for bad in [
            "from = 'x'",
            "[smtp]\nsecurity = 'opportunistic'",
            "[smtp]\npassword = 'x'",
        ] {
            assert!(toml::from_str::<MailConfig>(bad).is_err(), "{bad}");
        }
    }
}
