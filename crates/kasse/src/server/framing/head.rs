//! The head of one request: finds its end, and the two fields that say how long its body is.
//!
//! Only CRLF ends a line. A line that continues the previous one, a second `Content-Length` (even an equal one), a
//! `Transfer-Encoding` beside it, and any coding but plain `chunked` are refused. All other lines are only skipped.

use memchr::memchr2;

use super::Scan;

const LENGTH: &[u8] = b"content-length";
const CODING: &[u8] = b"transfer-encoding";
const CHUNKED: &[u8] = b"chunked";

/// How the body that follows a head is delimited. No field at all means a length of zero.
pub(super) enum Body {
    Sized(u64),
    Chunked,
}

pub(super) struct Head {
    line: Line,
    /// The byte before was CR, so this one has to be LF.
    after_cr: bool,
    begun: bool,
    length: Option<u64>,
    chunked: bool,
}

/// What the current line has turned out to be.
enum Line {
    Empty,
    /// A field name that may still become one of the two.
    Name {
        at: usize,
        length: bool,
        coding: bool,
    },
    Length(Number),
    Coding(Word),
    /// The request line, or a field that does not matter here.
    Other,
}

struct Invalid;

impl Head {
    pub(super) fn new() -> Self {
        Self { line: Line::Empty, after_cr: false, begun: false, length: None, chunked: false }
    }

    /// Whether more than blank lines have arrived; those before a request line mean nothing.
    pub(super) fn begun(&self) -> bool {
        self.begun
    }

    pub(super) fn body(&self) -> Body {
        if self.chunked { Body::Chunked } else { Body::Sized(self.length.unwrap_or(0)) }
    }

    pub(super) fn scan(&mut self, bytes: &[u8]) -> Scan {
        let mut at = 0;
        while let Some(rest) = bytes.get(at..) {
            // Most of a head is lines of no interest: go straight to where they end.
            if matches!(self.line, Line::Other) && !self.after_cr {
                match memchr2(b'\r', b'\n', rest) {
                    None => return Scan::More,
                    Some(skipped) => at += skipped,
                }
            }
            let Some(&byte) = bytes.get(at) else { return Scan::More };
            match self.take(byte) {
                Ok(false) => at += 1,
                Ok(true) => return Scan::Done { used: at + 1 },
                Err(Invalid) => return Scan::Refused { at },
            }
        }
        Scan::More
    }

    /// Takes one byte; true if it was the last one of the head.
    fn take(&mut self, byte: u8) -> Result<bool, Invalid> {
        if self.after_cr {
            self.after_cr = false;
            return if byte == b'\n' { Ok(self.end_line()) } else { Err(Invalid) };
        }
        match byte {
            b'\r' => {
                self.finish_value()?;
                self.after_cr = true;
            }
            b'\n' => return Err(Invalid),
            _ => self.take_in_line(byte)?,
        }
        Ok(false)
    }

    fn take_in_line(&mut self, byte: u8) -> Result<(), Invalid> {
        match &mut self.line {
            Line::Empty if !self.begun => {
                self.begun = true;
                self.line = Line::Other;
            }
            Line::Empty => {
                if matches!(byte, b' ' | b'\t') {
                    return Err(Invalid);
                }
                self.line = name(0, true, true, byte);
            }
            Line::Name { at, length: true, .. } if byte == b':' && *at == LENGTH.len() => {
                if self.length.is_some() || self.chunked {
                    return Err(Invalid);
                }
                self.line = Line::Length(Number::default());
            }
            Line::Name { at, coding: true, .. } if byte == b':' && *at == CODING.len() => {
                if self.length.is_some() || self.chunked {
                    return Err(Invalid);
                }
                self.line = Line::Coding(Word::default());
            }
            Line::Name { at, length, coding } => self.line = name(*at, *length, *coding, byte),
            Line::Length(number) => number.take(byte)?,
            Line::Coding(word) => word.take(byte)?,
            Line::Other => {}
        }
        Ok(())
    }

    fn finish_value(&mut self) -> Result<(), Invalid> {
        match &self.line {
            Line::Length(number) => self.length = Some(number.value.ok_or(Invalid)?),
            Line::Coding(word) => {
                if word.matched != CHUNKED.len() {
                    return Err(Invalid);
                }
                self.chunked = true;
            }
            Line::Empty | Line::Name { .. } | Line::Other => {}
        }
        Ok(())
    }

    /// True if the line that ends here was the blank one after the head.
    fn end_line(&mut self) -> bool {
        let blank = matches!(self.line, Line::Empty);
        self.line = Line::Empty;
        blank && self.begun
    }
}

/// The line after one more byte of its name: still a candidate, or of no interest.
fn name(at: usize, length: bool, coding: bool, byte: u8) -> Line {
    let byte = byte.to_ascii_lowercase();
    let length = length && LENGTH.get(at) == Some(&byte);
    let coding = coding && CODING.get(at) == Some(&byte);
    if length || coding { Line::Name { at: at + 1, length, coding } } else { Line::Other }
}

/// Digits with blanks around them.
#[derive(Default)]
struct Number {
    value: Option<u64>,
    ended: bool,
}

impl Number {
    fn take(&mut self, byte: u8) -> Result<(), Invalid> {
        match byte {
            b' ' | b'\t' => self.ended = self.value.is_some(),
            b'0'..=b'9' if !self.ended => {
                let digit = u64::from(byte - b'0');
                let value = self.value.unwrap_or(0).checked_mul(10).and_then(|tens| tens.checked_add(digit));
                self.value = Some(value.ok_or(Invalid)?);
            }
            _ => return Err(Invalid),
        }
        Ok(())
    }
}

/// The word `chunked` with blanks around it.
#[derive(Default)]
struct Word {
    matched: usize,
    ended: bool,
}

impl Word {
    fn take(&mut self, byte: u8) -> Result<(), Invalid> {
        match byte {
            b' ' | b'\t' => self.ended = self.matched > 0,
            _ if !self.ended && CHUNKED.get(self.matched) == Some(&byte.to_ascii_lowercase()) => self.matched += 1,
            _ => return Err(Invalid),
        }
        Ok(())
    }
}
