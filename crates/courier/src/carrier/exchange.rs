//! A request and its answer on a connection that is open.
//!
//! Tells apart the connection that broke before anything of an answer came, which may have been closed long ago, from every other end.

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};

use super::{
    Answered, Failed,
    body::{Body, read_body},
    head::read_head,
    request::Request,
};

/// An answer, and what is to become of the connection.
#[derive(Debug)]
pub(super) struct Exchanged {
    pub(super) answered: Answered,
    /// Whether the connection is in a state in which the next request can be sent.
    pub(super) is_reusable: bool,
}

/// How an exchange ended without an answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Ended {
    /// The connection ended, and not one byte of an answer had come.
    Silent(Failed),
    /// Something had come.
    Midway(Failed),
}

impl Ended {
    pub(super) const fn is_before_any_answer(self) -> bool {
        matches!(self, Self::Silent(_))
    }

    pub(super) const fn into_failed(self) -> Failed {
        match self {
            Self::Silent(failed) | Self::Midway(failed) => failed,
        }
    }
}

/// Sends the request and reads the answer.
pub(super) async fn exchange(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    request: &Request,
) -> Result<Exchanged, Ended> {
    // A receiver may answer and close without having read everything. What it said counts, so an error here is not yet the end.
    let written = write(stream, request).await;
    let (head, beginning) = read_head(stream).await?;
    let status = head.status;
    let body = read_body(stream, head.framing, &beginning).await.map_err(Ended::Midway)?;
    let Body { kept, is_whole, has_more_behind } = body;
    let is_reusable = written.is_ok() && head.keeps_alive && is_whole && !has_more_behind;
    Ok(Exchanged { answered: Answered { status, head_of_body: kept, is_whole }, is_reusable })
}

async fn write(stream: &mut (impl AsyncWrite + Unpin), request: &Request) -> std::io::Result<()> {
    stream.write_all_buf(&mut request.bytes()).await?;
    stream.flush().await
}
