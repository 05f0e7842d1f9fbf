//! What a shop shows with an order, as the wallet has it: the receipt, the button, the picture.
//!
//! It attaches when somebody looks: whatever is there by then is shown, whether it came with the payment, before it or after.

use domain::{
    money::{Currency, MinorUnits, Money},
    order::{Category, CategoryKind, Line, OrderName, PaymentType, QuantityUnit, Receipt, Sums},
    text::OrderId,
};
use engine::{Order, Trouble, request::Asked};

use crate::{
    Web, amount, barcode,
    clean::Shown,
    language::Language,
    texts::Texts,
    view::wallet::receipt::{self as view, LineKind, Otherwise, Tax},
};

/// What is shown with the payment's order by now.
pub(super) async fn order_of(web: &Web, asked: &Asked) -> Result<Order, Trouble> {
    let Ok(id) = OrderId::parse(asked.payment.reference.as_str()) else { return Ok(Order::default()) };
    web.engine.order(&asked.unit.msn, &OrderName { payment_type: PaymentType::Ecom, id }).await
}

/// The receipt of an order as a table.
pub(super) fn receipt_of(order: &Order, language: Language) -> Option<view::Receipt> {
    let receipt = &order.receipt.as_ref()?.receipt;
    let sums = receipt.sums()?;
    let say = |value: i64| signed(value, receipt.bottom_line.currency, language);
    let bottom = &receipt.bottom_line;
    Some(view::Receipt {
        lines: receipt.lines.iter().map(|line| line_of(line, bottom.currency, language)).collect(),
        total: say(sums.to_pay),
        taxes: taxes(&sums, &say, language),
        tip: bottom.tip.filter(|tip| !tip.is_zero()).map(|tip| say(tip.value())),
        paid_otherwise: paid_otherwise(receipt, &say),
        number: bottom.receipt_number.as_deref().map(Shown::of),
        till: bottom.till().map(Shown::of),
        barcode: bottom.barcode.as_ref().map(|code| view::Barcode {
            text: Shown::of(code.data()),
            bars: barcode::bars(code).map(|bars| (bars.width, bars.path)),
        }),
    })
}

fn line_of(line: &Line, currency: Currency, language: Language) -> view::Line {
    let say = |sum: MinorUnits| amount::text(Money { value: sum, currency }, language);
    let total = say(line.total);
    view::Line {
        name: Shown::of(&line.name),
        quantity: line.unit.as_ref().map(|unit| {
            let measure = measure_of(unit.unit.unwrap_or(QuantityUnit::Pieces));
            let price = unit.price.map(|price| format!(" × {}", say(price))).unwrap_or_default();
            Shown::of(&format!("{}{measure}{price}", unit.quantity.as_str()))
        }),
        amount: if line.counts_negative() { amount::paid(&total) } else { total },
        discount: line.discount.filter(|discount| !discount.is_zero()).map(say),
        kind: match line {
            line if line.counts_negative() => LineKind::Return,
            line if line.is_shipping == Some(true) => LineKind::Shipping,
            _ => LineKind::Item,
        },
    }
}

/// Short signs that are the same in all five languages; pieces are only counted.
const fn measure_of(unit: QuantityUnit) -> &'static str {
    match unit {
        QuantityUnit::Pieces => "",
        QuantityUnit::Kilograms => " kg",
        QuantityUnit::Kilometres => " km",
        QuantityUnit::Minutes => " min",
        QuantityUnit::Litres => " l",
        QuantityUnit::KilowattHours => " kWh",
    }
}

fn taxes(sums: &Sums, say: &impl Fn(i64) -> String, language: Language) -> Vec<Tax> {
    let taxed = sums.tax_table.iter().filter(|row| row.tax != 0);
    taxed
        .map(|row| Tax {
            rate: (row.rate > 0).then(|| amount::percent(i64::from(row.rate), language)),
            amount: say(row.tax),
        })
        .collect()
}

fn paid_otherwise(receipt: &Receipt, say: &impl Fn(i64) -> String) -> Vec<(Otherwise, String)> {
    let sources = receipt.bottom_line.sources();
    let ways = [
        (Otherwise::GiftCard, sources.gift_card),
        (Otherwise::Card, sources.card),
        (Otherwise::Voucher, sources.voucher),
        (Otherwise::Cash, sources.cash),
    ];
    ways.into_iter().filter_map(|(way, sum)| sum.filter(|sum| *sum != 0).map(|sum| (way, say(sum)))).collect()
}

fn signed(value: i64, currency: Currency, language: Language) -> String {
    let sum = MinorUnits::new(value.saturating_abs()).unwrap_or_default();
    let text = amount::text(Money { value: sum, currency }, language);
    if value < 0 { amount::paid(&text) } else { text }
}

/// What the button of a category says.
pub(super) const fn category_text(category: &Category, texts: &Texts) -> &'static str {
    match category.kind {
        CategoryKind::General => texts.cat_general,
        CategoryKind::Receipt => texts.cat_receipt,
        CategoryKind::OrderConfirmation => texts.cat_order,
        CategoryKind::Delivery => texts.cat_delivery,
        CategoryKind::Ticket => texts.cat_ticket,
        CategoryKind::Booking => texts.cat_booking,
    }
}
