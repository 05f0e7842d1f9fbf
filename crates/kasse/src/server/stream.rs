//! The byte stream between the peer and hyper, watched on the way.
//!
//! Bytes pass unchanged and uncopied. What is read is followed by `Framing`; what is noticed in either direction goes
//! to `Progress`. A head that must not be believed is handed on with its offending byte made a NUL, which no head may
//! contain, so that hyper itself answers 400 and closes; a body that must not be believed breaks off, so that whoever
//! reads it gets an error, and the connection closes too. Nothing the peer sends after that is read.

use super::deadlines::Progress;
use super::framing::{Framing, Part, Refusal};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Follows the NUL if hyper asks for more: it parses a head that came in pieces only once it sees the end of it.
const END_OF_HEAD: &[u8] = b"\r\n\r\n";

pub(super) struct Watched<S> {
    inner: S,
    framing: Framing,
    source: Source,
    progress: Arc<Progress>,
}

/// Where the next read comes from.
enum Source {
    Peer,
    /// The peer has nothing more to say.
    End,
    /// The NUL is out; the end of a head may follow.
    RefusedHead,
    /// What could be believed is out, and there is nothing more.
    Refused,
}

impl<S> Watched<S> {
    pub(super) fn new(inner: S, progress: Arc<Progress>) -> Self {
        Self { inner, framing: Framing::new(), source: Source::Peer, progress }
    }

    /// Whether the peer may still be sending what nobody is going to read.
    pub(super) fn is_unread(&self) -> bool {
        match self.source {
            Source::Peer => !self.framing.between_requests(),
            Source::End => false,
            Source::RefusedHead | Source::Refused => true,
        }
    }

    pub(super) fn get_ref(&self) -> &S {
        &self.inner
    }

    pub(super) fn into_inner(self) -> S {
        self.inner
    }

    fn noted(&self, result: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if result.is_pending() {
            self.progress.write_stalled();
        }
        result
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        match this.source {
            Source::Peer => {}
            Source::End | Source::Refused => return Poll::Ready(Ok(())),
            Source::RefusedHead => {
                if let Some(end) = END_OF_HEAD.get(..END_OF_HEAD.len().min(buf.remaining())) {
                    buf.put_slice(end);
                }
                this.source = Source::Refused;
                return Poll::Ready(Ok(()));
            }
        }
        let before = buf.filled().len();
        ready!(Pin::new(&mut this.inner).poll_read(cx, buf))?;
        let Some(fresh) = buf.filled_mut().get_mut(before..).filter(|fresh| !fresh.is_empty()) else {
            this.source = Source::End;
            return Poll::Ready(Ok(()));
        };
        match this.framing.scan(fresh) {
            Ok(()) => {}
            Err(Refusal { at, part: Part::Head }) => {
                if let Some(byte) = fresh.get_mut(at) {
                    *byte = 0;
                }
                buf.set_filled(before + at + 1);
                this.source = Source::RefusedHead;
            }
            Err(Refusal { at, part: Part::Body }) => {
                buf.set_filled(before + at);
                this.source = Source::Refused;
            }
        }
        this.progress.read(this.framing.heads(), this.framing.mid_head());
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let result = Pin::new(&mut this.inner).poll_write(cx, bytes);
        this.noted(result)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let result = Pin::new(&mut this.inner).poll_write_vectored(cx, slices);
        this.noted(result)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    /// hyper flushes when it has written all it holds, so a finished flush means that the peer keeps up.
    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let result = Pin::new(&mut this.inner).poll_flush(cx);
        if result.is_pending() {
            this.progress.write_stalled();
        } else {
            this.progress.write_flushed();
        }
        result
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let result = Pin::new(&mut this.inner).poll_shutdown(cx);
        if result.is_pending() {
            this.progress.write_stalled();
        }
        result
    }
}
