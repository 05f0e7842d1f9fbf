//! The server that was named: one connection for each request, plain or inside TLS.
//!
//! Addresses of the command line are its user's own, so nothing is forbidden here, unlike where the server itself carries messages out.

use std::{path::PathBuf, time::Duration};

use anyhow::Context as _;
use axum::http::{HeaderValue, Request, Response, header};
use bytes::Bytes;
use courier::carrier::Trust;
use domain::target::{Host, Target};
use http_body_util::Full;
use hyper::{body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsConnector;

use super::Trouble;

/// How long connecting may take, TLS included.
const CONNECT_TIME_MAX: Duration = Duration::from_secs(10);
/// How long the head of an answer may take.
const HEAD_TIME_MAX: Duration = Duration::from_secs(20);

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// The server that was named.
pub(crate) struct Server {
    url: String,
    target: Target,
    tls: TlsConnector,
}

impl Server {
    /// The server at this URL; whose certificates are believed beside the system's authorities is in these files.
    ///
    /// # Errors
    /// A URL with more than scheme, host and port; files that cannot be used.
    pub(crate) fn new(url: &str, authorities: &[PathBuf]) -> anyhow::Result<Self> {
        let url = url.trim_end_matches('/');
        let target = Target::parse(url).ok().filter(|target| target.path_and_query() == "/");
        let target = target.with_context(|| format!("--server {url} must be like http://127.0.0.1:8080"))?;
        let trust = Trust::load(authorities).context("--ca")?;
        Ok(Self { url: url.to_owned(), target, tls: TlsConnector::from(trust.config()) })
    }

    /// Its URL, without a slash at the end.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Sends a request to a path of it and waits for the head of the answer.
    pub(super) async fn send(&self, mut request: Request<Full<Bytes>>) -> Result<Response<Incoming>, Trouble> {
        if let Ok(host) = HeaderValue::from_str(&self.target.authority()) {
            request.headers_mut().insert(header::HOST, host);
        }
        let opened = timeout(CONNECT_TIME_MAX, self.open()).await;
        let stream = opened.unwrap_or_else(|_| Err(self.unreachable("connecting took too long")))?;
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|error| self.unreachable(error))?;
        // It ends with the answer's body, or with whoever reads that.
        tokio::spawn(connection);
        match timeout(HEAD_TIME_MAX, sender.send_request(request)).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) if error.is_parse() => Err(self.stranger("it does not speak HTTP")),
            Ok(Err(error)) => Err(self.unreachable(error)),
            Err(_) => Err(self.unreachable("the answer took too long")),
        }
    }

    async fn open(&self) -> Result<Box<dyn Stream>, Trouble> {
        let port = self.target.port();
        let connected = match self.target.host() {
            Host::Name(name) => TcpStream::connect((name.as_str(), port)).await,
            Host::Address(address) => TcpStream::connect((*address, port)).await,
        };
        let tcp = connected.map_err(|error| self.unreachable(error))?;
        // A request is written at once. If this fails the connection is gone, and that will be noticed.
        let _ = tcp.set_nodelay(true);
        if !self.target.is_secure() {
            return Ok(Box::new(tcp));
        }
        let name = match self.target.host() {
            Host::Name(name) => ServerName::try_from(name.clone()).map_err(|error| self.unreachable(error))?,
            Host::Address(address) => ServerName::IpAddress((*address).into()),
        };
        match self.tls.connect(name, tcp).await {
            Ok(stream) => Ok(Box::new(stream)),
            Err(error) => Err(self.unreachable(of_tls(&error))),
        }
    }

    /// Nobody answers there.
    pub(super) fn unreachable(&self, reason: impl ToString) -> Trouble {
        Trouble::Unreachable { url: self.url.clone(), reason: reason.to_string() }
    }

    /// Somebody else answers there.
    pub(crate) fn stranger(&self, reason: impl ToString) -> Trouble {
        Trouble::Stranger { url: self.url.clone(), reason: reason.to_string() }
    }
}

/// What went wrong with TLS, and what can be done about it.
fn of_tls(error: &std::io::Error) -> String {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match inner {
        Some(rustls::Error::InvalidCertificate(_)) => {
            format!("its certificate is not believed: {error}; --ca FILE adds an authority")
        }
        _ => format!("TLS: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_named_by_scheme_host_and_port() {
        for (url, shown) in [
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
            ("https://kasse.example", "https://kasse.example"),
        ] {
            assert_eq!(Server::new(url, &[]).unwrap().url(), shown);
        }
        for bad in ["", "127.0.0.1:8080", "ftp://a.example", "http://a.example/below", "http://a.example?b"] {
            let error = Server::new(bad, &[]).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.contains("must be like http://127.0.0.1:8080"), "{bad}: {error}");
        }
    }
}
