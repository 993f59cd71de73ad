//! A certificate authority of the tests' own: certificates for 127.0.0.1, good and bad ones, and clients that trust it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::ring};
use tokio_rustls::{TlsAcceptor, TlsConnector};
use warifu_server::config::{Config, Tls};

use crate::plain_http;

/// The authority. Its files live as long as it does.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: TempDir,
}

/// A certificate and its key, both PEM.
#[derive(Clone)]
pub struct Pair {
    /// The certificate.
    pub certificate: String,
    /// The key.
    pub key: String,
}

impl Authority {
    /// A new one.
    ///
    /// # Panics
    /// When its files cannot be written.
    #[must_use]
    pub fn new() -> Self {
        let mut params = params(&[], "Test authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().expect("a key");
        let issuer = CertifiedIssuer::self_signed(params, key).expect("a certificate");
        let folder = tempfile::Builder::new()
            .prefix("warifu-authority-")
            .tempdir()
            .expect("a folder");
        std::fs::write(folder.path().join("authority.pem"), issuer.pem()).expect("written");
        Self { issuer, folder }
    }

    /// The file with its certificate, for `SSL_CERT_FILE`.
    #[must_use]
    pub fn file(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    /// Its folder, where pairs can lie too.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A good pair for `127.0.0.1`.
    #[must_use]
    pub fn pair(&self) -> Pair {
        self.issue("127.0.0.1", FAR)
    }

    /// A pair for another host.
    #[must_use]
    pub fn pair_for(&self, host: &str) -> Pair {
        self.issue(host, FAR)
    }

    /// A pair whose time is over.
    #[must_use]
    pub fn expired_pair(&self) -> Pair {
        self.issue("127.0.0.1", 2021)
    }

    fn issue(&self, host: &str, until: i32) -> Pair {
        let mut params = params(&[host], host);
        params.not_after = date_time_ymd(until, 1, 1);
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("signed");
        Pair {
            certificate: certificate.pem(),
            key: key.serialize_pem(),
        }
    }

    /// Writes a pair where a server with [`Self::tls`] looks for it.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn put(&self, pair: &Pair) {
        let files = self.tls();
        std::fs::write(files.certificate, &pair.certificate).expect("written");
        std::fs::write(files.key, &pair.key).expect("written");
    }

    /// Where a server finds its pair.
    #[must_use]
    pub fn tls(&self) -> Tls {
        Tls {
            certificate: self.folder.path().join("server.pem"),
            key: self.folder.path().join("server.key"),
        }
    }

    /// Makes a demo configuration one with TLS, on both listeners and with a good pair.
    pub fn secure(&self, config: &mut Config) {
        self.put(&self.pair());
        config.tls = self.tls();
        let secure = |url: &str| url.replacen("http:", "https:", 1);
        config.service.device_origin = secure(&config.service.device_origin);
        for origin in &mut config.origins {
            origin.url = secure(&origin.url);
        }
        config.relay.public_url = config.relay.public_url.replacen("ws:", "wss:", 1);
        config.relay.insecure_loopback = false;
    }

    /// An HTTP client that trusts this authority and no other.
    ///
    /// # Panics
    /// Never: the certificate is one.
    pub fn client(&self) -> reqwest::ClientBuilder {
        plain_http::trusting(&self.file())
    }

    /// A TLS connection to `127.0.0.1`, nothing sent yet. `protocols` are offered by ALPN.
    ///
    /// # Errors
    /// When the handshake fails.
    ///
    /// # Panics
    /// When nobody listens.
    pub async fn connect(&self, port: u16, protocols: &[&str]) -> std::io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(self.issuer.der().clone()).expect("a certificate");
        let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("the provider has TLS 1.3")
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        let stream = TcpStream::connect(("127.0.0.1", port)).await.expect("it listens");
        let name = ServerName::try_from("127.0.0.1").expect("a name");
        TlsConnector::from(Arc::new(config)).connect(name, stream).await
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

impl Pair {
    /// Ends TLS with this pair.
    ///
    /// # Panics
    /// When the pair is damaged.
    #[must_use]
    pub fn acceptor(&self) -> TlsAcceptor {
        use tokio_rustls::rustls::ServerConfig;
        use tokio_rustls::rustls::pki_types::pem::PemObject as _;
        use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
        let chain = vec![CertificateDer::from_pem_slice(self.certificate.as_bytes()).expect("a certificate")];
        let key = PrivateKeyDer::from_pem_slice(self.key.as_bytes()).expect("a key");
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("the provider has TLS 1.3")
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .expect("key and certificate belong together");
        TlsAcceptor::from(Arc::new(config))
    }

    /// The certificate as it is sent.
    ///
    /// # Panics
    /// When it is damaged.
    #[must_use]
    pub fn der(&self) -> Vec<u8> {
        use tokio_rustls::rustls::pki_types::{CertificateDer, pem::PemObject as _};
        CertificateDer::from_pem_slice(self.certificate.as_bytes())
            .expect("a certificate")
            .to_vec()
    }
}

fn params(names: &[&str], common_name: &str) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let mut params = CertificateParams::new(names).expect("names");
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(FAR, 1, 1);
    params
}

/// The year in which good certificates end.
const FAR: i32 = 2096;
