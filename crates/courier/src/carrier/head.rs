//! The head of an answer: found, bounded, and asked for the little that matters.
//!
//! Heads that only announce another are skipped, a few of them. What does not begin like HTTP/1 is known as such by its first bytes and not
//! waited for. Of the headers only those are read that say where the body ends and whether the connection goes on.

use bytes::BufMut as _;
use httparse::{EMPTY_HEADER, Header, Response, Status};
use tokio::io::{AsyncRead, AsyncReadExt as _};

use super::{Failed, body::Framing, exchange::Ended};

/// Longest head that is read, from its first byte to the empty line.
pub const HEAD_BYTES_MAX: usize = 16 * 1024;
/// Most headers in it.
pub const HEADERS_MAX: usize = 100;
/// Most heads of informational answers before the one that counts.
pub const INFORMATIONAL_MAX: usize = 8;

/// How every answer begins that is understood here.
const BEGINNING: &[u8] = b"HTTP/1.";
/// How much is read at once.
const READ_BYTES: usize = 4 * 1024;

/// What a head says.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) status: u16,
    pub(super) framing: Framing,
    /// Whether the receiver means to go on with this connection.
    pub(super) keeps_alive: bool,
}

/// Reads until there is a head that counts, and returns it with what came after it.
pub(super) async fn read_head(stream: &mut (impl AsyncRead + Unpin)) -> Result<(Head, Vec<u8>), Ended> {
    let mut read = Vec::with_capacity(READ_BYTES);
    let mut informational = 0_usize;
    let mut searched = 0;
    loop {
        if let Some(end) = end_of_head(&read, searched) {
            let rest = read.split_off(end);
            let head = parse(&read).ok_or(Ended::Midway(Failed::Protocol))?;
            if !is_informational(head.status) {
                return Ok((head, rest));
            }
            informational = informational.saturating_add(1);
            if informational > INFORMATIONAL_MAX {
                return Err(Ended::Midway(Failed::Protocol));
            }
            (read, searched) = (rest, 0);
            continue;
        }
        if read.len() >= HEAD_BYTES_MAX || !begins_well(&read) {
            return Err(Ended::Midway(Failed::Protocol));
        }
        // The empty line may lie across two reads.
        searched = read.len().saturating_sub(2);
        let is_silent = informational == 0 && read.is_empty();
        let broken = match stream.read_buf(&mut (&mut read).limit(READ_BYTES)).await {
            Ok(0) => Failed::Reset,
            Ok(_) => continue,
            Err(error) => Failed::of(&error),
        };
        return Err(if is_silent { Ended::Silent(broken) } else { Ended::Midway(broken) });
    }
}

/// Where the first empty line ends, of those that do not end before this place.
fn end_of_head(read: &[u8], searched: usize) -> Option<usize> {
    let lines = (searched..).zip(read.get(searched..)?).filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
    lines.into_iter().find_map(|next| match read.get(next..)? {
        [b'\n', ..] => Some(next + 1),
        [b'\r', b'\n', ..] => Some(next + 2),
        _ => None,
    })
}

fn begins_well(read: &[u8]) -> bool {
    read.iter().zip(BEGINNING).all(|(byte, expected)| byte == expected)
}

/// Whether another head follows.
const fn is_informational(status: u16) -> bool {
    matches!(status, 100..=199)
}

/// What the bytes up to and with the empty line say, if they are the head of an answer.
fn parse(bytes: &[u8]) -> Option<Head> {
    let mut headers = [EMPTY_HEADER; HEADERS_MAX];
    let mut response = Response::new(&mut headers);
    let is_whole = matches!(response.parse(bytes), Ok(Status::Complete(end)) if end == bytes.len());
    if !is_whole || bytes.len() > HEAD_BYTES_MAX || !begins_well(bytes) {
        return None;
    }
    let (status, version) = (response.code?, response.version?);
    // Nobody was asked to switch to another protocol.
    if status < 100 || status == 101 {
        return None;
    }
    let coding = words(response.headers, "transfer-encoding").last();
    let framing = match coding {
        _ if is_informational(status) || matches!(status, 204 | 304) => Framing::nothing(),
        Some(coding) if coding.eq_ignore_ascii_case("chunked") => Framing::chunked(),
        Some(_) => Framing::until_closed(),
        None => match length(response.headers)? {
            Some(length) => Framing::of_length(length),
            None => Framing::until_closed(),
        },
    };
    // Two ways to say where the body ends, or one that the older version does not know, are no ground to build the next answer on.
    let is_doubtful = coding.is_some() && (version == 0 || words(response.headers, "content-length").next().is_some());
    let is_closing = words(response.headers, "connection").any(|word| word.eq_ignore_ascii_case("close"));
    Some(Head { status, framing, keeps_alive: version == 1 && !is_closing && !is_doubtful })
}

/// The length that is said, if one is; nothing at all where what is said makes no sense.
#[expect(clippy::option_option, reason = "no length and no sense are not the same")]
fn length(headers: &[Header<'_>]) -> Option<Option<u64>> {
    let mut said = None;
    for word in words(headers, "content-length") {
        let is_number = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
        let length: u64 = if is_number { word.parse().ok()? } else { return None };
        if said.is_some_and(|before| before != length) {
            return None;
        }
        said = Some(length);
    }
    Some(said)
}

/// What the headers of a name list, all of them together. What is no text says nothing.
fn words<'h>(headers: &'h [Header<'_>], name: &'h str) -> impl Iterator<Item = &'h str> {
    let values = headers.iter().filter(move |header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value);
    values.flat_map(|value| str::from_utf8(value).unwrap_or_default().split(',')).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(mut bytes: &[u8]) -> Result<(u16, usize), Ended> {
        read_head(&mut bytes).await.map(|(head, rest)| (head.status, rest.len() + bytes.len()))
    }

    fn head_of(bytes: usize) -> Vec<u8> {
        let frame = b"HTTP/1.1 200 OK\r\nx: \r\n\r\n".len();
        format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "y".repeat(bytes - frame)).into_bytes()
    }

    #[tokio::test]
    async fn a_head_has_as_many_bytes_as_it_may_and_not_one_more() {
        let exact = head_of(HEAD_BYTES_MAX);
        assert_eq!(exact.len(), HEAD_BYTES_MAX);
        assert_eq!(read(&exact).await, Ok((200, 0)));
        assert_eq!(read(&[exact, b"body".to_vec()].concat()).await, Ok((200, 4)));
        assert_eq!(read(&head_of(HEAD_BYTES_MAX + 1)).await, Err(Ended::Midway(Failed::Protocol)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_is_too_long_however_it_is_cut_and_without_its_end() {
        let long = head_of(HEAD_BYTES_MAX + 1);
        for cut in [1, HEAD_BYTES_MAX - 1, HEAD_BYTES_MAX] {
            let (first, second) = long.split_at(cut);
            let ended = read_head(&mut first.chain(second)).await.map(|(head, _)| head.status);
            assert_eq!(ended, Err(Ended::Midway(Failed::Protocol)), "{cut}");
        }
        // Other reads are as long as others were before them.
        let after_another = [b"HTTP/1.1 100 C\r\n\r\n", long.as_slice()].concat();
        assert_eq!(read(&after_another).await, Err(Ended::Midway(Failed::Protocol)));
        let (mut ours, mut theirs) = tokio::io::duplex(HEAD_BYTES_MAX);
        tokio::io::AsyncWriteExt::write_all(&mut theirs, &long[..HEAD_BYTES_MAX]).await.unwrap();
        let ended = tokio::time::timeout(std::time::Duration::from_secs(1), read_head(&mut ours)).await;
        let ended = ended.expect("nothing more is waited for").map(|(head, _)| head.status);
        assert_eq!(ended, Err(Ended::Midway(Failed::Protocol)));
    }

    #[tokio::test]
    async fn a_head_has_as_many_headers_as_it_may_and_not_one_more() {
        let head_with = |headers: usize| format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(headers));
        assert_eq!(read(head_with(HEADERS_MAX).as_bytes()).await, Ok((200, 0)));
        assert_eq!(read(head_with(HEADERS_MAX + 1).as_bytes()).await, Err(Ended::Midway(Failed::Protocol)));
    }

    #[tokio::test]
    async fn a_few_announcements_are_skipped() {
        let after = |number: usize| "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(number) + "HTTP/1.1 202 A\r\n\r\nx";
        assert_eq!(read(after(INFORMATIONAL_MAX).as_bytes()).await, Ok((202, 1)));
        assert_eq!(read(after(INFORMATIONAL_MAX + 1).as_bytes()).await, Err(Ended::Midway(Failed::Protocol)));
        assert_eq!(read(b"HTTP/1.1 101 S\r\n\r\nHTTP/1.1 200 A\r\n\r\n").await, Err(Ended::Midway(Failed::Protocol)));
        assert_eq!(read(b"HTTP/1.1 100 C\r\n\r\n").await, Err(Ended::Midway(Failed::Reset)));
    }

    #[tokio::test]
    async fn a_connection_that_breaks_off_has_said_something_or_nothing() {
        assert_eq!(read(b"").await, Err(Ended::Silent(Failed::Reset)));
        assert_eq!(read(b"H").await, Err(Ended::Midway(Failed::Reset)));
        assert_eq!(read(b"HTTP/1.1 200 OK\r\na: b\r\n").await, Err(Ended::Midway(Failed::Reset)));
    }

    #[tokio::test]
    async fn an_end_is_found_wherever_it_is_cut() {
        let whole = b"HTTP/1.1 200 OK\r\na: b\r\n\r\nrest";
        for cut in 1..whole.len() {
            let (first, second) = whole.split_at(cut);
            let mut both = first.chain(second);
            let (head, mut rest) = read_head(&mut both).await.unwrap();
            both.read_to_end(&mut rest).await.unwrap();
            assert_eq!((head.status, rest.as_slice()), (200, b"rest".as_slice()), "{cut}");
        }
    }

    #[tokio::test]
    async fn what_is_no_answer_is_known_by_its_beginning() {
        for bytes in [
            "hello",
            "HTTP/2 200\r\n\r\n",
            "\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
            "HTTP/1.1 20 OK\r\n\r\n",
            "HTTP/1.1 099 OK\r\n\r\n",
            "HTTP/1.1 200 OK\r\n a: b\r\n\r\n",
            "HTTP/1.1 200 OK\r\na b: c\r\n\r\n",
            "\n\n",
        ] {
            assert_eq!(read(bytes.as_bytes()).await, Err(Ended::Midway(Failed::Protocol)), "{bytes:?}");
        }
    }

    #[test]
    fn the_end_of_a_body_is_said_in_one_way() {
        let said = |headers: &str| parse(format!("HTTP/1.1 200 OK\r\n{headers}\r\n").as_bytes());
        let shown = |headers: &str| said(headers).map(|head| (format!("{:?}", head.framing), head.keeps_alive));
        let is = |framing: Framing, keeps_alive| Some((format!("{framing:?}"), keeps_alive));
        for (headers, expected) in [
            ("Content-Length: 5\r\n", is(Framing::of_length(5), true)),
            ("Content-Length: 5, 5\r\nCONTENT-LENGTH: 5\r\n", is(Framing::of_length(5), true)),
            ("Content-Length: 5\r\nContent-Length: 6\r\n", None),
            ("Content-Length: +5\r\n", None),
            ("Content-Length: \r\n", None),
            ("Content-Length: 99999999999999999999\r\n", None),
            ("", is(Framing::until_closed(), true)),
            ("Transfer-Encoding: gzip, Chunked\r\n", is(Framing::chunked(), true)),
            ("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", is(Framing::chunked(), false)),
            ("Transfer-Encoding: chunked, gzip\r\n", is(Framing::until_closed(), true)),
            ("Content-Length: 5\r\nConnection: x, CLOSE\r\n", is(Framing::of_length(5), false)),
        ] {
            assert_eq!(shown(headers), expected, "{headers:?}");
        }
        let empty = parse(b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n").unwrap();
        assert_eq!(format!("{:?}", empty.framing), format!("{:?}", Framing::nothing()));
        assert!(!parse(b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n").unwrap().keeps_alive);
    }
}
