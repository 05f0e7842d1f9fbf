//! What is bought, as a merchant describes it: `receipt` of a create.
//!
//! Types, limits and required members are judged; sums are not. Published examples and real clients round line by line, so a receipt that
//! does not add up is the merchant's business and is kept as it was written.

use domain::{money::Currency, text::Invalid};

use crate::body::{Json, Members, Violations};

/// The most order lines.
const ORDER_LINES_MAX: usize = 1000;
const NAME_CHARACTERS_MAX: usize = 2048;
const ID_CHARACTERS_MAX: usize = 255;
const QUANTITY_CHARACTERS_MAX: usize = 10;
const QUANTITY_DECIMALS_MAX: usize = 8;
const AMOUNTS: std::ops::RangeInclusive<i64> = i64::MIN..=i64::MAX;
const NOT_NEGATIVE: std::ops::RangeInclusive<i64> = 0..=i64::MAX;
const QUANTITY_UNITS: [(&str, ()); 6] =
    [("PCS", ()), ("KG", ()), ("KM", ()), ("MINUTE", ()), ("LITRE", ()), ("KWH", ())];
const BARCODE_FORMATS: [(&str, ()); 3] = [("EAN-13", ()), ("CODE 39", ()), ("CODE 128", ())];

/// The receipt as it was written, if there is one; notes what is wrong with it.
pub(super) fn read(body: &Members<'_>, violations: &mut Violations) -> Option<Box<str>> {
    let receipt = body.object("receipt", violations)?;
    receipt.require("orderLines", violations);
    let count = receipt.array("orderLines", violations).map(<[Json]>::len);
    if count.is_some_and(|count| count == 0 || count > ORDER_LINES_MAX) {
        let path = receipt.path_of("orderLines");
        violations.note(path.clone(), format!("The field {path} must have 1 to {ORDER_LINES_MAX} elements."));
    }
    for line in receipt.objects("orderLines", violations).into_iter().flatten() {
        order_line(&line, violations);
    }
    receipt.require("bottomLine", violations);
    if let Some(bottom_line) = receipt.object("bottomLine", violations) {
        bottom_line_of(&bottom_line, violations);
    }
    body.get("receipt", violations).map(|receipt| Json::to_text(receipt).into())
}

fn order_line(line: &Members<'_>, violations: &mut Violations) {
    for name in ["name", "id", "totalAmount", "totalAmountExcludingTax", "totalTaxAmount"] {
        line.require(name, violations);
    }
    line.parsed("name", violations, |text| {
        at_most(text, NAME_CHARACTERS_MAX, Invalid("must be at most 2048 characters"))
    });
    line.parsed("id", violations, |text| at_most(text, ID_CHARACTERS_MAX, Invalid("must be at most 255 characters")));
    // What was given back may be written with its sign; nothing else is worth less than nothing.
    let sums = if line.boolean("isReturn", violations) == Some(true) { AMOUNTS } else { NOT_NEGATIVE };
    for name in ["totalAmount", "totalAmountExcludingTax", "totalTaxAmount"] {
        line.integer(name, sums.clone(), violations);
    }
    let rate = line.integer("taxRate", 0..=10_000, violations);
    let percentage = line.integer("taxPercentage", 0..=100, violations);
    let is_named = line.get("taxRate", violations).or(line.get("taxPercentage", violations)).is_some();
    if rate.or(percentage).is_none() && !is_named {
        let path = line.path_of("taxRate");
        violations.note(path, "The taxRate field or the taxPercentage field is required.");
    }
    line.integer("discount", NOT_NEGATIVE, violations);
    line.text("productUrl", violations);
    line.boolean("isShipping", violations);
    if let Some(unit) = line.object("unitInfo", violations) {
        unit.integer("unitPrice", NOT_NEGATIVE, violations);
        unit.require("quantity", violations);
        unit.parsed("quantity", violations, quantity);
        unit.word("quantityUnit", &QUANTITY_UNITS, violations);
    }
}

fn bottom_line_of(bottom_line: &Members<'_>, violations: &mut Violations) {
    bottom_line.require("currency", violations);
    bottom_line.word("currency", &Currency::ALL.map(|currency| (currency.code(), ())), violations);
    bottom_line.integer("tipAmount", NOT_NEGATIVE, violations);
    for name in ["posId", "terminalId", "receiptNumber"] {
        bottom_line.text(name, violations);
    }
    for name in ["giftCardAmount", "totalAmount", "totalTax", "totalDiscount", "shippingAmount"] {
        bottom_line.integer(name, AMOUNTS, violations);
    }
    if let Some(sources) = bottom_line.object("paymentSources", violations) {
        for name in ["giftCard", "card", "voucher", "cash"] {
            sources.integer(name, AMOUNTS, violations);
        }
    }
    if let Some(barcode) = bottom_line.object("barcode", violations) {
        barcode.require("format", violations);
        barcode.word("format", &BARCODE_FORMATS, violations);
        barcode.require("data", violations);
        barcode.text("data", violations);
    }
    if let Some(shipping) = bottom_line.object("shippingInfo", violations) {
        for name in ["amount", "amountExcludingTax", "taxAmount"] {
            shipping.integer(name, NOT_NEGATIVE, violations);
        }
        shipping.integer("taxPercentage", 0..=100, violations);
    }
}

fn at_most(text: &str, characters_max: usize, rule: Invalid) -> Result<(), Invalid> {
    if text.chars().count() > characters_max { Err(rule) } else { Ok(()) }
}

/// Digits, and after a point up to eight more.
fn quantity(text: &str) -> Result<(), Invalid> {
    const RULE: Invalid =
        Invalid("must match the regular expression '^\\d+([\\.]\\d{1,8})?$' and be at most 10 characters");
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_good = match text.split_once('.') {
        Some((whole, decimals)) => digits(whole) && digits(decimals) && decimals.len() <= QUANTITY_DECIMALS_MAX,
        None => digits(text),
    };
    if is_good && text.len() <= QUANTITY_CHARACTERS_MAX { Ok(()) } else { Err(RULE) }
}
