//! Where each request begins and ends in the bytes of a connection, judged strictly.
//!
//! hyper parses the same bytes after us, more leniently: it takes a bare LF for a line end and drops a
//! `Content-Length` that comes with a `Transfer-Encoding`. Whoever stands in front of us may read such a request
//! differently, and what one side takes for a body the other takes for a second request. So every request with two
//! readings is refused here. What is let through has one reading, which is why this count of bytes and hyper's agree.
//! It keeps no bytes, allocates nothing, and does not check what hyper checks anyway (methods, names, values). It knows
//! nothing but HTTP/1.1: a connection that changed its protocol would be misread, so none may.

mod chunks;
mod head;

use chunks::Chunks;
use head::{Body, Head};

/// What a look at some bytes came to, for the scanners of a head and of a chunked body alike.
enum Scan {
    /// All bytes belong to it and it goes on.
    More,
    /// Its last byte is the one before `used`.
    Done { used: usize },
    /// The byte at `at` makes it ambiguous.
    Refused { at: usize },
}

/// The first byte that must not be believed, counted from the beginning of the bytes looked at.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) at: usize,
    pub(super) part: Part,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Head,
    Body,
}

enum Place {
    Head(Head),
    Sized(u64),
    Chunked(Chunks),
}

pub(super) struct Framing {
    place: Place,
    heads: u32,
}

impl Framing {
    pub(super) fn new() -> Self {
        Self { place: Place::Head(Head::new()), heads: 0 }
    }

    /// Complete heads so far (wraps; only ever compared with a recent value).
    pub(super) fn heads(&self) -> u32 {
        self.heads
    }

    /// Whether a request line has begun and its head has not ended.
    pub(super) fn mid_head(&self) -> bool {
        matches!(&self.place, Place::Head(head) if head.begun())
    }

    /// Whether the peer owes nothing: the last request is complete and no other has begun.
    pub(super) fn between_requests(&self) -> bool {
        matches!(&self.place, Place::Head(head) if !head.begun())
    }

    /// Follows the bytes just read. After a refusal the connection is not to be read any further.
    pub(super) fn scan(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            match &mut self.place {
                Place::Head(head) => match head.scan(rest) {
                    Scan::More => return Ok(()),
                    Scan::Refused { at: bad } => return Err(Refusal { at: at + bad, part: Part::Head }),
                    Scan::Done { used } => {
                        at += used;
                        self.heads = self.heads.wrapping_add(1);
                        self.place = match head.body() {
                            Body::Sized(0) => Place::Head(Head::new()),
                            Body::Sized(length) => Place::Sized(length),
                            Body::Chunked => Place::Chunked(Chunks::new()),
                        };
                    }
                },
                Place::Sized(left) => {
                    let used = usize::try_from(*left).unwrap_or(usize::MAX).min(rest.len());
                    at += used;
                    *left -= used as u64;
                    if *left == 0 {
                        self.place = Place::Head(Head::new());
                    }
                }
                Place::Chunked(chunks) => match chunks.scan(rest) {
                    Scan::More => return Ok(()),
                    Scan::Refused { at: bad } => return Err(Refusal { at: at + bad, part: Part::Body }),
                    Scan::Done { used } => {
                        at += used;
                        self.place = Place::Head(Head::new());
                    }
                },
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &[u8] = b"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n\
        POST / HTTP/1.1\r\ncontent-LENGTH: \t 7 \r\nX-Content-Length: 9\r\n\r\n12\n\r\n\r\n\
        POST / HTTP/1.1\r\nTransfer-Encoding:Chunked\t\r\n\r\n\
        1\r\n\n\r\n00a ;e=\"\r\n0123\r\n6789\r\n0\r\nA: b\r\nC: d\r\n\r\n\
        POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n\
        GET / HTTP/1.1\r\nContent-Length: 000\r\n\r\n";

    #[test]
    fn a_clean_stream_is_followed_however_it_is_cut() {
        for size in [1, 2, 3, 5, 7, 11, 64, STREAM.len()] {
            let mut framing = Framing::new();
            for piece in STREAM.chunks(size) {
                assert_eq!(framing.scan(piece), Ok(()), "pieces of {size}");
            }
            assert_eq!(framing.heads(), 5, "pieces of {size}");
            assert!(framing.between_requests() && !framing.mid_head());
        }
    }

    #[test]
    fn the_first_ambiguous_byte_is_named_however_the_bytes_are_cut() {
        let head = |bytes: &'static [u8]| (bytes, Part::Head);
        let body = |bytes: &'static [u8]| (bytes, Part::Body);
        // Each sample ends with the byte that has to be refused.
        let samples = [
            head(b"\n"),
            head(b"GET / HTTP/1.1\n"),
            head(b"GET / HTTP/1.1\r\nHost: a\n"),
            head(b"GET / HTTP/1.1\r\nHost: a\r\n\n"),
            head(b"GET / HTTP/1.1\r\nHost: a\rb"),
            head(b"GET / HTTP/1.1\r\nHost: a\r\r"),
            head(b"GET / HTTP/1.1\r\nHost: a\r\n "),
            head(b"GET / HTTP/1.1\r\n\t"),
            head(b"GET / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding:"),
            head(b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length:"),
            head(b"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length:"),
            head(b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding:"),
            head(b"GET / HTTP/1.1\r\nContent-Length: +"),
            head(b"GET / HTTP/1.1\r\nContent-Length: 1,"),
            head(b"GET / HTTP/1.1\r\nContent-Length: 1 1"),
            head(b"GET / HTTP/1.1\r\nContent-Length: \r"),
            head(b"GET / HTTP/1.1\r\nContent-Length: 18446744073709551616"),
            head(b"GET / HTTP/1.1\r\nTransfer-Encoding: g"),
            head(b"GET / HTTP/1.1\r\nTransfer-Encoding: chunke\r"),
            head(b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked,"),
            head(b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked d"),
            head(b"GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\n"),
            head(b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcG\n"),
            body(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n\r"),
            body(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0x"),
            body(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\n"),
            body(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;a\n"),
            body(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1 1"),
            body(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\naa"),
            body(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\n"),
            body(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000000"),
            body(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\n"),
            body(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\n"),
            body(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\rc"),
            body(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n\rc"),
        ];
        for (sample, part) in samples {
            let name = String::from_utf8_lossy(sample).escape_debug().to_string();
            let last = sample.len() - 1;
            assert_eq!(Framing::new().scan(sample), Err(Refusal { at: last, part }), "{name}");
            let mut framing = Framing::new();
            for byte in &sample[..last] {
                assert_eq!(framing.scan(&[*byte]), Ok(()), "{name}");
            }
            assert_eq!(framing.scan(&sample[last..]), Err(Refusal { at: 0, part }), "{name}, byte by byte");
        }
    }
}
