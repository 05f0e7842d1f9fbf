//! A chunked body: finds its end.
//!
//! The same grammar as hyper's decoder, which refuses bad sizes and chunk ends by itself, and stricter in the one
//! place where it is not: a trailer line ends with CRLF and nothing else. The data itself is never looked at.

use super::Scan;

pub(super) enum Chunks {
    /// At the first digit of a size.
    Start,
    Size(u64),
    /// Blanks after a size.
    Blank(u64),
    Extension(u64),
    SizeLf(u64),
    Data(u64),
    DataCr,
    DataLf,
    /// At the beginning of a trailer line, or of the blank line that ends the body.
    LineStart,
    Trailer,
    TrailerLf,
    EndLf,
    Done,
}

impl Chunks {
    pub(super) fn new() -> Self {
        Self::Start
    }

    pub(super) fn scan(&mut self, bytes: &[u8]) -> Scan {
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            if let Self::Data(left) = *self {
                let available = bytes.len() - at;
                let used = usize::try_from(left).unwrap_or(usize::MAX).min(available);
                at += used;
                let left = left - used as u64;
                *self = if left == 0 { Self::DataCr } else { Self::Data(left) };
                continue;
            }
            match self.after(byte) {
                None => return Scan::Refused { at },
                Some(Self::Done) => return Scan::Done { used: at + 1 },
                Some(next) => *self = next,
            }
            at += 1;
        }
        Scan::More
    }

    /// The state after a byte outside the data; none if the byte must not stand there.
    fn after(&self, byte: u8) -> Option<Self> {
        Some(match (self, byte) {
            (Self::Start, _) => Self::Size(digit(byte)?),
            (Self::Size(size) | Self::Blank(size), b' ' | b'\t') => Self::Blank(*size),
            (Self::Size(size) | Self::Blank(size), b';') => Self::Extension(*size),
            (Self::Size(size) | Self::Blank(size) | Self::Extension(size), b'\r') => Self::SizeLf(*size),
            (Self::Size(size), _) => Self::Size(size.checked_mul(16)?.checked_add(digit(byte)?)?),
            (Self::Extension(size), byte) if byte != b'\n' => Self::Extension(*size),
            (Self::SizeLf(0), b'\n') => Self::LineStart,
            (Self::SizeLf(size), b'\n') => Self::Data(*size),
            (Self::DataCr, b'\r') => Self::DataLf,
            (Self::DataLf, b'\n') => Self::Start,
            (Self::LineStart, b'\r') => Self::EndLf,
            (Self::Trailer, b'\r') => Self::TrailerLf,
            (Self::LineStart | Self::Trailer, byte) if byte != b'\n' => Self::Trailer,
            (Self::TrailerLf, b'\n') => Self::LineStart,
            (Self::EndLf, b'\n') => Self::Done,
            _ => return None,
        })
    }
}

fn digit(byte: u8) -> Option<u64> {
    char::from(byte).to_digit(16).map(u64::from)
}
