//! A receipt: what is bought, line by line, and what stands below the lines.
//!
//! It is kept as it was written: what was left out stays left out, and nothing computed is added. Sums are in minor units and never
//! negative; what was given back is said by [`Line::is_return`] and counts negative wherever lines are summed.

use crate::{
    money::{Currency, MinorUnits},
    text::Invalid,
};

/// The most lines of a receipt.
pub const LINES_MAX: usize = 1000;
/// The most characters of a line's name.
pub const NAME_CHARACTERS_MAX: usize = 2048;
/// The most characters of a line's id.
pub const ID_CHARACTERS_MAX: usize = 255;
/// The highest rate of tax, in hundredths of a percent.
pub const TAX_RATE_MAX: u16 = 10_000;
/// The highest rate of tax, in percent.
pub const TAX_PERCENTAGE_MAX: u8 = 100;

/// The id of a receipt; not a secret.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ReceiptId(pub [u8; 16]);

/// A receipt.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Receipt {
    /// Its lines; at least one.
    pub lines: Vec<Line>,
    /// What stands below them.
    pub bottom_line: BottomLine,
}

/// One line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    /// What it is.
    pub name: Box<str>,
    /// The merchant's id of it; may be empty.
    pub id: Box<str>,
    /// What it costs in all, tax counted, after discount.
    pub total: MinorUnits,
    /// The same without tax.
    pub total_excluding_tax: MinorUnits,
    /// The tax of it.
    pub tax: MinorUnits,
    /// In hundredths of a percent.
    pub tax_rate: Option<u16>,
    /// In percent, as older clients say it; the rate counts where both are there.
    pub tax_percentage: Option<u8>,
    /// How many at which price; where it is left out, one piece.
    pub unit: Option<Unit>,
    /// What was taken off, already counted in the totals.
    pub discount: Option<MinorUnits>,
    /// Where the product is described, as it was written.
    pub product_url: Option<Box<str>>,
    /// Whether it was given back.
    pub is_return: Option<bool>,
    /// Whether it is the delivery.
    pub is_shipping: Option<bool>,
}

impl Line {
    /// The rate of tax in hundredths of a percent.
    pub fn rate(&self) -> u16 {
        let percentage = || self.tax_percentage.map(|percentage| u16::from(percentage) * 100);
        self.tax_rate.or_else(percentage).unwrap_or(0)
    }

    /// Whether it was given back, and counts negative.
    pub fn counts_negative(&self) -> bool {
        self.is_return == Some(true)
    }
}

/// How many at which price.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unit {
    /// The price of one, tax counted, before discount.
    pub price: Option<MinorUnits>,
    /// How many. For show: nothing is computed with it but a finding.
    pub quantity: Quantity,
    /// Of what; pieces where it is left out.
    pub unit: Option<QuantityUnit>,
}

/// So many, with up to eight decimals, as it was written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Quantity(Box<str>);

impl Quantity {
    /// The rule, as a caller is told it.
    pub const RULE: Invalid =
        Invalid("must match the regular expression '^\\d+([\\.]\\d{1,8})?$' and be at most 10 characters");
    /// The most characters.
    pub const CHARACTERS_MAX: usize = 10;
    /// The most decimals.
    pub const DECIMALS_MAX: usize = 8;
    /// How many parts one is counted in by [`parts`](Self::parts).
    pub const PARTS: i128 = 100_000_000;

    /// The quantity, if it keeps the rule.
    ///
    /// # Errors
    /// The rule.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let is_good = match text.split_once('.') {
            Some((whole, decimals)) => digits(whole) && digits(decimals) && decimals.len() <= Self::DECIMALS_MAX,
            None => digits(text),
        };
        if is_good && text.len() <= Self::CHARACTERS_MAX { Ok(Self(text.into())) } else { Err(Self::RULE) }
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// In parts of a hundred millionth.
    pub fn parts(&self) -> i128 {
        let (whole, decimals) = self.0.split_once('.').unwrap_or((&self.0, ""));
        let number = |text: &str| text.bytes().fold(0, |number: i128, digit| number * 10 + i128::from(digit - b'0'));
        let scale = (decimals.len()..Self::DECIMALS_MAX).fold(1, |scale: i128, _| scale * 10);
        number(whole) * Self::PARTS + number(decimals) * scale
    }
}

/// What a quantity counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum QuantityUnit {
    /// Pieces.
    Pieces,
    /// Kilograms.
    Kilograms,
    /// Kilometres.
    Kilometres,
    /// Minutes.
    Minutes,
    /// Litres.
    Litres,
    /// Kilowatt-hours.
    KilowattHours,
}

impl QuantityUnit {
    /// Every unit, in the order of the contract.
    pub const ALL: [Self; 6] =
        [Self::Pieces, Self::Kilograms, Self::Kilometres, Self::Minutes, Self::Litres, Self::KilowattHours];

    /// Its published name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pieces => "PCS",
            Self::Kilograms => "KG",
            Self::Kilometres => "KM",
            Self::Minutes => "MINUTE",
            Self::Litres => "LITRE",
            Self::KilowattHours => "KWH",
        }
    }

    /// The unit of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|unit| unit.name() == name)
    }
}

/// What stands below the lines.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BottomLine {
    /// Of every sum.
    pub currency: Currency,
    /// What was given on top.
    pub tip: Option<MinorUnits>,
    /// The till.
    pub pos_id: Option<Box<str>>,
    /// The till, as older clients call it.
    pub terminal_id: Option<Box<str>>,
    /// The merchant's number of the receipt.
    pub receipt_number: Option<Box<str>>,
    /// What else it was paid with.
    pub payment_sources: Option<PaymentSources>,
    /// What was paid by gift card, as older clients say it.
    pub gift_card: Option<i64>,
    /// A barcode to be shown.
    pub barcode: Option<Barcode>,
    /// Sums that are no longer looked at.
    pub deprecated: DeprecatedSums,
}

impl BottomLine {
    /// The currencies a receipt may be in.
    pub const CURRENCIES: [Currency; 3] = [Currency::Nok, Currency::Dkk, Currency::Eur];

    /// The till, whichever of its names it was given by.
    pub fn till(&self) -> Option<&str> {
        self.pos_id.as_deref().or(self.terminal_id.as_deref())
    }

    /// What was paid by other means, each in minor units; a gift card whichever way it was said.
    pub fn sources(&self) -> PaymentSources {
        let sources = self.payment_sources.unwrap_or_default();
        PaymentSources { gift_card: sources.gift_card.or(self.gift_card), ..sources }
    }
}

/// What else an order was paid with, in minor units.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct PaymentSources {
    /// By gift card.
    pub gift_card: Option<i64>,
    /// By card.
    pub card: Option<i64>,
    /// By voucher.
    pub voucher: Option<i64>,
    /// In cash.
    pub cash: Option<i64>,
}

/// A barcode: what it says, and how it is drawn.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Barcode {
    format: BarcodeFormat,
    data: Box<str>,
}

impl Barcode {
    /// The barcode, if its format can say that.
    ///
    /// # Errors
    /// What may stand in such a barcode.
    pub fn new(format: BarcodeFormat, data: &str) -> Result<Self, Invalid> {
        let (rule, can_say): (Invalid, fn(u8) -> bool) = match format {
            BarcodeFormat::Ean13 => {
                (Invalid("must be digits in a barcode of format EAN-13"), |byte| byte.is_ascii_digit())
            }
            BarcodeFormat::Code39 => (
                Invalid("must be digits, upper-case letters, spaces or any of -.$/+% in a barcode of format CODE 39"),
                |byte| byte.is_ascii_digit() || byte.is_ascii_uppercase() || b" -.$/+%".contains(&byte),
            ),
            BarcodeFormat::Code128 => (Invalid("must be printable ASCII in a barcode of format CODE 128"), |byte| {
                (0x20..=0x7e).contains(&byte)
            }),
        };
        let is_good = !data.is_empty() && data.bytes().all(can_say);
        if is_good { Ok(Self { format, data: data.into() }) } else { Err(rule) }
    }

    /// How it is drawn.
    pub const fn format(&self) -> BarcodeFormat {
        self.format
    }

    /// What it says.
    pub fn data(&self) -> &str {
        &self.data
    }
}

/// How a barcode is drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BarcodeFormat {
    /// Digits.
    Ean13,
    /// Digits, capitals and a few signs.
    Code39,
    /// Everything that can be printed.
    Code128,
}

impl BarcodeFormat {
    /// Every format, in the order of the contract.
    pub const ALL: [Self; 3] = [Self::Ean13, Self::Code39, Self::Code128];

    /// Its published name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ean13 => "EAN-13",
            Self::Code39 => "CODE 39",
            Self::Code128 => "CODE 128",
        }
    }

    /// The format of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }
}

/// Sums that older clients still send: kept, and never looked at, because every sum comes from the lines.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct DeprecatedSums {
    /// `totalAmount`.
    pub total: Option<i64>,
    /// `totalTax`.
    pub tax: Option<i64>,
    /// `totalDiscount`.
    pub discount: Option<i64>,
    /// `shippingAmount`.
    pub shipping: Option<i64>,
    /// `shippingInfo`.
    pub shipping_info: Option<DeprecatedShipping>,
}

/// What older clients say of the delivery.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct DeprecatedShipping {
    /// `amount`.
    pub total: Option<i64>,
    /// `amountExcludingTax`.
    pub total_excluding_tax: Option<i64>,
    /// `taxAmount`.
    pub tax: Option<i64>,
    /// `taxPercentage`.
    pub tax_percentage: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantity_keeps_its_rule_at_both_edges() {
        for text in ["0", "1", "2.5", "1.0000", "1234567890", "1.12345678", "0.00000001"] {
            assert_eq!(Quantity::parse(text).map(|quantity| quantity.as_str().to_owned()), Ok(text.to_owned()));
        }
        for text in ["", ".", "1.", ".5", "-1", "1,5", "1e3", "12345678901", "1.123456789", "12.12345678", "١"] {
            assert_eq!(Quantity::parse(text), Err(Quantity::RULE), "{text}");
        }
        for (text, parts) in [("2.5", 250_000_000), ("0.00000001", 1), ("9999999999", 999_999_999_900_000_000)] {
            assert_eq!(Quantity::parse(text).unwrap().parts(), parts, "{text}");
        }
    }

    #[test]
    fn a_barcode_says_what_its_format_can_say() {
        use BarcodeFormat::{Code39, Code128, Ean13};
        for (format, data, good) in [
            (Ean13, "123456", true),
            (Ean13, "1234567890128", true),
            (Ean13, "12345X", false),
            (Ean13, "", false),
            (Code39, "SC0527013501 ", true),
            (Code39, "A-B.C $/+%", true),
            (Code39, "sc1", false),
            (Code39, "A*B", false),
            (Code128, "sc1 ~!", true),
            (Code128, "ø", false),
            (Code128, "a\u{7f}", false),
            (Code128, "a\n", false),
        ] {
            assert_eq!(Barcode::new(format, data).is_ok(), good, "{format:?} {data}");
        }
    }
}
