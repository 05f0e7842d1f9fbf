//! A receipt as merchants write it, whether it comes with a payment's creation or by itself.
//!
//! Types, limits and required members are judged; whether it adds up is not. Two things depend on where it is written: how strictly
//! numbers are read, and whether deprecated sums, which nobody looks at, have to be any.

use std::ops::RangeInclusive;

use domain::{
    money::{Currency, MinorUnits},
    order::{
        Barcode, BarcodeFormat, BottomLine, DeprecatedShipping, DeprecatedSums, ID_CHARACTERS_MAX, LINES_MAX, Line,
        NAME_CHARACTERS_MAX, PaymentSources, Quantity, QuantityUnit, Receipt, TAX_PERCENTAGE_MAX, TAX_RATE_MAX, Unit,
    },
    text::Invalid,
};

use crate::body::{Json, Members, Violations, whole};

const AMOUNTS: RangeInclusive<i64> = i64::MIN..=i64::MAX;
const NOT_NEGATIVE: RangeInclusive<i64> = 0..=i64::MAX;

/// Where a receipt is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Place {
    /// In the creation of a payment: whole numbers are written as such, and every sum is one.
    Payment,
    /// By itself: `1000.0` is a thousand, a percentage may be a text, and deprecated sums that are none are left out.
    Order,
}

/// The receipt; notes what is wrong with it.
pub(crate) fn read(receipt: &Members<'_>, place: Place, violations: &mut Violations) -> Option<Receipt> {
    receipt.require("orderLines", violations);
    let count = receipt.array("orderLines", violations).map(<[Json]>::len);
    let path = receipt.path_of("orderLines");
    if count.is_some_and(|count| count == 0 || count > LINES_MAX) {
        violations.note(path.clone(), format!("The field {path} must have 1 to {LINES_MAX} elements."));
    }
    let lines = receipt.objects("orderLines", violations).unwrap_or_default();
    // Each is read, whatever is wrong with those before it.
    let lines: Vec<Option<Line>> = lines.iter().map(|written| line(written, place, violations)).collect();
    receipt.require("bottomLine", violations);
    let bottom_line = receipt.object("bottomLine", violations);
    let bottom_line = bottom_line.and_then(|written| bottom_line_of(&written, place, violations));
    let receipt = Receipt { lines: lines.into_iter().collect::<Option<_>>()?, bottom_line: bottom_line? };
    if receipt.sums().is_none() {
        violations.note(path.clone(), format!("The sums of the field {path} are larger than can be counted."));
        return None;
    }
    Some(receipt)
}

impl Place {
    fn integer(
        self,
        members: &Members<'_>,
        name: &str,
        range: RangeInclusive<i64>,
        violations: &mut Violations,
    ) -> Option<i64> {
        match self {
            Self::Payment => members.integer(name, range, violations),
            Self::Order => members.whole_decimal(name, range, violations),
        }
    }

    fn sum(self, members: &Members<'_>, name: &str, violations: &mut Violations) -> Option<MinorUnits> {
        self.integer(members, name, NOT_NEGATIVE, violations).and_then(MinorUnits::new)
    }

    /// A sum nobody looks at.
    fn deprecated(
        self,
        members: &Members<'_>,
        name: &str,
        range: RangeInclusive<i64>,
        violations: &mut Violations,
    ) -> Option<i64> {
        match self {
            Self::Payment => members.integer(name, range, violations),
            Self::Order => match unjudged(members, name)? {
                Json::Number(text) => whole(text),
                _ => None,
            },
        }
    }

    const fn currencies(self) -> &'static [Currency] {
        match self {
            Self::Payment => &Currency::ALL,
            Self::Order => &BottomLine::CURRENCIES,
        }
    }
}

/// Whatever stands there.
fn unjudged<'a>(members: &Members<'a>, name: &str) -> Option<&'a Json> {
    members.all().iter().find(|(member, _)| **member == *name).map(|(_, value)| value)
}

fn line(line: &Members<'_>, place: Place, violations: &mut Violations) -> Option<Line> {
    for name in ["name", "id", "totalAmount", "totalAmountExcludingTax", "totalTaxAmount"] {
        line.require(name, violations);
    }
    let name = line.parsed("name", violations, |text| {
        let is_good = (1..=NAME_CHARACTERS_MAX).contains(&text.chars().count());
        if is_good { Ok(text.into()) } else { Err(Invalid("must be 1 to 2048 characters")) }
    });
    let id = line.parsed("id", violations, |text| {
        let is_good = text.chars().count() <= ID_CHARACTERS_MAX;
        if is_good { Ok(text.into()) } else { Err(Invalid("must be at most 255 characters")) }
    });
    let [total, total_excluding_tax, tax] =
        ["totalAmount", "totalAmountExcludingTax", "totalTaxAmount"].map(|name| place.sum(line, name, violations));
    let tax_rate = place.integer(line, "taxRate", 0..=TAX_RATE_MAX.into(), violations);
    let tax_percentage = percentage(line, place, violations);
    if !line.has("taxRate") && !line.has("taxPercentage") {
        violations.note(line.path_of("taxRate"), "The taxRate field or the taxPercentage field is required.");
    }
    let discount = place.sum(line, "discount", violations);
    let product_url = line.text("productUrl", violations).map(Into::into);
    let is_return = line.boolean("isReturn", violations);
    let is_shipping = line.boolean("isShipping", violations);
    let unit = line.object("unitInfo", violations).map(|written| unit(&written, place, violations));
    Some(Line {
        name: name?,
        id: id?,
        total: total?,
        total_excluding_tax: total_excluding_tax?,
        tax: tax?,
        tax_rate: tax_rate.and_then(|rate| u16::try_from(rate).ok()),
        tax_percentage: tax_percentage.and_then(|percentage| u8::try_from(percentage).ok()),
        unit: unit.flatten(),
        discount,
        product_url,
        is_return,
        is_shipping,
    })
}

/// Clients that compute it write it as a text: `"25.0000"`.
fn percentage(line: &Members<'_>, place: Place, violations: &mut Violations) -> Option<i64> {
    const NAME: &str = "taxPercentage";
    let range = 0..=i64::from(TAX_PERCENTAGE_MAX);
    match (place, line.get(NAME, violations)) {
        (Place::Order, Some(Json::Text(text))) => {
            let value = whole(text).filter(|value| range.contains(value));
            if value.is_none() {
                let path = line.path_of(NAME);
                let reason = format!("The field {path} must be an integer between 0 and {TAX_PERCENTAGE_MAX}.");
                violations.note(path, reason);
            }
            value
        }
        _ => place.integer(line, NAME, range, violations),
    }
}

fn unit(unit: &Members<'_>, place: Place, violations: &mut Violations) -> Option<Unit> {
    let price = place.sum(unit, "unitPrice", violations);
    unit.require("quantity", violations);
    let quantity = quantity(unit, violations);
    let units = QuantityUnit::ALL.map(|unit| (unit.name(), unit));
    let counted = unit.word("quantityUnit", &units, violations);
    Some(Unit { price, quantity: quantity?, unit: counted })
}

/// A number is taken by its digits.
fn quantity(unit: &Members<'_>, violations: &mut Violations) -> Option<Quantity> {
    const NAME: &str = "quantity";
    match unit.get(NAME, violations)? {
        Json::Number(digits) => {
            let quantity = Quantity::parse(digits);
            if let Err(Invalid(rule)) = quantity {
                violations.note(unit.path_of(NAME), format!("The field {} {rule}.", unit.path_of(NAME)));
            }
            quantity.ok()
        }
        _ => unit.parsed(NAME, violations, Quantity::parse),
    }
}

fn bottom_line_of(written: &Members<'_>, place: Place, violations: &mut Violations) -> Option<BottomLine> {
    written.require("currency", violations);
    let currencies: Vec<_> = place.currencies().iter().map(|currency| (currency.code(), *currency)).collect();
    let currency = written.word("currency", &currencies, violations);
    let tip = place.sum(written, "tipAmount", violations);
    let [pos_id, terminal_id, receipt_number] =
        ["posId", "terminalId", "receiptNumber"].map(|name| written.text(name, violations).map(Into::into));
    let gift_card = place.integer(written, "giftCardAmount", AMOUNTS, violations);
    let payment_sources = written.object("paymentSources", violations).map(|sources| {
        let [gift_card, card, voucher, cash] =
            ["giftCard", "card", "voucher", "cash"].map(|name| place.integer(&sources, name, AMOUNTS, violations));
        PaymentSources { gift_card, card, voucher, cash }
    });
    let barcode = written.object("barcode", violations).and_then(|written| barcode(&written, violations));
    let deprecated = deprecated_sums(written, place, violations);
    Some(BottomLine {
        currency: currency?,
        tip,
        pos_id,
        terminal_id,
        receipt_number,
        payment_sources,
        gift_card,
        barcode,
        deprecated,
    })
}

fn barcode(written: &Members<'_>, violations: &mut Violations) -> Option<Barcode> {
    written.require("format", violations);
    let format = written.word("format", &BarcodeFormat::ALL.map(|format| (format.name(), format)), violations);
    written.require("data", violations);
    match format {
        Some(format) => written.parsed("data", violations, |data| Barcode::new(format, data)),
        None => {
            written.text("data", violations);
            None
        }
    }
}

fn deprecated_sums(written: &Members<'_>, place: Place, violations: &mut Violations) -> DeprecatedSums {
    let [total, tax, discount, shipping] = ["totalAmount", "totalTax", "totalDiscount", "shippingAmount"]
        .map(|name| place.deprecated(written, name, AMOUNTS, violations));
    // Where it is not judged, what is no object is left out without a word.
    let is_looked_at = place == Place::Payment || matches!(unjudged(written, "shippingInfo"), Some(Json::Object(_)));
    let shipping_info = is_looked_at.then(|| written.object("shippingInfo", violations)).flatten().map(|info| {
        let [total, total_excluding_tax, tax] = ["amount", "amountExcludingTax", "taxAmount"]
            .map(|name| place.deprecated(&info, name, NOT_NEGATIVE, violations));
        let tax_percentage = place.deprecated(&info, "taxPercentage", 0..=TAX_PERCENTAGE_MAX.into(), violations);
        DeprecatedShipping { total, total_excluding_tax, tax, tax_percentage }
    });
    DeprecatedSums { total, tax, discount, shipping, shipping_info }
}
