//! A request as it arrived.
//!
//! It is taken apart only as far as is needed to see where it ends; its bytes are kept as they are.

use std::time::Instant;

use tokio::io::{AsyncRead, AsyncReadExt as _};

/// Longest head a receiver takes.
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// A request, whole.
#[derive(Clone, Debug)]
pub struct Received {
    /// Everything up to and with the empty line.
    pub head: Vec<u8>,
    /// Everything after it.
    pub body: Vec<u8>,
    /// When its last byte had come.
    pub arrived: Instant,
    /// On which connection, counted from 0.
    pub connection: usize,
}

impl Received {
    /// Method, target and version, as they were written.
    pub fn request_line(&self) -> String {
        self.lines().next().unwrap_or_default()
    }

    /// The target of the request, as it was written.
    pub fn target(&self) -> String {
        self.request_line().split(' ').nth(1).unwrap_or_default().to_owned()
    }

    /// Names and values of the headers, in their order and with their letters.
    pub fn headers(&self) -> Vec<(String, String)> {
        let lines = self.lines().skip(1);
        let pair = |line: String| line.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned()));
        lines.filter_map(pair).collect()
    }

    /// The value of the first header of that name.
    pub fn header(&self, name: &str) -> Option<String> {
        let mut headers = self.headers().into_iter();
        headers.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    fn lines(&self) -> impl Iterator<Item = String> {
        let text = String::from_utf8_lossy(&self.head).into_owned();
        text.split("\r\n").map(str::to_owned).collect::<Vec<_>>().into_iter()
    }

    /// Reads the next request of a connection; nothing where it ends before there is a whole one.
    pub(super) async fn read(
        stream: &mut (impl AsyncRead + Unpin),
        buffer: &mut Vec<u8>,
        connection: usize,
    ) -> Option<Self> {
        let end = loop {
            if let Some(at) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            if buffer.len() > HEAD_BYTES_MAX || stream.read_buf(buffer).await.ok()? == 0 {
                return None;
            }
        };
        let rest = buffer.split_off(end);
        let mut received =
            Self { head: std::mem::replace(buffer, rest), body: Vec::new(), arrived: Instant::now(), connection };
        let length: usize = received.header("content-length").map_or(Some(0), |length| length.parse().ok())?;
        while buffer.len() < length {
            if stream.read_buf(buffer).await.ok()? == 0 {
                return None;
            }
        }
        let rest = buffer.split_off(length);
        received.body = std::mem::replace(buffer, rest);
        received.arrived = Instant::now();
        Some(received)
    }
}
