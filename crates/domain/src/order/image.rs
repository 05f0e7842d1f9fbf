//! Pictures, judged without looking at a single pixel.
//!
//! Kind and dimensions are read from the header, then the container is walked to its end: chunk by chunk with their checksums, or segment
//! by segment. What follows the end belongs to nobody and is told apart, so that it is never kept. A picture is opened by the payer's
//! browser, which is why its dimensions have an upper limit.
//!
//! Never here: a decoder.

mod jpeg;
mod png;

use std::fmt;

/// The most bytes of a picture's file.
pub const BYTES_MAX: usize = 2 * 1024 * 1024;
/// The most pixels on a side.
pub const SIDE_MAX: u32 = 4096;
/// The most pixels in all.
pub const PIXELS_MAX: u64 = 16_000_000;
/// The published least height, in pixels.
pub const HEIGHT_MIN: u32 = 167;

/// The id of one upload; not a secret.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct UploadId(pub [u8; 16]);

/// What a picture is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Picture {
    /// How it is written.
    pub media_type: MediaType,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
}

/// How a picture is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MediaType {
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
}

impl MediaType {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Png, Self::Jpeg];

    /// Its name in content types.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
        }
    }

    /// The kind of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// What the file says it is by its first bytes, whatever its name is.
    fn of(bytes: &[u8]) -> Option<Self> {
        let [png, jpeg] = [png::SIGNATURE, jpeg::SIGNATURE].map(|signature| bytes.starts_with(signature));
        if png { Some(Self::Png) } else { jpeg.then_some(Self::Jpeg) }
    }
}

/// Why a file is no picture that is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unfit {
    /// The file has more than [`BYTES_MAX`] bytes.
    TooManyBytes,
    /// A side is longer than [`SIDE_MAX`], or there are more pixels than [`PIXELS_MAX`].
    TooLarge,
    /// It is less high than this.
    TooLow(u32),
    /// It is neither PNG nor JPEG.
    Unknown,
    /// It is broken, or breaks off.
    Broken(&'static str),
}

impl fmt::Display for Unfit {
    /// The rule it breaks. Clients look for the words `size` and `height`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooManyBytes => write!(formatter, "must have a file size of at most {BYTES_MAX} bytes"),
            Self::TooLarge => {
                write!(formatter, "must have a size of at most {SIDE_MAX} pixels a side and {PIXELS_MAX} pixels in all")
            }
            Self::TooLow(least) => write!(formatter, "must have a height of at least {least} pixels"),
            Self::Unknown => formatter.write_str("must be a PNG or a JPEG"),
            Self::Broken(why) => write!(formatter, "must be a whole picture: {why}"),
        }
    }
}

/// What the picture is, and how many of the bytes are it.
///
/// # Errors
/// Why it is none that is kept.
pub fn judge(bytes: &[u8], height_min: u32) -> Result<(Picture, usize), Unfit> {
    if bytes.len() > BYTES_MAX {
        return Err(Unfit::TooManyBytes);
    }
    let media_type = MediaType::of(bytes).ok_or(Unfit::Unknown)?;
    let (width, height) = match media_type {
        MediaType::Png => png::dimensions(bytes),
        MediaType::Jpeg => jpeg::dimensions(bytes),
    }
    .map_err(Unfit::Broken)?;
    // Before the rest is walked: whoever claims so much is told that, whether or not it is there.
    if width > SIDE_MAX || height > SIDE_MAX || u64::from(width) * u64::from(height) > PIXELS_MAX {
        return Err(Unfit::TooLarge);
    }
    let length = match media_type {
        MediaType::Png => png::length(bytes),
        MediaType::Jpeg => jpeg::length(bytes),
    };
    let length = length.map_err(Unfit::Broken)?;
    if height < height_min {
        return Err(Unfit::TooLow(height_min));
    }
    Ok((Picture { media_type, width, height }, length))
}

/// Bytes that are read one part after the other.
#[derive(Clone, Copy)]
struct Parts<'a> {
    left: &'a [u8],
}

impl<'a> Parts<'a> {
    const fn of(bytes: &'a [u8]) -> Self {
        Self { left: bytes }
    }

    /// So many bytes, if there are as many.
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (part, left) = self.left.split_at_checked(count)?;
        self.left = left;
        Some(part)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn byte(&mut self) -> Option<u8> {
        self.array().map(|[byte]: [u8; 1]| byte)
    }
}
