//! Bars for the scanner of a shop: EAN-13, Code 39 and Code 128, as dark and light modules in a row.
//!
//! What a format cannot say is not drawn; its text is shown beside the bars in any case, so nothing depends on them.

use domain::order::{Barcode, BarcodeFormat};

/// Light modules on both sides.
const QUIET_MODULES: usize = 10;

/// The bars as the outline of an SVG one unit high, with its width in modules.
pub(crate) struct Bars {
    /// Modules in all, the quiet ones too.
    pub(crate) width: usize,
    /// What is dark, as a path.
    pub(crate) path: String,
}

/// The bars of a barcode, where its format can say it.
pub(crate) fn bars(barcode: &Barcode) -> Option<Bars> {
    let data = barcode.data();
    let modules = match barcode.format() {
        BarcodeFormat::Ean13 => ean_13(data)?,
        BarcodeFormat::Code39 => code_39(data)?,
        BarcodeFormat::Code128 => code_128(data)?,
    };
    let mut path = String::new();
    let mut at = QUIET_MODULES;
    for run in modules.as_bytes().chunk_by(|one, other| one == other) {
        if run.first() == Some(&b'1') {
            path.push_str(&format!("M{at} 0h{}v1h-{}z", run.len(), run.len()));
        }
        at += run.len();
    }
    Some(Bars { width: at + QUIET_MODULES, path })
}

/// Thirteen digits, or twelve to which the check digit is added.
fn ean_13(data: &str) -> Option<String> {
    const LEFT: [&str; 10] =
        ["0001101", "0011001", "0010011", "0111101", "0100011", "0110001", "0101111", "0111011", "0110111", "0001011"];
    /// Which of the six on the left are mirrored, by the first digit.
    const PARITY: [&str; 10] =
        ["000000", "001011", "001101", "001110", "010011", "011001", "011100", "010101", "010110", "011010"];
    let digits: Vec<usize> = data.bytes().map(|byte| usize::from(byte.wrapping_sub(b'0'))).collect();
    if !matches!(digits.len(), 12 | 13) || digits.iter().any(|digit| *digit > 9) {
        return None;
    }
    let weighted = digits.iter().take(12).enumerate().map(|(place, digit)| digit * if place % 2 == 0 { 1 } else { 3 });
    let check = (10 - weighted.sum::<usize>() % 10) % 10;
    if digits.get(12).is_some_and(|given| *given != check) {
        return None;
    }
    let inverted = |pattern: &str| pattern.chars().map(|bit| if bit == '0' { '1' } else { '0' }).collect::<String>();
    let mirrored = |pattern: &str| pattern.chars().rev().collect::<String>();
    let (first, rest) = digits.split_first()?;
    let (left, right) = rest.split_at_checked(6)?;
    let parity = PARITY.get(*first)?.bytes();
    let mut modules = "101".to_owned();
    for (digit, is_mirrored) in left.iter().zip(parity) {
        let pattern = LEFT.get(*digit)?;
        modules.push_str(&if is_mirrored == b'1' { mirrored(&inverted(pattern)) } else { (*pattern).to_owned() });
    }
    modules.push_str("01010");
    for digit in right.iter().take(5).chain([&check]) {
        modules.push_str(&inverted(LEFT.get(*digit)?));
    }
    modules.push_str("101");
    Some(modules)
}

/// Each character is nine bars and gaps, three of them wide.
fn code_39(data: &str) -> Option<String> {
    const CHARACTERS: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%*";
    const WIDE: [u16; 44] = [
        0x034, 0x121, 0x061, 0x160, 0x031, 0x130, 0x070, 0x025, 0x124, 0x064, 0x109, 0x049, 0x148, 0x019, 0x118, 0x058,
        0x00d, 0x10c, 0x04c, 0x01c, 0x103, 0x043, 0x142, 0x013, 0x112, 0x052, 0x007, 0x106, 0x046, 0x016, 0x181, 0x0c1,
        0x1c0, 0x091, 0x190, 0x0d0, 0x085, 0x184, 0x0c4, 0x0a8, 0x0a2, 0x08a, 0x02a, 0x094,
    ];
    // The sign of both ends means nothing else.
    if data.contains('*') {
        return None;
    }
    let mut modules = String::new();
    for character in std::iter::once('*').chain(data.chars()).chain(['*']) {
        let wide = WIDE.get(CHARACTERS.find(character)?)?;
        for place in 0..9 {
            let is_wide = wide & (0x100 >> place) != 0;
            let module = if place % 2 == 0 { "1" } else { "0" };
            modules.push_str(&module.repeat(if is_wide { 3 } else { 1 }));
        }
        modules.push('0');
    }
    modules.pop();
    Some(modules)
}

/// Every printable character of ASCII is one symbol of set B.
fn code_128(data: &str) -> Option<String> {
    const START_B: usize = 104;
    const STOP: &str = "1100011101011";
    let values: Vec<usize> = data.bytes().map(|byte| usize::from(byte).wrapping_sub(32)).collect();
    if values.is_empty() || values.iter().any(|value| *value > 94) {
        return None;
    }
    let weighted: usize = values.iter().enumerate().map(|(place, value)| (place + 1) * value).sum();
    let check = (START_B + weighted) % 103;
    let mut modules = String::new();
    for value in std::iter::once(START_B).chain(values).chain([check]) {
        let widths = CODE_128.get(value)?;
        for (place, width) in widths.bytes().enumerate() {
            let module = if place % 2 == 0 { "1" } else { "0" };
            modules.push_str(&module.repeat(usize::from(width - b'0')));
        }
    }
    modules.push_str(STOP);
    Some(modules)
}

/// The widths of bars and gaps of each symbol.
const CODE_128: [&str; 106] = [
    "212222", "222122", "222221", "121223", "121322", "131222", "122213", "122312", "132212", "221213", "221312",
    "231212", "112232", "122132", "122231", "113222", "123122", "123221", "223211", "221132", "221231", "213212",
    "223112", "312131", "311222", "321122", "321221", "312212", "322112", "322211", "212123", "212321", "232121",
    "111323", "131123", "131321", "112313", "132113", "132311", "211313", "231113", "231311", "112133", "112331",
    "132131", "113123", "113321", "133121", "313121", "211331", "231131", "213113", "213311", "213131", "311123",
    "311321", "331121", "312113", "312311", "332111", "314111", "221411", "431111", "111224", "111422", "121124",
    "121421", "141122", "141221", "112214", "112412", "122114", "122411", "142112", "142211", "241211", "221114",
    "413111", "241112", "134111", "111242", "121142", "121241", "114212", "124112", "124211", "411212", "421112",
    "421211", "212141", "214121", "412121", "111143", "111341", "131141", "114113", "114311", "411113", "411311",
    "113141", "114131", "311141", "411131", "211412", "211214", "211232",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_article_number_is_drawn_as_the_standard_has_it() {
        let left = ["0001101", "0100111", "0111101", "0001011", "0010111", "0011101"].concat();
        let right = ["1100110", "1001110", "1001110", "1011100", "1001000", "1010000"].concat();
        assert_eq!(ean_13("4003994155486"), Some(format!("101{left}01010{right}101")));
        assert_eq!(ean_13("400399415548"), ean_13("4003994155486"), "the check digit is added");
        assert_eq!(ean_13("4003994155487"), None, "a wrong check digit is drawn by nobody");
        for bad in ["", "123", "12345678901234", "40039941554a6"] {
            assert_eq!(ean_13(bad), None, "{bad}");
        }
    }

    #[test]
    fn every_symbol_has_the_width_of_its_kind() {
        let plain = code_39("A").unwrap();
        assert_eq!(plain.len(), 3 * 15 + 2, "three characters of fifteen modules with a gap between");
        assert!(plain.starts_with("100010111011101") && plain.ends_with("100010111011101"), "an asterisk at both ends");
        assert_eq!(code_39("a"), None);
        for symbol in CODE_128 {
            assert_eq!(symbol.bytes().map(|width| width - b'0').sum::<u8>(), 11, "{symbol}");
        }
        assert_eq!(code_128("PJJ123C").unwrap().len(), 11 * 9 + 13);
        assert!(code_128("PJJ123C").unwrap().starts_with("11010010000"), "start of set B");
        assert_eq!(code_128("ø"), None);
    }

    #[test]
    fn bars_are_dark_runs_between_quiet_ends() {
        let barcode = Barcode::new(BarcodeFormat::Code128, "A").unwrap();
        let bars = bars(&barcode).unwrap();
        assert_eq!(bars.width, 11 * 3 + 13 + 2 * QUIET_MODULES);
        assert!(bars.path.starts_with("M10 0h2v1h-2z"));
    }
}
