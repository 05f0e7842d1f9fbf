//! Whose certificates are believed: the system's authorities, and those in files an operator adds.
//!
//! TLS 1.2 and 1.3 are spoken, in them HTTP/1.1, with one provider (ring). There is no way here to believe a certificate unseen.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject as _},
    version::{TLS12, TLS13},
};

/// The only protocol spoken inside TLS.
const ALPN: &[u8] = b"http/1.1";

/// Whose certificates are believed.
#[derive(Clone)]
pub struct Trust {
    config: Arc<ClientConfig>,
    authorities: usize,
}

/// Why nobody can be believed.
#[derive(thiserror::Error, Debug)]
pub enum TrustError {
    /// A file of authorities cannot be used.
    #[error("{}: {reason}", path.display())]
    Authorities {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// TLS cannot be set up.
    #[error("TLS cannot be set up: {0}")]
    Tls(String),
}

impl Trust {
    /// The system's authorities and those in these files, in PEM.
    ///
    /// # Errors
    /// A file that cannot be read, holds no certificate or one that is none.
    pub fn load(files: &[PathBuf]) -> Result<Self, TrustError> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        for path in files {
            let bad = |reason| TrustError::Authorities { path: path.clone(), reason };
            add(&mut roots, path).map_err(bad)?;
        }
        let authorities = roots.len();
        let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[&TLS13, &TLS12])
            .map_err(|error| TrustError::Tls(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![ALPN.to_vec()];
        Ok(Self { config: Arc::new(config), authorities })
    }

    /// How many authorities there are. With none no receiver can be reached by TLS.
    pub const fn authorities(&self) -> usize {
        self.authorities
    }

    /// What a client speaks TLS with.
    pub fn config(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.config)
    }
}

fn add(roots: &mut RootCertStore, path: &Path) -> Result<(), String> {
    let before = roots.len();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|error| error.to_string())? {
        roots.add(certificate.map_err(|error| error.to_string())?).map_err(|error| error.to_string())?;
    }
    if roots.len() == before { Err("there is no certificate in it".to_owned()) } else { Ok(()) }
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trust").field("authorities", &self.authorities).finish_non_exhaustive()
    }
}
