//! A text as a square of dark and light modules.

use qrcode::{Color, EcLevel, QrCode, Version, bits::Bits};

/// The largest square there is.
const VERSION_MAX: i16 = 40;

/// The square.
pub(super) struct Code {
    modules: Vec<bool>,
    side: usize,
}

impl Code {
    /// The smallest square the text fits in, read byte by byte, readable with 15 % of it lost; `None` for a text that fits in none.
    pub(super) fn of(text: &str) -> Option<Self> {
        let code = (1..=VERSION_MAX).find_map(|version| {
            let mut bits = Bits::new(Version::Normal(version));
            bits.push_byte_data(text.as_bytes()).ok()?;
            bits.push_terminator(EcLevel::M).ok()?;
            QrCode::with_bits(bits, EcLevel::M).ok()
        })?;
        let side = code.width();
        Some(Self { modules: code.into_colors().into_iter().map(|color| color == Color::Dark).collect(), side })
    }

    /// How many modules it has on a side.
    pub(super) const fn side(&self) -> usize {
        self.side
    }

    /// Whether the module in this column and row is dark.
    pub(super) fn is_dark(&self, column: usize, row: usize) -> bool {
        self.modules.get(row * self.side + column).copied().unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_name_of_a_payment_makes_a_small_square() {
        let code = Code::of(&format!("https://pay.example.com/q/{}", "a".repeat(22))).unwrap();
        assert!(code.side() <= 37, "{}", code.side());
        assert!(code.is_dark(0, 0) && !code.is_dark(code.side(), code.side()));
        assert!(Code::of(&"x".repeat(3000)).is_none());
    }
}
