//! Files that claim to be pictures: whole ones, lying ones, broken ones, and what is hidden behind the end.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests fail by panicking")]

use domain::order::image::{BYTES_MAX, HEIGHT_MIN, MediaType, Picture, Unfit, judge};

/// CRC-32, bit by bit: written a second time, and not from the code it judges.
fn checksum(bytes: &[u8]) -> u32 {
    let mut sum = u32::MAX;
    for byte in bytes {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            let odd = sum & 1 != 0;
            sum >>= 1;
            if odd {
                sum ^= 0xedb8_8320;
            }
        }
    }
    !sum
}

fn chunk(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let named = [name, content].concat();
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    [&length[..], &named, &checksum(&named).to_be_bytes()].concat()
}

fn header(width: u32, height: u32, rest: [u8; 5]) -> Vec<u8> {
    chunk(b"IHDR", &[&width.to_be_bytes()[..], &height.to_be_bytes(), &rest].concat())
}

const TRUE_COLOUR: [u8; 5] = [8, 2, 0, 0, 0];

fn png_of(chunks: &[Vec<u8>]) -> Vec<u8> {
    [&b"\x89PNG\r\n\x1a\n"[..], &chunks.concat()].concat()
}

fn png(width: u32, height: u32) -> Vec<u8> {
    let text = chunk(b"tEXt", b"Comment\0hello");
    png_of(&[
        header(width, height, TRUE_COLOUR),
        text,
        chunk(b"IDAT", b"data"),
        chunk(b"IDAT", b"more"),
        chunk(b"IEND", b""),
    ])
}

fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
    [&[0xff, marker][..], &length, content].concat()
}

fn frame(marker: u8, width: u16, height: u16) -> Vec<u8> {
    let [w, h] = [width, height].map(u16::to_be_bytes);
    segment(marker, &[8, h[0], h[1], w[0], w[1], 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1])
}

fn scan() -> Vec<u8> {
    let header = segment(0xda, &[3, 1, 0, 2, 0x11, 3, 0x11, 0, 63, 0]);
    // Stuffed bytes, restarts, and a byte that fills up before the next marker.
    [&header[..], b"\x12\xff\x00\x34\xff\xd0\x56\xff\xd7\x78\xff"].concat()
}

fn jpeg_of(segments: &[Vec<u8>]) -> Vec<u8> {
    [b"\xff\xd8", &segments.concat()[..], b"\xff\xd9"].concat()
}

fn jpeg(width: u16, height: u16) -> Vec<u8> {
    let thumbnail = segment(0xe1, b"Exif\0\0\xff\xd8\xff\xc0\xff\xd9");
    let table = segment(0xdb, &[0; 65]);
    jpeg_of(&[thumbnail, table, frame(0xc0, width, height), segment(0xc4, &[0; 20]), scan()])
}

fn unfit(bytes: &[u8]) -> Unfit {
    judge(bytes, HEIGHT_MIN).unwrap_err()
}

#[test]
fn whole_pictures_are_known_by_their_first_bytes_and_read_to_their_end() {
    for (bytes, media_type) in [(png(300, 200), MediaType::Png), (jpeg(300, 200), MediaType::Jpeg)] {
        let picture = Picture { media_type, width: 300, height: 200 };
        assert_eq!(judge(&bytes, HEIGHT_MIN), Ok((picture, bytes.len())));
    }
    let several =
        jpeg_of(&[frame(0xc2, 300, 200), scan(), segment(0xc4, &[0; 20]), scan(), segment(0xfe, b"!"), scan()]);
    assert_eq!(judge(&several, HEIGHT_MIN).unwrap().1, several.len(), "a progressive one");
    let palette =
        [header(300, 200, [8, 3, 0, 0, 1]), chunk(b"PLTE", &[0; 6]), chunk(b"IDAT", b"x"), chunk(b"IEND", b"")];
    assert!(judge(&png_of(&palette), HEIGHT_MIN).is_ok());
}

#[test]
fn what_follows_the_end_is_told_apart() {
    for bytes in [png(300, 200), jpeg(300, 200)] {
        for more in [&b"<script>"[..], b"\0", b"PK\x03\x04", &jpeg(900, 900), &png(900, 900)] {
            let (picture, length) = judge(&[&bytes[..], more].concat(), HEIGHT_MIN).unwrap();
            assert_eq!((length, picture.width), (bytes.len(), 300));
        }
    }
}

#[test]
fn one_that_breaks_off_anywhere_is_refused() {
    for bytes in [png(300, 200), jpeg(300, 200)] {
        for length in 0..bytes.len() {
            let found = unfit(&bytes[..length]);
            assert!(matches!(found, Unfit::Broken(_) | Unfit::Unknown), "{length}: {found:?}");
        }
    }
}

#[test]
fn a_png_with_any_byte_changed_is_refused() {
    let bytes = png(300, 200);
    for place in 0..bytes.len() {
        for change in [0x01, 0x20, 0x80, 0xff] {
            let mut changed = bytes.clone();
            changed[place] ^= change;
            assert!(judge(&changed, HEIGHT_MIN).is_err(), "byte {place} ^ {change:#x}");
        }
    }
}

#[test]
fn chunks_have_their_places() {
    let (begin, data, end) = (header(300, 200, TRUE_COLOUR), chunk(b"IDAT", b"x"), chunk(b"IEND", b""));
    let palette = chunk(b"PLTE", &[0; 3]);
    let text = chunk(b"tEXt", b"x");
    let begin_with = |rest: [u8; 5]| header(300, 200, rest);
    for (what, chunks) in [
        ("no header", vec![data.clone(), end.clone()]),
        ("the header second", vec![text.clone(), begin.clone(), data.clone(), end.clone()]),
        ("two headers", vec![begin.clone(), begin.clone(), data.clone(), end.clone()]),
        ("no picture", vec![begin.clone(), end.clone()]),
        ("a picture in two places", vec![begin.clone(), data.clone(), text, data.clone(), end.clone()]),
        ("two palettes", vec![begin.clone(), palette.clone(), palette.clone(), data.clone(), end.clone()]),
        ("a palette behind", vec![begin.clone(), data.clone(), palette, end.clone()]),
        ("a palette of no colours", vec![begin.clone(), chunk(b"PLTE", &[0; 4]), data.clone(), end.clone()]),
        ("no palette", vec![begin_with([8, 3, 0, 0, 0]), data.clone(), end.clone()]),
        ("an end with content", vec![begin.clone(), data.clone(), chunk(b"IEND", b"x")]),
        ("a needed chunk nobody knows", vec![begin.clone(), chunk(b"EVIL", b"x"), data.clone(), end.clone()]),
        ("a chunk without a name", vec![begin, chunk(b"ab1d", b"x"), data.clone(), end.clone()]),
        ("a depth that is none", vec![begin_with([3, 2, 0, 0, 0]), data.clone(), end.clone()]),
        ("a colour that is none", vec![begin_with([8, 1, 0, 0, 0]), data.clone(), end.clone()]),
        ("another compression", vec![begin_with([8, 2, 1, 0, 0]), data.clone(), end.clone()]),
        ("another interlace", vec![begin_with([8, 2, 0, 0, 2]), data, end]),
    ] {
        assert!(matches!(unfit(&png_of(&chunks)), Unfit::Broken(_)), "{what}");
    }
}

#[test]
fn segments_make_sense_or_are_refused() {
    let good = frame(0xc0, 300, 200);
    let mut deep = good.clone();
    deep[4] = 12;
    let mut longer = good.clone();
    longer[3] += 3;
    longer.extend([4, 0x11, 1]);
    for (what, segments) in [
        ("no header", vec![scan()]),
        ("two headers", vec![good.clone(), good.clone(), scan()]),
        ("a second header behind", vec![good.clone(), scan(), good.clone()]),
        ("no picture", vec![good.clone()]),
        ("a lossless one", vec![frame(0xc3, 300, 200), scan()]),
        ("an arithmetic one", vec![frame(0xc9, 300, 200), scan()]),
        ("a height that comes later", vec![good.clone(), scan(), segment(0xdc, &[0, 200])]),
        ("another start", vec![vec![0xff, 0xd8], good.clone(), scan()]),
        ("a restart outside", vec![vec![0xff, 0xd0], good.clone(), scan()]),
        ("bytes between", vec![good.clone(), vec![0], scan()]),
        ("twelve bits", vec![deep, scan()]),
        ("a length that is another", vec![longer, scan()]),
        ("a length of nothing", vec![vec![0xff, 0xe0, 0, 1], good.clone(), scan()]),
        ("a scan of nothing", vec![good.clone(), segment(0xda, &[0, 0, 63, 0])]),
        ("no width", vec![frame(0xc0, 0, 200), scan()]),
        ("no height", vec![frame(0xc0, 300, 0), scan()]),
    ] {
        assert!(matches!(unfit(&jpeg_of(&segments)), Unfit::Broken(_)), "{what}");
    }
}

#[test]
fn dimensions_hold_at_both_edges() {
    for (width, height, refused) in [
        (1, 167, None),
        (1, 166, Some(Unfit::TooLow(167))),
        (4096, 167, None),
        (4097, 167, Some(Unfit::TooLarge)),
        (300, 4096, None),
        (300, 4097, Some(Unfit::TooLarge)),
        (4000, 4000, None),
        (4000, 4001, Some(Unfit::TooLarge)),
    ] {
        let expected = refused.map_or(Ok((width, height)), Err);
        let read = |bytes: &[u8]| judge(bytes, HEIGHT_MIN).map(|(picture, _)| (picture.width, picture.height));
        assert_eq!(read(&png(width, height)), expected, "{width} x {height}");
        let [narrow, low] = [width, height].map(|side| u16::try_from(side).unwrap());
        assert_eq!(read(&jpeg(narrow, low)), expected, "{width} x {height}");
    }
    assert_eq!(unfit(&png(50_000, 50_000)), Unfit::TooLarge);
    assert_eq!(unfit(&png(0x7fff_ffff, 0x7fff_ffff)), Unfit::TooLarge);
    assert!(matches!(unfit(&png(0x8000_0000, 200)), Unfit::Broken(_)));
    assert!(matches!(unfit(&png(0, 200)), Unfit::Broken(_)));
    assert_eq!(unfit(&png(50_000, 50_000)[..40]), Unfit::TooLarge, "whether or not the rest is there");
    for height in [0, 1, 32] {
        assert_eq!(judge(&png(32, 32), height).map(|(picture, _)| picture.height), Ok(32), "from {height} on");
    }
    assert_eq!(judge(&png(32, 32), 33), Err(Unfit::TooLow(33)));
}

#[test]
fn a_file_may_be_so_long() {
    let of = |length: usize| {
        let around = png(300, 200).len() + 12;
        let filling = chunk(b"tEXt", &vec![b'x'; length - around]);
        png_of(&[
            header(300, 200, TRUE_COLOUR),
            chunk(b"tEXt", b"Comment\0hello"),
            filling,
            chunk(b"IDAT", b"data"),
            chunk(b"IDAT", b"more"),
            chunk(b"IEND", b""),
        ])
    };
    assert_eq!(judge(&of(BYTES_MAX), HEIGHT_MIN).unwrap().1, BYTES_MAX);
    assert_eq!(unfit(&of(BYTES_MAX + 1)), Unfit::TooManyBytes);
}

#[test]
fn other_kinds_of_files_are_no_pictures() {
    for bytes in [
        &b""[..],
        b"GIF89a\x01\x00\x01\x00",
        b"RIFF\x24\0\0\0WEBPVP8 ",
        b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>",
        b"BM",
        b"\xff\xd8",
        b"\x89PNG\r\n\x1a",
        b"not a picture at all",
    ] {
        assert_eq!(unfit(bytes), Unfit::Unknown, "{bytes:?}");
    }
}

#[test]
fn what_is_wrong_is_said_in_words_that_clients_look_for() {
    let words = |unfit: Unfit| unfit.to_string();
    assert!(words(Unfit::TooLow(167)).contains("height of at least 167"));
    for unfit in [Unfit::TooManyBytes, Unfit::TooLarge] {
        assert!(words(unfit).contains("size"), "{unfit}");
    }
    for unfit in [Unfit::Unknown, Unfit::Broken("x"), Unfit::TooLow(1), Unfit::TooLarge, Unfit::TooManyBytes] {
        assert!(!words(unfit).to_lowercase().contains("duplicate"), "{unfit}");
    }
}
