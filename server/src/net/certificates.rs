//! TLS of the listeners: certificate and key from files, replaced while connections go on (OPS-01).

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use ring::digest;
use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::ParsedCertificate;
use tokio_rustls::TlsAcceptor;

use crate::config::Tls;

/// The name of HTTP/2 in ALPN.
pub(super) const H2: &[u8] = b"h2";
const HTTP_1_1: &[u8] = b"http/1.1";

/// What a listener speaks over TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Face {
    /// Pages and device API: HTTP/2 or HTTP/1.1.
    Web,
    /// The relay: HTTP/1.1, because a WebSocket starts as such.
    Relay,
}

/// A pair that cannot be served with.
#[derive(Debug, thiserror::Error)]
pub enum BadPair {
    /// A file could not be read.
    #[error("{0}: {1}")]
    Io(PathBuf, std::io::Error),
    /// No certificates in the file.
    #[error("{0} holds no certificates in PEM")]
    NoCertificate(PathBuf),
    /// No private key in the file.
    #[error("{0} holds no private key in PEM")]
    NoKey(PathBuf),
    /// They do not belong together, or the key is of a kind that is not supported.
    #[error("tls.certificate and tls.key cannot be used together: {0}")]
    Pair(#[from] rustls::Error),
}

/// What looking at the files came to.
#[derive(Debug)]
pub enum Look {
    /// The files are as they were.
    Same,
    /// New connections get the new certificate.
    Replaced,
    /// The files changed into something unusable; the old pair stays.
    Refused(BadPair),
}

/// The present pair. Clones share it.
#[derive(Clone)]
pub struct Certificates(Arc<Inner>);

struct Inner {
    files: Tls,
    hosts: Vec<String>,
    present: RwLock<Pair>,
    /// The hash of files that were refused, so that each bad pair is told once.
    refused: Mutex<Option<Hash>>,
}

#[derive(Clone)]
struct Pair {
    hash: Hash,
    web: Arc<ServerConfig>,
    relay: Arc<ServerConfig>,
}

type Hash = [u8; 32];

struct Files {
    chain: Vec<u8>,
    key: zeroize::Zeroizing<Vec<u8>>,
}

impl Certificates {
    /// Reads the pair. `hosts` are the public names; a certificate without one of them is told in the log.
    ///
    /// # Errors
    /// [`BadPair`] with a sentence for the operator.
    pub async fn load(files: &Tls, hosts: Vec<String>) -> Result<Self, BadPair> {
        let read = Files::read(files).await?;
        let pair = read.pair(files, &hosts)?;
        Ok(Self(Arc::new(Inner {
            files: files.clone(),
            hosts,
            present: RwLock::new(pair),
            refused: Mutex::new(None),
        })))
    }

    /// Looks at the files and takes a pair that has changed. A bad one changes nothing.
    pub async fn look(&self) -> Look {
        let inner = &*self.0;
        let read = match Files::read(&inner.files).await {
            Ok(read) => read,
            Err(error) => return self.refuse([0; 32], error),
        };
        let hash = read.hash();
        if hash == self.present().hash {
            *locked(&inner.refused) = None;
            return Look::Same;
        }
        match read.pair(&inner.files, &inner.hosts) {
            Ok(pair) => {
                *inner.present.write().unwrap_or_else(PoisonError::into_inner) = pair;
                *locked(&inner.refused) = None;
                Look::Replaced
            }
            Err(error) => self.refuse(hash, error),
        }
    }

    /// The same bad files are told once only.
    fn refuse(&self, hash: Hash, error: BadPair) -> Look {
        let before = locked(&self.0.refused).replace(hash);
        if before == Some(hash) {
            Look::Same
        } else {
            Look::Refused(error)
        }
    }

    /// Makes the next look tell a bad pair again: a person asked.
    pub fn tell_again(&self) {
        *locked(&self.0.refused) = None;
    }

    pub(super) fn acceptor(&self, face: Face) -> TlsAcceptor {
        let pair = self.present();
        TlsAcceptor::from(match face {
            Face::Web => pair.web,
            Face::Relay => pair.relay,
        })
    }

    fn present(&self) -> Pair {
        self.0
            .present
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Files {
    async fn read(files: &Tls) -> Result<Self, BadPair> {
        let read = async |path: &PathBuf| {
            tokio::fs::read(path)
                .await
                .map_err(|error| BadPair::Io(path.clone(), error))
        };
        Ok(Self {
            chain: read(&files.certificate).await?,
            key: read(&files.key).await?.into(),
        })
    }

    fn hash(&self) -> Hash {
        let mut context = digest::Context::new(&digest::SHA256);
        for part in [&self.chain, &*self.key] {
            context.update(digest::digest(&digest::SHA256, part).as_ref());
        }
        let mut hash = [0; 32];
        hash.copy_from_slice(context.finish().as_ref());
        hash
    }

    fn pair(&self, files: &Tls, hosts: &[String]) -> Result<Pair, BadPair> {
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&self.chain)
            .collect::<Result<_, _>>()
            .map_err(|_| BadPair::NoCertificate(files.certificate.clone()))?;
        let first = chain
            .first()
            .ok_or_else(|| BadPair::NoCertificate(files.certificate.clone()))?;
        tell_missing_names(first, hosts);
        let config = |protocols: &[&[u8]]| {
            let key =
                PrivateKeyDer::from_pem_slice(&self.key).map_err(|_| BadPair::NoKey(files.key.clone()))?;
            server_config(chain.clone(), key, protocols)
        };
        Ok(Pair {
            hash: self.hash(),
            web: config(&[H2, HTTP_1_1])?,
            relay: config(&[HTTP_1_1])?,
        })
    }
}

/// TLS 1.2 and 1.3 with the cipher suites of ring: ephemeral key exchange and authenticated encryption only.
fn server_config(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    protocols: &[&[u8]],
) -> Result<Arc<ServerConfig>, BadPair> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.ignore_client_order = true;
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    Ok(Arc::new(config))
}

/// Browsers and devices will refuse a certificate without their name; a proxy in between may want just that.
fn tell_missing_names(certificate: &CertificateDer<'_>, hosts: &[String]) {
    let Ok(parsed) = ParsedCertificate::try_from(certificate) else {
        return;
    };
    for host in hosts {
        let named =
            server_name(host).is_some_and(|name| rustls::client::verify_server_name(&parsed, &name).is_ok());
        if !named {
            tracing::warn!(
                event = "tls.name",
                host,
                "the certificate does not name this host"
            );
        }
    }
}

fn server_name(host: &str) -> Option<ServerName<'static>> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match bare.parse::<IpAddr>() {
        Ok(address) => Some(ServerName::IpAddress(address.into())),
        Err(_) => ServerName::try_from(bare.to_owned()).ok(),
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
