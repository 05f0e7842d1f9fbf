//! What a merchant shows with an order: a picture, a button with a link, and a receipt.
//!
//! An order is named by its payment type and the merchant's id of it. Whether there is a payment of that name is not asked: what is shown
//! attaches when somebody looks. A picture and a receipt are written once; of the categories of an order the newest is shown.
//!
//! Nothing here is refused because it does not add up; [`findings`] says what does not.

mod category;
mod finding;
pub mod image;
mod receipt;
mod sums;

pub use category::{Category, CategoryId, CategoryKind, LinkUrl};
pub use finding::{Finding, FindingKind, findings};
pub use receipt::{
    Barcode, BarcodeFormat, BottomLine, DeprecatedShipping, DeprecatedSums, ID_CHARACTERS_MAX, LINES_MAX, Line,
    NAME_CHARACTERS_MAX, PaymentSources, Quantity, QuantityUnit, Receipt, ReceiptId, TAX_PERCENTAGE_MAX, TAX_RATE_MAX,
    Unit,
};
pub use sums::{Sums, TaxRow};

use crate::text::OrderId;

/// What kind of payment an order is paid by.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum PaymentType {
    /// A single payment, whichever API created it.
    Ecom,
    /// A charge of an agreement.
    Recurring,
}

impl PaymentType {
    /// Every type.
    pub const ALL: [Self; 2] = [Self::Ecom, Self::Recurring];

    /// Its published name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ecom => "ECOM",
            Self::Recurring => "RECURRING",
        }
    }

    /// The type of this name, in whichever letter case: published texts and clients write it in three.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(name))
    }
}

/// Which order of a sales unit. A payment and a charge may share an id and are two orders.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct OrderName {
    /// What it is paid by.
    pub payment_type: PaymentType,
    /// The merchant's id of it.
    pub id: OrderId,
}

/// Why something was not written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Obstacle {
    /// The image that was named is not there.
    ImageMissing,
    /// There is an image of this id; images are written once.
    ImageExists,
    /// The order has a receipt; receipts are written once.
    ReceiptExists,
}

/// Whether what is written once is to be written now: not where this very one is there already, because it was asked again.
///
/// # Errors
/// The obstacle, where another one is there.
pub fn write_once<T: PartialEq>(stored: Option<T>, new: &T, obstacle: Obstacle) -> Result<bool, Obstacle> {
    match stored {
        None => Ok(true),
        Some(stored) if stored == *new => Ok(false),
        Some(_) => Err(obstacle),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payment_types_are_read_in_any_letter_case() {
        for name in ["ECOM", "ecom", "eCom"] {
            assert_eq!(PaymentType::from_name(name), Some(PaymentType::Ecom));
        }
        for name in ["RECURRING", "recurring", "Recurring"] {
            assert_eq!(PaymentType::from_name(name), Some(PaymentType::Recurring));
        }
        for name in ["", "ecom ", "epayment", "ECOMM"] {
            assert_eq!(PaymentType::from_name(name), None, "{name}");
        }
    }

    #[test]
    fn what_is_written_once_is_written_once() {
        assert_eq!(write_once(None, &1, Obstacle::ReceiptExists), Ok(true));
        assert_eq!(write_once(Some(1), &1, Obstacle::ReceiptExists), Ok(false));
        assert_eq!(write_once(Some(2), &1, Obstacle::ImageExists), Err(Obstacle::ImageExists));
    }
}
