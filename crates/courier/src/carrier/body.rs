//! The body of an answer: where it ends, and its first bytes.
//!
//! Nothing of it is decoded but the framing of chunks, and nothing kept but [`KEPT_BYTES_MAX`]. What is counted against
//! [`BODY_BYTES_MAX`] is what comes from the network, framing too, so that no framing makes a small body a long one.

use tokio::io::{AsyncRead, AsyncReadExt as _};

use super::Failed;

/// How much of a body is read.
pub const BODY_BYTES_MAX: usize = 64 * 1024;
/// How much of it is kept.
pub const KEPT_BYTES_MAX: usize = 1024;

/// How much is read at once.
const READ_BYTES: usize = 4 * 1024;
/// Digits that fit a size.
const SIZE_DIGITS_MAX: u8 = 16;

/// How a body says where it ends, and how far that has come.
#[derive(Debug)]
pub(super) enum Framing {
    /// So many bytes are still to come.
    Length(u64),
    Chunked(Chunk),
    /// It ends with the connection.
    UntilClosed,
}

/// What is expected next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Chunk {
    Size {
        size: u64,
        digits: u8,
    },
    /// What may stand between a size and the end of its line.
    Extension {
        size: u64,
    },
    SizeLineFeed {
        size: u64,
    },
    Data {
        left: u64,
    },
    DataReturn,
    DataLineFeed,
    Trailer {
        is_empty: bool,
    },
    TrailerLineFeed {
        is_empty: bool,
    },
    Done,
}

const SIZE: Chunk = Chunk::Size { size: 0, digits: 0 };

/// What was read of a body.
#[derive(Debug)]
pub(super) struct Body {
    /// Its first bytes.
    pub(super) kept: Vec<u8>,
    /// Whether it ended.
    pub(super) is_whole: bool,
    /// Whether something came after its end.
    pub(super) has_more_behind: bool,
}

/// Reads a body to its end or as far as is read at all. The beginning has been read together with the head.
pub(super) async fn read_body(
    stream: &mut (impl AsyncRead + Unpin),
    mut framing: Framing,
    beginning: &[u8],
) -> Result<Body, Failed> {
    let mut kept = Vec::new();
    let mut behind = framing.take(beginning, &mut kept)?.len();
    let mut left = BODY_BYTES_MAX.saturating_sub(beginning.len());
    // Most answers end with what came with their head; for them there is no room to be made.
    let mut buffer = Vec::new();
    while !framing.is_done() && left > 0 {
        buffer.resize(READ_BYTES, 0);
        let room = buffer.get_mut(..left.min(READ_BYTES)).unwrap_or_default();
        let number = stream.read(room).await.map_err(|error| Failed::of(&error))?;
        let read = room.get(..number).unwrap_or_default();
        if read.is_empty() {
            let is_whole = matches!(framing, Framing::UntilClosed);
            return if is_whole { Ok(Body { kept, is_whole, has_more_behind: true }) } else { Err(Failed::Reset) };
        }
        behind = framing.take(read, &mut kept)?.len();
        left = left.saturating_sub(number);
    }
    Ok(Body { kept, is_whole: framing.is_done(), has_more_behind: behind > 0 })
}

impl Framing {
    pub(super) const fn nothing() -> Self {
        Self::Length(0)
    }

    pub(super) const fn of_length(length: u64) -> Self {
        Self::Length(length)
    }

    pub(super) const fn chunked() -> Self {
        Self::Chunked(SIZE)
    }

    pub(super) const fn until_closed() -> Self {
        Self::UntilClosed
    }

    const fn is_done(&self) -> bool {
        matches!(self, Self::Length(0) | Self::Chunked(Chunk::Done))
    }

    /// Goes on by these bytes; returns those behind the end.
    fn take<'b>(&mut self, mut bytes: &'b [u8], kept: &mut Vec<u8>) -> Result<&'b [u8], Failed> {
        while !self.is_done() && !bytes.is_empty() {
            let mut all = u64::MAX;
            bytes = match self {
                Self::Length(left) => keep(left, bytes, kept),
                Self::UntilClosed => keep(&mut all, bytes, kept),
                Self::Chunked(Chunk::Data { left }) => {
                    let rest = keep(left, bytes, kept);
                    if *left == 0 {
                        *self = Self::Chunked(Chunk::DataReturn);
                    }
                    rest
                }
                Self::Chunked(chunk) => {
                    let (byte, rest) = bytes.split_first().ok_or(Failed::Protocol)?;
                    *chunk = chunk.after(*byte).ok_or(Failed::Protocol)?;
                    rest
                }
            };
        }
        Ok(bytes)
    }
}

/// Takes so many of the bytes, keeps what there is room for, and returns the others.
fn keep<'b>(left: &mut u64, bytes: &'b [u8], kept: &mut Vec<u8>) -> &'b [u8] {
    let number = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
    let (taken, rest) = bytes.split_at(number);
    *left = left.saturating_sub(u64::try_from(number).unwrap_or(u64::MAX));
    kept.extend(taken.iter().take(KEPT_BYTES_MAX.saturating_sub(kept.len())));
    rest
}

impl Chunk {
    /// What is expected after a byte of framing, if that byte may stand here.
    fn after(self, byte: u8) -> Option<Self> {
        Some(match (self, byte) {
            (Self::Size { size, digits }, _) if byte.is_ascii_hexdigit() && digits < SIZE_DIGITS_MAX => {
                let digit = char::from(byte).to_digit(16)?;
                Self::Size { size: (size << 4) | u64::from(digit), digits: digits.saturating_add(1) }
            }
            (Self::Size { digits: 0, .. }, _) => return None,
            (Self::Size { size, .. } | Self::Extension { size }, b'\r') => Self::SizeLineFeed { size },
            (Self::Size { size, .. }, b';' | b' ' | b'\t') => Self::Extension { size },
            (Self::Extension { .. }, b'\n') => return None,
            (Self::Extension { size }, _) => Self::Extension { size },
            (Self::SizeLineFeed { size: 0 }, b'\n') => Self::Trailer { is_empty: true },
            (Self::SizeLineFeed { size }, b'\n') => Self::Data { left: size },
            (Self::DataReturn, b'\r') => Self::DataLineFeed,
            (Self::DataLineFeed, b'\n') => SIZE,
            (Self::Trailer { is_empty }, b'\r') => Self::TrailerLineFeed { is_empty },
            (Self::Trailer { .. }, b'\n') => return None,
            (Self::Trailer { .. }, _) => Self::Trailer { is_empty: false },
            (Self::TrailerLineFeed { is_empty: true }, b'\n') => Self::Done,
            (Self::TrailerLineFeed { is_empty: false }, b'\n') => Self::Trailer { is_empty: true },
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is kept, whether it is whole, and whether something is behind it.
    async fn read(framing: Framing, bytes: &[u8]) -> Result<(String, bool, bool), Failed> {
        let mut stream = bytes;
        let body = read_body(&mut stream, framing, b"").await?;
        Ok((String::from_utf8(body.kept).unwrap(), body.is_whole, body.has_more_behind || !stream.is_empty()))
    }

    #[tokio::test]
    async fn a_body_is_read_as_far_as_it_may_be_and_not_one_byte_further() {
        let bytes = vec![b'x'; BODY_BYTES_MAX + 10];
        let max = u64::try_from(BODY_BYTES_MAX).unwrap();
        for (framing, whole, left) in [
            (Framing::of_length(max), true, 10),
            (Framing::of_length(max + 1), false, 10),
            (Framing::of_length(max - 1), true, 10),
            (Framing::of_length(1 << 30), false, 10),
            (Framing::until_closed(), false, 10),
        ] {
            let shown = format!("{framing:?}");
            let mut stream = bytes.as_slice();
            let body = read_body(&mut stream, framing, b"").await.unwrap();
            assert_eq!((body.is_whole, body.kept.len()), (whole, KEPT_BYTES_MAX), "{shown}");
            assert!(stream.len() >= left, "{shown}");
        }
    }

    #[tokio::test]
    async fn as_much_is_kept_as_may_be_and_not_one_byte_more() {
        for (length, kept) in [(KEPT_BYTES_MAX - 1, KEPT_BYTES_MAX - 1), (KEPT_BYTES_MAX, KEPT_BYTES_MAX), (1025, 1024)]
        {
            let (text, ..) = read(Framing::of_length(length.try_into().unwrap()), &vec![b'x'; length]).await.unwrap();
            assert_eq!(text.len(), kept);
        }
    }

    #[tokio::test]
    async fn chunks_are_put_together() {
        for (bytes, expected) in [
            ("0\r\n\r\n", ("", true, false)),
            ("3\r\nabc\r\n0\r\n\r\n", ("abc", true, false)),
            ("3;x=y\r\nabc\r\n1 \r\nd\r\n00\r\nt: u\r\nv: w\r\n\r\n", ("abcd", true, false)),
            ("A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n", ("01234567890123456789", true, false)),
            ("0\r\n\r\nHTTP/1.1 200 OK\r\n", ("", true, true)),
        ] {
            let (text, whole, more) = read(Framing::chunked(), bytes.as_bytes()).await.unwrap();
            assert_eq!((text.as_str(), whole, more), expected, "{bytes:?}");
            for cut in 0..bytes.len() {
                let (mut framing, mut kept) = (Framing::chunked(), Vec::new());
                let (first, second) = bytes.as_bytes().split_at(cut);
                let rest = framing.take(first, &mut kept).unwrap();
                assert!(rest.is_empty() || framing.is_done());
                framing.take(second, &mut kept).unwrap();
                assert_eq!((kept.as_slice(), framing.is_done()), (expected.0.as_bytes(), true), "{bytes:?} at {cut}");
            }
        }
    }

    #[tokio::test]
    async fn what_is_no_chunk_ends_it() {
        for bytes in [
            "x",
            "\r\n",
            ";\r\n",
            "3\nabc",
            "-1\r\n",
            "3\r\nabcd",
            "3\r\nabc\n",
            "11111111111111111\r\n",
            "1;\n",
            "0\r\n\n",
            "0\r\nt: u\n\r\n",
            "0x3\r\nabc\r\n",
        ] {
            assert_eq!(read(Framing::chunked(), bytes.as_bytes()).await, Err(Failed::Protocol), "{bytes:?}");
        }
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_is_none() {
        assert_eq!(read(Framing::of_length(4), b"abc").await, Err(Failed::Reset));
        for bytes in ["", "3", "3\r\nab", "3\r\nabc\r\n", "0\r\n", "0\r\nt: u\r\n"] {
            assert_eq!(read(Framing::chunked(), bytes.as_bytes()).await, Err(Failed::Reset), "{bytes:?}");
        }
        assert_eq!(read(Framing::until_closed(), b"abc").await, Ok(("abc".to_owned(), true, true)));
    }

    #[tokio::test]
    async fn framing_counts_as_body() {
        let bytes = "1;extension-of-some-length\r\nx\r\n".repeat(BODY_BYTES_MAX);
        let mut stream = bytes.as_bytes();
        let body = read_body(&mut stream, Framing::chunked(), b"").await.unwrap();
        assert!(!body.is_whole);
        assert_eq!(bytes.len() - stream.len(), BODY_BYTES_MAX);
    }
}
