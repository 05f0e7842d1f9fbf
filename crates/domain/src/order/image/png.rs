//! PNG: a signature, then chunks of length, name, content and checksum, the first `IHDR`, the last `IEND`.

use super::Parts;

pub(super) const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

const BREAKS_OFF: &str = "the PNG breaks off";
/// The most a length or a side may be.
const NUMBER_MAX: u32 = 0x7fff_ffff;
/// Where the header says how colours are told, and the value that says: by their place in a palette.
const COLOUR_AT: usize = 25;
const PALETTE: u8 = 3;

/// Width and height as the header has them.
pub(super) fn dimensions(bytes: &[u8]) -> Result<(u32, u32), &'static str> {
    let mut parts = after_signature(bytes)?;
    let length = parts.array().map(u32::from_be_bytes).ok_or(BREAKS_OFF)?;
    let name = parts.take(4).ok_or(BREAKS_OFF)?;
    if length != 13 || name != b"IHDR" {
        return Err("the PNG does not begin with its header");
    }
    let [width, height] = [parts.array(), parts.array()].map(|side| side.map(u32::from_be_bytes));
    let (width, height) = width.zip(height).ok_or(BREAKS_OFF)?;
    let [depth, colour, compression, filter, interlace] = parts.array().ok_or(BREAKS_OFF)?;
    let is_depth = match colour {
        0 => matches!(depth, 1 | 2 | 4 | 8 | 16),
        3 => matches!(depth, 1 | 2 | 4 | 8),
        2 | 4 | 6 => matches!(depth, 8 | 16),
        _ => false,
    };
    let is_side = |side: u32| (1..=NUMBER_MAX).contains(&side);
    if !is_depth || compression != 0 || filter != 0 || interlace > 1 || !is_side(width) || !is_side(height) {
        return Err("the header of the PNG makes no sense");
    }
    Ok((width, height))
}

/// How many bytes it has up to the end of `IEND`.
pub(super) fn length(bytes: &[u8]) -> Result<usize, &'static str> {
    let table = checksums();
    let mut parts = after_signature(bytes)?;
    let mut seen = Seen { needs_palette: bytes.get(COLOUR_AT) == Some(&PALETTE), ..Seen::default() };
    loop {
        let length = parts.array().map(u32::from_be_bytes).ok_or(BREAKS_OFF)?;
        if length > NUMBER_MAX {
            return Err("a chunk of the PNG is too long");
        }
        let length = usize::try_from(length).map_err(|_| BREAKS_OFF)?;
        let checked = parts.left.get(..length.saturating_add(4)).ok_or(BREAKS_OFF)?;
        let name: [u8; 4] = parts.array().ok_or(BREAKS_OFF)?;
        parts.take(length).ok_or(BREAKS_OFF)?;
        let checksum = parts.array().map(u32::from_be_bytes).ok_or(BREAKS_OFF)?;
        if checksum != checksum_of(&table, checked) {
            return Err("a checksum of the PNG is wrong");
        }
        seen.chunk(name, length)?;
        if &name == b"IEND" {
            return Ok(bytes.len() - parts.left.len());
        }
    }
}

fn after_signature(bytes: &[u8]) -> Result<Parts<'_>, &'static str> {
    let mut parts = Parts::of(bytes);
    parts.take(SIGNATURE.len()).ok_or(BREAKS_OFF)?;
    Ok(parts)
}

/// Which chunks there were, as far as it matters for the next.
#[derive(Default)]
struct Seen {
    needs_palette: bool,
    header: bool,
    palette: bool,
    data: bool,
    data_has_ended: bool,
}

impl Seen {
    /// Whether the chunk may come now.
    fn chunk(&mut self, name: [u8; 4], length: usize) -> Result<(), &'static str> {
        const OUT_OF_PLACE: &str = "a chunk of the PNG is out of place";
        if (&name == b"IHDR") == self.header {
            return Err(OUT_OF_PLACE);
        }
        self.data_has_ended |= self.data && &name != b"IDAT";
        match &name {
            b"IHDR" => self.header = true,
            b"PLTE" if self.palette || self.data || length == 0 || length > 768 || !length.is_multiple_of(3) => {
                return Err(OUT_OF_PLACE);
            }
            b"PLTE" => self.palette = true,
            b"IDAT" if self.data_has_ended || (self.needs_palette && !self.palette) => return Err(OUT_OF_PLACE),
            b"IDAT" => self.data = true,
            b"IEND" if !self.data => return Err("there is no picture in the PNG"),
            b"IEND" if length != 0 => return Err(OUT_OF_PLACE),
            b"IEND" => {}
            _ if !name.iter().all(u8::is_ascii_alphabetic) => return Err("a chunk of the PNG has no name"),
            // A capital says that nobody can show the picture without knowing the chunk.
            [first, ..] if first.is_ascii_uppercase() => {
                return Err("a chunk of the PNG is of no kind that browsers know");
            }
            _ => {}
        }
        Ok(())
    }
}

/// CRC-32 as PNG has it: the checksum of every single byte.
fn checksums() -> [u32; 256] {
    let of = |byte: u32| (0..8).fold(byte, |sum, _| if sum & 1 == 1 { 0xedb8_8320 ^ (sum >> 1) } else { sum >> 1 });
    let mut byte = 0;
    [(); 256].map(|()| {
        let sum = of(byte);
        byte += 1;
        sum
    })
}

fn checksum_of(table: &[u32; 256], bytes: &[u8]) -> u32 {
    let step = |sum: u32, byte: &u8| {
        let [low, ..] = sum.to_le_bytes();
        table.get(usize::from(low ^ byte)).copied().unwrap_or_default() ^ (sum >> 8)
    };
    !bytes.iter().fold(!0, step)
}
