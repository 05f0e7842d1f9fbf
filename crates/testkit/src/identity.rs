//! Certificates for tests, and clients that trust them.
//!
//! Each is its own authority and speaks for `localhost` and `127.0.0.1`. What a server makes of the PEM is the server's business.

use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rustls::{
    ClientConfig, RootCertStore, ServerConfig, SupportedProtocolVersion,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    version::{TLS12, TLS13},
};

/// A certificate with its key.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The certificate in PEM.
    pub certificate: String,
    /// Its private key in PEM.
    pub key: String,
    der: CertificateDer<'static>,
}

impl Identity {
    /// One that is valid for as long as anybody will run this.
    pub fn new() -> Self {
        Self::of_years(1990, 4000)
    }

    /// One that is valid from the beginning of one year to that of another.
    pub fn of_years(from: i32, until: i32) -> Self {
        Self::with_key(&KeyPair::generate().expect("a key"), from, until)
    }

    /// One with this key, in PKCS#8.
    pub fn of_key(pem: &str) -> Self {
        Self::with_key(&KeyPair::from_pem(pem).expect("a private key"), 1990, 4000)
    }

    /// One that speaks for these names and addresses instead.
    pub fn of_names(names: &[&str]) -> Self {
        Self::with_names(names, &KeyPair::generate().expect("a key"), 1990, 4000)
    }

    fn with_key(key: &KeyPair, from: i32, until: i32) -> Self {
        Self::with_names(&["localhost", "127.0.0.1"], key, from, until)
    }

    fn with_names(names: &[&str], key: &KeyPair, from: i32, until: i32) -> Self {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).expect("good names");
        params.not_before = date_time_ymd(from, 1, 1);
        params.not_after = date_time_ymd(until, 1, 1);
        let certificate = params.self_signed(key).expect("a certificate");
        Self { certificate: certificate.pem(), key: key.serialize_pem(), der: certificate.der().clone() }
    }

    /// The certificate as it is shown in a handshake.
    pub const fn shown(&self) -> &CertificateDer<'static> {
        &self.der
    }

    /// How a server of a test's own speaks TLS as this one.
    pub fn served(&self) -> Arc<ServerConfig> {
        let key = PrivateKeyDer::from_pem_slice(self.key.as_bytes()).expect("a private key");
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions the provider knows")
            .with_no_client_auth()
            .with_single_cert(vec![self.der.clone()], key);
        Arc::new(config.expect("a certificate with its key"))
    }

    /// How a client that trusts this one and nobody else speaks TLS.
    pub fn trusted(&self) -> Arc<ClientConfig> {
        self.trusted_by(&[&TLS13, &TLS12], &[])
    }

    /// The same, in these versions only and with these protocols inside.
    pub fn trusted_by(&self, versions: &[&'static SupportedProtocolVersion], alpn: &[&str]) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(self.der.clone()).expect("a certificate");
        let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(versions)
            .expect("versions the provider knows")
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = alpn.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        Arc::new(config)
    }
}

impl Default for Identity {
    fn default() -> Self {
        Self::new()
    }
}
