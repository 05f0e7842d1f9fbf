//! What does not add up in a receipt. Nothing is refused for it: clients round line by line, and some leave tax out of a price.

use super::{Line, Quantity, Receipt};
use crate::money::{MinorUnits, Money};

/// By how many minor units a line may be off without a word.
const TOLERANCE: i128 = 1;
/// Hundredths of a percent in one.
const WHOLE_RATE: i128 = 10_000;

/// Something that does not add up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Finding {
    /// What.
    pub kind: FindingKind,
    /// In which line, counted from 0; `None` where it is about all of them.
    pub line: Option<usize>,
    /// By how many minor units what was computed is more than what was written.
    pub difference: i64,
}

/// What does not add up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FindingKind {
    /// The sum without tax and the tax are not the sum with tax.
    LineTotal,
    /// The rate of the sum without tax is not the tax.
    LineTax,
    /// Price times quantity, less discount, is not the sum with tax.
    LinePrice,
    /// What is left to be paid in the wallet is not what the payment is of.
    PaymentAmount,
    /// The payment is in another currency; there is no difference then.
    PaymentCurrency,
}

impl FindingKind {
    /// Every kind.
    pub const ALL: [Self; 5] =
        [Self::LineTotal, Self::LineTax, Self::LinePrice, Self::PaymentAmount, Self::PaymentCurrency];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LineTotal => "line_total",
            Self::LineTax => "line_tax",
            Self::LinePrice => "line_price",
            Self::PaymentAmount => "payment_amount",
            Self::PaymentCurrency => "payment_currency",
        }
    }
}

/// Everything in which a receipt does not add up, or is not of what was paid, if there is a payment of this amount.
pub fn findings(receipt: &Receipt, payment: Option<Money>) -> Vec<Finding> {
    let of_lines = receipt.lines.iter().enumerate().flat_map(|(index, line)| {
        let differences = [
            (FindingKind::LineTotal, Some(line_total(line))),
            (FindingKind::LineTax, Some(line_tax(line))),
            (FindingKind::LinePrice, line_price(line)),
        ];
        differences.into_iter().filter_map(move |(kind, difference)| {
            let difference = difference.filter(|difference| difference.abs() > TOLERANCE)?;
            Some(Finding { kind, line: Some(index), difference: shown(difference) })
        })
    });
    of_lines.chain(payment.and_then(|payment| against(receipt, payment))).collect()
}

fn line_total(line: &Line) -> i128 {
    whole(line.total_excluding_tax) + whole(line.tax) - whole(line.total)
}

fn line_tax(line: &Line) -> i128 {
    rounded(whole(line.total_excluding_tax) * i128::from(line.rate()), WHOLE_RATE) - whole(line.tax)
}

fn line_price(line: &Line) -> Option<i128> {
    let unit = line.unit.as_ref()?;
    let price = rounded(whole(unit.price?) * unit.quantity.parts(), Quantity::PARTS);
    Some(price - line.discount.map_or(0, whole) - whole(line.total))
}

/// Each line may be off by its own rounding.
fn against(receipt: &Receipt, payment: Money) -> Option<Finding> {
    let finding = |kind, difference| Some(Finding { kind, line: None, difference });
    if payment.currency != receipt.bottom_line.currency {
        return finding(FindingKind::PaymentCurrency, 0);
    }
    let difference = i128::from(receipt.sums()?.paid_here) - whole(payment.value);
    let tolerance = TOLERANCE * i128::try_from(receipt.lines.len()).unwrap_or(i128::MAX);
    if difference.abs() > tolerance { finding(FindingKind::PaymentAmount, shown(difference)) } else { None }
}

fn whole(sum: MinorUnits) -> i128 {
    sum.value().into()
}

/// The quotient of two sums that are not negative, halves up.
const fn rounded(dividend: i128, divisor: i128) -> i128 {
    (dividend + divisor / 2) / divisor
}

/// As much of a difference as can be told.
fn shown(difference: i128) -> i64 {
    i64::try_from(difference).unwrap_or(if difference < 0 { i64::MIN } else { i64::MAX })
}

#[cfg(test)]
mod tests {
    use super::{
        super::{BottomLine, DeprecatedSums, PaymentSources, Unit},
        *,
    };
    use crate::money::Currency;

    fn sum(value: i64) -> MinorUnits {
        MinorUnits::new(value).unwrap()
    }

    fn line(total: i64, excluding_tax: i64, tax: i64) -> Line {
        Line {
            name: "Socks".into(),
            id: "1".into(),
            total: sum(total),
            total_excluding_tax: sum(excluding_tax),
            tax: sum(tax),
            tax_rate: Some(2500),
            tax_percentage: None,
            unit: None,
            discount: None,
            product_url: None,
            is_return: None,
            is_shipping: None,
        }
    }

    fn receipt(lines: Vec<Line>) -> Receipt {
        let bottom_line = BottomLine {
            currency: Currency::Nok,
            tip: None,
            pos_id: None,
            terminal_id: None,
            receipt_number: None,
            payment_sources: None,
            gift_card: None,
            barcode: None,
            deprecated: DeprecatedSums::default(),
        };
        Receipt { lines, bottom_line }
    }

    fn of_line(line: Line) -> Vec<(&'static str, i64)> {
        let found = findings(&receipt(vec![line]), None);
        assert!(found.iter().all(|finding| finding.line == Some(0)));
        found.iter().map(|finding| (finding.kind.name(), finding.difference)).collect()
    }

    #[test]
    fn a_line_may_be_off_by_one_and_not_by_two() {
        assert_eq!(of_line(line(1000, 800, 200)), []);
        assert_eq!(of_line(line(1001, 800, 200)), []);
        assert_eq!(of_line(line(1002, 800, 200)), [("line_total", -2)]);
        assert_eq!(of_line(line(998, 800, 198)), [("line_tax", 2)]);
        assert_eq!(of_line(line(999, 800, 199)), []);
        assert_eq!(of_line(line(1000, 800, 250)), [("line_total", 50), ("line_tax", -50)], "as it is published");
        let by_percentage = Line { tax_rate: None, tax_percentage: Some(25), ..line(1000, 800, 200) };
        assert_eq!(of_line(by_percentage), []);
        let both = Line { tax_percentage: Some(15), ..line(1000, 800, 200) };
        assert_eq!(of_line(both), [], "the rate counts");
        let neither = Line { tax_rate: None, ..line(1000, 800, 200) };
        assert_eq!(of_line(neither), [("line_tax", -200)]);
    }

    #[test]
    fn a_price_is_of_the_quantity_less_the_discount() {
        let unit = |price: i64, quantity: &str| {
            Some(Unit { price: Some(sum(price)), quantity: Quantity::parse(quantity).unwrap(), unit: None })
        };
        let with = |unit, discount: i64| Line { unit, discount: Some(sum(discount)), ..line(1000, 800, 200) };
        assert_eq!(of_line(with(unit(400, "2.5"), 0)), []);
        assert_eq!(of_line(with(unit(400, "3"), 200)), []);
        assert_eq!(of_line(with(unit(400, "3"), 198)), [("line_price", 2)]);
        assert_eq!(of_line(with(unit(1216, "0.822"), 0)), [], "rounded: 999.552");
        assert_eq!(of_line(with(unit(0, "0.822"), 0)), [("line_price", -1000)]);
        let most = with(unit(i64::MAX, "9999999999"), 0);
        assert_eq!(of_line(most), [("line_price", i64::MAX)], "as much as can be told");
    }

    #[test]
    fn what_is_left_to_pay_is_compared_with_the_payment() {
        let money = |value: i64, currency| Some(Money { value: sum(value), currency });
        let mut receipt = receipt(vec![line(1000, 800, 200), line(500, 400, 100)]);
        receipt.lines.push(Line { is_return: Some(true), is_shipping: Some(true), ..line(250, 200, 50) });
        receipt.bottom_line.tip = Some(sum(100));
        receipt.bottom_line.gift_card = Some(300);
        let sums = receipt.sums().unwrap();
        assert_eq!((sums.total, sums.total_excluding_tax, sums.tax, sums.shipping), (1250, 1000, 250, -250));
        assert_eq!((sums.to_pay, sums.paid_otherwise, sums.paid_here), (1350, 300, 1050));
        for (value, difference) in [(1050, None), (1053, None), (1047, None), (1054, Some(-4)), (1046, Some(4))] {
            let found = findings(&receipt, money(value, Currency::Nok));
            let told: Vec<_> = found.iter().map(|finding| (finding.kind, finding.line, finding.difference)).collect();
            let expected = difference.map(|difference| (FindingKind::PaymentAmount, None, difference));
            assert_eq!(told, Vec::from_iter(expected), "{value}");
        }
        let found = findings(&receipt, money(1050, Currency::Dkk));
        assert_eq!(found, [Finding { kind: FindingKind::PaymentCurrency, line: None, difference: 0 }]);
        receipt.bottom_line.payment_sources = Some(PaymentSources { gift_card: Some(0), ..PaymentSources::default() });
        assert_eq!(receipt.sums().unwrap().paid_here, 1350, "the newer name counts");
    }

    #[test]
    fn sums_stop_where_they_cannot_be_represented() {
        let most = Line { tax_rate: Some(0), ..line(i64::MAX, i64::MAX, 0) };
        let given_back = Line { is_return: Some(true), ..most.clone() };
        assert_eq!(receipt(vec![most.clone()]).sums().unwrap().total, i64::MAX);
        assert_eq!(receipt(vec![most.clone(), most.clone()]).sums(), None);
        assert_eq!(receipt(vec![most.clone(), given_back.clone()]).sums().unwrap().total, 0);
        assert_eq!(receipt(vec![given_back.clone()]).sums().unwrap().total, -i64::MAX);
        let mut tipped = receipt(vec![most.clone()]);
        tipped.bottom_line.tip = Some(sum(1));
        assert_eq!(tipped.sums(), None);
        let other_rate = Line { tax_rate: Some(1), ..given_back };
        assert_eq!(
            receipt(vec![most.clone(), most, other_rate]).sums(),
            None,
            "the total would fit, that of a rate does not"
        );
    }

    #[test]
    fn the_tax_table_has_a_row_for_each_rate() {
        let food = Line { tax_rate: None, tax_percentage: Some(15), ..line(1150, 1000, 150) };
        let table = receipt(vec![line(1000, 800, 200), food, line(500, 400, 100)]).sums().unwrap().tax_table;
        let rows: Vec<_> = table.iter().map(|row| (row.rate, row.tax, row.total_excluding_tax, row.total)).collect();
        assert_eq!(rows, [(1500, 150, 1000, 1150), (2500, 300, 1200, 1500)]);
    }
}
