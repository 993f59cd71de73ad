//! The one place that prepares HTTP clients for tests.

use std::path::Path;

use reqwest::{Certificate, ClientBuilder, redirect};

/// A client that goes straight to the server and follows no redirect by itself.
pub fn client() -> ClientBuilder {
    // The second call in a process finds the first one's choice, which is the same.
    let _chosen_already = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .no_proxy()
        .redirect(redirect::Policy::none())
}

/// The same for a server with TLS whose authority lies in the PEM file `authority`; no other is trusted.
///
/// # Panics
/// When the file is no certificate.
pub fn trusting(authority: &Path) -> ClientBuilder {
    let pem = std::fs::read(authority).expect("an authority");
    client().tls_certs_only([Certificate::from_pem(&pem).expect("a certificate")])
}
