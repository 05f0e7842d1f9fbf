//! The sums of a receipt, all of them computed from its lines.

use std::collections::BTreeMap;

use super::{PaymentSources, Receipt};
use crate::money::MinorUnits;

/// What the lines of a receipt come to, in minor units. A sum is negative where more was given back than bought.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sums {
    /// Of all lines, tax counted.
    pub total: i64,
    /// The same without tax.
    pub total_excluding_tax: i64,
    /// The tax.
    pub tax: i64,
    /// What was taken off.
    pub discount: i64,
    /// What the delivery costs.
    pub shipping: i64,
    /// The total with the tip.
    pub to_pay: i64,
    /// What was paid by other means.
    pub paid_otherwise: i64,
    /// What is left to be paid in the wallet.
    pub paid_here: i64,
    /// By rate of tax, the lowest first.
    pub tax_table: Vec<TaxRow>,
}

/// What is taxed at one rate, in minor units.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TaxRow {
    /// In hundredths of a percent.
    pub rate: u16,
    /// The tax.
    pub tax: i64,
    /// Without tax.
    pub total_excluding_tax: i64,
    /// Tax counted.
    pub total: i64,
}

impl Receipt {
    /// What it comes to; `None` where a sum is larger than can be represented.
    pub fn sums(&self) -> Option<Sums> {
        let (mut discount, mut shipping) = (0, 0);
        // Total, without tax, tax: a thousand lines of the largest sum fit.
        let mut all = [0; 3];
        let mut by_rate: BTreeMap<u16, [i128; 3]> = BTreeMap::new();
        for line in &self.lines {
            let signed = |sum: MinorUnits| {
                let sum = i128::from(sum.value());
                if line.counts_negative() { -sum } else { sum }
            };
            let sums = [line.total, line.total_excluding_tax, line.tax].map(signed);
            add(&mut all, sums);
            add(by_rate.entry(line.rate()).or_default(), sums);
            discount += line.discount.map_or(0, signed);
            shipping += if line.is_shipping == Some(true) { signed(line.total) } else { 0 };
        }
        let [total, total_excluding_tax, tax] = all;
        let to_pay = total + self.bottom_line.tip.map_or(0, |tip| i128::from(tip.value()));
        let PaymentSources { gift_card, card, voucher, cash } = self.bottom_line.sources();
        let paid_otherwise = [gift_card, card, voucher, cash].into_iter().flatten().map(i128::from).sum::<i128>();
        let tax_table = by_rate.into_iter().map(|(rate, [total, total_excluding_tax, tax])| {
            Some(TaxRow {
                rate,
                tax: whole(tax)?,
                total_excluding_tax: whole(total_excluding_tax)?,
                total: whole(total)?,
            })
        });
        Some(Sums {
            total: whole(total)?,
            total_excluding_tax: whole(total_excluding_tax)?,
            tax: whole(tax)?,
            discount: whole(discount)?,
            shipping: whole(shipping)?,
            to_pay: whole(to_pay)?,
            paid_otherwise: whole(paid_otherwise)?,
            paid_here: whole(to_pay - paid_otherwise)?,
            tax_table: tax_table.collect::<Option<_>>()?,
        })
    }
}

fn add(to: &mut [i128; 3], more: [i128; 3]) {
    for (sum, more) in to.iter_mut().zip(more) {
        *sum += more;
    }
}

fn whole(sum: i128) -> Option<i64> {
    i64::try_from(sum).ok()
}
