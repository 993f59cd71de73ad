//! The SMTP transport: submission over verified TLS, never in the clear by accident (CODE-15).
//!
//! It drives the mail library's connection step by step, because what a refusal means depends on the step: a refused
//! recipient is the customer's address, a refused login is our configuration.

use std::net::IpAddr;
use std::time::Duration;

use async_trait::async_trait;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Quit, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::{Error as SmtpError, response::Code};
use tokio::time::timeout;

use super::config::{SmtpConfig, SmtpSecurity};
use super::transport::{MailTransport, ReadyMail, SendError, TransportError};

/// Submits mails to one SMTP server, a connection a mail.
pub struct Smtp {
    host: String,
    port: u16,
    security: SmtpSecurity,
    tls: Option<TlsParameters>,
    credentials: Option<Credentials>,
    hello: ClientId,
    limit: Duration,
}

impl Smtp {
    /// The transport of `config`.
    ///
    /// # Errors
    /// [`TransportError`] when a file cannot be read, TLS cannot be set up, or the settings would send in the clear to
    /// another machine.
    pub fn new(config: &SmtpConfig) -> Result<Self, TransportError> {
        if config.host.is_empty() {
            return Err(TransportError::Settings("smtp.host is empty"));
        }
        let clear = config.security == SmtpSecurity::InsecureLoopback;
        if clear && !config.host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback()) {
            return Err(TransportError::Settings(
                "smtp.security = insecure_loopback needs 127.0.0.1 or ::1 as the host",
            ));
        }
        Ok(Self {
            host: config.host.clone(),
            port: config.port,
            security: config.security,
            tls: if clear { None } else { Some(tls(config)?) },
            credentials: credentials(config)?,
            hello: ClientId::Domain(config.hello_name.clone()),
            limit: Duration::from_secs(u64::from(config.timeout_secs.clamp(1, MAX_LIMIT_SECS))),
        })
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, SmtpError> {
        let first_byte = if self.security == SmtpSecurity::Tls {
            self.tls.clone()
        } else {
            None
        };
        let server = (self.host.as_str(), self.port);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(server, Some(self.limit), &self.hello, first_byte, None)
                .await?;
        if self.security == SmtpSecurity::Starttls
            && let Some(tls) = self.tls.clone()
        {
            connection.starttls(tls, &self.hello).await?;
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await?;
        }
        Ok(connection)
    }

    /// Everything up to the server's readiness for the message.
    async fn announce(&self, mail: &ReadyMail) -> Result<AsyncSmtpConnection, SendError> {
        let mut connection = self.connect().await.map_err(|e| later("connect", &e))?;
        let from = mail.envelope.from().cloned();
        connection
            .command(Mail::new(from, Vec::new()))
            .await
            .map_err(|e| later("MAIL", &e))?;
        for to in mail.envelope.to() {
            let answer = connection.command(Rcpt::new(to.clone(), Vec::new())).await;
            if let Err(error) = answer {
                hang_up(&mut connection).await;
                return Err(for_good(&error).map_or_else(|| later("RCPT", &error), SendError::Recipient));
            }
        }
        connection.command(Data).await.map_err(|e| later("DATA", &e))?;
        Ok(connection)
    }
}

#[async_trait]
impl MailTransport for Smtp {
    async fn send(&self, mail: &ReadyMail) -> Result<(), SendError> {
        let mut connection = timeout(self.limit, self.announce(mail))
            .await
            .map_err(|_| slow("before the message"))??;
        let taken = timeout(self.limit, connection.message(&mail.bytes))
            .await
            .map_err(|_| slow("the message"))?;
        hang_up(&mut connection).await;
        match taken {
            Ok(_) => Ok(()),
            Err(error) => Err(for_good(&error).map_or_else(|| later("message", &error), SendError::Message)),
        }
    }
}

/// The mail's fate is decided already, so the farewell may take a moment but cannot fail.
async fn hang_up(connection: &mut AsyncSmtpConnection) {
    drop(timeout(FAREWELL, connection.command(Quit)).await);
}

/// The reply code when the server refused this mail for good: 55x, the state of mailbox or message (RFC 5321 section 4.2.1).
/// Other 5xx replies (syntax, authentication) speak about our side, and may be repaired before the mail expires.
fn for_good(error: &SmtpError) -> Option<u16> {
    error
        .status()
        .map(number)
        .filter(|code| (550..560).contains(code))
}

fn later(step: &str, error: &SmtpError) -> SendError {
    let what = match error.status() {
        Some(code) => format!("answered {}", number(code)),
        None if error.is_tls() => "TLS failed".to_owned(),
        None if error.is_timeout() => "timed out".to_owned(),
        None if error.is_client() => "the server lacks what is required".to_owned(),
        None => "no connection".to_owned(),
    };
    SendError::Temporary(format!("SMTP {step}: {what}"))
}

fn slow(step: &str) -> SendError {
    SendError::Temporary(format!("SMTP: no answer in time ({step})"))
}

fn number(code: Code) -> u16 {
    u16::from(code)
}

fn tls(config: &SmtpConfig) -> Result<TlsParameters, TransportError> {
    let mut builder = TlsParameters::builder(config.host.clone());
    if let Some(path) = &config.authority_file {
        let pem = std::fs::read(path).map_err(|e| TransportError::File(path.clone(), e))?;
        let authority = Certificate::from_pem(&pem).map_err(|e| TransportError::Tls(e.to_string()))?;
        builder = builder
            .certificate_store(CertificateStore::None)
            .add_root_certificate(authority);
    }
    builder
        .build_rustls()
        .map_err(|e| TransportError::Tls(e.to_string()))
}

fn credentials(config: &SmtpConfig) -> Result<Option<Credentials>, TransportError> {
    match (&config.password_file, config.user.is_empty()) {
        (None, true) => Ok(None),
        (Some(path), false) => {
            let password =
                std::fs::read_to_string(path).map_err(|e| TransportError::File(path.clone(), e))?;
            Ok(Some(Credentials::new(
                config.user.clone(),
                password.trim_end_matches(['\r', '\n']).to_owned(),
            )))
        }
        _ => Err(TransportError::Settings(
            "smtp.user and smtp.password_file belong together",
        )),
    }
}

/// Longest `timeout_secs`: two of them and the farewell fit into the time a worker gives to one mail.
pub(super) const MAX_LIMIT_SECS: u32 = 25;
/// How long the farewell may take.
const FAREWELL: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_15_plaintext_goes_to_loopback_only() {
        let config = |host: &str| SmtpConfig {
            host: host.to_owned(),
            security: SmtpSecurity::InsecureLoopback,
            ..SmtpConfig::default()
        };
        assert!(Smtp::new(&config("127.0.0.1")).is_ok() && Smtp::new(&config("::1")).is_ok());
        for host in ["", "localhost", "mail.example.jp", "10.0.0.1", "0.0.0.0"] {
            assert!(
                matches!(Smtp::new(&config(host)), Err(TransportError::Settings(_))),
                "{host}"
            );
        }
        let half = SmtpConfig {
            host: "mail.example.jp".to_owned(),
            user: "u".to_owned(),
            ..SmtpConfig::default()
        };
        assert!(matches!(Smtp::new(&half), Err(TransportError::Settings(_))));
    }
}
