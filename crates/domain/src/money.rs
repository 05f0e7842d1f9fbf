//! Money: whole minor units and a closed list of currencies.
//!
//! Arithmetic is checked: a sum that would overflow or a difference that would be negative is `None`, never a wrong number.

/// A currency of the ePayment contract.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Currency {
    /// Norwegian krone.
    Nok,
    /// Danish krone.
    Dkk,
    /// Euro.
    Eur,
    /// Swedish krone, for card passthrough only.
    Sek,
    /// US dollar, for card passthrough only.
    Usd,
    /// Pound sterling, for card passthrough only.
    Gbp,
}

impl Currency {
    /// Every currency, in the order of the contract.
    pub const ALL: [Self; 6] = [Self::Nok, Self::Dkk, Self::Eur, Self::Sek, Self::Usd, Self::Gbp];

    /// The ISO 4217 code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Nok => "NOK",
            Self::Dkk => "DKK",
            Self::Eur => "EUR",
            Self::Sek => "SEK",
            Self::Usd => "USD",
            Self::Gbp => "GBP",
        }
    }

    /// The currency with this code, in upper case as the contract writes it.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|currency| currency.code() == code)
    }

    /// The least a payment in this currency may be created with.
    pub const fn payment_minimum(self) -> MinorUnits {
        match self {
            Self::Nok | Self::Sek => MinorUnits(100),
            Self::Dkk | Self::Eur | Self::Usd | Self::Gbp => MinorUnits(1),
        }
    }
}

/// A sum of money without its currency, in hundredths (øre, cent), never negative.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct MinorUnits(i64);

impl MinorUnits {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The most one request may name: 650 000.00.
    pub const REQUEST_MAX: Self = Self(65_000_000);

    /// So many minor units; `None` for a negative count.
    pub const fn new(value: i64) -> Option<Self> {
        if value < 0 { None } else { Some(Self(value)) }
    }

    /// The count of minor units.
    pub const fn value(self) -> i64 {
        self.0
    }

    /// Whether this is nothing.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The sum, or `None` where it cannot be represented.
    pub const fn plus(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(value) => Some(Self(value)),
            None => None,
        }
    }

    /// The difference, or `None` where it would be negative.
    pub const fn minus(self, other: Self) -> Option<Self> {
        if other.0 > self.0 { None } else { Some(Self(self.0 - other.0)) }
    }
}

/// A sum of money in its currency.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Money {
    /// How much, in minor units.
    pub value: MinorUnits,
    /// Of what.
    pub currency: Currency,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_and_differences_stop_at_both_edges() {
        let most = MinorUnits(i64::MAX);
        assert_eq!(most.plus(MinorUnits(1)), None);
        assert_eq!(most.plus(MinorUnits::ZERO), Some(most));
        assert_eq!(MinorUnits(1).minus(MinorUnits(1)), Some(MinorUnits::ZERO));
        assert_eq!(MinorUnits(1).minus(MinorUnits(2)), None);
        assert_eq!(MinorUnits::new(-1), None);
        assert_eq!(MinorUnits::new(0), Some(MinorUnits::ZERO));
    }

    #[test]
    fn currencies_are_found_by_their_exact_code() {
        for currency in Currency::ALL {
            assert_eq!(Currency::from_code(currency.code()), Some(currency));
        }
        assert_eq!(Currency::from_code("nok"), None);
        assert_eq!(Currency::from_code(""), None);
    }
}
