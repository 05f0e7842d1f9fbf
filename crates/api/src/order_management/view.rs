//! What is shown with an order, as the wire writes it.

use domain::{
    money::{Currency, MinorUnits},
    order::{self, DeprecatedShipping, DeprecatedSums},
};
use wire::{
    epayment::v1::Currency as WireCurrency,
    order_management::{
        Barcode, BarcodeFormat, BottomLine, Category, CategoryKind, OrderCategory, OrderLine, PaymentSources,
        PaymentType, QuantityUnit, Receipt, ShippingInfo, UnitInfo,
    },
};

/// An id as the wire writes it.
pub(super) fn id(bytes: [u8; 16]) -> String {
    uuid::Uuid::from_bytes(bytes).to_string()
}

/// In the names of version 2.
pub(super) fn order_category(category: &order::Category) -> OrderCategory {
    OrderCategory {
        category: kind(category.kind),
        order_details_url: category.url.as_str().to_owned(),
        image_id: category.image.as_ref().map(|image| image.as_str().to_owned()),
    }
}

/// In the names of version 3.
pub(super) fn category(category: &order::Category) -> Category {
    Category {
        category_id: id(category.id.0),
        order_id: category.order.id.as_str().to_owned(),
        payment_type: match category.order.payment_type {
            order::PaymentType::Ecom => PaymentType::Ecom,
            order::PaymentType::Recurring => PaymentType::Recurring,
        },
        kind: kind(category.kind),
        url: category.url.as_str().to_owned(),
        image_id: category.image.as_ref().map(|image| image.as_str().to_owned()),
    }
}

const fn kind(kind: order::CategoryKind) -> CategoryKind {
    match kind {
        order::CategoryKind::General => CategoryKind::General,
        order::CategoryKind::Receipt => CategoryKind::Receipt,
        order::CategoryKind::OrderConfirmation => CategoryKind::OrderConfirmation,
        order::CategoryKind::Delivery => CategoryKind::Delivery,
        order::CategoryKind::Ticket => CategoryKind::Ticket,
        order::CategoryKind::Booking => CategoryKind::Booking,
    }
}

/// As it was written: what was left out stays left out.
pub(super) fn receipt(receipt: &order::Receipt) -> Receipt {
    let order::Receipt { lines, bottom_line } = receipt;
    Receipt { order_lines: lines.iter().map(line).collect(), bottom_line: bottom_line_of(bottom_line) }
}

fn line(line: &order::Line) -> OrderLine {
    let order::Line {
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
    OrderLine {
        name: name.to_string(),
        id: id.to_string(),
        total_amount: total.value(),
        total_amount_excluding_tax: total_excluding_tax.value(),
        total_tax_amount: tax.value(),
        tax_rate: *tax_rate,
        tax_percentage: *tax_percentage,
        unit_info: unit.as_ref().map(|order::Unit { price, quantity, unit }| UnitInfo {
            unit_price: price.map(MinorUnits::value),
            quantity: quantity.as_str().to_owned(),
            quantity_unit: unit.map(quantity_unit),
        }),
        discount: discount.map(MinorUnits::value),
        product_url: product_url.as_ref().map(ToString::to_string),
        is_return: *is_return,
        is_shipping: *is_shipping,
    }
}

fn bottom_line_of(bottom_line: &order::BottomLine) -> BottomLine {
    let order::BottomLine {
        currency: in_currency,
        tip,
        pos_id,
        terminal_id,
        receipt_number,
        payment_sources,
        gift_card,
        barcode,
        deprecated: DeprecatedSums { total, tax, discount, shipping, shipping_info },
    } = bottom_line;
    BottomLine {
        currency: currency(*in_currency),
        tip_amount: tip.map(MinorUnits::value),
        pos_id: pos_id.as_ref().map(ToString::to_string),
        terminal_id: terminal_id.as_ref().map(ToString::to_string),
        receipt_number: receipt_number.as_ref().map(ToString::to_string),
        payment_sources: payment_sources.map(|order::PaymentSources { gift_card, card, voucher, cash }| {
            PaymentSources { gift_card, card, voucher, cash }
        }),
        barcode: barcode
            .as_ref()
            .map(|barcode| Barcode { format: barcode_format(barcode.format()), data: barcode.data().to_owned() }),
        gift_card_amount: *gift_card,
        total_amount: *total,
        total_tax: *tax,
        total_discount: *discount,
        shipping_amount: *shipping,
        shipping_info: shipping_info.map(|DeprecatedShipping { total, total_excluding_tax, tax, tax_percentage }| {
            ShippingInfo { amount: total, amount_excluding_tax: total_excluding_tax, tax_amount: tax, tax_percentage }
        }),
    }
}

const fn currency(currency: Currency) -> WireCurrency {
    match currency {
        Currency::Nok => WireCurrency::Nok,
        Currency::Dkk => WireCurrency::Dkk,
        Currency::Eur => WireCurrency::Eur,
        Currency::Sek => WireCurrency::Sek,
        Currency::Usd => WireCurrency::Usd,
        Currency::Gbp => WireCurrency::Gbp,
    }
}

const fn quantity_unit(unit: order::QuantityUnit) -> QuantityUnit {
    match unit {
        order::QuantityUnit::Pieces => QuantityUnit::Pcs,
        order::QuantityUnit::Kilograms => QuantityUnit::Kg,
        order::QuantityUnit::Kilometres => QuantityUnit::Km,
        order::QuantityUnit::Minutes => QuantityUnit::Minute,
        order::QuantityUnit::Litres => QuantityUnit::Litre,
        order::QuantityUnit::KilowattHours => QuantityUnit::Kwh,
    }
}

const fn barcode_format(format: order::BarcodeFormat) -> BarcodeFormat {
    match format {
        order::BarcodeFormat::Ean13 => BarcodeFormat::Ean13,
        order::BarcodeFormat::Code39 => BarcodeFormat::Code39,
        order::BarcodeFormat::Code128 => BarcodeFormat::Code128,
    }
}
