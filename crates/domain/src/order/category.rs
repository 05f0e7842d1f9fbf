//! A category: the one button of an order, with the page it opens and perhaps a picture above it.

use super::OrderName;
use crate::{
    payment::{CallbackUrl, ReturnUrl},
    text::{ImageId, Invalid},
    time::Timestamp,
};

/// The id of a category; not a secret.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CategoryId(pub [u8; 16]);

/// What a page is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CategoryKind {
    /// Anything else.
    General,
    /// Where a valid proof of purchase is.
    Receipt,
    /// How the order stands.
    OrderConfirmation,
    /// How the delivery stands.
    Delivery,
    /// Where the ticket is.
    Ticket,
    /// A booking of a journey or of something rented.
    Booking,
}

impl CategoryKind {
    /// Every kind, in the order of the contract.
    pub const ALL: [Self; 6] =
        [Self::General, Self::Receipt, Self::OrderConfirmation, Self::Delivery, Self::Ticket, Self::Booking];

    /// Its published name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::General => "GENERAL",
            Self::Receipt => "RECEIPT",
            Self::OrderConfirmation => "ORDER_CONFIRMATION",
            Self::Delivery => "DELIVERY",
            Self::Ticket => "TICKET",
            Self::Booking => "BOOKING",
        }
    }

    /// The kind of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A category of an order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Category {
    /// Its id.
    pub id: CategoryId,
    /// Of which order.
    pub order: OrderName,
    /// What the page is about.
    pub kind: CategoryKind,
    /// The page.
    pub url: LinkUrl,
    /// The picture above the button.
    pub image: Option<ImageId>,
    /// When it was added.
    pub added_at: Timestamp,
}

/// An address a payer may open from the wallet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LinkUrl(Box<str>);

impl LinkUrl {
    /// The rule, as a caller is told it.
    pub const RULE: Invalid =
        Invalid("must be an absolute https URL with a host, or a URL of an app's own scheme like myapp://path");

    /// The address, if it keeps the rule of [`ReturnUrl`]; `http` to any host too, but only where `insecure_allowed`.
    ///
    /// # Errors
    /// The rule.
    pub fn parse(text: &str, insecure_allowed: bool) -> Result<Self, Invalid> {
        let is_plain = || insecure_allowed && CallbackUrl::parse(text, true).is_ok();
        if ReturnUrl::parse(text, false).is_ok() || is_plain() { Ok(Self(text.into())) } else { Err(Self::RULE) }
    }

    /// The address as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_https_or_an_apps_and_plain_only_where_allowed() {
        for text in ["https://example.com/orders/2486791691", "myapp://orders/1", "HTTPS://example.com"] {
            assert_eq!(LinkUrl::parse(text, false).map(|url| url.as_str().to_owned()), Ok(text.to_owned()), "{text}");
        }
        for text in ["http://example.com/a", "http://10.0.0.1/", "http://localhost:3000"] {
            assert!(LinkUrl::parse(text, true).is_ok(), "{text}");
            assert_eq!(LinkUrl::parse(text, false), Err(LinkUrl::RULE), "{text}");
        }
        for text in ["", "example.com", "/orders", "javascript://x", "data://x", "file:///x", "https://u@example.com/"]
        {
            assert_eq!(LinkUrl::parse(text, true), Err(LinkUrl::RULE), "{text}");
        }
    }

    #[test]
    fn kinds_have_one_name_in_upper_case() {
        for kind in CategoryKind::ALL {
            assert_eq!(CategoryKind::from_name(kind.name()), Some(kind));
            assert_eq!(CategoryKind::from_name(&kind.name().to_lowercase()), None);
        }
        assert_eq!(CategoryKind::from_name("RECIEPT"), None);
    }
}
