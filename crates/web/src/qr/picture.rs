//! A code as a picture: black on white with the quiet border readers need, or plain grey where there is nothing to scan.

use domain::payment::QrSize;

use super::code::Code;

/// Light modules around the code, on each side.
const BORDER: usize = 4;
/// Levels of a pixel of two bits.
const BLACK: u8 = 0;
const GREY: u8 = 2;
const WHITE: u8 = 3;
const PIXELS_OF_A_BYTE: usize = 4;
const BITS_OF_A_PIXEL: usize = 2;

/// The picture that scales; a module is one unit.
pub(super) fn svg(code: Option<&Code>) -> String {
    let Some(code) = code else {
        return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1 1\"><path fill=\"#aaa\" d=\"M0 0h1v1H0z\"/></svg>"
            .to_owned();
    };
    let side = code.side() + 2 * BORDER;
    let mut dark = String::new();
    for (column, row) in dark_modules(code) {
        dark.push_str(&format!("M{} {}h1v1h-1z", column + BORDER, row + BORDER));
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
         <path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path d=\"{dark}\"/></svg>"
    )
}

/// The picture in exactly this size: every module as many whole pixels as fit, what is left over is border. `None` where it cannot be
/// written.
pub(super) fn png(code: Option<&Code>, size: QrSize) -> Option<Vec<u8>> {
    let side = usize::from(size.pixels());
    let level_at = |x: usize, y: usize| match code {
        None => GREY,
        Some(code) => level(code, side, x, y),
    };
    let row_bytes = side.div_ceil(PIXELS_OF_A_BYTE);
    let mut pixels = vec![0; row_bytes * side];
    for (y, row) in pixels.chunks_mut(row_bytes).enumerate() {
        for x in 0..side {
            let shift = (PIXELS_OF_A_BYTE - 1 - x % PIXELS_OF_A_BYTE) * BITS_OF_A_PIXEL;
            if let Some(byte) = row.get_mut(x / PIXELS_OF_A_BYTE) {
                *byte |= level_at(x, y) << shift;
            }
        }
    }
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, u32::from(size.pixels()), u32::from(size.pixels()));
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Two);
    encoder.write_header().ok()?.write_image_data(&pixels).ok()?;
    Some(file)
}

fn level(code: &Code, side: usize, x: usize, y: usize) -> u8 {
    let scale = (side / (code.side() + 2 * BORDER)).max(1);
    let margin = side.saturating_sub(code.side() * scale) / 2;
    let module = |pixel: usize| pixel.checked_sub(margin).map(|pixel| pixel / scale).filter(|at| *at < code.side());
    match (module(x), module(y)) {
        (Some(column), Some(row)) if code.is_dark(column, row) => BLACK,
        _ => WHITE,
    }
}

fn dark_modules(code: &Code) -> impl Iterator<Item = (usize, usize)> {
    let places = (0..code.side()).flat_map(|row| (0..code.side()).map(move |column| (column, row)));
    places.filter(|(column, row)| code.is_dark(*column, *row))
}
