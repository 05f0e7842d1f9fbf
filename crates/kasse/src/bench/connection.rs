//! One kept connection: a request's bytes out, the whole answer in.
//!
//! It reads what our servers send and nothing more: a status line, header lines, a body as long as `content-length` says. Anything else,
//! also a byte too many, is an error, because it would shift every later answer.

use std::{net::SocketAddr, ops::Range};

use anyhow::{Context as _, bail};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// Room for a usual answer, so that it is read in one go.
const BUFFER_BYTES: usize = 8 * 1024;

pub(super) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// A complete answer.
pub(super) struct Answer<'a> {
    pub(super) status: u16,
    pub(super) body: &'a [u8],
}

impl Connection {
    pub(super) async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await.context("the server cannot be reached")?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(BUFFER_BYTES) })
    }

    /// Sends one request and reads its answer.
    pub(super) async fn send(&mut self, request: &[u8]) -> anyhow::Result<Answer<'_>> {
        self.stream.write_all(request).await.context("the server hung up")?;
        self.buffer.clear();
        let head = loop {
            self.read().await?;
            if let Some(head) = Head::parse(&self.buffer)? {
                break head;
            }
        };
        while self.buffer.len() < head.body.end {
            self.read().await?;
        }
        if self.buffer.len() > head.body.end {
            bail!("the server sent more than one answer");
        }
        Ok(Answer { status: head.status, body: self.buffer.get(head.body).unwrap_or_default() })
    }

    async fn read(&mut self) -> anyhow::Result<()> {
        match self.stream.read_buf(&mut self.buffer).await.context("the server hung up")? {
            0 => bail!("the server hung up in the middle of an answer"),
            _ => Ok(()),
        }
    }
}

struct Head {
    status: u16,
    body: Range<usize>,
}

impl Head {
    /// The head, if it is all there.
    fn parse(bytes: &[u8]) -> anyhow::Result<Option<Self>> {
        const END: &[u8] = b"\r\n\r\n";
        let Some(end) = bytes.windows(END.len()).position(|window| window == END) else { return Ok(None) };
        let text = std::str::from_utf8(bytes.get(..end).unwrap_or_default()).context("the head is no text")?;
        let mut lines = text.split("\r\n");
        let status = lines.next().and_then(|line| line.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok());
        let status = status.with_context(|| format!("no answer of HTTP/1.1: {text:?}"))?;
        let mut fields = lines.filter_map(|line| line.split_once(':'));
        let length = fields.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
        let length = length.and_then(|(_, length)| length.trim().parse::<usize>().ok());
        let length = length.with_context(|| format!("an answer without a length: {text:?}"))?;
        let body = end + END.len();
        Ok(Some(Self { status, body: body..body.saturating_add(length) }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    async fn answered(pieces: &'static [&'static [u8]]) -> anyhow::Result<(u16, Vec<u8>)> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let server = async {
            let mut stream = listener.accept().await.unwrap().0;
            stream.set_nodelay(true).unwrap();
            assert_eq!(stream.read(&mut [0; 64]).await.unwrap(), 4);
            for piece in pieces {
                stream.write_all(piece).await.unwrap();
                tokio::task::yield_now().await;
            }
        };
        let client = async {
            let mut connection = Connection::open(address).await?;
            let answer = connection.send(b"ping").await?;
            Ok((answer.status, answer.body.to_owned()))
        };
        tokio::join!(server, client).1
    }

    #[tokio::test]
    async fn an_answer_is_whole_however_it_comes() {
        let whole: &[&[u8]] = &[b"HTTP/1.1 201 Created\r\nContent-Length: 4\r\nx-request-id: 1\r\n\r\nbody"];
        let cut: &[&[u8]] = &[b"HTTP/1.1 201 Created\r", b"\ncontent-length:4\r\n\r", b"\nbo", b"dy"];
        for pieces in [whole, cut] {
            assert_eq!(answered(pieces).await.unwrap(), (201, b"body".to_vec()));
        }
        assert_eq!(answered(&[b"HTTP/1.1 400 \r\ncontent-length: 0\r\n\r\n"]).await.unwrap(), (400, Vec::new()));
    }

    #[tokio::test]
    async fn what_is_not_one_answer_is_an_error() {
        let pieces: [&[&[u8]]; 5] = [
            &[b"HTTP/1.1 200 OK\r\n\r\n"],
            &[b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"],
            &[b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nbody"],
            &[b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nbody"],
            &[b"SSH-2.0\r\n\r\n"],
        ];
        for pieces in pieces {
            assert!(answered(pieces).await.is_err(), "{pieces:?}");
        }
    }
}
