//! Small files that are pictures by everything that is looked at here: header, container, end. Nobody ever decodes them.

/// A PNG of so many pixels.
pub fn png(width: u32, height: u32) -> Vec<u8> {
    png_of(&[png_header(width, height), png_chunk(b"IDAT", b"not looked at"), png_chunk(b"IEND", b"")])
}

/// The same, filled up to so many bytes.
pub fn png_of_bytes(width: u32, height: u32, bytes: usize) -> Vec<u8> {
    const CHUNK: usize = 12;
    let filling = vec![b'x'; bytes - png(width, height).len() - CHUNK];
    let [header, end] = [png_header(width, height), png_chunk(b"IEND", b"")];
    png_of(&[header, png_chunk(b"tEXt", &filling), png_chunk(b"IDAT", b"not looked at"), end])
}

/// A PNG of these chunks.
pub fn png_of(chunks: &[Vec<u8>]) -> Vec<u8> {
    [&b"\x89PNG\r\n\x1a\n"[..], &chunks.concat()].concat()
}

/// The chunk that says so many pixels, in true colour.
pub fn png_header(width: u32, height: u32) -> Vec<u8> {
    png_chunk(b"IHDR", &[&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 2, 0, 0, 0]].concat())
}

/// A chunk with its checksum.
pub fn png_chunk(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let named = [name, content].concat();
    let length = u32::try_from(content.len()).expect("a short chunk").to_be_bytes();
    [&length[..], &named, &checksum(&named).to_be_bytes()].concat()
}

/// CRC-32, bit by bit.
fn checksum(bytes: &[u8]) -> u32 {
    let bit = |sum: u32, _| if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 };
    !bytes.iter().fold(!0, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), bit))
}

/// A JPEG of so many pixels, with a thumbnail inside.
pub fn jpeg(width: u16, height: u16) -> Vec<u8> {
    let [w, h] = [width, height].map(u16::to_be_bytes);
    let frame = [8, h[0], h[1], w[0], w[1], 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1];
    let scan = [3, 1, 0, 2, 0x11, 3, 0x11, 0, 63, 0];
    let segments = [
        jpeg_segment(0xe1, b"Exif\0\0\xff\xd8\xff\xd9"),
        jpeg_segment(0xc0, &frame),
        jpeg_segment(0xda, &scan),
        b"\x12\xff\x00\x34\xff\xd0\x56".to_vec(),
    ];
    [&b"\xff\xd8"[..], &segments.concat(), b"\xff\xd9"].concat()
}

/// A segment with its length.
pub fn jpeg_segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).expect("a short segment").to_be_bytes();
    [&[0xff, marker][..], &length, content].concat()
}
