//! The bytes of one connection, plain or through TLS, and how a peer comes to speak TLS.
//!
//! What stands above reads and writes one kind of stream and never asks which. A handshake has a deadline of its own and takes place in the
//! task of its connection, so that it costs nobody else anything. A peer that speaks plain HTTP where TLS is spoken is recognised by its
//! first byte, before anything is taken from it. Which certificate is shown is not decided here.

use rustls::ServerConfig;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// A connection as it is read and written.
pub(super) enum Socket {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// What came of a peer that was to speak TLS.
pub(super) enum Entry {
    Tls(Socket),
    /// It speaks plain HTTP, and nothing of it has been read.
    PlainHttp(Socket),
    Failed(io::Error),
}

/// Waits for the peer's handshake, for so long.
pub(super) async fn shake_hands(stream: TcpStream, config: Arc<ServerConfig>, deadline: Duration) -> Entry {
    let shaken = async {
        let mut first = [0];
        if stream.peek(&mut first).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if first.iter().all(|byte| is_plain_http(*byte)) {
            return Ok(Entry::PlainHttp(Socket::Plain(stream)));
        }
        let stream = TlsAcceptor::from(config).accept(stream).await?;
        Ok(Entry::Tls(Socket::Tls(Box::new(stream))))
    };
    match tokio::time::timeout(deadline, shaken).await {
        Ok(Ok(entry)) => entry,
        Ok(Err(error)) => Entry::Failed(error),
        Err(_) => Entry::Failed(io::ErrorKind::TimedOut.into()),
    }
}

/// A request begins with a letter, or with the line end that some send before it; a TLS record with one of 20 to 23.
const fn is_plain_http(first: u8) -> bool {
    first.is_ascii_graphic() || matches!(first, b'\r' | b'\n')
}

impl Socket {
    /// Whatever is still to be sent is given up as soon as the socket is closed.
    pub(super) fn give_up_on_close(&self) {
        let tcp = match self {
            Self::Plain(tcp) => tcp,
            Self::Tls(stream) => stream.get_ref().0,
        };
        // If this fails the connection is gone already.
        let _ = tcp.set_zero_linger();
    }
}

impl AsyncRead for Socket {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_read(cx, buf),
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_write(cx, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_write_vectored(cx, slices),
            Self::Tls(stream) => Pin::new(stream).poll_write_vectored(cx, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Plain(tcp) => tcp.is_write_vectored(),
            Self::Tls(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_shutdown(cx),
            // The peer is told that nothing was cut off before the connection ends.
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
