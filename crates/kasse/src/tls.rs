//! The certificate and its key: read from two files, checked, and read again when they change.
//!
//! What is taken into use has been checked as a whole: a chain, its key, that they belong together, that a provider can use them. At the
//! start whatever is wrong is an error of one line that names setting and file; later it is a line of the log, and the certificate in use
//! goes on. TLS 1.2 and 1.3 are spoken, in them HTTP/1.1, with one provider (ring). No early data is taken: it could be sent twice by
//! anybody. Nothing of a key is ever logged.

mod validity;

use std::{
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, anyhow, bail};
use domain::time::Timestamp;
use engine::clock::Clock;
use rustls::{
    Error, ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    version::{TLS12, TLS13},
};
use store::Mode;
use tokio::{signal::unix::Signal, sync::watch};

use self::validity::Validity;

/// How often it is asked whether the files have changed.
const LOOK_INTERVAL: Duration = Duration::from_secs(2);

/// The only protocol served inside TLS.
const ALPN: &[u8] = b"http/1.1";

/// Where certificate and key are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Files {
    /// The chain in PEM, the server's own certificate first.
    pub certificate: PathBuf,
    /// Its private key in PEM: PKCS#8, SEC1 or RSA, not encrypted.
    pub key: PathBuf,
}

/// The certificate in use, and where its successors will come from.
#[derive(Debug)]
pub struct Tls {
    files: Files,
    seen: Seen,
    in_use: watch::Sender<Arc<ServerConfig>>,
}

/// What the two files looked like; nothing where one cannot be looked at.
type Seen = [Option<(i64, i64, u64, u64)>; 2];

impl Tls {
    /// Reads the files for the first time.
    ///
    /// # Errors
    /// What is wrong with them, by name.
    pub fn open(files: Files, clock: &dyn Clock) -> anyhow::Result<Self> {
        let seen = files.seen();
        let config = files.load(clock.wall())?;
        Ok(Self { files, seen, in_use: watch::Sender::new(config) })
    }

    /// The certificate in use, at any time.
    pub fn in_use(&self) -> watch::Receiver<Arc<ServerConfig>> {
        self.in_use.subscribe()
    }

    /// Takes up what is put in the files' place: soon after they changed, and at once when hung up on. Ends with the process.
    pub(crate) async fn renew(self, mode: Mode, clock: Arc<dyn Clock>, mut hangup: Signal) {
        let Self { files, mut seen, in_use } = self;
        loop {
            let is_asked = tokio::select! {
                () = tokio::time::sleep(LOOK_INTERVAL) => false,
                _ = hangup.recv() => true,
            };
            let (files, clock) = (files.clone(), clock.clone());
            let look = tokio::task::spawn_blocking(move || {
                // Before they are read, so that a change meanwhile is one more change.
                let now_seen = files.seen();
                let is_due = is_asked || now_seen != seen;
                (now_seen, is_due.then(|| files.load_as(mode, clock.wall())))
            });
            let Ok((now_seen, loaded)) = look.await else { continue };
            seen = now_seen;
            match loaded {
                Some(Ok(config)) => {
                    in_use.send_replace(config);
                    tracing::info!("the certificate was read anew; new connections get it");
                }
                Some(Err(error)) => {
                    let reason = format!("{error:#}");
                    tracing::error!(reason, "the new certificate cannot be used; the present one goes on");
                }
                None => {}
            }
        }
    }
}

impl Files {
    /// Whether anybody but its owner can do anything with the key.
    pub(crate) fn others_can_read_key(&self) -> bool {
        fs::metadata(&self.key).is_ok_and(|found| found.mode() & 0o077 != 0)
    }

    fn seen(&self) -> Seen {
        [&self.certificate, &self.key].map(|path| {
            let found = fs::metadata(path).ok()?;
            Some((found.mtime(), found.mtime_nsec(), found.len(), found.ino()))
        })
    }

    /// As at a start, where production asks for a private key before anything is opened.
    fn load_as(&self, mode: Mode, now: Timestamp) -> anyhow::Result<Arc<ServerConfig>> {
        if mode == Mode::Production && self.others_can_read_key() {
            bail!("tls-key: others can read {}; run `chmod 600` on it", self.key.display());
        }
        self.load(now)
    }

    fn load(&self, now: Timestamp) -> anyhow::Result<Arc<ServerConfig>> {
        let chain = chain(&self.certificate)?;
        let key = key(&self.key)?;
        let validity = chain.first().and_then(Validity::of);
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[&TLS13, &TLS12])
            .context("TLS cannot be set up")?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(|error| self.unusable(&error))?;
        config.alpn_protocols = vec![ALPN.to_vec()];
        if validity.is_some_and(|validity| now > validity.until) {
            tracing::warn!(file = %self.certificate.display(), "the certificate has expired; clients will refuse it");
        }
        if validity.is_some_and(|validity| now < validity.from) {
            tracing::warn!(file = %self.certificate.display(), "the certificate is not valid yet; clients will refuse it");
        }
        if self.others_can_read_key() {
            tracing::warn!(file = %self.key.display(), "others can read the private key; run `chmod 600` on it");
        }
        Ok(Arc::new(config))
    }

    fn unusable(&self, error: &Error) -> anyhow::Error {
        let (certificate, key) = (self.certificate.display(), self.key.display());
        match error {
            Error::InconsistentKeys(_) => anyhow!("tls-key: {key} is not the key of the certificate in {certificate}"),
            Error::InvalidCertificate(_) => anyhow!("tls-cert: {certificate} holds a certificate that cannot be read"),
            _ => anyhow!("tls-key: {key} holds a key that cannot be used: {error}"),
        }
    }
}

fn chain(path: &Path) -> anyhow::Result<Vec<CertificateDer<'static>>> {
    let shown = path.display();
    let pem = fs::read(path).with_context(|| format!("tls-cert: {shown} cannot be read"))?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let chain = chain.map_err(|error| anyhow!("tls-cert: {shown} is no PEM: {error}"))?;
    if chain.is_empty() {
        bail!("tls-cert: {shown} holds no certificate in PEM");
    }
    Ok(chain)
}

fn key(path: &Path) -> anyhow::Result<PrivateKeyDer<'static>> {
    let shown = path.display();
    let pem = fs::read(path).map(zeroize::Zeroizing::new);
    let pem = pem.with_context(|| format!("tls-key: {shown} cannot be read"))?;
    // What the parser says of a key it cannot read may quote it.
    PrivateKeyDer::from_pem_slice(&pem)
        .map_err(|_| anyhow!("tls-key: {shown} holds no private key in PEM (PKCS#8, SEC1 or RSA, not encrypted)"))
}
