//! A stream of server-sent events.

use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use tokio::time::timeout;

use super::Trouble;

/// A server says something every 15 seconds; after three times that it is gone.
const SILENCE_MAX: Duration = Duration::from_secs(45);
/// The most bytes of an event.
const EVENT_BYTES_MAX: usize = 4 * 1024 * 1024;

/// An event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Event {
    /// Of which kind.
    pub(crate) kind: String,
    /// What it says.
    pub(crate) data: String,
}

/// A stream that is open.
pub(crate) struct Events {
    body: Incoming,
    pieces: Pieces,
    url: String,
}

impl Events {
    pub(super) fn new(body: Incoming, url: &str) -> Self {
        Self { body, pieces: Pieces::default(), url: url.to_owned() }
    }

    /// The next event. Whoever stops waiting loses nothing.
    pub(super) async fn next(&mut self) -> Result<Event, Trouble> {
        loop {
            if let Some(event) = self.pieces.next() {
                return Ok(event);
            }
            let over = |reason: String| Trouble::Unreachable { url: self.url.clone(), reason };
            let frame = match timeout(SILENCE_MAX, self.body.frame()).await {
                Ok(Some(Ok(frame))) => frame,
                Ok(Some(Err(error))) => return Err(over(error.to_string())),
                Ok(None) => return Err(over("the server ended the connection".to_owned())),
                Err(_) => return Err(over("nothing came for too long".to_owned())),
            };
            if let Some(data) = frame.data_ref() {
                self.pieces.add(data);
            }
            if self.pieces.bytes.len() > EVENT_BYTES_MAX {
                return Err(over("an event without an end came".to_owned()));
            }
        }
    }
}

/// What has come, and of it what has not been told.
#[derive(Default)]
struct Pieces {
    bytes: Vec<u8>,
    kind: String,
    data: Option<String>,
}

impl Pieces {
    fn add(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    fn next(&mut self) -> Option<Event> {
        while let Some(end) = self.bytes.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.bytes.drain(..=end).collect();
            let line = line.strip_suffix(b"\n").unwrap_or(&line);
            let line = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line)).into_owned();
            if line.is_empty() {
                let kind = std::mem::take(&mut self.kind);
                if let Some(data) = self.data.take() {
                    return Some(Event { kind, data });
                }
                continue;
            }
            let (name, value) = line.split_once(':').unwrap_or((&line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match (name, &mut self.data) {
                ("event", _) => value.clone_into(&mut self.kind),
                ("data", Some(data)) => data.extend(["\n", value]),
                ("data", data) => *data = Some(value.to_owned()),
                // Comments, and what is of no use here.
                _ => {}
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pieces: &[&str]) -> Vec<(String, String)> {
        let mut read = Pieces::default();
        let mut events = Vec::new();
        for piece in pieces {
            read.add(piece.as_bytes());
            events.extend(std::iter::from_fn(|| read.next()).map(|event| (event.kind, event.data)));
        }
        events
    }

    #[test]
    fn events_are_read_however_they_are_cut() {
        let text = ": hello\n\nid: 7\nevent: attempt\ndata: {\"a\":\"b: c\"}\n\n: still here\n\ndata:one\r\ndata: two\r\n\r\nevent: x\n\n";
        let expected = [("attempt", "{\"a\":\"b: c\"}"), ("", "one\ntwo")];
        let expected: Vec<(String, String)> = expected.map(|(kind, data)| (kind.to_owned(), data.to_owned())).to_vec();
        assert_eq!(read(&[text]), expected);
        let letters: Vec<&str> = text.split_inclusive("").collect();
        assert_eq!(read(&letters), expected);
        assert_eq!(read(&["event: half\ndata: of it"]), []);
    }
}
