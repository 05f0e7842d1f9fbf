//! JPEG: markers, most of them with a segment of a length; after a scan's header the scan, up to the next marker; the last is the end.

use super::Parts;

pub(super) const SIGNATURE: &[u8] = b"\xff\xd8\xff";

const BREAKS_OFF: &str = "the JPEG breaks off";
const NO_SENSE: &str = "a segment of the JPEG makes no sense";

const START_OF_SCAN: u8 = 0xda;
const END: u8 = 0xd9;

/// Width and height as the header of the frame has them.
pub(super) fn dimensions(bytes: &[u8]) -> Result<(u32, u32), &'static str> {
    let mut parts = after_start(bytes)?;
    loop {
        match segment(&mut parts)? {
            Segment::Frame(width, height) => return Ok((width, height)),
            Segment::Other => {}
            Segment::Scan | Segment::End => return Err("the JPEG has no header before its picture"),
        }
    }
}

/// How many bytes it has up to its end.
pub(super) fn length(bytes: &[u8]) -> Result<usize, &'static str> {
    let mut parts = after_start(bytes)?;
    let (mut frames, mut has_scan) = (0, false);
    loop {
        match segment(&mut parts)? {
            Segment::Frame(..) if frames > 0 => return Err("the JPEG has two headers"),
            Segment::Frame(..) => frames += 1,
            Segment::Other => {}
            Segment::Scan if frames == 0 => return Err("the JPEG has no header before its picture"),
            Segment::Scan => {
                has_scan = true;
                scan(&mut parts)?;
            }
            Segment::End if !has_scan => return Err("there is no picture in the JPEG"),
            Segment::End => return Ok(bytes.len() - parts.left.len()),
        }
    }
}

fn after_start(bytes: &[u8]) -> Result<Parts<'_>, &'static str> {
    let mut parts = Parts::of(bytes);
    parts.take(2).ok_or(BREAKS_OFF)?;
    Ok(parts)
}

enum Segment {
    /// The header of the picture, with its width and height.
    Frame(u32, u32),
    /// The header of a scan, which follows.
    Scan,
    End,
    Other,
}

/// The next marker with its segment.
fn segment(parts: &mut Parts<'_>) -> Result<Segment, &'static str> {
    if parts.byte().ok_or(BREAKS_OFF)? != 0xff {
        return Err("something stands between the segments of the JPEG");
    }
    let mut marker = 0xff;
    while marker == 0xff {
        marker = parts.byte().ok_or(BREAKS_OFF)?;
    }
    if marker == END {
        return Ok(Segment::End);
    }
    // Baseline, extended and progressive frames; tables, restart interval, applications' own and comments. Whatever else there is, no
    // browser shows it: lossless and hierarchical frames, arithmetic coding, a height that comes later, markers without a meaning.
    if !matches!(marker, 0xc0..=0xc2 | 0xc4 | START_OF_SCAN | 0xdb | 0xdd | 0xe0..=0xef | 0xfe) {
        return Err("the JPEG is of no kind that browsers show");
    }
    let length = parts.array().map(u16::from_be_bytes).ok_or(BREAKS_OFF)?;
    let length = usize::from(length).checked_sub(2).ok_or(NO_SENSE)?;
    let mut content = Parts::of(parts.take(length).ok_or(BREAKS_OFF)?);
    match marker {
        0xc0..=0xc2 => frame(&mut content, length),
        START_OF_SCAN => {
            let components = content.byte().ok_or(NO_SENSE)?;
            let is_good = (1..=4).contains(&components) && length == 4 + 2 * usize::from(components);
            if is_good { Ok(Segment::Scan) } else { Err(NO_SENSE) }
        }
        _ => Ok(Segment::Other),
    }
}

fn frame(content: &mut Parts<'_>, length: usize) -> Result<Segment, &'static str> {
    let precision = content.byte().ok_or(NO_SENSE)?;
    let [height, width] = [content.array(), content.array()].map(|side| side.map(u16::from_be_bytes));
    let (width, height) = width.zip(height).ok_or(NO_SENSE)?;
    let components = content.byte().ok_or(NO_SENSE)?;
    let is_good = precision == 8 && width > 0 && height > 0 && (1..=4).contains(&components);
    if is_good && length == 6 + 3 * usize::from(components) {
        Ok(Segment::Frame(width.into(), height.into()))
    } else {
        Err("the header of the JPEG makes no sense")
    }
}

/// Passes over a scan, up to the marker behind it. In a scan a marker's first byte is followed by a zero, or by a restart.
fn scan(parts: &mut Parts<'_>) -> Result<(), &'static str> {
    let mut rest = parts.left;
    loop {
        let marker = rest.iter().position(|byte| *byte == 0xff).ok_or(BREAKS_OFF)?;
        let at_marker = rest.get(marker..).ok_or(BREAKS_OFF)?;
        match at_marker.get(1).ok_or(BREAKS_OFF)? {
            0x00 | 0xd0..=0xd7 => rest = at_marker.get(2..).unwrap_or_default(),
            // The one behind may begin a marker.
            0xff => rest = at_marker.get(1..).unwrap_or_default(),
            _ => {
                parts.left = at_marker;
                return Ok(());
            }
        }
    }
}
