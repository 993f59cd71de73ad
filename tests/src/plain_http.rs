//! The one place that prepares HTTP clients for tests.

use reqwest::{ClientBuilder, redirect};

/// A client that goes straight to the server and follows no redirect by itself.
pub fn client() -> ClientBuilder {
    // The second call in a process finds the first one's choice, which is the same.
    let _chosen_already = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .no_proxy()
        .redirect(redirect::Policy::none())
}
