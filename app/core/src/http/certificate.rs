//! Whether a connection failed because of the server's certificate: then somebody may sit in between (APP-09).

use std::error::Error;
use std::io;

/// Looks through the causes of a failure. Errors of TLS travel inside errors of input and output.
pub(super) fn was_refused(error: &(dyn Error + 'static)) -> bool {
    let is_certificate = matches!(
        error.downcast_ref::<rustls::Error>(),
        Some(rustls::Error::InvalidCertificate(_))
    );
    let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    is_certificate || inner.is_some_and(|inner| was_refused(inner)) || error.source().is_some_and(was_refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn app_09_a_refused_certificate_is_told_from_other_failures() {
        let refused = rustls::Error::InvalidCertificate(rustls::CertificateError::Expired);
        let other = rustls::Error::HandshakeNotComplete;
        assert!(was_refused(&refused));
        assert!(was_refused(&io::Error::other(io::Error::other(refused))));
        assert!(!was_refused(&io::Error::other(other)));
        assert!(!was_refused(&io::Error::from(io::ErrorKind::ConnectionRefused)));
    }
}
