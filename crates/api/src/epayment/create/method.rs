//! `paymentMethod`: what the payer pays with.

use domain::payment::Method;

use crate::body::{Json, Members, Violations};

/// The ways to pay that are published. Card passthrough is for payment service providers and possible nowhere here.
const PAYMENT_METHODS: [(&str, Option<Method>); 3] =
    [("WALLET", Some(Method::Wallet)), ("CARD", Some(Method::Card)), ("CARD_PASSTHROUGH", None)];
const COMMERCIAL_CARDS: &str = "COMMERCIAL_CARDS";

/// How it is to be paid.
pub(super) struct PaymentMethod {
    /// `None` for a way that is published and not possible.
    pub(super) method: Option<Method>,
    pub(super) blocks_commercial_cards: bool,
}

pub(super) fn read(body: &Members<'_>, violations: &mut Violations) -> Option<PaymentMethod> {
    body.require("paymentMethod", violations);
    let method = body.object("paymentMethod", violations)?;
    method.require("type", violations);
    let blocks_commercial_cards = blocked_sources(&method, violations);
    let method = method.word("type", &PAYMENT_METHODS, violations)?;
    Some(PaymentMethod { method, blocks_commercial_cards })
}

/// Whether commercial cards are blocked: the one source that can be.
fn blocked_sources(method: &Members<'_>, violations: &mut Violations) -> bool {
    let sources = method.array("blockedSources", violations).unwrap_or_default();
    for (index, source) in sources.iter().enumerate() {
        if *source != Json::Text(COMMERCIAL_CARDS.into()) {
            let path = format!("{}[{index}]", method.path_of("blockedSources"));
            violations.note(path.clone(), format!("The field {path} must be {COMMERCIAL_CARDS}."));
        }
    }
    !sources.is_empty()
}
