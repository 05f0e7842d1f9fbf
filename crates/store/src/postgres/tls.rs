//! The encrypted way to the database: the server has to show a certificate of its name from an authority that is trusted.

use std::path::Path;

use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::OpenError;

/// A connector that trusts the authorities in a file, or those of the system.
pub(super) fn connector(authorities: Option<&Path>) -> Result<MakeRustlsConnect, OpenError> {
    let mut roots = RootCertStore::empty();
    match authorities {
        Some(path) => {
            let no = |reason: String| OpenError::Authorities { path: path.to_owned(), reason };
            let found = CertificateDer::pem_file_iter(path).map_err(|error| no(error.to_string()))?;
            for certificate in found {
                let certificate = certificate.map_err(|error| no(error.to_string()))?;
                roots.add(certificate).map_err(|error| no(error.to_string()))?;
            }
            if roots.is_empty() {
                return Err(no("there is no certificate in it".to_owned()));
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            if roots.is_empty() {
                return Err(OpenError::NoAuthorities);
            }
        }
    }
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| OpenError::Tls(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}
