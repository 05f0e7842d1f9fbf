//! A receipt as JSON text, in the published names: texts of payments that were created before receipts had a place of their own read alike.

use std::{borrow::Cow, fmt};

use domain::{
    money::{Currency, MinorUnits},
    order::{
        Barcode, BarcodeFormat, BottomLine, DeprecatedShipping, DeprecatedSums, Line, PaymentSources, Quantity,
        QuantityUnit, Receipt, Unit,
    },
};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error, Visitor},
};

use super::{Unreadable, from_text, to_text, unreadable};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReceiptRecord<'a> {
    #[serde(borrow)]
    order_lines: Vec<LineRecord<'a>>,
    #[serde(borrow)]
    bottom_line: BottomLineRecord<'a>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct LineRecord<'a> {
    #[serde(borrow, deserialize_with = "text")]
    name: Cow<'a, str>,
    #[serde(borrow, deserialize_with = "text")]
    id: Cow<'a, str>,
    total_amount: i64,
    total_amount_excluding_tax: i64,
    total_tax_amount: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tax_rate: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tax_percentage: Option<u8>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    unit_info: Option<UnitRecord<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    discount: Option<i64>,
    #[serde(borrow, default, deserialize_with = "optional_text", skip_serializing_if = "Option::is_none")]
    product_url: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    is_return: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    is_shipping: Option<bool>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct UnitRecord<'a> {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unit_price: Option<i64>,
    #[serde(borrow, deserialize_with = "text")]
    quantity: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    quantity_unit: Option<Cow<'a, str>>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct BottomLineRecord<'a> {
    #[serde(borrow)]
    currency: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tip_amount: Option<i64>,
    #[serde(borrow, default, deserialize_with = "optional_text", skip_serializing_if = "Option::is_none")]
    pos_id: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "optional_text", skip_serializing_if = "Option::is_none")]
    terminal_id: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "optional_text", skip_serializing_if = "Option::is_none")]
    receipt_number: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    payment_sources: Option<SourcesRecord>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    barcode: Option<BarcodeRecord<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    gift_card_amount: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    total_amount: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    total_tax: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    total_discount: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shipping_amount: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shipping_info: Option<ShippingRecord>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SourcesRecord {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    gift_card: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    card: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    voucher: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cash: Option<i64>,
}

#[derive(Serialize, Deserialize)]
struct BarcodeRecord<'a> {
    #[serde(borrow)]
    format: Cow<'a, str>,
    #[serde(borrow, deserialize_with = "text")]
    data: Cow<'a, str>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ShippingRecord {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    amount: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    amount_excluding_tax: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tax_amount: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tax_percentage: Option<i64>,
}

pub(crate) fn write_receipt(receipt: &Receipt) -> Result<String, Unreadable> {
    let Receipt { lines, bottom_line } = receipt;
    to_text(&ReceiptRecord {
        order_lines: lines.iter().map(line_record).collect(),
        bottom_line: bottom_line_record(bottom_line),
    })
}

pub(crate) fn read_receipt(text: &str) -> Result<Receipt, Unreadable> {
    let record: ReceiptRecord<'_> = from_text(text)?;
    Ok(Receipt {
        lines: record.order_lines.into_iter().map(line).collect::<Result<_, _>>()?,
        bottom_line: bottom_line(record.bottom_line)?,
    })
}

fn line_record(line: &Line) -> LineRecord<'_> {
    let Line {
        name,
        id,
        total,
        total_excluding_tax,
        tax,
        tax_rate,
        tax_percentage,
        unit,
        discount,
        product_url,
        is_return,
        is_shipping,
    } = line;
    LineRecord {
        name: (**name).into(),
        id: (**id).into(),
        total_amount: total.value(),
        total_amount_excluding_tax: total_excluding_tax.value(),
        total_tax_amount: tax.value(),
        tax_rate: *tax_rate,
        tax_percentage: *tax_percentage,
        unit_info: unit.as_ref().map(|Unit { price, quantity, unit }| UnitRecord {
            unit_price: price.map(MinorUnits::value),
            quantity: quantity.as_str().into(),
            quantity_unit: unit.map(|unit| unit.name().into()),
        }),
        discount: discount.map(MinorUnits::value),
        product_url: product_url.as_deref().map(Into::into),
        is_return: *is_return,
        is_shipping: *is_shipping,
    }
}

fn line(record: LineRecord<'_>) -> Result<Line, Unreadable> {
    let is_return = record.is_return;
    // What was given back could once be written with its sign.
    let sum = |value: i64| sum(if is_return == Some(true) { value.saturating_abs() } else { value });
    Ok(Line {
        name: record.name.into(),
        id: record.id.into(),
        total: sum(record.total_amount)?,
        total_excluding_tax: sum(record.total_amount_excluding_tax)?,
        tax: sum(record.total_tax_amount)?,
        tax_rate: record.tax_rate,
        tax_percentage: record.tax_percentage,
        unit: record.unit_info.map(unit).transpose()?,
        discount: record.discount.map(sum).transpose()?,
        product_url: record.product_url.map(Into::into),
        is_return,
        is_shipping: record.is_shipping,
    })
}

fn unit(record: UnitRecord<'_>) -> Result<Unit, Unreadable> {
    let UnitRecord { unit_price, quantity, quantity_unit } = record;
    let unit = quantity_unit.map(|name| QuantityUnit::from_name(&name).ok_or_else(|| unreadable("quantityUnit")));
    Ok(Unit {
        price: unit_price.map(sum).transpose()?,
        quantity: Quantity::parse(&quantity).map_err(|_| unreadable("quantity"))?,
        unit: unit.transpose()?,
    })
}

fn bottom_line_record(bottom_line: &BottomLine) -> BottomLineRecord<'_> {
    let BottomLine {
        currency,
        tip,
        pos_id,
        terminal_id,
        receipt_number,
        payment_sources,
        gift_card,
        barcode,
        deprecated: DeprecatedSums { total, tax, discount, shipping, shipping_info },
    } = bottom_line;
    BottomLineRecord {
        currency: currency.code().into(),
        tip_amount: tip.map(MinorUnits::value),
        pos_id: pos_id.as_deref().map(Into::into),
        terminal_id: terminal_id.as_deref().map(Into::into),
        receipt_number: receipt_number.as_deref().map(Into::into),
        payment_sources: payment_sources.map(|PaymentSources { gift_card, card, voucher, cash }| SourcesRecord {
            gift_card,
            card,
            voucher,
            cash,
        }),
        barcode: barcode
            .as_ref()
            .map(|barcode| BarcodeRecord { format: barcode.format().name().into(), data: barcode.data().into() }),
        gift_card_amount: *gift_card,
        total_amount: *total,
        total_tax: *tax,
        total_discount: *discount,
        shipping_amount: *shipping,
        shipping_info: shipping_info.map(|DeprecatedShipping { total, total_excluding_tax, tax, tax_percentage }| {
            ShippingRecord { amount: total, amount_excluding_tax: total_excluding_tax, tax_amount: tax, tax_percentage }
        }),
    }
}

fn bottom_line(record: BottomLineRecord<'_>) -> Result<BottomLine, Unreadable> {
    Ok(BottomLine {
        currency: Currency::from_code(&record.currency).ok_or_else(|| unreadable("currency"))?,
        tip: record.tip_amount.map(sum).transpose()?,
        pos_id: record.pos_id.map(Into::into),
        terminal_id: record.terminal_id.map(Into::into),
        receipt_number: record.receipt_number.map(Into::into),
        payment_sources: record
            .payment_sources
            .map(|SourcesRecord { gift_card, card, voucher, cash }| PaymentSources { gift_card, card, voucher, cash }),
        gift_card: record.gift_card_amount,
        // What no barcode says any more is not drawn either.
        barcode: record.barcode.and_then(|BarcodeRecord { format, data }| {
            BarcodeFormat::from_name(&format).and_then(|format| Barcode::new(format, &data).ok())
        }),
        deprecated: DeprecatedSums {
            total: record.total_amount,
            tax: record.total_tax,
            discount: record.total_discount,
            shipping: record.shipping_amount,
            shipping_info: record.shipping_info.map(
                |ShippingRecord { amount, amount_excluding_tax, tax_amount, tax_percentage }| DeprecatedShipping {
                    total: amount,
                    total_excluding_tax: amount_excluding_tax,
                    tax: tax_amount,
                    tax_percentage,
                },
            ),
        },
    })
}

fn sum(value: i64) -> Result<MinorUnits, Unreadable> {
    MinorUnits::new(value).ok_or_else(|| unreadable("a sum"))
}

/// A text; merchants may write a number in its place, and older rows hold what they wrote.
fn text<'de: 'a, 'a, D: Deserializer<'de>>(deserializer: D) -> Result<Cow<'a, str>, D::Error> {
    optional_text(deserializer)?.ok_or_else(|| Error::custom("a text is missing"))
}

fn optional_text<'de: 'a, 'a, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Cow<'a, str>>, D::Error> {
    struct Text;
    impl<'de> Visitor<'de> for Text {
        type Value = Option<Cow<'de, str>>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("a text or a whole number")
        }

        fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
            Ok(Some(Cow::Borrowed(text)))
        }

        fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
            Ok(Some(Cow::Owned(text.to_owned())))
        }

        fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
            Ok(Some(Cow::Owned(number.to_string())))
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }
    }
    deserializer.deserialize_any(Text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = concat!(
        r#"{"orderLines":[{"name":"Ull \"a\"","id":"","totalAmount":1000,"totalAmountExcludingTax":800,"#,
        r#""totalTaxAmount":200,"taxRate":2500,"taxPercentage":25,"unitInfo":{"unitPrice":400,"quantity":"2.5","#,
        r#""quantityUnit":"KG"},"discount":0,"productUrl":"https://example.com/1","isReturn":false,"#,
        r#""isShipping":true}],"bottomLine":{"currency":"DKK","tipAmount":1,"posId":"p","terminalId":"t","#,
        r#""receiptNumber":"7","paymentSources":{"giftCard":1,"card":-2,"voucher":3,"cash":4},"#,
        r#""barcode":{"format":"CODE 39","data":"SC 1"},"giftCardAmount":5,"totalAmount":6,"totalTax":7,"#,
        r#""totalDiscount":8,"shippingAmount":9,"shippingInfo":{"amount":1,"amountExcludingTax":2,"#,
        r#""taxAmount":3,"taxPercentage":4}}}"#,
    );

    #[test]
    fn everything_comes_back_as_it_was_written() {
        assert_eq!(write_receipt(&read_receipt(WHOLE).unwrap()).unwrap(), WHOLE);
        let least = concat!(
            r#"{"orderLines":[{"name":"a","id":"b","totalAmount":1,"totalAmountExcludingTax":1"#,
            r#","totalTaxAmount":0,"taxRate":0}],"bottomLine":{"currency":"NOK"}}"#,
        );
        assert_eq!(write_receipt(&read_receipt(least).unwrap()).unwrap(), least);
    }

    #[test]
    fn what_merchants_once_wrote_is_read() {
        let written = r#"{"orderLines":[{"name":7,"id":12345678901234567890,"totalAmount":-1000,"totalAmountExcludingTax":-800,
          "totalTaxAmount":-200,"taxRate":null,"taxPercentage":25,"unitInfo":{"unitPrice":null,"quantity":3,"quantityUnit":null},
          "isReturn":true,"productUrl":null,"whatever":[]}],"bottomLine":{"currency":"NOK","receiptNumber":null,
          "barcode":{"format":"EAN-13","data":"abc"}}}"#;
        let receipt = read_receipt(written).unwrap();
        let line = &receipt.lines[0];
        assert_eq!((&*line.name, &*line.id, line.total.value()), ("7", "12345678901234567890", 1000));
        assert_eq!(line.unit.as_ref().map(|unit| unit.quantity.as_str()), Some("3"));
        assert_eq!((receipt.bottom_line.receipt_number, receipt.bottom_line.barcode), (None, None));
    }

    #[test]
    fn what_makes_no_sense_is_no_receipt() {
        for (from, to) in [
            ("\"totalAmount\":1000", "\"totalAmount\":-1"),
            ("\"DKK\"", "\"XYZ\""),
            ("\"2.5\"", "\"2,5\""),
            ("\"KG\"", "\"STONE\""),
            ("\"name\":\"Ull \\\"a\\\"\"", "\"name\":null"),
            ("\"orderLines\"", "\"lines\""),
        ] {
            let changed = WHOLE.replacen(from, to, 1);
            assert_ne!(changed, WHOLE);
            assert!(read_receipt(&changed).is_err(), "{to}");
        }
    }
}
